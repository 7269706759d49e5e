"""RIGHTS: authorisation and limitation to the purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, by_hand, nobody, text, with_all
from kokuho.core import dossier, parameters
from kokuho.core.access import actor_for, catalogue, duties, item_of_table, purpose_table
from kokuho.core.extracts import applications
from kokuho.core.models import AuditRecord, Grant, Staff
from kokuho.core.queries import values
from kokuho.desks.assessment.models import Income
from kokuho.web import urls

KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}


def undeclared(request: HttpRequest) -> HttpResponse:
    """A view whose author forgot to say who may open it. Never part of the product's own addresses."""
    return HttpResponse("data")


urlpatterns = [*urls.urlpatterns, path("check-undeclared/", undeclared, name="check_undeclared")]


@check("RIGHTS-01", commits=True)
def each_role_opens_what_the_table_gives(scene: Scene, seen: Evidence) -> None:
    """For every role: permitted addresses do not answer 403, every other one does and is recorded."""
    routes = [r for r in crawl.routes() if r.declared and not r.declared.public and r.declared.capability]
    seen.none([r.name for r in crawl.routes() if r.declared is None], "権限の定めのない画面")
    seen.value("権限を要する画面", len(routes))
    wrong = []
    for title in scene.sessions:
        client, may = scene.client(title), scene.actor(title, purpose="")
        refused = 0
        before = AuditRecord.objects.filter(operation="refuse", staff_no=may.staff_no).count()
        for route in routes:
            status = client.get(route.address(KNOWN)).status_code
            permitted = may.may(route.declared.capability)  # type: ignore[union-attr, arg-type]
            refused += not permitted
            if (status == 403) == permitted:
                wrong.append(f"{title} {route.name} {status}")
        recorded = AuditRecord.objects.filter(operation="refuse", staff_no=may.staff_no).count() - before
        if recorded < refused:
            wrong.append(f"{title} 拒否{refused}件に対し記録{recorded}件")
    seen.none(wrong, f"権限表と違う応答（{len(scene.sessions)}人×{len(routes)}画面）")


@check("RIGHTS-01")
def a_forgotten_right_denies(scene: Scene, seen: Evidence) -> None:
    """A view without a declaration is refused and recorded, also for somebody with wide rights."""
    with override_settings(ROOT_URLCONF=__name__):
        answer = scene.client("U-A").get("/check-undeclared/")
    seen.equal(answer.status_code, 403, "権限の定めのない画面を開く")
    seen.must(AuditRecord.objects.filter(result="undeclared").exists(), "その拒否の記録")


@check("RIGHTS-01", commits=True)
def reads_and_writes_deny(scene: Scene, seen: Evidence) -> None:
    """Below the screens: every read and every write, called for somebody without any right."""
    for what, functions in (("照会", crawl.reads()), ("更新", crawl.writes())):
        answered = crawl.answering(functions, nobody(), scene.on)
        seen.none(answered, f"権限なしで動いた{what}の関数（{len(functions)}個）")


@check("RIGHTS-01")
def menus_follow_the_rights(scene: Scene, seen: Evidence) -> None:
    """What a role may not open is not in its menu."""
    page = text(scene.client("U-AUD").get("/"))
    seen.must("操作記録" in page, "記録点検の職員のメニューに操作記録がある")
    others = [word for word in ("異動整理", "当初賦課", "受信ファイル") if f">{word}<" in page]
    seen.none(others, "記録点検の職員に見えた他の業務のメニュー")


@check("RIGHTS-05", commits=True)
def rights_have_a_beginning_and_an_end(scene: Scene, seen: Evidence) -> None:
    """A right of tomorrow does not work today; one that ends stops the open session; a gone account is shut."""
    staff = Staff.objects.get(staff_no=fixture.STAFF["U-OTHER"].staff_no)
    yesterday, tomorrow = scene.on - timedelta(days=1), scene.on + timedelta(days=1)
    given = "SELECT staff_id, 'assessment' AS role, %s::date AS valid_from"
    columns = [
        f.column for f in Grant._meta.concrete_fields if f.column not in ("id", "staff_id", "role", "valid_from")
    ]
    copied = ", ".join(columns)
    by_hand(
        "core_grant",
        f"INSERT INTO core_grant (staff_id, role, valid_from, {copied}) {given}, {copied} FROM core_grant WHERE staff_id = %s LIMIT 1",
        tomorrow, staff.pk,
    )  # fmt: skip
    client = scene.client("U-OTHER")
    seen.equal(client.get("/assessment/decisions/").status_code, 200, "今有効な権限の画面を開く")
    seen.must(not scene.actor("U-OTHER").may("levy.run"), "明日からの権限は今日は効かない")
    by_hand(
        "core_grant",
        "UPDATE core_grant SET valid_until = %s WHERE staff_id = %s AND role = 'collection'",
        yesterday,
        staff.pk,
    )
    seen.equal(
        client.get("/assessment/decisions/").status_code, 403, "昨日で失効した権限の画面を、開いたままの利用で開く"
    )
    by_hand("core_staff", "UPDATE core_staff SET valid_until = %s WHERE id = %s", yesterday, staff.pk)
    answer = client.get("/me/")
    seen.must(
        answer.status_code == 302 and "/login/" in answer.headers["Location"],
        "異動した職員の開いたままの利用は次の操作で終わる",
    )
    seen.refused("異動した職員（U-GONE）として操作する",
                 actor_for, fixture.STAFF["U-GONE"].staff_no, on=scene.on, terminal="T-OK")  # fmt: skip


# What the inspectors' role is for.
_INSPECTING = ("core.inspection", "core.actions.reviews", "core.actions.applying", "core.actions.controls")


@check("RIGHTS-07", commits=True)
def duties_are_separated(scene: Scene, seen: Evidence) -> None:
    """Administrators read no resident data, inspectors change nothing, nobody decides what he entered."""
    seen.equal(
        scene.client("U-SYS").get(f"/persons/{fixture.P_1}/").status_code, 403, "システム管理の職員が P-1 を開く"
    )
    client, names = scene.client("U-SYS"), [part for part in fixture.NAMES[fixture.P_1] if part]
    pages = [r for r in crawl.routes() if r.declared and not r.declared.public]
    shown = [r.name for r in pages if any(name in text(client.get(r.address(KNOWN))) for name in names)]
    seen.none(shown, f"システム管理の職員に P-1 の氏名を示した画面（{len(pages)}画面）")
    wrote = [name for name in crawl.answering(crawl.writes(), scene.actor("U-AUD"), scene.on) if not name.startswith(_INSPECTING)]
    seen.none(wrote, f"記録点検の職員の権限で動いた、点検のほかの更新の関数（{len(crawl.writes())}個）")
    seen.none([name for name in ("is_superuser", "is_staff") if hasattr(Staff, name)], "すべてを通す管理者の印のある利用者ID")
    boss = Staff(staff_no="x")
    seen.must(not boss.has_perm("core.view_staff") and not boss.has_module_perms("core"), "枠組みの権限は使われない")
    roles = catalogue()["roles"]
    residents = {"person.read", "person.search", "levy.read", "income.read", "eligibility.read", "mynumber.reveal"}
    keepers = [
        name for name, role in roles.items() if role["duty"] in ("運用", "保存年限") and residents & set(role["may"])
    ]
    seen.none(keepers, "住民の情報を見られる運用の役割")
    changing = ("change", "run", "approve", "confirm", "receive", "work", "order", "print")
    may = {entry for name, role in roles.items() if name == "inspection" for entry in role["may"]}
    seen.none([entry for entry in may if entry.rpartition(".")[2] in changing], "記録点検の役割にある更新の権限")
    both = [name for name, role in roles.items() if {"audit.inspect", "audit.purge"} <= set(role["may"])]
    seen.none(both, "記録の消去と承認を兼ねる役割")
    everything = with_all().capabilities
    seen.none([name for name, role in roles.items() if set(role["may"]) == everything], "すべての権限を持つ役割")


@check("RIGHTS-07", place=REAL)
def administrators_do_not_inspect(seen: Evidence) -> None:
    """In the installation: persons who hold both the system's and the inspectors' roles."""
    from kokuho.core.clock import business_date

    on = business_date()
    held: dict[str, set[str]] = {}
    for number, role in (
        Grant.objects.filter(valid_from__lte=on).exclude(valid_until__lt=on).values_list("staff__staff_no", "role")
    ):
        held.setdefault(number, set()).add(role)
    exclusive = {"operation", "records_keeper", "backup", "restore", "key_custodian"}
    seen.none(
        [n for n, roles in held.items() if "inspection" in roles and roles & exclusive], "運用と記録点検を兼ねる職員"
    )


INCOME = 7_654_321


@check("RIGHTS-03", commits=True)
def a_duty_sees_the_items_it_needs(scene: Scene, seen: Evidence) -> None:
    """An item outside the table is absent from every answer; a new version of the table brings it back and stands in the record;
    asking for it by name is refused and recorded."""
    duty, clerk = "資格", fixture.STAFF["U-A"].staff_no
    Income.objects.create(
        atena_no=fixture.P_1, fiscal_year=scene.fiscal_year, decided_on=scene.on - timedelta(days=1), declaration="1", taxation="1",
        business_income=INCOME, recorded_by="chkSys", origin="check",
    )  # fmt: skip
    client, whole = scene.client("U-A"), sorted(duties()[duty]["items"])
    pages: tuple[str, ...] = (f"/persons/{fixture.P_1}/", f"/households/{fixture.HOUSEHOLD}/", f"/control/values/{fixture.P_1}/")
    direct = f"/control/values/{fixture.P_1}/assessment.income/"

    def shown() -> list[str]:
        body = {address: text(client.get(address)) for address in pages}
        return [a for a, page in body.items() if f"{INCOME:,}" in page or "assessment.income" in page]

    put(scene.on, {"rights.purposes": {duty: [item for item in whole if item != "income"]}})
    first = parameters.current().number
    seen.none(shown(), "対応表にない情報項目（所得）が出た画面")
    items = {item_of_table(entry.code) for entry, _ in values.person_tables(scene.actor("U-A", purpose=duty), fixture.P_1)}
    seen.none(sorted(str(item) for item in items - purpose_table()[duty] - {None}), "対応表の外の情報項目の表")
    before = AuditRecord.objects.filter(operation="refuse", staff_no=clerk).count()
    seen.equal(client.get(direct).status_code, 403, "対応表にない情報項目の表を名指しで開く")
    by = scene.actor("U-A", purpose=duty)
    seen.refused("対応表にない情報項目を一覧で求める", by.require_item, "income", asked="check", code="RIGHTS-03")
    seen.refused("対応表にない情報項目を使う抽出を依頼する", _extract, scene, code="RIGHTS-03")
    refused = AuditRecord.objects.filter(operation="refuse", staff_no=clerk).order_by("pk")[before:]
    asked = [record.detail.get("item") for record in refused]
    seen.equal(asked, ["income", "income", "person"], "拒否の記録（求められた情報項目）")
    put(scene.on, {"rights.purposes": {duty: whole}})
    seen.equal(shown(), [pages[0], pages[2]], "対応表に加えた版が承認された後に所得が出る画面")
    seen.equal(client.get(direct).status_code, 200, "対応表に加えた情報項目の表を開く")
    record = AuditRecord.objects.filter(staff_no=clerk, function="person").order_by("-pk").first()
    seen.equal(record and record.duty, f"{duty}（第{first + 1}版）", "閲覧の記録にある事務と対応表の版")
    client = scene.client("U-OTHER")
    pages = pages[:2]
    seen.none(shown(), "所得を使わない事務（収納）の職員に出た画面")


def _extract(scene: Scene) -> None:
    """U-A asks for a list with names for a 事務 that would not need them."""
    on, by = scene.on, scene.actor("U-A", purpose="資格")
    narrowed = replace(by, capabilities=by.capabilities - {"person.read"})
    applications.apply(
        by=narrowed, on=on, definition="insured", purpose="点検", legal_basis="", items=["name"], conditions={"day": on.isoformat()},
        recipient="点検", form="csv", medium="", use_by=on,
    )  # fmt: skip


@check("RIGHTS-03", commits=True)
def every_table_by_every_duty(scene: Scene, seen: Evidence) -> None:
    """Each clerk asks by name for each table about P-1: what the 事務 does not list does not come, on the page, in the list or below."""
    asked = [entry for entry in dossier.tables() if entry.kind != dossier.RECORD and not entry.code.startswith("core.entry")]
    for title in ("U-A", "U-LEVY", "U-OTHER", "U-HEAD"):
        by, client = scene.actor(title, purpose=""), scene.client(title)
        needed = purpose_table()[by.duty]
        outside = [entry.code for entry in asked if item_of_table(entry.code) not in needed]
        came = [code for code in outside if client.get(f"/control/values/{fixture.P_1}/{code}/").status_code == 200]
        page = text(client.get(f"/control/values/{fixture.P_1}/"))
        came += [code for code in outside if f"/{code}/" in page]
        seen.none(came, f"事務「{by.duty}」の職員に出た、対応表にない情報項目の表（{len(asked)}表のうち対応表の外{len(outside)}表）")


@check("RIGHTS-03")
def every_table_has_its_item(scene: Scene, seen: Evidence) -> None:
    """Each table about persons is mapped; each 事務 of the table has its legal basis; numbers only where the law says so."""
    entries = {"core.entry", "core.entryevent", "core.auditrecord"}
    unmapped = [entry.code for entry in dossier.tables() if entry.code not in entries and item_of_table(entry.code) is None]
    seen.none(unmapped, "情報項目の定めのない、個人についての表")
    table = purpose_table()
    seen.none([duty for duty, entry in duties().items() if not entry["basis"]], "根拠のない事務")
    marked = {duty for duty, entry in duties().items() if entry.get("my_number")}
    seen.none(sorted(duty for duty, items in table.items() if "mynumber" in items and duty not in marked),
              "個人番号利用事務でないのに個人番号を使う事務")  # fmt: skip
    seen.value("事務の数・情報項目の数", f"{len(table)}・{len(frozenset().union(*table.values()))}")

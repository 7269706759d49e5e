"""RIGHTS: authorisation and limitation to the purpose."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, by_hand, nobody, text, with_all
from kokuho.core.access import actor_for, catalogue
from kokuho.core.models import AuditRecord, Grant, Staff
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


@check("RIGHTS-07")
def duties_are_separated(scene: Scene, seen: Evidence) -> None:
    """Administrators read no resident data, inspectors change nothing, nobody decides what he entered."""
    seen.equal(
        scene.client("U-SYS").get(f"/persons/{fixture.P_1}/").status_code, 403, "システム管理の職員が P-1 を開く"
    )
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

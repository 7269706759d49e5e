"""MYNUM: the personal number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import psycopg
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Q
from django.urls import reverse

from kokuho.controls import crawl, fixture, samples
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import appoint, put
from kokuho.controls.scene import Scene, by_hand, owner, text, with_only
from kokuho.core import analysis, config, database, journal, mnscan, parameters, seals, vault, vault_proposals
from kokuho.core.access import actor_for, catalogue, conflict, duties
from kokuho.core.actions import accounts
from kokuho.core.actions import entries as pending
from kokuho.core.models import AuditRecord, Entry, Unit
from kokuho.desks.eligibility.models import InsuredPeriod
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import numbers
from kokuho.desks.people.actions import outside as outsiders
from kokuho.desks.people.models import BELIEVED, AuthenticityCheck, NumberDoubt, Person
from kokuho.exchange import doors
from kokuho.exchange.federation import staging
from kokuho.formats.load import library

KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
SEARCHES = ("点検", "テンケン", "点検甲", "点検町", str(fixture.P_1), "99000001", "1985", "3320031")
# 符号 of the information network, as data dictionaries call them.
CODES = re.compile(r"fugou|fugo_|linkage_code|identifier_code|kikan_betsu|機関別符号|識別符号", re.IGNORECASE)


def _known() -> mnscan.Known:
    return mnscan.known_canaries([*fixture.CANARIES.values(), fixture.SPARE])


@check("MYNUM-01")
def searches_show_no_number(scene: Scene, seen: Evidence) -> None:
    """Every search and every list, as somebody who holds the right to numbers."""
    client, hits, pages = scene.client("U-A"), [], 0
    addresses = [f"/search/?q={word}" for word in SEARCHES]
    addresses += [route.address(KNOWN) for route in crawl.routes() if route.declared and not route.declared.public]
    for address in addresses:
        body = text(client.get(address))
        pages += 1
        hits += [f"{address} {hit.form}" for hit in mnscan.scan_bytes(body.encode(), _known(), address)]
    typed = fixture.CANARIES[fixture.P_1]
    body = text(client.get("/search/", {"q": typed})).replace(typed, "", 2)  # the field repeats what was typed into it
    hits += [f"検索に番号を入れた応答 {hit.form}" for hit in mnscan.scan_bytes(body.encode(), _known(), "search")]
    seen.none(hits, f"個人番号を含む画面（{pages}画面）")


@check("MYNUM-02", commits=True)
def delivered_in_its_duty_only(scene: Scene, seen: Evidence) -> None:
    """Only roles of the 個人番号利用事務 carry the right; for all others the function does not exist."""
    rights = {"mynumber.reveal", "mynumber.search"}
    foreign = [
        name
        for name, role in catalogue()["roles"].items()
        if rights & set(role["may"]) and role["duty"] != "個人番号利用事務"
    ]
    seen.none(foreign, "個人番号利用事務でない役割にある個人番号の権限")
    for title in ("U-OTHER", "U-LEVY", "U-SYS", "U-AUD"):
        seen.refused(f"{title} が個人番号を表示する", vault.reveal, scene.actor(title), fixture.P_1, "点検")
        seen.refused(f"{title} が個人番号で検索する", vault.find, scene.actor(title), fixture.SPARE, "点検")
    shown = vault.reveal(scene.actor("U-A"), fixture.P_1, "点検 受付1号")
    seen.must(shown == fixture.CANARIES[fixture.P_1], "U-A が個人番号利用事務で表示する")
    hits = []
    for title in ("U-OTHER", "U-LEVY", "U-AUD"):
        client = scene.client(title)
        for route in crawl.routes():
            if route.declared and not route.declared.public:
                hits += mnscan.scan_bytes(
                    text(client.get(route.address(KNOWN))).encode(), _known(), f"{title} {route.name}"
                )
    seen.none([hit.place for hit in hits], "権限のない職員の画面にあった個人番号")


@check("MYNUM-02", commits=True)
def not_under_another_duty(scene: Scene, seen: Evidence) -> None:
    """The same person with the same right: not under a 事務 that is not marked, and not after the right was taken away."""
    clerk, office = fixture.STAFF["U-B"].staff_no, appoint(scene.on)
    roles = catalogue()["roles"]
    plain = [name for name, entry in roles.items() if not entry.get("joins") and not duties()[entry["duty"]].get("my_number")
             and "staff" in entry.get("classes", ["staff"]) and not conflict({*fixture.STAFF["U-B"].roles, name})]  # fmt: skip
    role = plain[0]
    unit = Unit.objects.get(code=fixture.UNIT)
    change = {"code": unit.code, "name": unit.name, "opens": "", "closes": "", "roles": [*unit.roles, role]}
    office.approved(office.apply(accounts.UNIT, by=office.admin, **change))
    office.approved(office.grant(clerk, role))
    for duty, may in (("資格", True), (roles[role]["duty"], False)):
        by = actor_for(clerk, on=scene.on, terminal="t", purpose=duty)
        seen.equal((by.duty, by.may("mynumber.reveal")), (duty, may), f"事務「{duty}」に就く U-B の、個人番号を表示する権限")
    other = actor_for(clerk, on=scene.on, terminal="t", purpose=roles[role]["duty"])
    seen.refused("個人番号利用事務でない事務で表示する", vault.reveal, other, fixture.P_1, "点検", code="RIGHTS-01")
    client = scene.client("U-B")
    session = client.session
    session["duty"] = roles[role]["duty"]
    session.save()
    hits = []
    for route in crawl.routes():
        if route.declared and not route.declared.public:
            hits += mnscan.scan_bytes(text(client.get(route.address(KNOWN))).encode(), _known(), route.name)
    seen.none([hit.place for hit in hits], f"事務「{roles[role]['duty']}」の画面にあった個人番号")
    address, client = reverse("mynumber", args=[fixture.P_1]), scene.client("U-A")
    seen.equal(client.get(address).status_code, 200, "権限のある間に表示の画面を開く")
    by_hand("core_grant", "UPDATE core_grant SET valid_until = %s WHERE role = 'mynumber' AND staff_id = "
            "(SELECT id FROM core_staff WHERE staff_no = 'chkA')", scene.on - timedelta(days=1))  # fmt: skip
    answer = client.post(address, {"reason": "点検"})
    found = mnscan.scan_bytes(text(answer).encode(), _known(), "page")
    seen.equal((answer.status_code, len(found)), (403, 0), "画面を開いている間に権限を取り上げた後の表示（応答・番号の数）")


@check("MYNUM-03", commits=True)
def a_screen_asks_and_forgets(scene: Scene, seen: Evidence) -> None:
    """The page of a person holds the mask; the number comes by a call of its own, makes one record, and goes by itself."""
    put(scene.on, {"mynumber.shown_seconds": 20})
    client, address = scene.client("U-A"), reverse("mynumber", args=[fixture.P_1])
    page = text(client.get(address))
    seen.must(vault.MASK in page and not mnscan.scan_bytes(page.encode(), _known(), "page"), "表示を求める前の画面は伏せた印だけ")
    seen.equal(client.post(address, {"reason": ""}).status_code, 422, "理由なしに表示を求める")
    times = 3
    for case in range(times):
        answer = client.post(address, {"reason": f"点検 受付{case}号"})
    found = mnscan.scan_bytes(text(answer).encode(), _known(), "page")
    told = (len(found) > 0, answer.headers.get("Refresh", "").partition(";")[0])
    seen.equal(told, (True, "20"), "番号を表示した画面が、伏せた画面に替わるまでの秒（定め20秒）")
    after = text(client.get(address))
    seen.must(not mnscan.scan_bytes(after.encode(), _known(), "page"), "替わった後の画面に番号がない")
    made = AuditRecord.objects.filter(staff_no="chkA", function="mynumber.reveal", detail__type="MYNUM_VIEW", persons=[fixture.P_1])
    full = [r for r in made if r.terminal and r.reason and r.duty and r.session]
    seen.equal((made.count(), len(full)), (times, times), "画面での表示の回数と、端末・理由・事務のそろった記録の数")


@check("MYNUM-03", commits=True)
def masked_until_asked_for(scene: Scene, seen: Evidence) -> None:
    """The mask by default; each display needs a reason and makes a record of its own before the number is read."""
    seen.equal(
        vault.masks([fixture.P_1, fixture.P_BLANK]),
        {fixture.P_1: vault.MASK, fixture.P_BLANK: vault.ABSENT},
        "既定の表示",
    )
    by = scene.actor("U-A")
    seen.refused("理由なしに表示する", vault.reveal, by, fixture.P_1, "  ", code="MYNUM-03")
    for case in range(3):
        vault.reveal(by, fixture.P_1, f"点検 受付{case}号")
    records = AuditRecord.objects.filter(function="mynumber.reveal", operation="view", staff_no=by.staff_no)
    seen.equal(records.count(), 3, "3回の表示に対する記録")
    blank = [
        r.pk
        for r in records
        if not (r.terminal and r.reason and r.duty and r.persons and r.detail.get("type") == "MYNUM_VIEW")
    ]
    seen.none(blank, "端末・理由・事務・宛名番号・種類の欠けた記録")


@check("MYNUM-04", commits=True)
def search_by_number(scene: Scene, seen: Evidence) -> None:
    """Exact, checked, rationed, recorded by a keyed hash."""
    by = scene.actor("U-A")
    seen.equal(vault.find(by, fixture.CANARIES[fixture.P_2], "届出の照合"), fixture.P_2, "完全一致の検索")
    number = fixture.CANARIES[fixture.P_1]
    for what, wrong in (("11桁", number[:11]), ("部分一致", number[:11] + "%"), ("複数", f"{number},{number}"), ("空", ""),
                        ("検査数字の誤り", number[:11] + str((int(number[11]) + 1) % 10))):  # fmt: skip
        seen.refused(f"{what}で検索する", vault.find, by, wrong, "点検", code="MYNUM-05")
    seen.refused("理由なしに検索する", vault.find, by, number, " ", code="MYNUM-04")
    done = AuditRecord.objects.filter(staff_no=by.staff_no, function="mynumber.search").count()
    for _ in range(parameters.value("mynumber.search_per_minute") - done):
        vault.find(by, number, "点検")
    seen.refused("上限を超えて検索する", vault.find, by, number, "点検", code="MYNUM-04")
    rule = journal.settings()["rules"]["number_rate"]
    hits = list(analysis.RULES["number_rate"](analysis.load(seals.today(), lambda own, on: {}), rule))
    seen.equal([hit.staff_no for hit in hits], [by.staff_no], "上限を超えた検索に、記録の分析で付く印")
    client = scene.client("U-OTHER")
    shut = (client.get(reverse("mynumber_find")).status_code, client.post(reverse("mynumber_find"), {"number": number}).status_code)
    seen.equal(shut, (403, 403), "権限のない職員が、番号の検索の画面を開く・送る")
    seen.must(reverse("mynumber_find") not in text(client.get("/")), "権限のない職員の画面に、番号の検索への入口がない")
    records = list(AuditRecord.objects.filter(function="mynumber.search", operation="search"))
    seen.none([r.pk for r in records if len(r.detail.get("hash", "")) != 64], "鍵付きハッシュのない検索の記録")
    seen.none([hit.place for r in records for hit in mnscan.scan_bytes(f"{r.detail}{r.reason}".encode(), _known(), str(r.pk))],
              "番号そのものを含む検索の記録")  # fmt: skip


def _typed(atena_no: int) -> dict[str, str]:
    """What a right paper of a person of the fixture says."""
    row = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    assert row is not None
    return {"name": row.name, "sex": row.sex, "birth_date": row.birth_date.isoformat(), "address": row.town + row.block}


def _enter(scene: Scene, title: str, atena_no: int, number: str, typed: Mapping[str, str], decision: str = "") -> Entry:
    identity = {"method": "my_number_card", "bringer": "self", "documents": []}
    return numbers.enter(
        by=scene.actor(title), on=scene.on, atena_no=atena_no, number=number, typed=typed, source="card", decision=decision,
        identity=identity,
    )  # fmt: skip


def _held(scene: Scene) -> dict[int, str]:
    """Whom the report to the federation holds back as things are now: 宛名番号 → code."""
    with transaction.atomic(), connection.cursor() as cursor:
        _, held = staging.stage(cursor, on=scene.on)
    return {atena_no: code for atena_no, _, code, _ in held}


def _insure(scene: Scene, atena_no: int) -> None:
    InsuredPeriod.objects.create(
        atena_no=atena_no, valid=DateRange(scene.on, None), acquired_on=scene.on, acquired_reason="104", recorded_by="chkSys",
        origin="check",
    )  # fmt: skip


@check("MYNUM-05", commits=True)
def compared_before_it_is_kept(scene: Scene, seen: Evidence) -> None:
    """Digits, number and four items are compared and shown before saving; a second person types the number too."""
    by, blank = scene.actor("U-A"), fixture.P_BLANK
    wrong = fixture.SPARE[:11] + str((int(fixture.SPARE[11]) + 1) % 10)
    seen.refused("検査数字の誤った番号を届いたまま登録する", vault.store, [(blank, wrong)], by="chkSys", origin="check", code="MYNUM-05")
    seen.refused("検査数字の誤った番号を入力する", _enter, scene, "U-A", blank, wrong, _typed(blank), code="MYNUM-05")
    others = fixture.CANARIES[fixture.P_2]
    found, _ = numbers.compare(by=by, on=scene.on, atena_no=fixture.P_1, number=others, typed=_typed(fixture.P_1))
    seen.equal((found.state, found.other_no), ("shared", fixture.P_2), "他の人の番号を入力したときに示すもの")
    seen.refused("他の人の番号を登録する", _enter, scene, "U-A", fixture.P_1, others, _typed(fixture.P_1), code="MYNUM-06")
    page = text(scene.client("U-A").post(f"/people/{blank}/number/", {
        "number": others, "source": "card", "bringer": "self", "method": "my_number_card", "act": "save", **_typed(blank),
        "name": "点検外　別人",
    }))  # fmt: skip
    seen.must("違いがあります" in page and str(fixture.P_2) in page and "不一致" in page, "画面に違いと相手の宛名番号を示す")
    seen.must(others not in page, "その画面に番号そのものがない")
    differing = {**_typed(blank), "birth_date": "1999-09-09"}
    seen.refused("4情報が違い、判断の理由がない", _enter, scene, "U-A", blank, fixture.SPARE, differing, code="ENTRY-04")
    seen.equal(vault.masks([blank])[blank], vault.ABSENT, "ここまでに登録された番号")
    entry = _enter(scene, "U-A", blank, fixture.SPARE, differing, "転記の誤りを住民記録で確かめた")
    shown = {row["item"]: row["state"] for row in entry.evidence["four"]}
    seen.equal((shown.get("生年月日"), entry.entered_by), ("不一致", by.staff_no), "真正性確認の記録（示したもの・示された者）")
    other = scene.actor("U-B")
    seen.refused("番号を入力せずに確認する", pending.confirm, by=other, on=scene.on, entry_id=entry.pk, code="MYNUM-05-MATCH")
    seen.must(not vault_proposals.match(other, entry.payload["proposal"], others), "別の番号では一致しない")
    vault_proposals.match(other, entry.payload["proposal"], fixture.SPARE)
    pending.confirm(by=other, on=scene.on, entry_id=entry.pk)
    seen.must(vault.reveal(by, blank, "点検") == fixture.SPARE, "二人目が同じ番号を入力した後に登録される")


@check("MYNUM-05", commits=True)
def unconfirmed_stays_inside(scene: Scene, seen: Evidence) -> None:
    """The number of somebody outside the register is 未確認 and not reported, until the check at the terminal is recorded."""
    outside = fixture.P_EXT
    _insure(scene, outside)
    by = with_only("person.read", "person.change", "person.confirm")
    seen.must(people.number_states(by, [outside])[outside].startswith("未確認"), "住登外者の番号の状態", "未確認")
    seen.equal(_held(scene).get(outside), "G10", "国保連合会への報告から除く理由")
    result = {"checked_on": scene.on, "result": "1", "differing": [], "note": ""}
    entry = outsiders.enter_check(by=by, on=scene.on, atena_no=outside, values=result, reason="点検")
    seen.must(_held(scene).get(outside) == "G10", "確認の入力だけでは変わらない")
    pending.confirm(by=scene.actor("U-B"), on=scene.on, entry_id=entry.pk)
    record = AuthenticityCheck.objects.get(atena_no=outside)
    seen.equal((record.checked_on, record.checked_by, record.result), (scene.on, by.staff_no, "1"), "確認の記録（日・者・結果）")
    seen.must(_held(scene).get(outside) != "G10", "記録の後の報告", _held(scene).get(outside, "載る"))
    seen.value("中間サーバーの副本（LINK-10）", "この版に機能がない")


@check("MYNUM-06", commits=True)
def nothing_is_linked_in_doubt(scene: Scene, seen: Evidence) -> None:
    """A register that contradicts the stored numbers changes none of them; three rows wait for two persons."""
    samples.after_the_full_load()
    before = {atena: blind for atena, blind, _ in vault.fingerprints()}
    brought = {fixture.P_1: fixture.SPARE, fixture.P_BLANK: None, fixture.P_2: fixture.CANARIES[fixture.P_1]}
    rows = [
        samples.change(scene.on, atena_no, sequence=place, my_number=number)
        for place, (atena_no, number) in enumerate(brought.items(), start=1)
    ]  # fmt: skip
    doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=samples.changes(scene.on, *rows), file_name="a.csv")
    seen.equal({atena: blind for atena, blind, _ in vault.fingerprints()}, before, "登録済みの番号（変わらない）")
    listed = {(d.atena_no, d.code): d for d in NumberDoubt.objects.filter(state=NumberDoubt.OPEN)}
    expected = {(fixture.P_1, "MN-CHANGED"), (fixture.P_BLANK, "MN-BLANK"), (fixture.P_2, "MN-SHARED")}
    seen.equal({f"{a} {c}" for a, c in listed}, {f"{a} {c}" for a, c in expected}, "確認リストの行（理由コード付き）")
    seen.none(set(brought) - set(_held(scene)), "報告から除かれていない人")
    by, other = scene.actor("U-A"), scene.actor("U-B")
    case = listed[fixture.P_1, "MN-CHANGED"]
    entry = numbers.decide(by=by, on=scene.on, doubt_id=case.pk, outcome="take", reason="番号の変更の届出を確かめた")
    seen.refused("入力した本人が決める", pending.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    statement = "UPDATE people_numberdoubt SET state = 'settled', outcome = 'keep', settled_on = now(), entry_id = %s"
    seen.refused("アプリケーションの役割のSQLで片付ける", _sql, statement, entry.pk)
    case.refresh_from_db()
    seen.equal((case.state, vault.reveal(by, fixture.P_1, "点検") == fixture.CANARIES[fixture.P_1]), ("open", True), "一人では片付かない")
    pending.confirm(by=other, on=scene.on, entry_id=entry.pk)
    case.refresh_from_db()
    seen.equal((case.state, vault.reveal(by, fixture.P_1, "点検") == fixture.SPARE), ("settled", True), "別の職員の確認で決まる")
    held = _held(scene)
    seen.must(fixture.P_2 in held and fixture.P_BLANK in held, "決めていない人は除かれたまま", sorted(held.values()))
    with owner() as hand:
        hits, _ = mnscan.scan_tables(hand, _known())
    seen.none([f"{hit.place} {hit.form}" for hit in hits], "保管庫の外の表に残った番号")


def _sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@check("MYNUM-06", place=REAL)
def the_list_is_worked_off(seen: Evidence) -> None:
    """In the installation: how many wait, and whether every decided one had two persons."""
    seen.value("確認リストの未決定", NumberDoubt.objects.filter(state=NumberDoubt.OPEN).count())
    one = Q(entry__decided_by="") | Q(entry__decided_by=F("entry__entered_by"))
    alone = NumberDoubt.objects.filter(one, state=NumberDoubt.SETTLED)
    seen.none(alone.values_list("pk", flat=True), "二人によらずに片付いた行")


@check("MYNUM-07", commits=True)
def one_store_one_path(scene: Scene, seen: Evidence) -> None:
    """Numbers stand in the vault only; the application's role has no way to it; the dead are kept like the living."""
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known())
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"保管庫の外の表にある個人番号（{rows}行）")
    with database.app_address().connect(autocommit=True) as connection:
        for table in ("vault.my_number", "vault.data_key"):
            seen.refused(f"アプリケーションの役割が {table} を読む",
                         connection.execute, f"SELECT * FROM {table}", errors=(psycopg.Error,))  # fmt: skip
    with owner() as connection:
        sealed = connection.execute("SELECT sealed, blind FROM vault.my_number").fetchall()
    plain = [1 for row in sealed for column in row if mnscan.scan_bytes(bytes(column), _known(), "vault")]
    seen.none(plain, f"保管庫の中に平文で読める番号（{len(sealed)}件）")
    by = scene.actor("U-A")
    seen.must(
        vault.reveal(by, fixture.P_DEAD, "点検") == fixture.CANARIES[fixture.P_DEAD], "死亡者の番号も同じ経路だけで開く"
    )
    seen.refused("権限のない者が死亡者の番号を開く", vault.reveal, with_only("person.read"), fixture.P_DEAD, "点検")


@check("MYNUM-07", place=REAL)
def the_store_is_closed(seen: Evidence) -> None:
    """In the installation: who has rights on the schema of the vault."""
    with owner() as connection:
        open_to = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND has_schema_privilege(rolname, 'vault', 'USAGE') "
            "AND rolname NOT IN ('kokuho_owner', 'kokuho_vault')"
        ).fetchall()
    seen.none([row[0] for row in open_to], "保管庫に入れるその他の役割")


@check("MYNUM-08", commits=True)
def nowhere_else(scene: Scene, seen: Evidence) -> None:
    """After every address was asked for, with numbers typed where they do not belong: records, tables, files, names."""
    client = scene.client("U-A")
    for route in crawl.routes():
        client.get(route.address(KNOWN))
    number = fixture.CANARIES[fixture.P_1]
    client.get("/search/", {"q": number})
    client.get("/nowhere/", {"number": number})
    fresh = scene.client("")
    fresh.post("/accounts/login/", {"login": number, "password": number})
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known(), beside=("vault", "pg_catalog"))
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"番号を打ち込んだ後の表と記録（{rows}行）")
    home = config.home()
    hits, count = mnscan.scan_files(
        (p for p in Path(home).rglob("*") if "pg" not in p.relative_to(home).parts[:1]), _known(), home
    )
    seen.none([hit.place for hit in hits], f"番号を打ち込んだ後のファイルとその名前（{count}個）")


@check("MYNUM-09")
def no_code_of_the_network(scene: Scene, seen: Evidence) -> None:
    """No column, no item of an interface that could hold a 符号."""
    columns = [
        f"{model._meta.db_table}.{field.name}" for model in apps.get_models() for field in model._meta.concrete_fields
        if CODES.search(f"{field.name} {field.verbose_name}")
    ]  # fmt: skip
    with owner() as hand:
        told = hand.execute(
            "SELECT c.table_schema, c.table_name, c.column_name, coalesce(col_description((quote_ident(c.table_schema) || '.' || "
            "quote_ident(c.table_name))::regclass, c.ordinal_position), '') FROM information_schema.columns c "
            "WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
    columns += [".".join(row[:3]) for row in told if CODES.search(f"{row[2]} {row[3]}")]
    seen.none(columns, f"符号を持ち得る列（データベースの全{len(told)}列）")
    seen.value("中間サーバーの応答に含まれる符号", "自治体中間サーバーがまだつながっていない: 応答を受け取る入口がない（LINK-12）")
    fields = [
        f"{layout.id}.{field.name}"
        for versions in library().values() for layout in versions for record in layout.records.values() for field in record.fields
        if CODES.search(f"{field.name} {field.title}")
    ]  # fmt: skip
    seen.none(fields, "符号を持つ連携の項目")

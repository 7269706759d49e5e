"""LOG: recording, search, inspection."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse

from kokuho.controls import crawl, fixture, samples
from kokuho.controls.checks.suspicion import insert, working_day
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, by_hand, owner, text
from kokuho.core import clock, forgotten, histories, inspection, journal, parameters, seals, vault, writing
from kokuho.core.actions import entries as pending
from kokuho.core.clock import business_date
from kokuho.core.models import AuditRecord, Inspection, WriteRecord
from kokuho.core.queries import values
from kokuho.core.templatetags import ja
from kokuho.desks.people.actions import registrations
from kokuho.desks.people.models import Person
from kokuho.exchange import doors
from kokuho.exchange.models import InboxFile

VIEWS = (
    f"/persons/{fixture.P_1}/", f"/persons/{fixture.P_2}/", f"/persons/{fixture.P_HEAD}/", f"/persons/{fixture.P_BLANK}/",
    f"/households/{fixture.HOUSEHOLD}/", f"/people/{fixture.P_1}/registered/", f"/control/values/{fixture.P_1}/",
    "/eligibility/candidates/",
)  # fmt: skip
SEARCHES = ("点検甲", "テンケンコウ", "点検町", "99000001", "1985", "点検乙")
KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
Step = tuple[str, Callable[[], object], tuple[str, str]]


def _records(scene: Scene, title: str) -> Any:
    return AuditRecord.objects.filter(staff_no=fixture.STAFF[title].staff_no).order_by("pk")


def _script(scene: Scene) -> list[Step]:
    """Thirty things that U-A does: on screens, by the functions below them, as a job; some are refused. With the record each makes."""
    client, by = scene.client("U-A"), scene.actor("U-A")
    may = scene.actor("U-A", purpose="").capabilities
    shut = [r for r in crawl.routes() if r.declared and r.declared.capability not in (None, *may) and not r.parts][:5]
    entered: list[int] = []

    def enter() -> None:
        given = {"priority": 1, "kind": "1", "value": "0489990001", "business": "", "purpose": ""}
        columns = {column.name: column.initial for column in registrations.REGISTRATIONS["contact"].columns}
        told = {key: value or columns.get(key) for key, value in given.items() if key in columns}
        entered.append(registrations.enter(
            by=by, on=scene.on, code="contact", atena_no=fixture.P_1, values=told, valid_from=scene.on, reason="点検").pk)  # fmt: skip

    def number(address: str, **sent: str) -> Callable[[], object]:
        return lambda: client.post(address, {"reason": "点検 受付1号", **sent})

    def decide(how: Callable[..., object], **more: str) -> Callable[[], object]:
        return lambda: how(by=by, on=scene.on, entry_id=entered[0], **more)

    def get(address: str, **asked: str) -> Callable[[], object]:
        return lambda: client.get(address, asked)

    steps: list[Step] = [(f"画面 {address}", get(address), ("view", "ok")) for address in VIEWS]
    steps += [(f"検索 {words}", get("/search/", q=words), ("search", "ok")) for words in SEARCHES]
    steps += [(f"権限のない画面 {r.name}", get(r.address(KNOWN)), ("refuse", "refused")) for r in shut]
    return [
        *steps,
        ("個人番号の表示", number(reverse("mynumber", args=[fixture.P_1])), ("view", "ok")),
        ("個人番号の検索", number(reverse("mynumber_find"), number=fixture.CANARIES[fixture.P_2]), ("search", "ok")),
        ("理由のない個人番号の表示（関数）", lambda: vault.reveal(by, fixture.P_1, " "), ("refuse", "refused")),
        ("受け付けない送信", lambda: client.post(reverse("mynumber_find"), {"reason": ""}), ("refuse", "rejected")),
        ("ない番号の画面", lambda: client.get("/persons/9999999999/"), ("refuse", "rejected")),
        ("値の照会（関数）", lambda: values.person_tables(by, fixture.P_1), ("view", "ok")),
        ("連絡先の入力", enter, ("propose", "ok")),
        ("自分の入力の確認", decide(pending.confirm), ("approve", "refused")),
        ("自分の入力の取下げ", decide(pending.withdraw, reason="点検"), ("withdraw", "ok")),
        ("権限のない記録の検索（関数）", lambda: inspection.trace(by, inspection.Criteria()), ("refuse", "refused")),
        ("権限のない取込み（処理）",
         lambda: doors.receive_bytes(by=by, on=scene.on, data=samples.changes(scene.on), file_name="a.csv"), ("refuse", "refused")),
    ]  # fmt: skip


@check("LOG-01", commits=True)
def everything_is_recorded(scene: Scene, seen: Evidence) -> None:
    """Thirty known actions and the end of the session: exactly as many records, in order, refusals and failures among them."""
    first = _records(scene, "U-A").count()
    steps = _script(scene)
    seen.equal(len(steps), 30, "台本の操作の数")
    made: list[tuple[str, str, str]] = []
    for words, do, _ in steps:
        before = _records(scene, "U-A").count()
        try:
            do()
        except Exception as refusal:  # what is refused says so by an exception
            words = f"{words}（{type(refusal).__name__}）"
        made += [(words, record.operation, record.result) for record in _records(scene, "U-A")[before:]]
    wrong = [
        f"{words}: {'・'.join(f'{o} {r}' for w, o, r in made if w.startswith(words)) or '記録なし'}"
        for words, _, expected in steps if [(o, r) for w, o, r in made if w.startswith(words)] != [expected]
    ]  # fmt: skip
    seen.none(wrong, "記録が一件でないか、違う操作")
    refused = [record for record in made if record[2] != "ok"]
    seen.must(len(made) == 30, "台本の記録の数", f"{len(made)}件、うち拒否・失敗{len(refused)}件")
    scene.client("U-A").post("/accounts/logout/")
    last = list(_records(scene, "U-A")[first + len(made):])
    seen.equal([(r.operation, r.detail.get("cause")) for r in last], [("logout", "asked")], "ログアウトの記録と事由")
    seen.equal(scene.client("U-A").get("/").status_code, 302, "ログアウトの後に画面を開く")
    _browser_killed(scene, seen)


def _browser_killed(scene: Scene, seen: Evidence) -> None:
    """Nobody comes back to an open session: it ends by itself, with its record."""
    client = scene.client("U-B")
    session = client.session
    session["seen_at"] = int(time.time()) - (parameters.value("auth.idle_end_minutes") + 1) * 60
    session.save()
    others = Session.objects.count() - 1
    forgotten.end(clock.now())
    record = _records(scene, "U-B").filter(operation="logout").last()
    told = (record.detail.get("cause"), record.terminal) if record else None
    seen.equal(told, ("timeout", fixture.TERMINAL), "ブラウザーを閉じたまま戻らない利用の終わりの記録（事由・端末）")
    seen.equal((client.get("/").status_code, Session.objects.count()), (302, others), "その利用は続けられず、ほかの利用は残る")


@check("LOG-02")
def who_where_when_whom_why(scene: Scene, seen: Evidence) -> None:
    """A search that shows several persons names them all with the criteria; nothing is empty, nobody is described."""
    before = _records(scene, "U-A").count()
    scene.client("U-A").get("/search/", {"q": "点検甲"})
    scene.client("U-A").get(f"/persons/{fixture.P_1}/")
    made = list(_records(scene, "U-A")[before:])
    seen.must(any(record.at.microsecond for record in made), "日時はミリ秒まである", made[0].at.isoformat() if made else "なし")
    searched = next((record for record in made if record.operation == "search"), None)
    found = set(searched.persons) if searched else set()
    seen.must({fixture.P_1, fixture.P_2} <= found, "検索の記録にある宛名番号", f"{len(found)}人")
    seen.must(searched is not None and bool(searched.detail) and searched.row_count == len(found), "検索の条件と件数",
              searched.row_count if searched else "なし")  # fmt: skip
    wanted = ("staff_no", "staff_name", "unit", "terminal", "session", "duty", "function", "operation", "result")
    seen.none([f"{record.pk} {name}" for record in made for name in wanted if not getattr(record, name)], "空の項目")
    named = [part for pair in fixture.NAMES.values() for whole in pair for part in whole.split("　")]
    seen.none(
        [r.pk for r in made if any(n in f"{r.detail}{r.reason}{r.function}" for n in (*named, "点検町"))],
        "氏名・住所を含む記録",
    )
    before = AuditRecord.objects.order_by("pk").last()
    for route in crawl.routes():
        if route.declared and route.declared.capability:
            scene.client("U-A").get(route.address(KNOWN))
    all_pages = AuditRecord.objects.filter(pk__gt=before.pk if before else 0)
    empty = [f"{r.function} {name}" for r in all_pages if r.persons for name in wanted if not getattr(r, name)]
    seen.none(empty, f"全画面を開いた記録（{all_pages.count()}件）のうち、住民の情報についての記録で空の項目")
    described = [r.function for r in all_pages if any(n in f"{r.detail}{r.reason}" for n in (*named, "点検町"))]
    seen.none(described, "全画面を開いた記録のうち、氏名・住所を含むもの")


@check("LOG-03")
def every_write_is_recorded(scene: Scene, seen: Evidence) -> None:
    """Bulk SQL is recorded with the name of who is working; a fact leads to the file or entry it came from."""
    by = scene.actor("U-A")
    before = WriteRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with writing.acting(by, "check.bulk", "点検"), connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET superseded_at = now() WHERE household_no = %s", [fixture.HOUSEHOLD])
        count = cursor.rowcount
    made = WriteRecord.objects.filter(pk__gt=before, table_name="public.people_person").first()
    told = (made.operation, made.row_count, made.staff_no, made.function) if made else None
    seen.equal(told, ("update", count, by.staff_no, "check.bulk"), "一括のSQLの記録（操作・行数・誰が・機能）")
    facts = Person.objects.filter(origin="")
    seen.equal(facts.count(), 0, "出所（ファイル・届出）のない宛名の事実")


@check("LOG-03", commits=True)
def a_value_leads_to_its_origin(scene: Scene, seen: Evidence) -> None:
    """From the changed item of P-1 the screen leads to the former value, the file, who took it in and by which layout."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    before = WriteRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with writing.acting(by, "exchange.receive"):
        file = doors.receive_bytes(by=by, on=scene.on, data=data, file_name="check-changes.csv")
    facts = Person.objects.filter(atena_no=fixture.P_1, origin=f"file:{file.pk}")
    written = WriteRecord.objects.filter(pk__gt=before, table_name="public.people_person")
    counted = sum(record.row_count for record in written if record.operation == "insert")
    seen.equal(counted, Person.objects.filter(origin=f"file:{file.pk}").count(), "取込みで加わった行の数と、書込みの記録の行の数")
    seen.equal({record.staff_no for record in written}, {by.staff_no}, "書込みの記録にある、取り込んだ職員")
    page = text(scene.client("U-B").get(f"/control/values/{fixture.P_1}/people.person/"))
    found = [part for part in ("移転町", "点検町", ja.origin(f"file:{file.pk}"), "点検職員 U-SYS") if part in page]
    seen.equal(len(found), 4, "値の履歴の画面にある、後の値・前の値・出所のファイル・書いた職員")
    kept = InboxFile.objects.get(pk=file.pk)
    told = f"{kept.layout} {kept.sha256[:12]}"
    seen.must(bool(kept.sha256 and kept.layout) and facts.exists(), "出所のファイルの控え（様式・ハッシュ）", told)


@check("LOG-03", commits=True)
def what_was_changed_behind_the_history_is_found(scene: Scene, seen: Evidence) -> None:
    """An administrator changes, adds and deletes rows of a register with its triggers off: each is found by table and number of rows."""
    seen.none(histories.compare(), f"点検用の環境で、履歴の最後の状態と違う表（{len(histories.tracked())}表を突き合わせた）")
    by_hand("core_staff", "UPDATE core_staff SET name = '点検 別人' WHERE staff_no LIKE 'chk%%'")
    by_hand("core_terminal", "DELETE FROM core_terminal WHERE code = %s", fixture.TERMINAL)
    copied = "SELECT (jsonb_populate_record(u, '{\"id\": 99999, \"code\": \"K77\"}')).* FROM core_unit u LIMIT 1"
    by_hand("core_unit", f"INSERT INTO core_unit {copied}")
    found = {(apart.code, apart.table): apart.rows for apart in histories.compare()}
    expected = {
        (histories.CHANGED, "core_staff"): len(fixture.STAFF), (histories.GONE, "core_terminal"): 1, (histories.UNKNOWN, "core_unit"): 1
    }  # fmt: skip
    seen.equal(found, expected, "管理者の手で書き換えた行・消した行・加えた行（表ごとの行数）")
    with owner(autocommit=True) as database:
        database.execute("ALTER TABLE core_unit DISABLE TRIGGER USER")
    off = {apart.table for apart in histories.compare() if apart.code == histories.OFF}
    seen.equal(off, {"core_unit"}, "引き金を止めたままの表")


@check("LOG-03", place=REAL)
def every_table_is_watched(seen: Evidence) -> None:
    """In the installation: tables without the triggers that record writes; registers whose rows are not what their history says."""
    with owner() as database:
        seen.none(journal.unguarded(database), "書込みの記録の引き金がない、又は止められた表")
    seen.none(histories.compare(), f"今の行が履歴の最後の状態と違う表（{len(histories.tracked())}表を突き合わせた）")
    seen.value("記録する表", sum(1 for model in apps.get_models() if model._meta.managed))


@check("LOG-05", commits=True)
def who_saw_this_resident(scene: Scene, seen: Evidence) -> None:
    """The inspector's trace equals the script; others are refused; looking is recorded; samples show what has no case."""
    for title in ("U-A", "U-B"):
        scene.client(title).get(f"/persons/{fixture.P_1}/")
    by = scene.actor("U-AUD")
    found = inspection.trace(by, inspection.Criteria(atena_no=fixture.P_1, function="person", operation="view"))
    seen.equal(
        sorted({r.staff_no for r in found.records}),
        sorted(fixture.STAFF[t].staff_no for t in ("U-A", "U-B")),
        "P-1 を見た職員",
    )
    seen.refused(
        "資格担当の職員が記録を検索する",
        inspection.trace,
        scene.actor("U-A"),
        inspection.Criteria(atena_no=fixture.P_1),
    )
    seen.must(
        AuditRecord.objects.filter(staff_no=by.staff_no, function="audit.trace").exists(), "記録を検索したことの記録"
    )
    day = working_day()
    rows = [(day, 9 + n // 60, n % 60, "chkX", "t", "person", "view", "ok", [n + 1], '{"case": 1}' if n % 2 else "{}") for n in range(200)]
    insert(rows)
    seed, drawn = inspection.sample(by, since=day, until=day, size=50)
    again = inspection.sample(by, since=day, until=day, size=50, seed=seed)[1]
    seen.equal((len(drawn), drawn == again), (50, True), "200件から引いた、書面と照合する標本の数（同じ種から同じ標本）")
    marked = [bool(s.case) == bool(s.record.persons[0] % 2 == 0) for s in drawn]
    bare = sum(not s.case for s in drawn)
    seen.must(all(marked) and 0 < bare < 50, "受付番号のない閲覧に印がある", f"受付番号なし {bare}件")


@check("LOG-06")
def inspections_leave_evidence(scene: Scene, seen: Evidence) -> None:
    """An inspection without findings or sample is refused; a month later the next is due; a year has twelve, with who and what."""
    put(scene.on, {"log.inspection_months": 1})
    by = scene.actor("U-AUD")
    first = scene.on - timedelta(days=365)

    def inspect(on: Any = scene.on, **told: Any) -> None:
        given = {"sample_size": 10, "matched": 10, "findings": "異常なし", **told}
        inspection.inspect(by=by, on=on, period_from=on - timedelta(days=30), period_until=on, **given)

    for what, told, problem in (
        ("結果の記載のない点検", {"findings": " "}, "LOG-06-FINDINGS"),
        ("標本のない点検", {"sample_size": 0, "matched": 0}, "LOG-06-SAMPLE"),
        ("一致しないのに措置のない点検", {"matched": 9, "findings": "1件不一致"}, "LOG-06-FOLLOW-UP"),
    ):  # fmt: skip
        seen.refused(what, inspect, code=problem, **told)
    for month in range(12):
        inspect(clock.months_later(first, month))
    kept = Inspection.objects.filter(inspected_on__gte=first, inspected_on__lte=scene.on)
    seen.equal((kept.count(), {row.inspected_by for row in kept}), (12, {by.staff_no}), "1年の点検の数と点検した者")
    inspect()
    late = {days: inspection.schedule(by, on=scene.on + timedelta(days=days)).overdue for days in (0, 27, 32)}
    seen.equal(late, {0: False, 27: False, 32: True}, "間隔1月のとき、前回から0日・27日・32日の期限経過")
    client = scene.client("U-AUD")
    seen.must("異常なし" in text(client.get("/control/inspections/")), "点検の一覧の画面に結果が出る")


@check("LOG-06", place=REAL)
def inspections_are_in_time(seen: Evidence) -> None:
    """In the installation: when the last inspection was, and whether the next is overdue."""
    last = Inspection.objects.order_by("-period_until").first()
    months = parameters.value("log.inspection_months")
    first = seals.first_day()
    begin = last.inspected_on if last else first
    late = begin is not None and (business_date() - begin).days > 31 * months + 1
    seen.must(
        not late, "前回の点検から次の期限まで", f"前回 {last.inspected_on if last else 'なし'}、最初の記録 {first}"
    )

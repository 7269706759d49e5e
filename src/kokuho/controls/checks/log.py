"""LOG: recording, inspection, analysis, retention."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, owner, text, with_only
from kokuho.core import analysis, inspection, journal, parameters, purging, seals, vault, verifying, writing
from kokuho.core.clock import JAPAN, business_date
from kokuho.core.models import AuditMark, AuditRecord, Holiday, Inspection, WriteRecord
from kokuho.desks.people.models import Person

OK = (f"/persons/{fixture.P_1}/", f"/households/{fixture.HOUSEHOLD}/", "/search/?q=点検甲", "/eligibility/candidates/",
      f"/persons/{fixture.P_2}/")  # fmt: skip
REFUSED = ("/audit/", "/staff/", "/batches/", "/exchange/receive/", "/assessment/levy/2026/")


def _records(scene: Scene, title: str) -> Any:
    return AuditRecord.objects.filter(staff_no=fixture.STAFF[title].staff_no).order_by("pk")


@check("LOG-01")
def everything_is_recorded(scene: Scene, seen: Evidence) -> None:
    """A script of known actions: as many records, in order, the refusals among them; signing out is the last."""
    before = _records(scene, "U-A").count()
    client = scene.client("U-A")
    refused, silent, done = [], [], 0
    for address in OK:
        count = _records(scene, "U-A").count()
        status = client.get(address).status_code
        fresh = list(_records(scene, "U-A")[count:])
        done += len(fresh)
        if status != 200 or not any(record.result == "ok" for record in fresh):
            silent.append(f"{address} {status}")
    seen.none(silent, f"記録なしに開いた画面（{len(OK)}画面、記録{done}件）")
    for address in REFUSED:
        if client.get(address).status_code == 403:
            refused.append(address)
    client.post("/accounts/logout/")
    made = list(_records(scene, "U-A")[before:])
    seen.equal(len([record for record in made if record.operation == "refuse"]), len(refused), "拒否の記録")
    seen.must(len(refused) >= 3, "権限のない画面の拒否", f"{len(refused)}件")
    seen.must(
        bool(made) and made[-1].operation == "logout", "最後はログアウトの記録", made[-1].operation if made else "なし"
    )
    seen.equal(scene.client("U-A").get("/").status_code, 302, "ログアウトの後に画面を開く")


@check("LOG-02")
def who_where_when_whom_why(scene: Scene, seen: Evidence) -> None:
    """A search that shows several persons names them all with the criteria; nothing is empty, nobody is described."""
    before = _records(scene, "U-A").count()
    scene.client("U-A").get("/search/", {"q": "点検甲"})
    scene.client("U-A").get(f"/persons/{fixture.P_1}/")
    made = list(_records(scene, "U-A")[before:])
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


@check("LOG-03", place=REAL)
def every_table_is_watched(seen: Evidence) -> None:
    """In the installation: tables without the triggers that record writes."""
    with owner() as database:
        seen.none(journal.unguarded(database), "書込みの記録の引き金がない、又は止められた表")
    seen.value("記録する表", sum(1 for model in apps.get_models() if model._meta.managed))


@check("LOG-05")
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
    day = seals.today()
    seed, drawn = inspection.sample(by, since=day - timedelta(days=1), until=day + timedelta(days=1), size=50)
    again = inspection.sample(by, since=day - timedelta(days=1), until=day + timedelta(days=1), size=50, seed=seed)[1]
    seen.must(
        bool(drawn) and len(again) >= len(drawn),
        "書面と照合する標本",
        f"{len(drawn)}件、うち受付番号なし {sum(not s.case for s in drawn)}件",
    )


@check("LOG-06")
def inspections_leave_evidence(scene: Scene, seen: Evidence) -> None:
    """An inspection without findings or sample is refused; one month later the next is due."""
    by = scene.actor("U-AUD")
    common: dict[str, Any] = {
        "by": by,
        "on": scene.on,
        "period_from": scene.on - timedelta(days=30),
        "period_until": scene.on,
    }
    seen.refused(
        "結果の記載のない点検",
        inspection.inspect,
        **common,
        sample_size=10,
        matched=10,
        findings=" ",
        code="LOG-06-FINDINGS",
    )
    seen.refused(
        "標本のない点検",
        inspection.inspect,
        **common,
        sample_size=0,
        matched=0,
        findings="異常なし",
        code="LOG-06-SAMPLE",
    )
    seen.refused("一致しないのに措置のない点検", inspection.inspect, **common, sample_size=10, matched=9, findings="1件不一致",
                 code="LOG-06-FOLLOW-UP")  # fmt: skip
    inspection.inspect(**common, sample_size=10, matched=10, findings="異常なし")
    seen.must(not inspection.schedule(by, on=scene.on).overdue, "点検した日は期限内")
    late = inspection.schedule(by, on=scene.on + timedelta(days=400))
    seen.must(late.overdue, "400日後は期限を過ぎている", late.due_on)


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


@check("LOG-07", commits=True)
def suspicious_use_is_marked(scene: Scene, seen: Evidence) -> None:
    """A made-up day with an example of rules and ordinary work: exactly the examples are marked, each by its rule."""
    day = _working_day()
    clerk, other = "chkX", "chkY"
    rows: list[tuple[Any, ...]] = [
        (day, 10, n % 60, other, f"p{n}", "person", "view", "ok", [n + 10], '{"case": 1}') for n in range(1, 40)
    ]  # fmt: skip
    rows += [(day, 22, n, clerk, "t", "person", "view", "ok", [1], '{"case": 1}') for n in range(3)]
    rows += [(day, 11, n % 5, clerk, "t", "search", "search", "ok", [], "{}") for n in range(80)]
    rows += [(day, 12, n % 60, clerk, "t", "mynumber.reveal", "view", "ok", [n], '{"case": 1}') for n in range(60)]
    rows += [(day, 13, n % 60, clerk, "t", "person", "view", "ok", [1000 + n], "{}") for n in range(700)]
    rows += [(day, 14, n % 60, clerk, "t", "levy.run", "refuse", "refused", [], "{}") for n in range(40)]
    rows += [(day, 15, n % 60, clerk, "t", "people.protected", "open", "ok", [n], "{}") for n in range(20)]
    _insert(rows)
    analysis.analyse(by=scene.actor("U-AUD"), on=day, households=lambda numbers, on: {})
    marks = {(mark.rule, mark.staff_no) for mark in AuditMark.objects.filter(day=day)}
    for rule in (
        "off_hours",
        "mass_search",
        "number_reveals",
        "many_persons",
        "refusals",
        "protected_persons",
        "without_case",
    ):
        seen.must((rule, clerk) in marks, f"{rule} の例に印が付く")
    seen.none([rule for rule, staff in marks if staff == other], "ふつうの仕事に付いた印（39件の閲覧）")
    mark = AuditMark.objects.filter(day=day).first()
    if mark is not None:
        seen.refused(
            "理由なしに印を処理する",
            inspection.dispose,
            by=scene.actor("U-AUD"),
            mark_id=mark.pk,
            outcome="explained",
            reason=" ",
        )
        late = inspection.schedule(scene.actor("U-AUD"), on=day + timedelta(days=100))
        seen.must(len(late.escalated) >= len(marks), "処理されない印は所属長に上がる", f"{len(late.escalated)}件")


def _working_day() -> Any:
    day = seals.today() - timedelta(days=2)
    while day.weekday() >= 5 or Holiday.objects.filter(on=day).exists():
        day -= timedelta(days=1)
    return day


def _insert(rows: Iterable[tuple[Any, ...]]) -> None:
    """Put records of a past day into the table the way only its owner can: the application's always carry the present time."""
    with owner() as database, database.transaction(), database.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER USER")
        cursor.executemany(
            "INSERT INTO core_auditrecord (at, staff_no, staff_name, unit, terminal, session, duty, function, operation, result, "
            "persons, row_count, reason, detail) VALUES (%s, %s, '点検', '点検係', %s, 's', '資格', %s, %s, %s, %s, 1, '', %s)",
            [(datetime(d.year, d.month, d.day, hour, minute, tzinfo=JAPAN), *rest) for d, hour, minute, *rest in rows],
        )
        cursor.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER USER")


@check("LOG-08", commits=True)
def the_record_cannot_be_bent(scene: Scene, seen: Evidence) -> None:
    """With every right on the database a sealed day is altered, cut and added to: the verification names each position."""
    with tempfile.TemporaryDirectory() as folder, _anchored(folder):
        _bend_a_sealed_day(seen)


@contextmanager
def _anchored(folder: str) -> Iterator[None]:
    """Anchors go to a folder of this check."""
    before = os.environ.get("KOKUHO_ANCHORS")
    os.environ["KOKUHO_ANCHORS"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["KOKUHO_ANCHORS"]
        else:
            os.environ["KOKUHO_ANCHORS"] = before


def _bend_a_sealed_day(seen: Evidence) -> None:
    day = seals.today() - timedelta(days=1)
    _insert([(day, 9, n, "chkX", "t", "person", "view", "ok", [n], "{}") for n in range(5)])
    connection.close()
    seals.seal_until(day, sealed_by="chkSys", patience=5)
    seen.none(verifying.verify(), "封をした直後の検証の異常")
    with owner(autocommit=True) as database:
        ids = [
            row[0]
            for row in database.execute(
                "SELECT id FROM core_auditrecord WHERE staff_no = 'chkX' ORDER BY id"
            ).fetchall()
        ]
    for what, statement, kind in (
        ("書き換え", f"UPDATE core_auditrecord SET staff_no = 'other' WHERE id = {ids[1]}", "altered"),
        ("削除", f"DELETE FROM core_auditrecord WHERE id = {ids[3]}", "missing"),
    ):
        with owner() as database, database.transaction():
            database.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER USER")
            database.execute(statement)  # type: ignore[arg-type]
            database.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER USER")
        found = verifying.verify()
        seen.must(
            kind in {finding.kind for finding in found},
            f"封の後の{what}を見つける",
            str(found[0]) if found else "見つからない",
        )
    for statement in ("UPDATE core_auditrecord SET staff_no = 'x'", "DELETE FROM core_auditrecord", "DELETE FROM core_dayseal",
                      "TRUNCATE core_auditrecord", "DELETE FROM core_writerecord"):  # fmt: skip
        seen.refused(f"アプリケーションの役割: {statement}", _sql, statement)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("LOG-08", commits=True)
def without_a_record_nothing_opens(scene: Scene, seen: Evidence) -> None:
    """When records cannot be written, nothing of a resident is shown."""
    with owner(autocommit=True) as database:
        database.execute("REVOKE INSERT ON core_auditrecord FROM kokuho_app")
    answer = scene.client("U-A").get(f"/persons/{fixture.P_1}/")
    seen.must(answer.status_code >= 500 and fixture.NAMES[fixture.P_1][0] not in text(answer), "記録を書けないときに P-1 を開く",
              answer.status_code)  # fmt: skip
    by = scene.actor("U-A")
    try:
        vault.reveal(by, fixture.P_1, "点検")
        seen.must(False, "記録を書けないときに個人番号を開く", "開いた")
    except Exception as error:
        seen.must(True, "記録を書けないときに個人番号を開く", f"拒否 {type(error).__name__}")


@check("LOG-08", place=REAL)
def the_record_is_sealed(seen: Evidence) -> None:
    """In the installation: how old the newest seal is, and whether seals and anchors agree with each other."""
    stored = seals.stored()
    first = seals.first_day()
    today = seals.today()
    newest = stored[-1].day if stored else None
    begin = newest + timedelta(days=1) if newest else first
    open_days = (today - begin).days if begin else 0
    seen.must(
        open_days <= 1,
        "封のない閉じた日",
        f"{max(open_days, 0)}日（最後の封 {newest or 'なし'}、最初の記録 {first or 'なし'}）",
    )
    seen.value("時計の差", str(seals.clock_difference()))
    seen.none(verifying.chain(stored, {seals.public_key()}, whole=True), "封の連なりの異常")


@check("LOG-09")
def records_are_kept(scene: Scene, seen: Evidence) -> None:
    """Nobody purges records within their years: not the program, not the function, not the application's SQL."""
    by = with_only("audit.purge", "audit.inspect")
    seen.value("保存年数", journal.settings()["retention_years"])
    seen.refused(
        "期間内の日の消去を起案する",
        purging.order,
        by=by,
        until=seals.today() - timedelta(days=30),
        errors=(ValueError, RuntimeError),
    )
    seen.refused("期間内の日を消去の関数で消す", _sql, "SELECT kokuho_purge_records(current_date - 30)")
    seen.refused("資格担当の職員が消去を起案する", purging.order, by=scene.actor("U-A"), until=seals.today())
    seen.must(
        int(journal.settings()["retention_years"]) >= 7, "保存年数は7年以上", journal.settings()["retention_years"]
    )

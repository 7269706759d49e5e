"""LOG-08 and LOG-09: the record cannot be bent, nothing opens without it, and it is kept for its years."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connection

from kokuho.controls import fixture
from kokuho.controls.checks.suspicion import Row, insert
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, another, by_hand, owner, text, with_only
from kokuho.core import inspection, journal, parameters, purging, seals, vault, verifying
from kokuho.core.models import AuditRecord, Entry
from kokuho.desks.people.actions import registrations


@contextmanager
def _anchored() -> Iterator[None]:
    """Anchors go to a folder of this check."""
    before = os.environ.get("KOKUHO_ANCHORS")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KOKUHO_ANCHORS"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["KOKUHO_ANCHORS"]
            else:
                os.environ["KOKUHO_ANCHORS"] = before


def _looks(day: date, count: int) -> list[Row]:
    return [(day, 9, n, "chkX", "t", "person", "view", "ok", [n + 1], "{}") for n in range(count)]


@check("LOG-08", commits=True)
def the_record_cannot_be_bent(scene: Scene, seen: Evidence) -> None:
    """With every right on the database a sealed day is altered, cut and added to: the verification names the day, the table and the row."""
    with _anchored():
        day = seals.today() - timedelta(days=1)
        ids = insert(_looks(day, 5))
        connection.close()
        seals.seal_until(day, sealed_by="chkSys", patience=5)
        seen.none(verifying.verify(), "封をした直後の検証の異常")
        forged = (day, 10, 0, "chkX", "t", "person", "view", "ok", [9], "{}")
        for what, kind, statement, row in (
            ("書き換えた", "altered", "UPDATE core_auditrecord SET staff_no = 'o' WHERE id = %s", ids[1]),
            ("消した", "missing", "DELETE FROM core_auditrecord WHERE id = %s", ids[3]), ("加えた", "inserted", "", 0),
        ):  # fmt: skip
            if statement:
                by_hand("core_auditrecord", statement, row)
            else:
                [row] = insert([forged])
            found = {(f.day, f.table, f.row, f.kind) for f in verifying.verify()}
            seen.must((day, "core_auditrecord", row, kind) in found, f"管理者の手で{what}記録の日・表・行を検証が示す", f"{day} {row}")
        first = verifying.verify()[0]
        seen.equal((first.row, first.kind), (ids[1], "altered"), "最初の異常の場所")
        for statement in ("UPDATE core_auditrecord SET staff_no = 'x'", "DELETE FROM core_auditrecord", "TRUNCATE core_auditrecord",
                          "UPDATE core_writerecord SET staff_no = 'x'", "DELETE FROM core_writerecord",
                          "INSERT INTO core_writerecord SELECT * FROM core_writerecord LIMIT 1",
                          "UPDATE core_dayseal SET hash = 'x'", "DELETE FROM core_dayseal",
                          "ALTER TABLE core_auditrecord DISABLE TRIGGER ALL", "SET ROLE kokuho_owner"):  # fmt: skip
            seen.refused(f"アプリケーションの役割: {statement}", _sql, statement)
        _wrong_clock(seen)


def _wrong_clock(seen: Evidence) -> None:
    """This machine's clock ten minutes away from the database server's."""
    real = seals.clock_difference
    seals.clock_difference = lambda: timedelta(minutes=10)
    try:
        seen.refused("時計が10分ずれた機械で封をする", seals.seal_until, sealed_by="chkSys", errors=(seals.SealError,))
        told = [str(found) for found in verifying.verify() if "時計" in str(found) or "clock" in found.kind]
        seen.must(bool(told), "時計が10分ずれた機械で検証すると異常を示す", told[:1])
    finally:
        seals.clock_difference = real


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("LOG-08", commits=True)
def without_a_record_nothing_opens(scene: Scene, seen: Evidence) -> None:
    """When records cannot be written, nothing of a resident is shown, and nothing is changed."""
    names = fixture.NAMES[fixture.P_1]
    with owner(autocommit=True) as database:
        database.execute("REVOKE INSERT ON core_auditrecord FROM kokuho_app")
    pages = (f"/persons/{fixture.P_1}/", f"/households/{fixture.HOUSEHOLD}/", "/search/?q=点検甲", f"/control/values/{fixture.P_1}/",
             f"/people/{fixture.P_1}/registered/")  # fmt: skip
    answers = {address: scene.client("U-A").get(address) for address in pages}
    shown = [address for address, answer in answers.items() if answer.status_code < 500 or any(n in text(answer) for n in names)]
    seen.none(shown, f"記録を書けないときに開いた画面（{len(pages)}画面）")
    told = text(answers[pages[0]])
    seen.must("記録" in told, "断る画面の文が、記録を書けないことを言う", told.partition("<h1")[2].partition(">")[2].partition("<")[0])
    by, before = scene.actor("U-A"), Entry.objects.count()
    for what, call in (("個人番号を開く", lambda: vault.reveal(by, fixture.P_1, "点検")), ("連絡先を入力する", lambda: _enter(scene))):
        try:
            call()
            seen.must(False, f"記録を書けないときに{what}", "行われた")
        except Exception as error:
            seen.must(True, f"記録を書けないときに{what}", f"拒否 {type(error).__name__}")
    seen.equal(Entry.objects.count(), before, "その後の入力の件数（変わらない）")


def _enter(scene: Scene) -> None:
    values = {"priority": 1, "kind": "1", "value": "0489990001", "business": "", "purpose": ""}
    registrations.enter(
        by=scene.actor("U-A"), on=scene.on, code="contact", atena_no=fixture.P_1, values=values, valid_from=scene.on, reason="点検"
    )


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
    apart = abs(seals.clock_difference())
    seen.must(apart <= seals.clock_tolerance(), "この機械とデータベースの時計の差", f"{apart.total_seconds():.3f}秒")
    seen.none(verifying.chain(stored, {seals.public_key()}, whole=True), "封の連なりの異常")


@check("LOG-09", commits=True)
def records_are_kept(scene: Scene, seen: Evidence) -> None:
    """Nobody purges records within their years: not the program, not the function, not the application's SQL."""
    put(scene.on, {"log.retention_years": 8})
    by = with_only("audit.purge", "audit.inspect")
    young: dict[str, Any] = {"by": by, "until": seals.today() - timedelta(days=366 * 7 + 30)}
    seen.refused("設定（8年）の期間内の日の消去を起案する", purging.order, **young, errors=(ValueError, RuntimeError))
    seen.refused("期間内の日を消去の関数で消す", _sql, "SELECT kokuho_purge_records(current_date - 30)")
    seen.refused("資格担当の職員が消去を起案する", purging.order, by=scene.actor("U-A"), until=seals.today())
    seen.refused("保存年数を7年より短くする申請", put, scene.on, {"log.retention_years": 6}, code="PARAM-VALUE")
    put(scene.on, {"log.retention_years": 7})
    with _anchored():
        _beyond_the_period(scene, seen)


def _beyond_the_period(scene: Scene, seen: Evidence) -> None:
    """Whole, verified days beyond the period go by two persons; what is bent does not; the chain stays, and year six answers."""
    old, today = 366 * 7 + 10, seals.today()
    gone = insert(_looks(today - timedelta(days=old), 4))
    kept = insert(_looks(today - timedelta(days=366 * 6), 2))
    connection.close()
    seals.seal_until(today - timedelta(days=old - 2), sealed_by="chkSys", patience=5)
    by = with_only("audit.purge", "audit.inspect")
    order = purging.order(by=by, until=today - timedelta(days=old - 1))
    seen.refused("承認のない消去を行う", purging.execute, by=by, approval_id=order.pk, errors=(purging.PurgeError,))
    seen.refused("起案した本人が承認する", purging.decide, by=by, approval_id=order.pk, approve=True, code="ENTRY-02")
    purging.decide(by=another(by), approval_id=order.pk, approve=True)
    by_hand("core_auditrecord", "UPDATE core_auditrecord SET reason = 'x' WHERE id = %s", gone[1])
    seen.refused("封のとおりでない日を消去する", purging.execute, by=by, approval_id=order.pk, errors=(purging.PurgeError,))
    by_hand("core_auditrecord", "UPDATE core_auditrecord SET reason = '' WHERE id = %s", gone[1])
    seen.equal(purging.execute(by=by, approval_id=order.pk), 4, "期間を過ぎ、封のとおりの日の消去（行）")
    left = (AuditRecord.objects.filter(pk__in=gone).count(), AuditRecord.objects.filter(pk__in=kept).count())
    seen.equal(left, (0, 2), "消去の後に残る行（期間を過ぎた日・6年前の日）")
    record = AuditRecord.objects.filter(function="audit.purge", operation="remove").last()
    seen.must(record is not None and record.detail["approval"] == order.pk, "消去の記録（承認の番号とともに）")
    broken = [found for found in verifying.verify() if found.kind != "no-seal"]
    seen.none(broken, "消去の後の封の連なりと記録の異常")
    six = today - timedelta(days=366 * 6)
    found = inspection.trace(scene.actor("U-AUD"), inspection.Criteria(atena_no=1, since=six, until=six))
    seen.equal([r.pk for r in found.records], kept[:1], "6年前の記録の検索（P-1 の宛名番号 1 について）")


@check("LOG-09", place=REAL)
def the_years_of_this_place(seen: Evidence) -> None:
    """In the installation: for how many years records are kept, and whether anything younger is missing."""
    years = max(int(journal.settings()["retention_years"]), parameters.value("log.retention_years"))
    seen.must(years >= 7, "操作記録の保存年数", f"{years}年")
    gone = verifying.purged_until()
    lawful = gone is None or gone < verifying.years_before(seals.today(), years)
    seen.must(lawful, "消去した最後の日（期間内の日の消去がない）", gone or "消去なし")

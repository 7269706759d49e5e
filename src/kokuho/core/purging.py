"""Purging records whose years are over: whole sealed days, verified first, on the approval of a second person (LOG-09).

The seals stay, so the chain stays whole; the record of the purge says which days have no rows any more. The database
itself refuses a day that is younger than the period, whoever asks (`core/journal.py`).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection, transaction

from kokuho.core import audit, journal, parameters, seals, verifying
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.clock import JAPAN
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval, Incident

KIND = "audit.purge"


class PurgeError(CodedError):
    """Refused. `code` is stable."""


def order(*, by: Actor, until: date) -> Approval:
    """Put the purge of all days up to `until` (inclusive) before a second person.

    Raises `PurgeError` for a day within the period, without a seal, or when what is to go is not as it was sealed.
    """
    by.require("audit.purge")
    seal, rows = _verified(until)
    return approvals.propose(
        by=by, kind=KIND, subject=f"audit-purge:{until}", title=f"{until}までの操作記録の消去", content_hash=seal.hash,
        summary={"until": until.isoformat(), "rows": rows},
    )  # fmt: skip


def decide(*, by: Actor, approval_id: int, approve: bool, reason: str = "") -> Approval:
    """The second person's decision."""
    by.require("audit.inspect")
    _approval(approval_id)
    return approvals.decide(by=by, approval_id=approval_id, approve=approve, reason=reason)


def execute(*, by: Actor, approval_id: int) -> int:
    """Purge what was approved; leaves the record of it. Returns how many rows went. Raises `PurgeError`."""
    by.require("audit.purge")
    approval = _approval(approval_id)
    until = date.fromisoformat(approval.summary["until"])
    if approval.state != Approval.APPROVED:
        raise PurgeError("LOG-09-APPROVAL", "この消去はまだ承認されていません。")
    seal, rows = _verified(until)
    if seal.hash != approval.content_hash:
        raise PurgeError("LOG-09-CHANGED", "承認の後に封が変わりました。")
    with transaction.atomic():
        audit.record(
            by, function=KIND, operation="remove", row_count=rows,
            detail={"until": until.isoformat(), "hash": seal.hash, "approval": approval_id},
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT kokuho_purge_records(%s)", [until])
            return int(cursor.fetchone()[0])


def _approval(approval_id: int) -> Approval:
    found = Approval.objects.filter(pk=approval_id, kind=KIND).first()
    if found is None:
        raise PurgeError("LOG-09-APPROVAL", f"消去の起案 {approval_id} はありません。")
    return found


def _verified(until: date) -> tuple[seals.Seal, int]:
    """The last day's seal and the number of rows that are to go, each of them as it was sealed."""
    years = max(journal.settings()["retention_years"], parameters.value("log.retention_years"))
    if until >= verifying.years_before(seals.today(), years):
        raise PurgeError("LOG-09-PERIOD", f"{until} の操作記録は保存期間（{years}年）内です。")
    if frozen := Incident.objects.filter(state=Incident.OPEN, since__lt=datetime.combine(until + timedelta(days=1), time(),
        JAPAN)).values_list("pk", flat=True):
        raise PurgeError("LOG-09-FROZEN", f"対応中の事案（{'、'.join(map(str, frozen))}）の記録があるため消せません。")
    sealed = {seal.day: seal for seal in seals.stored()}
    if until not in sealed:
        raise PurgeError("LOG-09-SEAL", f"{until} には封がありません。")
    broken = verifying.chain(list(sealed.values()), {seals.public_key()}, whole=True)
    rows, day = 0, verifying.purged_until()
    for seal in sealed.values():
        if seal.day <= until and (day is None or seal.day > day):
            broken += verifying.of_day(seal)
            rows += sum(seal.content["counts"].values())
    if broken:
        raise PurgeError("LOG-09-BROKEN", f"封のとおりでない記録は消せません。{min(broken)}")
    return sealed[until], rows


"""What persons decide about a file that was made: release, withdrawal, sending it once more."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from kokuho.core import audit, parameters, writing
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.exchange import registry
from kokuho.exchange.models import OutboxFile
from kokuho.exchange.outbox import files
from kokuho.exchange.outbox.books import OutboxError, locked, refused, still_permitted
from kokuho.exchange.outbox.making import create


def may_release(by: Actor) -> bool:
    """Whether somebody may release files: by the setting every second person with the right, or the administrator of the 業務 only."""
    if parameters.value("link.release") == "administrator" and not by.may("exchange.manage"):
        return False
    return by.may("exchange.release")


def require_releaser(by: Actor) -> None:
    """`may_release`, or refused and recorded."""
    by.require("exchange.release")
    if not may_release(by):
        by.require("exchange.manage")


def release(*, by: Actor, on: date, file_id: int) -> OutboxFile:
    """A second person has looked at content and receiver: the file may go, once (LINK-03).

    Raises `OutboxError`: ENTRY-02 for the one who made it, X22 when it does not wait for a release, X23 when the registry no
    longer permits it.
    """
    require_releaser(by)
    with transaction.atomic(), writing.acting(by, "exchange.release"):
        file = locked(file_id)
        if by.is_person(file.prepared_by):
            refused(by, "exchange.release", file, "ENTRY-02")
            raise OutboxError("ENTRY-02", "作成した本人は送信を確認できません。別の職員が確認してください。")
        if file.state != OutboxFile.PREPARED:
            raise OutboxError("X22", f"この送信ファイルは「{file.get_state_display()}」です。確認はできません。")
        still_permitted(by, file, on)
        file.state, file.released_by, file.released_at = OutboxFile.RELEASED, by.staff_no, now()
        file.save(update_fields=["state", "released_by", "released_at"])
        audit.record(by, function="exchange.release", operation="approve", row_count=file.record_count, detail={"file": file.pk})
    return file


def withdraw(*, by: Actor, file_id: int, reason: str) -> OutboxFile:
    """Take back a file that has not been handed over. What it reported counts as not reported.

    Raises `OutboxError`: X24 when it was handed over, X25 without a reason.
    """
    by.require("exchange.prepare")
    if not reason.strip():
        raise OutboxError("X25", "取り下げる理由を入力してください。")
    with transaction.atomic(), writing.acting(by, "exchange.withdraw", reason):
        file = locked(file_id)
        if file.state not in (OutboxFile.PREPARED, OutboxFile.RELEASED):
            raise OutboxError("X24", "送信したファイルは取り下げられません。訂正は次の差分で送ります。")
        file.state, file.reason = OutboxFile.WITHDRAWN, reason.strip()
        file.save(update_fields=["state", "reason"])
        audit.record(by, function="exchange.withdraw", operation="update", reason=reason, detail={"file": file.pk})
    # A handing over that was cut off before its record left the open bytes beside their place.
    files.beside(file, files.folder(file.system)).unlink(missing_ok=True)
    return file


def resend(*, by: Actor, on: date, file_id: int, reason: str) -> OutboxFile:
    """Prepare the same bytes once more, as a file of its own that needs its own release.

    Raises `OutboxError`: X25 without a reason, X26 when the file was never sent or a resend of it is under way; and
    `RegistryError` when the registry no longer permits it.
    """
    by.require("exchange.prepare")
    if not reason.strip():
        raise OutboxError("X25", "再送する理由（相手から求められた日、相手の担当者など）を入力してください。")
    with transaction.atomic(), writing.acting(by, "exchange.resend", reason):
        file = locked(file_id)
        if file.state not in (OutboxFile.HANDED, OutboxFile.ANSWERED):
            raise OutboxError("X26", "送信していないファイルは再送できません。")
        if file.resends.filter(state__in=(OutboxFile.PREPARED, OutboxFile.RELEASED)).exists():
            raise OutboxError("X26", "このファイルの再送が既に準備されています。")
        rule = registry.rule_for(by, system=file.system, layout=file.layout, on=on)
        again = create(
            by, on, rule, title=f"{file.title}（再送）"[:120], sha256=file.sha256, content_sha256=file.content_sha256,
            size=file.size, known_at=file.known_at, record_count=file.record_count, person_count=file.person_count,
            withheld_count=file.withheld_count, marked_count=file.marked_count, counts=file.counts, resend_of=file,
            reason=reason.strip(), ending=file.file_name.rpartition(".")[2],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO exchange_outboxrecord (file_id, record, atena_no, household_no, digest, update, role, protected) "
                "SELECT %s, record, atena_no, household_no, digest, update, role, protected FROM exchange_outboxrecord WHERE file_id = %s",
                (again.pk, file.pk),
            )
            cursor.execute(
                "INSERT INTO exchange_replacement (file_id, record, atena_no, item, position, original, points, replacement, rule) "
                "SELECT %s, record, atena_no, item, position, original, points, replacement, rule FROM exchange_replacement "
                "WHERE file_id = %s",
                (again.pk, file.pk),
            )
    return again

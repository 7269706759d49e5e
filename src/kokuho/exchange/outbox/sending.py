"""Handing a released file over, and what the receiver says of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from kokuho.core import audit, media, parameters, writing
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.exchange import registry, routes
from kokuho.exchange.models import ConnectedSystem, OutboxFile, ProvisionRecord
from kokuho.exchange.outbox import files
from kokuho.exchange.outbox.books import OutboxError, locked, still_permitted
from kokuho.exchange.outbox.packing import is_package

# A medium that carried a file comes back and is erased within these days (EXPORT-04).
MEDIUM_DAYS = 7


def hand_over(*, by: Actor, on: date, file_id: int, medium: str = "", volume: Path | None = None) -> OutboxFile:
    """Put a released file where its receiver takes it, or on the registered medium that is this `volume`, and leave the record of
    the provision (LINK-04). `medium` names another way in words.

    The bytes lie complete beside their place before the books say "sent", and appear under their name after it: a kill in
    between is finished by calling again, and the file never appears twice. Raises `OutboxError` X27 when it is not released,
    X23 when the registry no longer permits it, X28 when the stored bytes are not those that were released, X31 when this is not a way
    to the receiver, X32 while media are always encrypted; `MediaError` when the medium may not be written.
    """
    by.require("exchange.send")
    with transaction.atomic(), writing.acting(by, "exchange.send"):
        file = locked(file_id)
        if file.state == OutboxFile.HANDED and file.delivered_at is None:
            pass  # cut off by a kill: the record is there, the name is not
        elif file.state != OutboxFile.RELEASED:
            raise OutboxError("X27", f"この送信ファイルは「{file.get_state_display()}」です。送信できるのは確認を終えたファイルだけです。")
        else:
            system = still_permitted(by, file, on)
            _way(by, file, on, volume)
            if volume is not None:
                line = media.carried(
                    by=by, on=on, volume=volume, digest=file.sha256, row_count=file.record_count, receiver=system,
                    due_on=on + timedelta(days=MEDIUM_DAYS),
                )  # fmt: skip
                medium = f"媒体 {line.medium.code}"
            files.write_beside(file, volume or files.folder(file.system))
            file.state, file.handed_by, file.handed_at, file.medium = OutboxFile.HANDED, by.staff_no, now(), medium or "庁内連携フォルダー"
            file.save(update_fields=["state", "handed_by", "handed_at", "medium"])
            rule = file.rule
            ProvisionRecord.objects.create(
                file=file, system=file.system, receiver=system, duty=rule.duty, kind=rule.kind, items=rule.items,
                carries_number=rule.carries_number, basis=rule.basis, purpose=rule.purpose, approval_no=rule.approval_no,
                business_date=on, medium=file.medium, record_count=file.record_count, person_count=file.person_count,
                prepared_by=file.prepared_by, released_by=file.released_by, handed_by=by.staff_no,
            )  # fmt: skip
            audit.record(
                by, function="exchange.send", operation="run", row_count=file.record_count,
                detail={"file": file.pk, "system": file.system, "sha256": file.sha256},
            )  # fmt: skip
    files.appear(file, volume or files.folder(file.system))
    return file


def _way(by: Actor, file: OutboxFile, on: date, volume: Path | None) -> None:
    """The receiver takes its files this way (FED-02); an open file goes on a medium only by an approved exception (EXPORT-05)."""
    system = registry.system_on(file.system, on)
    ways = routes.permitted(system) if system else frozenset()
    if (ConnectedSystem.MEDIUM if volume else ConnectedSystem.FOLDER) not in ways:
        registry.refuse(by, "FED-02", {"file": file.pk, "system": file.system})
        raise OutboxError("X31", f"この提供先にはこの経路で渡せません（渡せる経路: {routes.words(ways)}）。")
    if volume is not None and not is_package(file) and parameters.value("export.media_encryption") == "always":
        registry.refuse(by, "EXPORT-05", {"file": file.pk, "system": file.system})
        raise OutboxError(
            "X32", "媒体に書くファイルは常に暗号化する設定です。受け取る側が復号できない連携では、"
            "「媒体に書くファイルの暗号化」の例外の承認を受けてください。",
        )  # fmt: skip


def unfinished() -> list[int]:
    """Files whose handing over was cut off by a kill, oldest first."""
    cut = OutboxFile.objects.filter(state=OutboxFile.HANDED, delivered_at__isnull=True)
    return list(cut.order_by("pk").values_list("pk", flat=True))


def answer(
    *, by: Actor, file_id: int, receipt: str, accepted: int, rejected: int, take_away: bool = True
) -> OutboxFile:
    """Note what the receiver said; the open copy in the hand-over folder vanishes (EXPORT-06).

    Raises `OutboxError`: X29 when the file was not sent or is answered already, X30 when the counts do not add up.
    """
    by.require("exchange.send")
    with transaction.atomic(), writing.acting(by, "exchange.answer"):
        file = locked(file_id)
        if file.state != OutboxFile.HANDED:
            raise OutboxError("X29", f"この送信ファイルは「{file.get_state_display()}」です。結果は送信済みのファイルにだけ入れます。")
        if accepted < 0 or rejected < 0 or accepted + rejected != file.record_count:
            raise OutboxError(
                "X30", f"受理 {accepted}件とエラー {rejected}件の計が、送信した {file.record_count}件と合いません。相手に確かめてください。"
            )
        file.state, file.receipt, file.accepted_count, file.rejected_count = OutboxFile.ANSWERED, receipt[:100], accepted, rejected
        file.answered_by, file.answered_at = by.staff_no, now()
        file.save(
            update_fields=["state", "receipt", "accepted_count", "rejected_count", "answered_by", "answered_at"]
        )
        audit.record(
            by, function="exchange.answer", operation="update", row_count=file.record_count,
            detail={"file": file.pk, "accepted": accepted, "rejected": rejected},
        )  # fmt: skip
    if take_away:
        (files.folder(file.system) / file.file_name).unlink(missing_ok=True)
    return file

"""A package for a receiver that takes papers: the list of a file and what it lists, in one ZIP that a passphrase closes.

The list is made and asked of the registry as any other file (`making.make`); the package takes its place in the books, so that its
release, its handing over and its record are those of every file. The passphrase lies sealed beside it and is told apart from it.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from kokuho.core import audit, config, sealing, writing
from kokuho.core.access import Actor
from kokuho.core.models import AuditRecord
from kokuho.exchange.models import OutboxFile
from kokuho.exchange.outbox import files
from kokuho.exchange.outbox.books import OutboxError, locked
from kokuho.exchange.outbox.making import Made
from kokuho.formats import aeszip

INDEX, ENDING = "index.csv", "zip"
# Letters and digits that nobody mistakes for another: 26 of them are 128 bits and more.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_OPEN, _SHOWN = (OutboxFile.RELEASED, OutboxFile.HANDED), "exchange.passphrase"


class _Sealing:
    """Seals and hashes what the archive writes; it cannot go back in it."""

    def __init__(self, writer: sealing.SealedWriter) -> None:
        self.writer, self.digest, self.size = writer, sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.writer.write(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


def pack(made: Made, members: Mapping[str, Iterable[bytes]]) -> Made:
    """Let an encrypted ZIP of a made list and these members take the list's place. Nothing open is written. `made` is changed."""
    listed = files.path(made.sha256)
    passphrase = "".join(secrets.choice(_LETTERS) for _ in range(26))
    writer = sealing.SealedWriter(config.folder("outbox") / f"leaving-{secrets.token_hex(6)}")
    out = _Sealing(writer)
    try:
        aeszip.write(out, passphrase, {INDEX: sealing.unsealed(listed), **members})  # type: ignore[arg-type]
        made.sha256, made.size, made.ending = out.digest.hexdigest(), out.size, ENDING
        sealing.write_sealed(_key(made.sha256), passphrase.encode())
        writer.commit(files.path(made.sha256))
    except BaseException:
        with contextlib.suppress(ValueError):
            writer.discard()
        raise
    finally:
        listed.unlink(missing_ok=True)
    return made


def discard(made: Made) -> None:
    """Drop what was made and never came into the books."""
    files.path(made.sha256).unlink(missing_ok=True)
    _key(made.sha256).unlink(missing_ok=True)


def is_package(file: OutboxFile) -> bool:
    """Whether a file of the books is an encrypted package."""
    return file.file_name.endswith(f".{ENDING}")


def _key(digest: str) -> Path:
    return config.folder("outbox") / f"{digest}.key.sealed"


def tells(by: Actor, file: OutboxFile) -> bool:
    """Whether somebody may be shown what opens this file: a released package, and the right to send it."""
    return is_package(file) and file.state in _OPEN and by.may("exchange.send")


def passphrase(*, by: Actor, file_id: int, reason: str = "") -> str:
    """What opens a released package, to be told to the receiver by another way. Shown once; again with a `reason` only, when it was
    lost. Recorded every time. Needs `exchange.send`.

    Raises `OutboxError`: X33 for a file that is no released package, X34 when it was shown before and no reason is given, X28 when
    its passphrase was erased.
    """
    by.require("exchange.send")
    with transaction.atomic(), writing.acting(by, _SHOWN):
        if not OutboxFile.objects.filter(pk=file_id).exists():
            raise OutboxError("X33", "その送信番号のファイルはありません。")
        file = locked(file_id)
        if not is_package(file) or file.state not in _OPEN:
            raise OutboxError("X33", "パスフレーズを表示できるのは、確認を終えた暗号化ファイルだけです。")
        shown = AuditRecord.objects.filter(at__gte=file.released_at, function=_SHOWN, result="ok", detail__file=file.pk)
        if not reason.strip() and shown.exists():
            raise OutboxError("X34", "このパスフレーズは表示済みです。もう一度表示するときは、理由を入力してください。")
        try:
            found = sealing.read_sealed(_key(file.sha256)).decode()
        except FileNotFoundError as error:
            raise OutboxError("X28", "このファイルは保存期間を過ぎて消去されています。作り直してください。") from error
        audit.record(
            by, function=_SHOWN, operation="view", row_count=1, reason=reason.strip()[:200],
            detail={"file": file.pk, "system": file.system},
        )  # fmt: skip
    return found


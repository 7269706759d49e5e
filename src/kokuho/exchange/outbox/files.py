"""Where the bytes of what leaves lie: sealed in `outbox`, open only where the receiver takes them."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from kokuho.core import config, sealing
from kokuho.core.clock import now
from kokuho.exchange.models import OutboxFile
from kokuho.exchange.outbox.books import OutboxError


def path(sha: str) -> Path:
    """Where the sealed bytes of a file lie."""
    return config.folder("outbox") / f"{sha}.sealed"


def reopen(file: OutboxFile) -> BinaryIO:
    """The bytes of a file; raises InvalidTag when the stored file was changed."""
    return sealing.open_sealed(path(file.sha256))


def folder(system: str) -> Path:
    """Where a receiver takes its files: `KOKUHO_HOME/handover/<system>`."""
    return config.folder(f"handover/{system}")


def beside(file: OutboxFile, place: Path) -> Path:
    """Where a file is written before it has its name."""
    return place / f".{file.file_name}.part"


def write_beside(file: OutboxFile, place: Path) -> None:
    """Open the sealed file beside its place, down to the disk. Raises `OutboxError` X28 when its bytes are not those that were made."""
    digest = sha256()
    part = beside(file, place)
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
        stream = reopen(file)
        while block := stream.read(1 << 20):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        part.unlink()
        raise OutboxError("X28", "保管しているファイルが作成時と違います。送信しません。システム管理者に連絡してください。")


def appear(file: OutboxFile, place: Path) -> None:
    """Give the bytes their name. Where they have it already, the receiver may even have taken the file away."""
    part = beside(file, place)
    if part.exists():
        os.replace(part, place / file.file_name)
    OutboxFile.objects.filter(pk=file.pk, delivered_at__isnull=True).update(delivered_at=now())
    file.refresh_from_db()

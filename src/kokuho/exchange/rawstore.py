"""The bytes that neighbours sent, kept sealed under their SHA-256. A register's file carries My Numbers: nothing of it
lies open on the disk."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from kokuho.core import config, sealing


def keep(stream: BinaryIO) -> tuple[str, int]:
    """Store a stream. Returns its SHA-256 (hex) and size. Storing the same bytes again changes nothing."""
    folder = config.folder("inbox")
    writer = sealing.SealedWriter(folder / f"incoming-{os.getpid()}")
    digest, size = sha256(), 0
    try:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
            writer.write(block)
    except BaseException:
        writer.discard()
        raise
    name = digest.hexdigest()
    if path(name).exists():
        writer.discard()
    else:
        writer.commit(path(name))
    return name, size


def path(sha: str) -> Path:
    """Where the sealed file of a hash lies."""
    return config.folder("inbox") / f"{sha}.sealed"


def reopen(sha: str) -> BinaryIO:
    """The original bytes as a stream; raises InvalidTag when the stored file was changed."""
    return sealing.open_sealed(path(sha))


def quarantine(sha: str) -> None:
    """Put a sealed file away where no door opens it."""
    target = config.folder("quarantine") / f"{sha}.sealed"
    if path(sha).exists():
        os.replace(path(sha), target)

"""Sealing bytes at rest: AES-256-GCM under keys that are derived from one master key.

The master key is `KOKUHO_MASTER_KEY` (64 hex digits, from a key service or HSM) or a file of mode 0600 in
`KOKUHO_HOME/keys`, made on first use. It is never written into the database or a backup of it. While the master key is
being changed, `KOKUHO_MASTER_KEY_NEXT` names the coming one: both open, and `core.rekey` brings everything under it.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kokuho.core import config

MAGIC = b"KKS1"
TEXT_MAGIC = "KKT1:"
BLOCK = 1 << 20
_TAG = 16


@cache
def master_key() -> bytes:
    """The installation's master key, 32 bytes."""
    if given := os.environ.get("KOKUHO_MASTER_KEY"):
        key = bytes.fromhex(given)
        if len(key) != 32:
            raise ValueError("KOKUHO_MASTER_KEY must be 64 hex digits")
        return key
    path = config.folder("keys") / "master.key"
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return path.read_bytes()


@cache
def next_master_key() -> bytes | None:
    """The master key that is about to replace the present one, or None."""
    given = os.environ.get("KOKUHO_MASTER_KEY_NEXT")
    if not given:
        return None
    key = bytes.fromhex(given)
    if len(key) != 32:
        raise ValueError("KOKUHO_MASTER_KEY_NEXT must be 64 hex digits")
    return key


def masters() -> tuple[bytes, ...]:
    """The master keys that may open something now: the present one and, during a change, the coming one."""
    coming = next_master_key()
    return (master_key(), coming) if coming else (master_key(),)


def key_id(master: bytes | None = None) -> str:
    """A public name of a master key (8 hex digits), from which the key cannot be learnt."""
    return derive("key-id", master=master).hex()[:8]


def derive(purpose: str, salt: bytes = b"", master: bytes | None = None) -> bytes:
    """A 32-byte key for one purpose; different purposes share nothing."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt or None, info=purpose.encode()).derive(master or master_key())


def seal_text(text: str, purpose: str, master: bytes | None = None) -> str:
    """A short text sealed for a column of the database; opens only for the same purpose."""
    nonce = secrets.token_bytes(12)
    body = AESGCM(derive(f"text:{purpose}", master=master)).encrypt(nonce, text.encode(), purpose.encode())
    return TEXT_MAGIC + base64.b64encode(nonce + body).decode("ascii")


def open_text(sealed: str, purpose: str, under: tuple[bytes, ...] = ()) -> str:
    """What `seal_text` sealed, under one of these master keys (those in use when none is given). Raises InvalidTag when none opens
    it, ValueError for a text that is not sealed."""
    if not sealed.startswith(TEXT_MAGIC):
        raise ValueError(f"not sealed: {purpose}")
    told = base64.b64decode(sealed[len(TEXT_MAGIC) :])
    for master in under or masters():
        try:
            return AESGCM(derive(f"text:{purpose}", master=master)).decrypt(told[:12], told[12:], purpose.encode()).decode()
        except InvalidTag:
            continue
    raise InvalidTag(f"{purpose} は今のマスター鍵では開けません。")


class SealedWriter:
    """Writes a file whose blocks are sealed one by one, so that any size streams in flat memory."""

    def __init__(self, path: Path, master: bytes | None = None) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.{os.getpid()}.part")
        salt = secrets.token_bytes(16)
        self._cipher = AESGCM(derive("file", salt, master))
        self._file = open(  # noqa: SIM115  # closed by commit or discard
            os.open(self._part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb"
        )
        self._file.write(MAGIC + salt)
        self._buffer = bytearray()
        self._count = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._buffer += data
        while len(self._buffer) > BLOCK:
            self._seal(bytes(self._buffer[:BLOCK]), last=False)
            del self._buffer[:BLOCK]

    def _seal(self, block: bytes, *, last: bool) -> None:
        # The block number and the end mark are bound in, so blocks cannot be moved, dropped or cut off at the end.
        nonce = self._count.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
        self._file.write(self._cipher.encrypt(nonce, block, MAGIC))
        self._count += 1

    def commit(self, path: Path | None = None) -> Path:
        """Finish, flush to disk and give the file its name at once."""
        self._seal(bytes(self._buffer), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target = path or self._path
        os.replace(self._part, target)
        return target

    def discard(self) -> None:
        """Drop what was written."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def write_sealed(path: Path, content: bytes) -> None:
    """A sealed file that appears under its name complete or not at all; readable by its owner only."""
    writer = SealedWriter(path)
    try:
        writer.write(content)
        writer.commit()
    except BaseException:
        writer.discard()
        raise


def read_sealed(path: Path) -> bytes:
    """The open content of a sealed file that fits in memory. Raises as `unsealed`."""
    return b"".join(unsealed(path))


def is_sealed(path: Path) -> bool:
    """Whether a file begins as sealed files do."""
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def unsealed(path: Path) -> Iterator[bytes]:
    """The bytes of a sealed file, block by block. Raises InvalidTag when a byte was changed."""
    with open(path, "rb") as file:
        head = file.read(len(MAGIC) + 16)
        if head[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path} is not a sealed file")
        number = 0
        block = file.read(BLOCK + _TAG)
        if not block:
            raise InvalidTag
        cipher = _opening(head[len(MAGIC) :], block, is_last=not file.peek(1))
        while block:
            following = file.read(BLOCK + _TAG)
            nonce = number.to_bytes(11, "big") + (b"\x00" if following else b"\x01")
            yield cipher.decrypt(nonce, block, MAGIC)
            number += 1
            block = following


def _opening(salt: bytes, block: bytes, *, is_last: bool) -> AESGCM:
    """The cipher of the master key under which a file was sealed: the one that opens its first block."""
    *others, last = masters()
    for master in others:
        if _opens(master, salt, block, is_last=is_last):
            return AESGCM(derive("file", salt, master))
    return AESGCM(derive("file", salt, last))


def _opens(master: bytes, salt: bytes, block: bytes, *, is_last: bool) -> bool:
    try:
        AESGCM(derive("file", salt, master)).decrypt(bytes(11) + (b"\x01" if is_last else b"\x00"), block, MAGIC)
    except InvalidTag:
        return False
    return True


def sealed_under(path: Path, master: bytes) -> bool:
    """Whether a master key opens the first block of a sealed file."""
    with open(path, "rb") as file:
        salt = file.read(len(MAGIC) + 16)[len(MAGIC) :]
        block = file.read(BLOCK + _TAG)
        return _opens(master, salt, block, is_last=not file.peek(1))


class UnsealedStream:
    """A readable binary stream over a sealed file (`read` and `readinto`, enough for decoders)."""

    def __init__(self, path: Path) -> None:
        self._blocks = unsealed(path)
        self._buffer = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; all of the rest for a negative size; b"" at the end."""
        if size < 0:
            rest = self._buffer + b"".join(self._blocks)
            self._buffer = b""
            return rest
        while len(self._buffer) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            self._buffer += block
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


def open_sealed(path: Path) -> BinaryIO:
    """A sealed file as a binary stream."""
    return UnsealedStream(path)  # type: ignore[return-value]

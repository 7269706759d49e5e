"""ZIP files sealed with a passphrase: AES-256 as WinZip defined it (AE-2), which 7-Zip, WinZip and macOS tools open.

Content is compressed, encrypted in counter mode and authenticated (HMAC-SHA1, 80 bits) under keys that PBKDF2 derives from
the passphrase. PBKDF2 runs 1,000 rounds by the format's definition: the strength has to come from the passphrase, so callers
give a random one of at least 80 bits. Names of members are readable without it and must say nothing.

Format: APPNOTE 4.5 / 6.3, and "AES Encryption Information: Encryption Specification AE-1 and AE-2" (WinZip).
"""

from __future__ import annotations

import hmac
import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

METHOD, DEFLATED, VERSION = 99, 8, 51
FLAGS = 0x0001 | 0x0008 | 0x0800  # encrypted, sizes follow the data, names in UTF-8
# Extra field 0x9901: AE-2, vendor AE, strength 3 (256 bits), the real method.
EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, DEFLATED)
SALT, CHECK, SEAL = 16, 2, 10
_LIMIT = 0xFFFFFFFF
_BLOCK = 1 << 16


class WrongPassphrase(ValueError):
    """The passphrase does not open the file, or the file was changed."""


@dataclass(frozen=True, slots=True)
class _Member:
    name: bytes
    packed: int
    size: int
    offset: int


class _Stream:
    """The keystream of one member: AES in counter mode with a little-endian counter from 1."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        keys = PBKDF2HMAC(hashes.SHA1(), 66, salt, 1000).derive(passphrase.encode("utf-8"))  # by the format
        self.check = keys[64:]
        self.mac = hmac.new(keys[32:64], digestmod=sha1)
        self._aes = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor()  # of counters, not of data
        self._counter = 1
        self._rest = b""

    def apply(self, data: bytes) -> bytes:
        """Encrypt or decrypt the next bytes."""
        missing = len(data) - len(self._rest)
        if missing > 0:
            blocks = -(-missing // 16)
            counters = b"".join(n.to_bytes(16, "little") for n in range(self._counter, self._counter + blocks))
            self._counter += blocks
            self._rest += self._aes.update(counters)
        key, self._rest = self._rest[: len(data)], self._rest[len(data) :]
        return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")


class Writer:
    """Writes members one after the other into a stream; nothing of them is ever written open."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        self._out, self._passphrase, self._at = out, passphrase, 0
        self._members: list[_Member] = []

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def add(self, name: str, content: Iterable[bytes]) -> int:
        """Add a member; returns its size before compression. Raises ValueError beyond 4 GB."""
        offset, encoded, salt = self._at, name.encode("utf-8"), secrets.token_bytes(SALT)
        stream, squeeze, size, packed = _Stream(self._passphrase, salt), zlib.compressobj(6, zlib.DEFLATED, -15), 0, 0
        head = struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", VERSION, FLAGS, METHOD, 0, 0x21, 0, 0, 0, len(encoded), len(EXTRA)
        )
        self._put(head + encoded + EXTRA + salt + stream.check)
        for piece in _ended(content):
            data = squeeze.flush() if piece is None else squeeze.compress(piece)
            size += 0 if piece is None else len(piece)
            for start in range(0, len(data), _BLOCK):
                sealed = stream.apply(data[start : start + _BLOCK])
                stream.mac.update(sealed)
                packed += len(sealed)
                self._put(sealed)
        packed += SALT + CHECK + SEAL
        if max(size, packed, self._at) >= _LIMIT:
            raise ValueError("a member or file of 4 GB and more")
        self._put(stream.mac.digest()[:SEAL])
        self._put(struct.pack("<4sIII", b"PK\7\x08", 0, packed, size))
        self._members.append(_Member(encoded, packed, size, offset))
        return size

    def close(self) -> None:
        """Write the directory of members."""
        start = self._at
        for member in self._members:
            self._put(
                struct.pack(
                    "<4sHHHHHHIIIHHHHHII", b"PK\1\2", VERSION, VERSION, FLAGS, METHOD, 0, 0x21, 0, member.packed, member.size,
                    len(member.name), len(EXTRA), 0, 0, 0, 0, member.offset,
                )
                + member.name + EXTRA
            )  # fmt: skip
        count, length = len(self._members), self._at - start
        self._put(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, length, start, 0))


def _ended(content: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from content
    yield None


def read(data: bytes, passphrase: str) -> dict[str, bytes]:
    """The members of a file that `Writer` made. Raises `WrongPassphrase` when the passphrase is wrong or a byte was changed,
    ValueError for another kind of file."""
    end = data.rfind(b"PK\5\6")
    if end < 0 or len(data) < end + 22:
        raise ValueError("not a ZIP file")
    count, _, place = struct.unpack_from("<HII", data, end + 10)
    found: dict[str, bytes] = {}
    for _ in range(count):
        fields = struct.unpack_from("<4sHHHHHHIIIHHHHHII", data, place)
        if fields[0] != b"PK\1\2" or fields[4] != METHOD:
            raise ValueError("not a ZIP file with AES encryption")
        packed, length, extra, offset = fields[8], fields[10], fields[11], fields[16]
        name = data[place + 46 : place + 46 + length].decode("utf-8")
        place += 46 + length + extra
        head, more = struct.unpack_from("<HH", data, offset + 26)
        begin = offset + 30 + head + more
        body = data[begin : begin + packed]
        stream = _Stream(passphrase, body[:SALT])
        sealed = body[SALT + CHECK : -SEAL]
        stream.mac.update(sealed)
        right = hmac.compare_digest(stream.check, body[SALT : SALT + CHECK])
        if not right or not hmac.compare_digest(stream.mac.digest()[:SEAL], body[-SEAL:]):
            raise WrongPassphrase("パスフレーズが違うか、ファイルが壊れています。")
        found[name] = zlib.decompress(b"".join(stream.apply(sealed[i : i + _BLOCK]) for i in range(0, len(sealed), _BLOCK)), -15)
    return found

"""ZIP files sealed with a passphrase: AES-256 as WinZip defined it, written and read by pyzipper; 7-Zip, WinZip and macOS open them.

The format derives its keys with 1,000 rounds of PBKDF2: the strength has to come from the passphrase, so callers give a random one
of at least 80 bits. Names of members are readable without it and must say nothing.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping
from typing import BinaryIO

import pyzipper


class WrongPassphrase(ValueError):
    """The passphrase does not open the file, or the file was changed."""


def write(out: BinaryIO, passphrase: str, members: Mapping[str, Iterable[bytes]]) -> None:
    """Write members one after the other into a stream; nothing of them is ever written open."""
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode("utf-8"))
        for name, content in members.items():
            # A size is not known before the end, so room for a big one is kept.
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in content:
                    member.write(piece)


def read(data: bytes, passphrase: str) -> dict[str, bytes]:
    """The members of such a file. Raises `WrongPassphrase` when the passphrase is wrong or a byte was changed, ValueError for another
    kind of file."""
    try:
        with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
            archive.setpassword(passphrase.encode("utf-8"))
            if not all(info.flag_bits & 1 for info in archive.infolist()):
                raise ValueError("暗号化されたZIPファイルではありません。")
            return {name: archive.read(name) for name in archive.namelist()}
    except pyzipper.BadZipFile as error:
        if data[:4] != b"PK\3\4":
            raise ValueError("ZIPファイルではありません。") from error
        raise WrongPassphrase("パスフレーズが違うか、ファイルが壊れています。") from error
    except (RuntimeError, zlib.error, EOFError) as error:
        raise WrongPassphrase("パスフレーズが違うか、ファイルが壊れています。") from error

"""受け取った電子申請のファイル (OUT-03, OUT-04): looked at as bytes, before anything opens them.

Files of applications are the only data here that come from the Internet. Nothing is unpacked to disk: an archive is read
entry by entry in memory within limits, each entry is told by its content, and whatever is not plainly one of the permitted
kinds stops the whole file.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from kokuho.core.coded import CodedError

LARGEST = 50 << 20
ENTRIES = 200
UNPACKED = 200 << 20
RATIO = 200
# What an attachment may be: suffix → how its content begins. PDF and XML are looked into below.
KINDS = {
    ".pdf": (b"%PDF-",), ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",), ".png": (b"\x89PNG\r\n\x1a\n",),
    ".xml": (b"<?xml", b"\xef\xbb\xbf<?xml"), ".csv": (), ".zip": (b"PK\x03\x04",),
}  # fmt: skip
_ACTIVE_PDF = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction", b"/AA", b"/RichMedia", b"/XFA")
_ACTIVE_XML = (b"<!DOCTYPE", b"<!ENTITY", b"<script", b"<?xml-stylesheet")
# The standard test file of virus scanners; a real scanner stands before this door (NET-05).
_TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


class IntakeError(CodedError):
    """The file is put into quarantine. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an application: its name in the archive, its kind and its size."""

    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """A part with its bytes, in memory only."""

    part: Part
    data: bytes


def inspect(name: str, data: bytes) -> list[Content]:
    """The parts of an application's file, when every one of them may be taken in.

    Raises `IntakeError`: APP01 too big, APP02 a kind that is not accepted, APP03 content of another kind than the name says, APP04 a path
    that leaves the archive, APP05 too many entries or too much unpacked, APP06 an archive in an archive, APP07 encrypted or broken, APP08
    active content, APP09 what a scanner stops (`KOKUHO_SCANNER`, a command that reads standard input, as `clamdscan -`).
    """
    if len(data) > LARGEST:
        raise IntakeError("APP01", f"ファイルが大きすぎます（{LARGEST >> 20}MBまで）。")
    _scan(data)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix != ".zip":
        return [_look(name, data)]
    if not data.startswith(KINDS[".zip"]):
        raise IntakeError("APP03", "拡張子はzipですが、内容が違います。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise IntakeError("APP07", "圧縮ファイルが壊れているか、読めない方式です。") from error


def _scan(data: bytes) -> None:
    """Let the municipality's own scanner look (`KOKUHO_SCANNER`: a command that reads standard input, status 0 for clean). Where it
    cannot look, nothing is taken in."""
    command = shlex.split(os.environ.get("KOKUHO_SCANNER", ""))
    if not command:
        return
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise IntakeError("APP09", "不正プログラムの検査ができないため受け付けません。電算担当に連絡してください。") from error
    if done.returncode != 0:
        raise IntakeError("APP09", "不正プログラムの検査で止まるファイルです。")


def _unpacked(archive: zipfile.ZipFile) -> list[Content]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not entries or len(entries) > ENTRIES:
        raise IntakeError("APP05", f"圧縮ファイルの中のファイルは1個から{ENTRIES}個までです。")
    total = 0
    parts = []
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in entry.filename:
            raise IntakeError("APP04", "圧縮ファイルの外を指す名前のファイルがあります。")
        if entry.flag_bits & 1:
            raise IntakeError("APP07", "暗号化された圧縮ファイルは開けません。")
        if path.suffix.lower() == ".zip":
            raise IntakeError("APP06", "圧縮ファイルの中に圧縮ファイルがあります。")
        with archive.open(entry) as packed:
            # What the archive says of its sizes may be a lie: the bytes are counted as they come.
            room = min(UNPACKED - total, max(1 << 20, entry.compress_size * RATIO))
            content = packed.read(room + 1)
        if len(content) > room:
            raise IntakeError("APP05", "圧縮ファイルを開くと大きくなりすぎます。")
        total += len(content)
        parts.append(_look(path.as_posix(), content))
    return parts


def _look(name: str, data: bytes) -> Content:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in KINDS or suffix == ".zip":
        raise IntakeError("APP02", f"受け付けない種類のファイルです（{suffix or '拡張子なし'}）。")
    if _TEST_VIRUS in data:
        raise IntakeError("APP09", "不正プログラムの検査で止まるファイルです。")
    if KINDS[suffix] and not data.startswith(KINDS[suffix]):
        raise IntakeError("APP03", f"拡張子は{suffix[1:]}ですが、内容が違います。")
    active = {".pdf": _ACTIVE_PDF, ".xml": _ACTIVE_XML}.get(suffix, ())
    if any(mark in data for mark in active):
        raise IntakeError("APP08", "動作する内容（スクリプト、外部の参照、埋め込みファイルなど）を含みます。")
    if suffix == ".csv":
        try:
            data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise IntakeError("APP03", "CSVの文字コードがUTF-8ではありません。") from error
    return Content(Part(name, suffix[1:], len(data)), data)

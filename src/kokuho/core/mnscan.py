"""MN-scan: looks for My Numbers where none may be (MYNUM-07, -08).

Finds a number in plain text, with spaces or hyphens between its digits, in full-width digits, in UTF-16, as hexadecimal
bytes, in Base64, and inside zip, gzip and PDF. What counts as a known number is the caller's: a list of canary numbers, or
the vault's blind index, so that no number has to be opened for it.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection, sql

from kokuho.core.sealing import MAGIC
from kokuho.formats.checkdigits import my_number_ok

_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_GAP = r"[ \u00a0\u2000-\u200b\u3000\-\u00ad\u2010-\u2015\u2212\uff0d\uff70ー・]"
# Digits with at most two separators between neighbours; a line break or a tab (the next column) does not join.
_DIGITS = re.compile(rf"[0-9](?:{_GAP}{{0,2}}[0-9]){{11,}}")
_SEPARATOR = re.compile(r"[^0-9]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){12,}")
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_WIDE_SJIS = re.compile(rb"(?:\x82[\x4f-\x58]){2}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DEEP = 3
_LIMIT = 64 << 20

Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Hit:
    """A known number was found. The number itself is not repeated: `place` says where, `form` in which dress."""

    place: str
    form: str


def known_canaries(numbers: Collection[str]) -> Known:
    """A number counts when it is one of these."""
    listed = frozenset(numbers)
    return listed.__contains__


def scan_bytes(data: bytes, known: Known, place: str) -> list[Hit]:
    """Every known number in some bytes, with the form in which it was found."""
    return sorted({Hit(place, form) for form in _forms(data, known, _DEEP)}, key=lambda hit: hit.form)


def _forms(data: bytes, known: Known, depth: int) -> Iterator[str]:
    try:
        texts = [("text", data.decode("utf-8"))]
    except UnicodeDecodeError:
        # Bytes of something else: ASCII digits stand in it as they are, full-width ones as two bytes of Shift_JIS.
        texts = [("text", data.decode("latin-1"))]
        if _WIDE_SJIS.search(data):
            texts.append(("Shift_JIS", data.decode("cp932", "ignore")))
    if data.count(0) * 4 > len(data):
        texts += [(encoding, data.decode(encoding, "ignore")) for encoding in ("utf-16-le", "utf-16-be")]
    for form, text in texts:
        if _in_text(text, known):
            yield form
    for match in _HEX.finditer(data):
        if _in_text(bytes.fromhex(match[0].decode()).decode("latin-1"), known):
            yield "hex"
            break
    for match in _BASE64.finditer(data):
        if not match[0].isdigit() and _in_base64(match[0], known):
            yield "base64"
            break
    if depth:
        for form, inner in _unpacked(data):
            for found in _forms(inner, known, depth - 1):
                yield f"{form}/{found}"


def _in_base64(run: bytes, known: Known) -> bool:
    run = run.rstrip(b"=").translate(_URL_SAFE)
    # The run may have begun within other letters, so each of the four alignments is tried.
    for start in range(4):
        part = run[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        if _in_text(base64.b64decode(part + b"=" * (-len(part) % 4)).decode("latin-1"), known):
            return True
    return False


def typed_in(text: str) -> bool:
    """Whether somebody seems to have typed a number: exactly twelve digits with its check digit, in any width and with gaps."""
    runs = (_SEPARATOR.sub("", match[0]) for match in _DIGITS.finditer(text.translate(_WIDE)))
    return any(len(run) == 12 and my_number_ok(run) for run in runs)


def _in_text(text: str, known: Known) -> bool:
    for match in _DIGITS.finditer(text.translate(_WIDE) if not text.isascii() else text):
        run = _SEPARATOR.sub("", match[0])
        if any(known(run[start : start + 12]) for start in range(len(run) - 11)):
            return True
    return False


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                yield "gzip", packed.read(_LIMIT)
        except (OSError, EOFError, zlib.error):
            return
    elif data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for entry in archive.infolist():
                    with archive.open(entry) as packed:
                        yield "zip", packed.read(_LIMIT)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
            return
    elif data[:5] == b"%PDF-":
        for match in _PDF_STREAM.finditer(data):
            try:
                yield "pdf-stream", zlib.decompressobj().decompress(match[1], _LIMIT)
            except zlib.error:
                continue
        yield "pdf-text", pdf_text(data)


def pdf_text(data: bytes) -> bytes:
    """The text as a reader would copy it: in a subset font the digits stand under glyph numbers only. By poppler's pdftotext
    where it is installed, else by pypdf, which takes a second for a few pages."""
    if program := shutil.which("pdftotext"):
        return subprocess.run([program, "-", "-"], input=data, capture_output=True, check=False).stdout
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()
    except PyPdfError:
        return b""


def scan_files(paths: Iterable[Path], known: Known, root: Path) -> tuple[list[Hit], int]:
    """Names and contents of files; of sealed files the names only. Returns the hits, with places relative to `root`, and how
    many files there were."""
    hits, count = [], 0
    for path in paths:
        if not path.is_file():
            continue
        count += 1
        place = path.relative_to(root).as_posix()
        if _in_text(place, known):
            hits.append(Hit("(file name)", "text"))
            place = "(file name)"
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                continue
            file.seek(0)
            while block := file.read(_LIMIT):
                hits += scan_bytes(block, known, place)
    return hits, count


def scan_names(paths: Iterable[Path], names: Collection[str], root: Path) -> tuple[list[str], int]:
    """Files in which one of these names can be read, as UTF-8, Shift_JIS or UTF-16, in zip, gzip and PDF too; of sealed files nothing.
    Returns the places relative to `root`, without the name itself, and how many files there were."""
    # As in the register, and as a reader copies it from a page, where the wide space becomes another or none.
    spaced = {name.replace("\u3000", gap) for name in names for gap in ("\u3000", " ", "")}
    written = {name.encode(encoding, "ignore") for name in spaced for encoding in ("utf-8", "cp932", "utf-16-le", "utf-16-be")} - {b""}
    hits, count = [], 0
    for path in paths:
        if not path.is_file():
            continue
        count += 1
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                continue
            file.seek(0)
            while block := file.read(_LIMIT):
                if _named(block, written, _DEEP):
                    hits.append(path.relative_to(root).as_posix())
                    break
    return hits, count


def _named(data: bytes, written: Collection[bytes], depth: int) -> bool:
    if any(name in data for name in written):
        return True
    return bool(depth) and any(_named(inner, written, depth - 1) for _, inner in _unpacked(data))


def scan_tables(connection: Connection, known: Known, *, beside: Collection[str] = ("vault",)) -> tuple[list[Hit], int]:
    """Every column of every table outside the schemas `beside`, as the owner. Returns the hits by table and the rows read."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') "
        # What another session keeps for itself is gone with it, and nobody else can read it.
        "AND schemaname NOT LIKE ALL (%s) AND NOT schemaname = ANY(%s) ORDER BY 1, 2",
        (["pg_temp_%", "pg_toast_temp_%"], list(beside)),
    ).fetchall()
    hits, rows = [], 0
    for schema, table in tables:
        forms: set[Hit] = set()
        with connection.cursor() as cursor:
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))) as copy:
                for block in _blocks(copy):
                    forms.update(scan_bytes(block, known, f"{schema}.{table}"))
            rows += cursor.rowcount
        hits += sorted(forms, key=lambda hit: hit.form)
    return hits, rows


def _blocks(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Rows joined to blocks of about a megabyte; a row is never cut."""
    block = bytearray()
    for row in rows:
        block += row
        if len(block) > 1 << 20:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)

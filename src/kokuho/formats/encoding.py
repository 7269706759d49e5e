"""The encodings on the wire. Half-width ones map one byte to one character, so byte positions stay positions."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_UNDEFINED = "\ufffe"


@dataclass(frozen=True, slots=True)
class Encoding:
    """One encoding: a table of 256 characters, or a codec of Python's."""

    name: str
    title: str
    _table: str = ""
    _codec: str = ""

    def decode(self, data: bytes) -> str:
        """Bytes to text; UnicodeDecodeError names the first byte that means nothing."""
        if self._table:
            return codecs.charmap_decode(data, "strict", self._table)[0]
        return data.decode(self._codec)

    def encode(self, text: str) -> bytes:
        """Text to bytes; UnicodeEncodeError names the first character the encoding does not have."""
        if self._table:
            return codecs.charmap_encode(text, "strict", _reverse(self._table))[0]
        return text.encode(self._codec)


@lru_cache(maxsize=4)
def _reverse(table: str) -> dict[int, int]:
    return {ord(char): byte for byte, char in enumerate(table) if char != _UNDEFINED}


def _jisx0201() -> str:
    """JIS X 0201 8-bit. 0x5C and 0x7E are kept as ASCII's characters, as CP932 does, so that text compares equal."""
    table = [_UNDEFINED] * 256
    table[0x00:0x7F] = [chr(c) for c in range(0x7F)]
    table[0xA1:0xE0] = [chr(0xFF61 + i) for i in range(0x3F)]
    return "".join(table)


@lru_cache(maxsize=1)
def _ebcdic_kana() -> str:
    """EBCDIC with half-width kana (CCSID 290), from its data table; positions outside it are undefined."""
    table = [_UNDEFINED] * 256
    for line in (Path(__file__).parent / "tables" / "ebcdic-kana.csv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            byte, point = line.split(",")
            table[int(byte, 16)] = chr(int(point, 16))
    return "".join(table)


@lru_cache(maxsize=8)
def encoding(name: str) -> Encoding:
    """The encoding of that name in a layout; KeyError for any other."""
    if name == "utf-8":
        return Encoding(name, "UTF-8", _codec="utf-8")
    if name == "cp932":
        return Encoding(name, "シフトJIS（CP932）", _codec="cp932")
    if name == "jisx0201":
        return Encoding(name, "JIS X 0201（8ビット）", _table=_jisx0201())
    if name == "ebcdic-kana":
        return Encoding(name, "EBCDIC（カナ）", _table=_ebcdic_kana())
    raise KeyError(name)

"""文字の変換: the city's table over the product's own, as reducers for channels that know fewer characters (ATENA-18)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from kokuho.desks.people.models import BELIEVED, CharacterRule
from kokuho.formats.names import Reducer


def character(points: str) -> str:
    """``U+845B U+E0100`` or ``845B E0100`` as text. ValueError for what is no code point."""
    return "".join(chr(int(point.removeprefix("U+"), 16)) for point in points.split())


def rule_code(kind: int, source: str) -> int:
    """The number under which the rule of a source stands."""
    return int.from_bytes(sha256(f"{kind}:{source}".encode()).digest()[:8]) >> 1


def table(on: date) -> dict[str, tuple[str, str]]:
    """The rules that hold on a day: character or sequence → (what it becomes, kind in words)."""
    rows = CharacterRule.objects.filter(BELIEVED, valid__contains=on)
    words = dict(CharacterRule.KINDS)
    return {character(row.source): (character(row.target), words[row.kind]) for row in rows}


def reducer(repertoire: str, on: date) -> Reducer:
    """Reduces to a repertoire of `formats.names`, the city's rules before the product's."""
    return Reducer(repertoire, table(on))

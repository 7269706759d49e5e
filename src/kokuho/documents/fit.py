"""How much room a text takes: measured before Typst sees it, so that page numbers are known without a second layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kokuho.documents.fonts import clusters

MM_PER_POINT = 25.4 / 72
NOT_FIRST = "・、。，．）」ー－-々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
"""Characters that may not begin a line (行頭禁則) in names and addresses."""


def ems(text: str) -> float:
    """Width in ems as Noto Sans sets them: full-width 1, digits 0.56, commas 0.29, other half-width characters 0.6."""
    return sum(_em(part[0]) for part in clusters(text))


def _em(char: str) -> float:
    if char.isascii():
        return 0.56 if char.isdigit() else 0.29 if char in ",.:" else 0.6
    if unicodedata.combining(char):
        return 0
    return 1 if unicodedata.east_asian_width(char) in "WFA" else 0.6


def width(text: str, points: float) -> float:
    """Width in mm when set in `points`."""
    return ems(text) * points * MM_PER_POINT


def lines(text: str, room: float, points: float) -> int:
    """How many lines of `room` mm the text takes in `points`; a little pessimistic, punctuation may not start one."""
    per_line = room / (points * MM_PER_POINT)
    return max(1, -int(-ems(text) // (per_line - 1)))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text broken into lines, and the size in which they fit."""

    lines: tuple[str, ...]
    points: float


def fitted(texts: Sequence[str], room: float, most: int, sizes: Sequence[float]) -> Fitted:
    """`texts` (each starting its own line) in the largest of `sizes` that needs at most `most` lines of `room` mm.

    When even the smallest needs more, the texts run on without a break between them, smaller until they fit.
    """
    for points in sizes:
        broken = _all_broken(texts, room / (points * MM_PER_POINT))
        if len(broken) <= most:
            return Fitted(tuple(broken), points)
    joined = "\u3000".join(texts)
    points = sizes[-1]
    while True:
        broken = _balanced(joined, room / (points * MM_PER_POINT))
        if len(broken) <= most:
            return Fitted(tuple(broken), round(points, 2))
        points *= 0.96


def _all_broken(texts: Sequence[str], per_line: float) -> list[str]:
    return [line for text in texts for line in _balanced(text, per_line)]


def _balanced(text: str, per_line: float) -> list[str]:
    """Broken into as few lines as possible, then as evenly as that number allows: no last line of one character."""
    best = _broken(text, per_line)
    if len(best) > 1:
        narrow = ems(text) / len(best)
        while narrow < per_line:
            tried = _broken(text, narrow)
            if len(tried) == len(best):
                return tried
            narrow += 0.5
    return best


def _broken(text: str, per_line: float) -> list[str]:
    found: list[str] = []
    line, used, chance = "", 0.0, 0
    for part in clusters(text):
        wide = _em(part[0])
        if used + wide > per_line and line:
            # A line ends after its last space or ・ when that leaves at least half of it.
            cut = chance if chance > len(line) // 2 else len(line)
            if cut == len(line) and part in NOT_FIRST and len(line) > 2:
                cut -= len(clusters(line)[-1])
            found.append(line[:cut].rstrip(" \u3000"))
            line, chance = line[cut:], 0
            used = ems(line)
        if part in " \u3000" and not line:
            continue
        line += part
        used += wide
        if part in " \u3000・":
            chance = len(line)
    if line.rstrip(" \u3000"):
        found.append(line.rstrip(" \u3000"))
    return found

"""Japanese calendar dates (和暦) as the law writes them, and the typed forms that clerks use."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# name, letter, first day (改元の政令の施行日)
ERAS = (
    ("令和", "R", date(2019, 5, 1)),
    ("平成", "H", date(1989, 1, 8)),
    ("昭和", "S", date(1926, 12, 25)),
    ("大正", "T", date(1912, 7, 30)),
    ("明治", "M", date(1868, 1, 25)),
)


def _era(on: date) -> tuple[str, str, int]:
    for name, letter, start in ERAS:
        if on >= start:
            return name, letter, on.year - start.year + 1
    raise ValueError(f"{on.isoformat()} is before Meiji")


def long(on: date) -> str:
    """令和8年11月20日, for paper. The first year is 元年."""
    name, _, year = _era(on)
    return f"{name}{'元' if year == 1 else year}年{on.month}月{on.day}日"


def short(on: date) -> str:
    """R8.11.20, for tables."""
    _, letter, year = _era(on)
    return f"{letter}{year}.{on.month}.{on.day}"


def fiscal_year(year: int) -> str:
    """2026 → 令和8年度."""
    name, _, number = _era(date(year, 5, 1))
    return f"{name}{'元' if number == 1 else number}年度"


def month(on: date) -> str:
    """令和8年11月."""
    name, _, year = _era(on)
    return f"{name}{'元' if year == 1 else year}年{on.month}月"


_ISO = re.compile(r"(?<![\w./-])([12][0-9]{3}-[01][0-9]-[0-3][0-9])(?:T([0-2][0-9]:[0-5][0-9])(?::[0-9.]+)?)?(?![\w-])", re.ASCII)


def in_text(text: str) -> str:
    """A text with its days as R8.6.25 instead of 2026-06-25, and its moments as R8.6.25 20:00. Names of files stay as they are."""

    def shown(found: re.Match[str]) -> str:
        try:
            day = short(date.fromisoformat(found[1]))
        except ValueError:
            return found[0]
        return f"{day} {found[2]}" if found[2] else day

    return _ISO.sub(shown, text)


_ERA_FORM = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\s*(元|\d{1,2})(?:[./\-年])(\d{1,2})(?:[./\-月])(\d{1,2})日?", re.I
)
_COMPACT_ERA = re.compile(r"([MTSHR])(\d{2})(\d{2})(\d{2})", re.I)
_WESTERN = re.compile(r"(\d{4})[./\-年](\d{1,2})[./\-月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


def parse(text: str) -> date:
    """Reads R8.11.20, 令和8年11月20日, R081120, 2026-11-20, 2026/11/20 and 20261120, full width too.

    Raises ValueError for anything else, for days that do not exist, and for era years outside their era
    (平成32年 does not exist).
    """
    form = unicodedata.normalize("NFKC", text).strip().upper()
    for pattern in (_ERA_FORM, _COMPACT_ERA):
        if match := pattern.fullmatch(form):
            mark, year, month_, day = match.groups()
            for name, letter, start in ERAS:
                if mark in (name, letter):
                    number = 1 if year == "元" else int(year)
                    on = _day(text, start.year + number - 1, int(month_), int(day))
                    if _era(on)[0] != name:
                        raise ValueError(f"{text} はその元号の期間にありません。")
                    return on
    for pattern in (_WESTERN, _COMPACT):
        if match := pattern.fullmatch(form):
            return _day(text, *(int(part) for part in match.groups()))
    raise ValueError(f"{text} は日付として読めません。")


def _day(text: str, year: int, month_: int, day: int) -> date:
    try:
        on = date(year, month_, day)
        _era(on)
    except ValueError as wrong:
        raise ValueError(f"{text} という日はありません。") from wrong
    return on

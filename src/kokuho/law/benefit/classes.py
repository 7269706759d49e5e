"""所得区分: names of the income classes as staff and certificates write them, and the marks of 特記事項."""

from __future__ import annotations

from typing import Final

UNDER_70: Final = ("ア", "イ", "ウ", "エ", "オ")
"""70歳未満 (世帯全体) from the highest income down."""

OVER_70: Final = ("現役並みIII", "現役並みII", "現役並みI", "一般", "低所得II", "低所得I")
"""70歳以上 from the highest income down."""

PLANNED_UNDER_70: Final = ("ア1", "ア2", "ア3", "イ1", "イ2", "イ3", "ウ1", "ウ2", "ウ3", "エ1", "エ2", "エ3", "オ")
"""The thirteen classes planned from 2027-08."""

PLANNED_OVER_70: Final = (
    *(f"現役並み{kind}{part}" for kind in ("III", "II", "I") for part in (1, 2, 3)),
    "一般1",
    "一般2",
    "一般3",
    "低所得II",
    "低所得I",
)
"""Their 70+ counterparts."""

_MARKS_UNDER_70 = {"ア": ("26", "31"), "イ": ("27", "32"), "ウ": ("28", "33"), "エ": ("29", "34"), "オ": ("30", "35")}
_MARKS_OVER_70 = {
    "現役並みIII": ("26", "31"),
    "現役並みII": ("27", "32"),
    "現役並みI": ("28", "33"),
    "一般": ("29", "34"),
    "低所得II": ("30", "35"),
    "低所得I": ("30", "35"),
}


def is_active(income_class: str) -> bool:
    """Whether a 70+ class is 現役並み (the planned sub-classes included)."""
    return income_class.startswith("現役並み")


def claim_marks(income_class: str, *, multiple: bool) -> str:
    """レセプトの特記事項 of a class: 26 区ア … 30 区オ, 31 多ア … 35 多オ; 70+ classes share the numbers."""
    marks = _MARKS_UNDER_70.get(income_class) or _MARKS_OVER_70[income_class]
    return marks[1] if multiple else marks[0]

"""Which births reach an age in a span of days: the law's own answer, birth date by birth date, for set-based statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from kokuho.law.eligibility.ages import AgeEventKind, effective_from
from kokuho.law.eligibility.months import Month

# Age in years at which an event lies at the earliest and at the latest, around which the births are looked for.
_AGES: Mapping[AgeEventKind, tuple[int, int]] = {
    AgeEventKind.SCHOOL: (5, 8),
    AgeEventKind.CHILD_END: (17, 20),
    AgeEventKind.CARE_SECOND_FROM: (39, 41),
    AgeEventKind.CARE_FIRST_FROM: (64, 66),
    AgeEventKind.SENIOR: (69, 71),
    AgeEventKind.ELDERLY: (74, 76),
}
# What the office prepares for each event.
PREPARES: Mapping[AgeEventKind, str] = {
    AgeEventKind.SCHOOL: "負担割合2割から3割へ。資格確認書・お知らせの差替え",
    AgeEventKind.CHILD_END: "子ども分の均等割の軽減の終わり（当初賦課に反映済み）",
    AgeEventKind.CARE_SECOND_FROM: "介護分の賦課開始（当初賦課に反映済み）",
    AgeEventKind.CARE_FIRST_FROM: "介護分の賦課終了、旧被扶養者・年金からの徴収の確認",
    AgeEventKind.SENIOR: "負担割合の判定、お知らせ・資格確認書の差替え",
    AgeEventKind.ELDERLY: "資格喪失、後期高齢者医療への引継ぎ、案内、資格確認書の返還",
}


@dataclass(frozen=True, slots=True)
class Window:
    """The births of one kind that take effect within the days asked for, each with its day. In order of birth."""

    kind: AgeEventKind
    births: tuple[date, ...]
    effective: tuple[date, ...]

    @property
    def first(self) -> date:
        """The earliest birth date."""
        return self.births[0]

    @property
    def last(self) -> date:
        """The latest birth date."""
        return self.births[-1]


@lru_cache(maxsize=64)
def windows(first: date, last: date) -> tuple[Window, ...]:
    """For each kind with any: which birth dates take effect from `first` to `last` (both included), by the law."""
    found = []
    for kind, (youngest, oldest) in _AGES.items():
        pairs = [
            (birth, effective)
            for birth in _days(date(first.year - oldest, first.month, 1), date(last.year - youngest, last.month, 28))
            if first <= (effective := effective_from(kind, birth)) <= last
        ]
        if pairs:
            found.append(Window(kind, tuple(birth for birth, _ in pairs), tuple(day for _, day in pairs)))
    return tuple(found)


def month_windows(month: Month) -> Sequence[Window]:
    """`windows` of a calendar month."""
    return windows(month.first, month.last)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range(first.toordinal(), (last + timedelta(days=1)).toordinal()):
        yield date.fromordinal(number)

"""資格の期間: periods as [from, to), and what must hold between them (重複・空白)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError


@dataclass(frozen=True, slots=True, order=True)
class Stay:
    """A period of 適用 in one municipality, `start` (適用開始日) included, `end` (適用終了日) excluded; None = still
    applied.
    """

    start: date
    end: date | None
    municipality: str

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise LawError(
                "loss_before_acquisition", "end", f"適用終了日 {self.end} が適用開始日 {self.start} より前です。"
            )

    def covers(self, day: date) -> bool:
        """Whether the person is insured here on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    def covers_first_of(self, month: Month) -> bool:
        """Whether the person belongs here on the 1st of a month, by which classes of the month are judged."""
        return self.covers(month.first)


class SeamKind(StrEnum):
    """What is wrong between two periods."""

    OVERLAP = "overlap"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Seam:
    """A 重複 or 空白 between two periods of one person: from `first` to `last`, both included."""

    kind: SeamKind
    first: date
    last: date
    before: Stay
    after: Stay

    @property
    def days(self) -> int:
        """Number of days concerned."""
        return (self.last - self.first).days + 1


def seams(stays: Iterable[Stay]) -> tuple[Seam, ...]:
    """重複と空白 of one person's stays within a prefecture; a gap may be right (社会保険の期間), an overlap never
    is.
    """
    found: list[Seam] = []
    ordered = sorted(stays, key=lambda stay: (stay.start, stay.end or date.max))
    for before, after in pairwise(ordered):
        end = before.end
        if end is None or after.start < end:
            overlap_end = min(end or date.max, after.end or date.max)
            last = overlap_end if overlap_end == date.max else date.fromordinal(overlap_end.toordinal() - 1)
            found.append(Seam(SeamKind.OVERLAP, after.start, last, before, after))
        elif end < after.start:
            found.append(Seam(SeamKind.GAP, end, date.fromordinal(after.start.toordinal() - 1), before, after))
    return tuple(found)


def insured_on(stays: Iterable[Stay], day: date) -> Stay | None:
    """The stay that covers a day."""
    return next((stay for stay in stays if stay.covers(day)), None)


def benefit_due_on(stays: Iterable[Stay], day: date, *, other_scheme_from: date | None = None) -> bool:
    """Whether 国保 pays for care on a day.

    On the day another scheme begins the person is still insured here (喪失は翌日), but the other scheme pays
    (法56条1項): 国保 pays nothing from `other_scheme_from` on.
    """
    if other_scheme_from is not None and other_scheme_from <= day:
        return False
    return insured_on(stays, day) is not None


def continuous_since(stays: Sequence[Stay], day: date) -> date | None:
    """都道府県の取得日 seen from a day: start of the unbroken chain of stays that covers it; None if none does."""
    ordered = sorted(stays, key=lambda stay: stay.start)
    since: date | None = None
    end: date | None = None
    for stay in ordered:
        if since is None or end is None or stay.start > end:
            since = stay.start
        end = stay.end if stay.end is None or end is None else max(end, stay.end)
        if stay.covers(day):
            return since
    return None

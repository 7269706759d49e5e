"""What differs between two sets of periods of a person: rows to give up, rows to believe, and the range that is affected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from kokuho.desks.eligibility.replay import Period


@dataclass(frozen=True, slots=True)
class Difference:
    """Periods that no longer hold and those that do now. `since`/`until` bound the days affected; `until` None = open."""

    gone: tuple[Period, ...]
    come: tuple[Period, ...]
    since: date
    until: date | None

    @property
    def kind(self) -> str:
        """acquire, lose or change: which way the insured days moved."""
        if not self.gone:
            return "acquire"
        if not self.come or sum(_days(p) for p in self.come) < sum(_days(p) for p in self.gone):
            return "lose"
        return "acquire" if sum(_days(p) for p in self.come) > sum(_days(p) for p in self.gone) else "change"


_LATE = date.max


def _days(period: Period) -> int:
    return ((period.end or _LATE) - period.start).days


def difference(before: Sequence[Period], after: Sequence[Period]) -> Difference | None:
    """None when both say the same."""
    gone = tuple(period for period in before if period not in after)
    come = tuple(period for period in after if period not in before)
    if not gone and not come:
        return None
    days = sorted({day for p in (*gone, *come) for day in (p.start, p.end or _LATE)})
    changed = [
        (first, last) for first, last in pairwise(days) if _covered(gone, first) != _covered(come, first)
    ]
    if changed:
        since, until = changed[0][0], changed[-1][1]
    else:  # the same days, on other grounds
        since, until = days[0], days[-1]
    ends = [p.lost_event_on for p in (*gone, *come) if p.lost_event_on is not None and p.end is not None and p.end >= since]
    # The levy counts some losses by the day of the fact, which is the day before.
    since = min([since, *(day for day in ends if (since - day).days == 1)])
    return Difference(gone, come, since, None if until == _LATE else until)


def _covered(periods: Sequence[Period], day: date) -> bool:
    return any(period.covers(day) for period in periods)

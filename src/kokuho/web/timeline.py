"""Who was what in a household over time: lanes of periods, each as words and as a bar on one axis of years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.core import era
from kokuho.desks.eligibility.queries import Standing
from kokuho.desks.people.queries import Membership, PersonView

# The axis: how many years before the day looked at, and one year after it. Widths are thousandths of the axis.
YEARS_BEFORE = 6
SCALE = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """One period: `words` say it, `x` and `width` draw it. `width` 0: outside of the axis, words only."""

    words: str
    x: int
    width: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """The periods of one kind of one person."""

    person: PersonView
    first: bool  # the first lane of this person
    label: str
    tone: str  # home, head, insured, status
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes with the years of the axis and the place of the day looked at."""

    lanes: tuple[Lane, ...]
    years: tuple[tuple[str, int], ...]
    today: int


def timeline(
    members: Sequence[PersonView], memberships: Iterable[Membership], standing: Standing | None, on: date
) -> Timeline:
    """The lanes of these persons, in their order: in the household, its head, insured, each status."""
    first = date(on.year - YEARS_BEFORE, 1, 1)
    days = (date(on.year + 2, 1, 1) - first).days

    def at(day: date) -> int:
        return min(max((day - first).days * SCALE // days, 0), SCALE)

    def bar(since: date | None, until: date | None, note: str = "", link: str = "") -> Bar:
        start, end = at(since or first), at(until) if until else SCALE
        begin = era.short(since) if since else ""
        last = era.short(until - timedelta(days=1)) if until else "続く"
        return Bar(f"{begin} – {last}{f'（{note}）' if note else ''}", start, max(end - start, 0), link)

    held = list(memberships)
    lanes: list[Lane] = []
    for person in members:
        own: list[tuple[str, str, tuple[Bar, ...]]] = []
        lived = [row for row in held if row.atena_no == person.atena_no]
        own.append(("世帯", "home", tuple(bar(row.since, row.until) for row in _joined(lived))))
        heads = _joined([row for row in lived if row.is_head])
        if heads:
            own.append(("世帯主", "head", tuple(bar(row.since, row.until) for row in heads)))
        if standing is not None:
            stays = standing.stays.get(person.atena_no, ())
            if stays:
                insured = tuple(bar(s.since, s.until, s.lost_reason or s.acquired_reason) for s in reversed(stays))
                own.append(("国保の資格", "insured", insured))
            kinds: dict[str, list[Bar]] = {}
            for status in reversed(standing.statuses.get(person.atena_no, ())):
                kinds.setdefault(status.label, []).append(bar(status.since, status.until, link=str(status.pk)))
            own += [(label, "status", tuple(bars)) for label, bars in kinds.items()]
        lanes += [Lane(person, place == 0, *lane) for place, lane in enumerate(own)]
    years = [(era.short(date(year, 12, 31)).split(".")[0], at(date(year, 1, 1)) // 10) for year in range(first.year, on.year + 2)]
    return Timeline(tuple(lanes), tuple(years), at(on))


def _joined(rows: Sequence[Membership]) -> list[Membership]:
    """Rows that follow one another without a gap as one period."""
    joined: list[Membership] = []
    for row in sorted(rows, key=lambda item: item.since or date.min):
        last = joined[-1] if joined else None
        if last is not None and last.until is not None and last.until == row.since:
            joined[-1] = Membership(row.atena_no, last.since, row.until, row.is_head)
        else:
            joined.append(row)
    return joined

"""The surviving events of persons, read for `replay`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from kokuho.desks.eligibility.models import EligibilityEvent, InsuredPeriod
from kokuho.desks.eligibility.replay import Happening, Period


def surviving(atena_nos: Iterable[int]) -> QuerySet[EligibilityEvent]:
    """Events that count: no cancellations and nothing cancelled, in the order of recording."""
    events = EligibilityEvent.objects.filter(atena_no__in=list(atena_nos)).exclude(kind=EligibilityEvent.CANCEL)
    return events.filter(cancelled_by__isnull=True).order_by("pk")


def happening(event: EligibilityEvent, no: int | None = None) -> Happening:
    """An event as `replay` takes it. `no` for one that is not recorded yet."""
    detail = event.detail

    def day(name: str) -> date | None:
        return date.fromisoformat(detail[name]) if detail.get(name) else None

    return Happening(
        event.pk if no is None else no, event.code, event.event_on, event.notified_on, day("moved_in_elsewhere"),
        day("acquired_on"), day("lost_on"),
    )  # fmt: skip


def period_of(row: InsuredPeriod) -> Period:
    """A believed row as a period."""
    return Period(
        row.valid.lower, row.valid.upper, row.acquired_on, row.acquired_reason, row.notified_on, row.provisional, row.lost_on,
        row.lost_event_on, row.lost_reason,
    )  # fmt: skip


def believed_periods(atena_nos: Sequence[int]) -> dict[int, list[InsuredPeriod]]:
    """The rows believed now, oldest first, by person."""
    found: defaultdict[int, list[InsuredPeriod]] = defaultdict(list)
    rows = InsuredPeriod.objects.filter(atena_no__in=atena_nos, superseded_at__isnull=True)
    for row in sorted(rows, key=lambda item: item.valid.lower):
        found[row.atena_no].append(row)
    return found

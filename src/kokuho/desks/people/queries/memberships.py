"""Who belonged to a household, when, and who was its head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.people.models import Person


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in the household over a period; `until` is the first day after it, None = still there."""

    atena_no: int
    since: date | None
    until: date | None
    is_head: bool


def memberships(by: Actor, household_no: int, *, known: datetime | None = None) -> list[Membership]:
    """Every period of every member of a household, as residents of the municipality; `known`: as believed at that moment."""
    by.require("person.read")
    believed = Q(superseded_at__isnull=True)
    if known is not None:
        believed = Q(recorded_at__lt=known) & (Q(superseded_at__isnull=True) | Q(superseded_at__gte=known))
    rows = Person.objects.filter(believed, household_no=household_no, resident_state=Person.RESIDENT)
    found = [
        Membership(atena_no, valid.lower, valid.upper, is_head)
        for atena_no, valid, is_head in rows.order_by("valid").values_list("atena_no", "valid", "is_head")
    ]
    seen(by, "people.memberships", persons=[row.atena_no for row in found], detail={"household": household_no})
    return found

"""Who belonged to a household, when, and who was its head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.people.models import BELIEVED, Person
from kokuho.desks.people.queries.persons import rows_of_household


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in the household over a period; `until` is the first day after it, None = still there."""

    atena_no: int
    since: date | None
    until: date | None
    is_head: bool


def memberships(by: Actor, household_no: int) -> list[Membership]:
    """Every period of every member of a household, as residents of the municipality."""
    by.require("person.read")
    found = [
        Membership(row.atena_no, row.valid.lower, row.valid.upper, row.is_head)
        for row in rows_of_household(household_no)
        if row.resident_state == Person.RESIDENT
    ]
    seen(by, "people.memberships", persons=[row.atena_no for row in found], detail={"household": household_no})
    return found


def memberships_of(atena_no: int) -> list[tuple[int, date, date | None]]:
    """In which households a person was, as believed now: (世帯番号, from, until or None). For the dossier, whose reader has asked."""
    rows = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("valid")
    return [(row.household_no, row.valid.lower or row.resident_since, row.valid.upper) for row in rows]

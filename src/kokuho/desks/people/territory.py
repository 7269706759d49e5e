"""Where persons live, for territorial limits: by the address dictionary's 行政区 or 担当の支所・出張所 of their town (RIGHTS-02)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg import sql

from kokuho.core import past
from kokuho.core.reads import once
from kokuho.core.territory import Limit
from kokuho.desks.people.models import Person, Town
from kokuho.desks.people.models.person import BELIEVED


def _towns(limit: Limit) -> list[str]:
    """The 町名 of the areas: what the dictionary says, and those in use that bear a ward's name. Asked once a page, and by name, so
    that the database finds the residents by their town."""

    def ask() -> list[str]:
        named = Q(district__in=limit.areas) | Q(office__in=limit.areas)
        listed = Town._base_manager.filter(BELIEVED, named, valid__contains=limit.on).values_list("name", flat=True)
        bearing = Q()
        for area in limit.areas:
            bearing |= Q(town__startswith=area)
        used = Person._base_manager.filter(BELIEVED, bearing).values_list("town", flat=True)
        return sorted({*limit.areas, *listed.union(used)})

    return once(("territory", limit, past.known()), ask)


def _residents(limit: Limit) -> QuerySet[Person]:
    """Who is registered at a place of the areas: its town stands in the dictionary, or bears the ward's name."""
    return Person._base_manager.filter(BELIEVED, town__in=_towns(limit), valid__contains=limit.on)


class RowByRow(Exists):
    """EXISTS that the database does not turn into a join: a list is walked in its order, and every row is held against the residents,
    who are looked up one by one where rows are few and gathered once where they are many."""

    def as_sql(self, *args: Any, **options: Any) -> Any:
        """As EXISTS has it, held against true."""
        text, values = super().as_sql(*args, **options)
        return f"({text}) IS TRUE", values


class AddressBook:
    """Tells `core.territory` whom somebody limited may see. Who is at no place of the areas on the day belongs to none of them."""

    def condition(self, column: str, limit: Limit) -> Q:
        """The rows whose person (or household) lives within the limit."""
        key = "household_no" if column == "household_no" else "atena_no"
        return Q(RowByRow(_residents(limit).filter(**{key: OuterRef(column)})))

    def sql(self, column: str, limit: Limit) -> str:
        """The same as text for a statement, its values written into it."""
        towns, on = (sql.Literal(value).as_string(None).replace("%", "%%") for value in (_towns(limit), limit.on))
        return f"""EXISTS (SELECT FROM people_person lives WHERE lives.atena_no = {column} AND lives.superseded_at IS NULL
            AND lives.valid @> {on}::date AND lives.town = ANY({towns}::text[]))"""

    def outside(self, persons: Sequence[int], limit: Limit) -> set[int]:
        """Those of these persons who live elsewhere."""
        return set(persons) - set(_residents(limit).filter(atena_no__in=persons).values_list("atena_no", flat=True))

    def holds(self, household_no: int, limit: Limit) -> bool:
        """Whether anybody of the household lives there."""
        return _residents(limit).filter(household_no=household_no).exists()

    def areas(self, on: date) -> set[str]:
        """The 行政区 and offices of the dictionary on a day."""
        rows = Town._base_manager.filter(BELIEVED, valid__contains=on).values_list("district", "office").distinct()
        return {name for pair in rows for name in pair if name}

"""Where persons live, for territorial limits: by the address dictionary's 行政区 or 担当の支所・出張所 of their town (RIGHTS-02)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Value
from psycopg import sql

from kokuho.core import past
from kokuho.core.reads import once
from kokuho.core.territory import Limit, Resident, is_kept, kept, limited
from kokuho.desks.people.models import Person, Town
from kokuho.desks.people.models.person import BELIEVED


def _named(limit: Limit) -> QuerySet[Any, Any]:
    """The 町名 of the areas: what the dictionary says, and those in use that bear a ward's name."""
    named = Q(district__in=limit.areas) | Q(office__in=limit.areas)
    listed = Town._base_manager.filter(BELIEVED, named, valid__contains=limit.on).values_list("name", Value(0))
    bearing = Q()
    for area in limit.areas:
        bearing |= Q(town__startswith=area)
    return listed.union(Person._base_manager.filter(BELIEVED, bearing).values_list("town", Value(0)))


def _key(limit: Limit) -> tuple[Any, ...]:
    return "towns", limit, past.known()


def _towns(limit: Limit) -> list[str]:
    """The 町名 of the areas, asked once a page, and by name, so that the database finds the residents by their town."""

    def ask() -> list[str]:
        return sorted({*limit.areas, *(town for town, _ in _named(limit))})

    return kept(_key(limit), lambda: once(_key(limit), ask))


def _inhabitants(living: QuerySet[Person], key: str, limit: Limit) -> set[int]:
    """The `key` of those of the rows whose town is of the areas: asked together with the 町名 by whoever asks first."""
    asked = living.values_list("town", key)
    rows = list(asked) if is_kept(_key(limit)) else list(_named(limit).union(asked))
    towns = set(kept(_key(limit), lambda: sorted({*limit.areas, *(town for town, number in rows if not number)})))
    return {number for town, number in rows if number and town in towns}


def _residents(limit: Limit) -> QuerySet[Person]:
    """Who is registered at a place of the areas: its town stands in the dictionary, or bears the ward's name."""
    return Person._base_manager.filter(BELIEVED, town__in=_towns(limit), valid__contains=limit.on)


def _inside(limit: Limit) -> set[int]:
    """Who was found to live within the limit since somebody began to read."""
    found: set[int] = kept(("inside", limit, past.known()), set)
    return found


def found_inside(atena_nos: Iterable[int]) -> None:
    """Take note of persons whom the model gave out: it leaves out everybody else."""
    if (limit := limited()) is not None:
        _inside(limit).update(atena_nos)


class AddressBook:
    """Tells `core.territory` whom somebody limited may see. Who is at no place of the areas on the day belongs to none of them."""

    def condition(self, column: str, limit: Limit) -> Q:
        """The rows whose person (or household) lives within the limit."""
        key = "household_no" if column == "household_no" else "atena_no"
        return Q(Resident(_residents(limit).filter(**{key: OuterRef(column)})))

    def sql(self, column: str, limit: Limit) -> str:
        """The same as text for a statement, its values written into it."""
        towns, on = (sql.Literal(value).as_string(None).replace("%", "%%") for value in (_towns(limit), limit.on))
        return f"""EXISTS (SELECT FROM people_person lives WHERE lives.atena_no = {column} AND lives.superseded_at IS NULL
            AND lives.valid @> {on}::date AND lives.town = ANY({towns}::text[]))"""

    def outside(self, persons: Sequence[int], limit: Limit) -> set[int]:
        """Those of these persons who live elsewhere."""
        inside = _inside(limit)
        if unknown := set(persons) - inside:
            living = Person._base_manager.filter(BELIEVED, valid__contains=limit.on, atena_no__in=unknown)
            inside.update(_inhabitants(living, "atena_no", limit))
        return unknown - inside

    def holds(self, household_no: int, limit: Limit) -> bool:
        """Whether anybody of the household lives there."""
        living = Person._base_manager.filter(BELIEVED, valid__contains=limit.on, household_no=household_no)
        return bool(_inhabitants(living, "household_no", limit))

    def areas(self, on: date) -> set[str]:
        """The 行政区 and offices of the dictionary on a day."""
        rows = Town._base_manager.filter(BELIEVED, valid__contains=on).values_list("district", "office").distinct()
        return {name for pair in rows for name in pair if name}

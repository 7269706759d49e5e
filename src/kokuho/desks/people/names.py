"""Which name a document carries: one place for the person as an object and for statements over a city (ATENA-14).

旧氏 stands in brackets behind the family name and a 通称 in brackets behind the name, as on the My Number card (住民基本台帳法施行令
第30条の13, 第30条の16).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kokuho.desks.people.models import BELIEVED, NameChoice, Person
from kokuho.desks.people.models.mail import COLLECTION, ELIGIBILITY, LEVY

__all__ = ["COLLECTION", "ELIGIBILITY", "LEVY", "choice", "choices", "kana", "printed", "printed_name", "real"]

_ALIAS, _REAL, _FORMER, _BOTH = NameChoice.ALIAS, NameChoice.REAL, NameChoice.FORMER, NameChoice.BOTH


def choice(person: str, business: int, on: str = "%(on)s") -> str:
    """SQL: the form that was chosen for the person row `person` and a kind of work on a day; 0 where nothing was."""
    return (
        f"coalesce((SELECT nc.form FROM people_namechoice nc WHERE nc.atena_no = {person}.atena_no AND nc.superseded_at IS NULL"
        f" AND nc.valid @> {on}::date AND nc.business IN (0, {business}) ORDER BY nc.business DESC LIMIT 1), 0)"
    )


def printed(person: str, business: int, on: str = "%(on)s") -> str:
    """SQL: the name of the person row `person` on documents of a kind of work."""
    name, alias, former = f"{person}.name", f"{person}.alias_name", f"{person}.former_family_name"
    bracketed = (
        f"CASE WHEN position('　' IN {name}) > 0 THEN replace({name}, '　', '［' || {former} || '］　')"
        f" ELSE {name} || '［' || {former} || '］' END"
    )
    return (
        f"CASE {choice(person, business, on)} WHEN {_REAL} THEN {name}"
        f" WHEN {_FORMER} THEN CASE WHEN {former} <> '' THEN {bracketed} ELSE coalesce(nullif({alias}, ''), {name}) END"
        f" WHEN {_BOTH} THEN CASE WHEN {alias} <> '' THEN {name} || '［' || {alias} || '］' ELSE {name} END"
        f" ELSE coalesce(nullif({alias}, ''), {name}) END"
    )


def kana(person: str, business: int, on: str = "%(on)s") -> str:
    """SQL: the kana beside `printed`."""
    return (
        f"CASE WHEN {choice(person, business, on)} IN ({_REAL}, {_BOTH}) OR {person}.alias_name = '' THEN {person}.name_kana"
        f" ELSE {person}.alias_kana END"
    )


def real(person: str, business: int, column: str, on: str = "%(on)s") -> str:
    """SQL: a column of the registered name where `printed` shows another name alone (a 通称), else empty."""
    return (
        f"CASE WHEN {person}.alias_name = '' OR {choice(person, business, on)} IN ({_REAL}, {_BOTH}) THEN ''"
        f" ELSE {person}.{column} END"
    )


def printed_name(person: Person, form: int = 0) -> str:
    """The name on a document in a chosen form (0: nothing chosen)."""
    if form == _REAL:
        return person.name
    if form == _FORMER and person.former_family_name:
        bracket = f"［{person.former_family_name}］"
        family, space, given = person.name.partition("　")
        return f"{family}{bracket}{space}{given}"
    if form == _BOTH:
        return f"{person.name}［{person.alias_name}］" if person.alias_name else person.name
    return person.printed_name


def choices(atena_nos: Iterable[int], *, business: int, on: date) -> dict[int, int]:
    """The chosen form of each of these persons who has one, the choice for the kind of work before that for all. For print."""
    rows = NameChoice.objects.filter(
        BELIEVED, atena_no__in=list(atena_nos), valid__contains=on, business__in=(0, business)
    ).order_by("business")
    return dict(rows.values_list("atena_no", "form"))

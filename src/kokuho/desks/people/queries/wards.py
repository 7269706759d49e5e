"""Reads of the moves between 行政区, as a list and of some persons (SHI-21)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet
from django.http import QueryDict

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.counting import rows_together
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.core.territory import Resident
from kokuho.desks.people.models import BELIEVED, Person, WardMove
from kokuho.desks.people.queries import masters
from kokuho.desks.people.queries.persons import PersonView, guarded_numbers, persons
from kokuho.desks.people.wards import InCharge, districts, in_charge


@dataclass(frozen=True, slots=True)
class WardMoveRow:
    """A move with the person and who is in charge before and after."""

    move: WardMove
    person: PersonView | None
    before: InCharge | None
    after: InCharge | None


def _wards(on: date) -> list[tuple[str, str]]:
    known = set(in_charge(on))
    for pair in WardMove._base_manager.filter(BELIEVED).values_list("from_ward", "to_ward").distinct():
        known |= set(pair)
    return [(name, name) for name in sorted(known)]


PROTECTED = "protected"


def ward_filter(by: Actor, field: str, *, on: date) -> list[Filter]:
    """A filter of a list by the 行政区 of the address of the person whose 宛名番号 is in `field`; none where there are no wards. Protected
    persons and their households stand under a choice of their own: the ward would tell where they live."""
    by.require("person.search")
    named, charged = districts(on)
    known = sorted(set(named.values()) | charged)
    if not known:
        return []

    def narrowed(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        # The rows are already those that the one at work may see: nothing is asked of their persons but the place.
        everybody = Person._base_manager.filter(BELIEVED)
        people = everybody.filter(valid__contains=on)
        if value != PROTECTED and value not in known:
            raise ValueError("行政区の選択肢にありません。")
        # The few who are protected are gathered first: then the database finds them by their number.
        guarded = Func(
            F("atena_no"), ArraySubquery(guarded_numbers()), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
        )
        shielded = Q(household_no__in=everybody.filter(guarded).values("household_no"))
        if value == PROTECTED:
            return rows.filter(**{f"{field}__in": people.filter(shielded).values("atena_no")})
        # The towns are told to the database, which then finds the residents by them.
        towns = [town for town, ward in named.items() if ward == value]
        bearing = everybody.filter(town__startswith=value).values_list("town", flat=True).distinct()
        towns += [town for town in bearing if town not in named]
        return rows.filter(Resident(people.filter(town__in=towns, atena_no=OuterRef(field)).exclude(shielded)))

    choices = (*((name, name) for name in known), (PROTECTED, "支援措置（区を示さない）"))
    return [Filter("ward", "行政区", narrowed, choices, "choice")]


def ward_moves(by: Actor, params: QueryDict, *, on: date) -> Listing[WardMoveRow]:
    """区間異動, the newest first, by ward and days."""
    by.require("person.read")
    charge, names = in_charge(on), _wards(on)

    def convert(rows: Sequence[WardMove]) -> list[WardMoveRow]:
        who = persons(by, (row.atena_no for row in rows), on=on)
        return [WardMoveRow(row, who.get(row.atena_no), charge.get(row.from_ward), charge.get(row.to_ward)) for row in rows]

    found: Listing[WardMoveRow] = lists.listing(
        params,
        WardMove.objects.filter(BELIEVED),
        columns=(
            Column("moved_on", "異動日", ("moved_on", "household_no")), Column("household", "世帯番号", ("household_no", "atena_no")),
            Column("person", "氏名"), Column("from", "前の区", ("from_ward", "pk")), Column("to", "新しい区", ("to_ward", "pk")),
            Column("before", "前の担当"), Column("after", "新しい担当"),
        ),
        filters=(
            lists.choice("to", "新しい区", "to_ward", names), lists.choice("from", "前の区", "from_ward", names),
            Filter("since", "異動日（以後）", lambda rows, value: rows.filter(moved_on__gte=era.parse(value)), kind="date", hint="R8.4.1"),
            Filter("until", "異動日（以前）", lambda rows, value: rows.filter(moved_on__lte=era.parse(value)), kind="date", hint="R8.4.30"),
            lists.number("household", "世帯番号", "household_no"), lists.number("person", "宛名番号", "atena_no"),
        ),
        order=("-moved_on", "household_no", "atena_no"),
        convert=convert,
    )  # fmt: skip
    seen(by, "people.ward_moves", persons=[row.move.atena_no for row in found.rows], row_count=len(found.rows))
    return found


def ward_moves_of(by: Actor, atena_nos: Iterable[int], town: str, *, on: date) -> tuple[list[WardMove], str]:
    """The moves of some persons, the newest first, and the 行政区 and office of their 町名 on a day, in words; by one question."""
    by.require("person.read")
    rows, towns = rows_together(
        WardMove.objects.filter(BELIEVED, atena_no__in=list(atena_nos)).order_by("-moved_on"), masters.towns_of(town, on=on)
    )
    seen(by, "people.ward_moves_of", persons=[row.atena_no for row in rows], row_count=len(rows))
    return rows, masters.district_words(towns)

"""在留期限一覧: foreign residents who are insured and whose period of stay ends (SHI-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import QueryDict

from kokuho.core import past
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod
from kokuho.desks.eligibility.queries.status_list import NEAR_DAYS
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.places import stay_grace_end


@dataclass(frozen=True, slots=True)
class ResidenceRow:
    """A person whose stay ends. `grace_end`: the last day that an application for renewal carries over (入管法20条6項)."""

    person: PersonView
    grace_end: date
    late: bool
    consequence: str


RESIDENCE_COLUMNS = (
    Column("until", "在留期間満了日", ("residence_until", "pk")),
    Column("person", "氏名"),
    Column("status", "在留資格", ("residence_status", "residence_until")),
    Column("nationality", "国籍", ("nationality", "residence_until")),
    Column("grace", "特例期間の末日"),
    Column("consequence", "資格・証への影響"),
    Column("household", "世帯番号", ("household_no",)),
)
_SPANS = (("late", "過ぎた人"), ("30", "30日以内"), ("60", "60日以内"), ("180", "180日以内"))


def _span(on: date) -> Filter:
    def apply(rows: QuerySet[Person], value: str) -> QuerySet[Person]:
        if value == "all":
            return rows
        if value not in dict(_SPANS):
            raise ValueError("期間の選択肢にありません。")
        if value == "late":
            return rows.filter(residence_until__lt=on)
        return rows.filter(residence_until__lte=on + timedelta(days=int(value)))

    return Filter("span", "満了", apply, _SPANS, "choice", default=str(NEAR_DAYS))


def residences(by: Actor, params: QueryDict, *, on: date) -> Listing[ResidenceRow]:
    """Those whose stay ends, the earliest first, with what follows for certificates and qualification."""
    by.require("eligibility.read")
    insured = InsuredPeriod.objects.filter(BELIEVED, atena_no=OuterRef("atena_no"), valid__contains=on)
    here = Person.objects.filter(BELIEVED, valid__contains=on, resident_state=Person.RESIDENT, residence_until__isnull=False)
    # In a view of the past the database would read all the insured to join them: there each of these persons is looked up.
    each = here.alias(stay=Subquery(insured.values("pk")[:1])).filter(stay__isnull=False)
    rows = here.filter(Exists(insured)) if past.known() is None else each

    def counted(narrowing: Mapping[str, str]) -> Mapping[str, int] | None:
        """Everybody's stay: in the order of their numbers the database finds one beside the other."""
        if narrowing != {"span": "all"}:
            return None
        asked = here.order_by("atena_no").annotate(stay=Subquery(insured.values("pk")[:1]))[: lists.MOST_COUNTED]
        return asked.aggregate(count=Count("stay"))

    found = lists.listing(
        params, rows, columns=RESIDENCE_COLUMNS, known=counted,
        filters=(
            _span(on), lists.day("until", "満了日（まで）", "residence_until__lte", "R8.12.31"),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("residence_until", "pk"), convert=lambda page: _rows(by, page, on),
    )  # fmt: skip
    seen(by, "eligibility.residences", persons=[row.person.atena_no for row in found.rows])
    return found


def _rows(by: Actor, rows: Sequence[Person], on: date) -> list[ResidenceRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [_row(shown[row.atena_no], row.residence_until, on) for row in rows]


def _row(person: PersonView, until: date, on: date) -> ResidenceRow:
    grace = stay_grace_end(until)
    if on <= until:
        text = "証・資格確認書の有効期限は満了日まで。更新後の在留カードで延長する"
    elif on <= grace:
        text = "更新申請中なら特例期間の末日まで資格が続く。申請の受付票を確かめる"
    else:
        text = "特例期間も過ぎた。住民記録に確かめ、消除されていれば喪失（214）を届出で処理する"
    return ResidenceRow(person, grace, until < on, text)

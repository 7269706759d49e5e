"""Reads of 異動差異: the list, one with its advice, counts for the home page, those of a household."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.eligibility.models import Difference
from kokuho.desks.eligibility.validations import VALIDATIONS, Validation, in_words, of
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference with its check, the person and who works on it."""

    difference: Difference
    check: Validation
    person: PersonView | None
    worker_name: str

    @property
    def detail(self) -> str:
        """What was found, in words: codes by their names, days of the Japanese calendar."""
        return in_words(self.difference.check_code, self.difference.detail)

    @property
    def open(self) -> bool:
        """True while somebody has to do something."""
        return self.difference.state in (Difference.NEW, Difference.KNOWN)


DIFFERENCE_COLUMNS = (
    Column("check", "点検", ("check_code", "found_on")),
    Column("person", "氏名・世帯"),
    Column("detail", "内容"),
    Column("found_on", "見つけた日", ("found_on", "pk")),
    Column("state", "状態", ("state", "found_on")),
    Column("worker", "担当"),
)
_OPEN = Q(state__in=(Difference.NEW, Difference.KNOWN))


def _state() -> Filter:
    choices = (("open", "新規・対応中"), *Difference.STATES)

    def apply(rows, value):  # type: ignore[no-untyped-def]
        if value == "all":
            return rows
        if value not in dict(choices):
            raise ValueError("状態の選択肢にありません。")
        return rows.filter(_OPEN if value == "open" else Q(state=value))

    return Filter("state", "状態", apply, choices, "choice", default="open")


def differences(by: Actor, params: QueryDict, *, on: date) -> Listing[DifferenceRow]:
    """異動差異一覧, the oldest first."""
    by.require("eligibility.read")
    found = lists.listing(
        params, Difference.objects.all(), columns=DIFFERENCE_COLUMNS,
        filters=(
            _state(),
            lists.choice("check", "点検", "check_code", tuple((check.code, f"{check.code} {check.title}") for check in VALIDATIONS)),
            lists.number("atena", "宛名番号", "atena_no"), lists.number("household", "世帯番号", "household_no"),
            lists.day("from", "見つけた日（から）", "found_on__gte"),
        ),
        order=("found_on", "pk"), convert=lambda rows: _rows(by, rows, on),
    )  # fmt: skip
    seen(by, "eligibility.differences", persons=[row.difference.atena_no for row in found.rows])
    return found


def difference(by: Actor, difference_id: int, *, on: date) -> DifferenceRow:
    """One difference. Raises Difference.DoesNotExist."""
    by.require("eligibility.read")
    row = _rows(by, [Difference.objects.get(pk=difference_id)], on)[0]
    seen(by, "eligibility.difference", persons=[row.difference.atena_no], detail={"difference": difference_id})
    return row


def differences_of(by: Actor, household_no: int) -> list[tuple[Difference, Validation]]:
    """The open differences of a household."""
    by.require("eligibility.read")
    rows = Difference.objects.filter(_OPEN, household_no=household_no).order_by("found_on", "pk")[:20]
    return [(row, of(row.check_code)) for row in rows]


def _rows(by: Actor, rows: Sequence[Difference], on: date) -> list[DifferenceRow]:
    shown = people.persons(by, (row.atena_no for row in rows if row.atena_no is not None), on=on)
    names = staff_names(row.worker for row in rows)
    return [
        DifferenceRow(row, of(row.check_code), shown.get(row.atena_no or 0), names.get(row.worker, row.worker))
        for row in rows
    ]

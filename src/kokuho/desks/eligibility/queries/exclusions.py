"""Reads of 適用除外: the ledger with what is to be reviewed, and those of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility.actions.exclusions import labels
from kokuho.desks.eligibility.models import BELIEVED, Exclusion
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView

COLUMNS = (
    Column("atena", "宛名番号", ("atena_no",)),
    Column("person", "氏名"),
    Column("code", "適用除外", ("code", "pk")),
    Column("since", "期間", ("valid",)),
    Column("confirmed", "確かめた資料"),
    Column("review", "見直し日", ("review_on", "pk")),
)


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """An exclusion with the person and its label."""

    exclusion: Exclusion
    person: PersonView | None
    label: str
    due: bool


def exclusion_list(by: Actor, params: QueryDict, *, on: date) -> Listing[ExclusionRow]:
    """適用除外者台帳: those in force first to be reviewed."""
    by.require("eligibility.read")

    def state(rows: Any, value: str) -> Any:
        return {"now": rows.filter(valid__contains=on), "review": rows.filter(review_on__lte=on)}.get(value, rows)

    known = labels(on)
    found = lists.listing(
        params, Exclusion.objects.filter(BELIEVED), columns=COLUMNS,
        filters=(
            lists.Filter("state", "状態", state, (("now", "今の適用除外"), ("review", "見直し日が来たもの")), "choice", default="now"),
            lists.choice("code", "種類", "code", tuple(known.items())),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("review_on", "pk"), convert=lambda rows: _rows(by, rows, on),
    )  # fmt: skip
    seen(by, "eligibility.exclusions", persons=[row.exclusion.atena_no for row in found.rows])
    return found


def exclusions_of(by: Actor, atena_no: int, *, on: date) -> list[ExclusionRow]:
    """The exclusions of a person, newest first."""
    by.require("eligibility.read")
    found = _rows(by, list(Exclusion.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid")), on)
    seen(by, "eligibility.exclusions", persons=[atena_no])
    return found


def _rows(by: Actor, rows: Sequence[Exclusion], on: date) -> list[ExclusionRow]:
    shown = people.persons(by, {row.atena_no for row in rows}, on=on) if rows else {}
    known = labels(on)
    return [
        ExclusionRow(
            row, shown.get(row.atena_no), known.get(row.code, row.code), row.review_on is not None and row.review_on <= on
        )
        for row in rows
    ]

"""Reads of statuses (資格の特例): the list with its deadlines, one with its explanation and history, counts for the home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.eligibility.models import BELIEVED, Status
from kokuho.desks.eligibility.statuses import KINDS, StatusError, StatusKind, Subject
from kokuho.desks.eligibility.statuses.rules import compute, words
from kokuho.desks.eligibility.statuses.subjects import subject
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.steps import Step

# How long before its end or its day of review a status is shown as near.
NEAR_DAYS = 60


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A status in a list."""

    status: Status
    label: str
    since: date | None
    last: date | None  # last day that counts
    person: PersonView | None
    in_force: bool
    due: bool  # the day of review has come
    review_label: str


@dataclass(frozen=True, slots=True)
class Version:
    """One belief about a status, as the history shows it."""

    status: Status
    period: str
    recorded_name: str
    by_law: bool
    current: bool


@dataclass(frozen=True, slots=True)
class StatusDetail:
    """One status: what was entered, how the period follows, and every version there was."""

    row: StatusRow
    kind: StatusKind
    items: list[tuple[str, str]]
    steps: Sequence[Step]
    versions: list[Version]
    believed: bool


STATUS_COLUMNS = (
    Column("kind", "特例"),
    Column("person", "氏名"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("since", "始まり", ("valid__startswith", "pk")),
    Column("last", "終わり"),
    Column("review", "確認・更新の期限", ("review_on", "pk")),
    Column("household", "世帯番号"),
)
_STANDS = (
    ("now", "続いているもの"),
    ("near", f"期限・終わりが{NEAR_DAYS}日以内"),
    ("due", "期限を過ぎたもの"),
    ("ended", "終わったもの"),
)


def _stand(on: date) -> Filter:
    near = on + timedelta(days=NEAR_DAYS)
    conditions = {
        "now": Q(valid__contains=on),
        "near": Q(valid__contains=on) & (Q(review_on__lte=near) | Q(valid__endswith__lte=near, valid__upper_inf=False)),
        "due": Q(valid__contains=on, review_on__lt=on),
        "ended": Q(valid__endswith__lte=on, valid__upper_inf=False),
    }

    def apply(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "all":
            return rows
        if value not in conditions:
            raise ValueError("状態の選択肢にありません。")
        return rows.filter(conditions[value])

    return Filter("stand", "状態", apply, _STANDS, "choice", default="now")


def _before(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    day = era.parse(value)
    return rows.filter(Q(review_on__lte=day) | Q(valid__endswith__lte=day + timedelta(days=1), valid__upper_inf=False))


def statuses(by: Actor, params: QueryDict, *, on: date) -> Listing[StatusRow]:
    """The statuses of the city, by kind, state and day of review."""
    by.require("eligibility.read")
    found = lists.listing(
        params,
        Status.objects.filter(BELIEVED),
        columns=STATUS_COLUMNS,
        filters=(
            lists.choice("kind", "特例", "kind", tuple((kind.code, kind.label) for kind in KINDS.values())),
            _stand(on),
            Filter("until", "期限・終わりがこの日まで", _before, kind="date", hint="R9.3.31"),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.number("household", "世帯番号", "household_no"),
        ),
        order=("-valid__startswith", "-pk"),
        convert=lambda rows: _rows(by, rows, on),
    )
    seen(by, "eligibility.statuses", persons=[row.status.atena_no for row in found.rows])
    return found


def status(by: Actor, status_id: int, *, on: date) -> StatusDetail:
    """One status with its explanation and its history. Raises Status.DoesNotExist."""
    by.require("eligibility.read")
    held = Status.objects.get(pk=status_id)
    kind = KINDS[held.kind]
    versions = list(Status.objects.filter(atena_no=held.atena_no, kind=held.kind).order_by("-recorded_at", "-pk")[:30])
    names = staff_names(row.recorded_by for row in versions)
    entered = held.detail.get("entered", {})
    row = _rows(by, [held], on)[0]
    seen(by, "eligibility.status", persons=[held.atena_no], detail={"status": status_id})
    return StatusDetail(
        row, kind,
        [(item.label, item.shown(entered[item.name], entered, on)) for item in kind.items if entered.get(item.name)],
        _steps(kind, held, on),
        [
            Version(
                version, words(version.valid.lower, version.valid.upper), names.get(version.recorded_by, version.recorded_by),
                not version.origin.startswith("entry:"), version.superseded_at is None,
            )
            for version in versions
        ],
        held.superseded_at is None,
    )  # fmt: skip


def _steps(kind: StatusKind, held: Status, on: date) -> Sequence[Step]:
    """The computation again, from what was entered; empty for what came by file or by law."""
    entered = held.detail.get("entered")
    if not entered:
        return ()
    try:
        return compute(kind, subject(held.atena_no, on), entered, on).steps
    except StatusError:
        return ()  # the facts around it have changed since; the nightly checks list such a status


def subject_of(by: Actor, atena_no: int, *, on: date) -> Subject:
    """The person as the rules see them, for an entry screen. Raises `StatusError` STA20."""
    by.require("eligibility.read")
    found = subject(atena_no, on)
    seen(by, "eligibility.subject", persons=[atena_no])
    return found


def _rows(by: Actor, rows: Sequence[Status], on: date) -> list[StatusRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [_row(row, shown.get(row.atena_no), on) for row in rows]


def _row(row: Status, person: PersonView | None, on: date) -> StatusRow:
    start, end = row.valid.lower, row.valid.upper
    in_force = (start is None or start <= on) and (end is None or on < end)
    due = row.review_on is not None and row.review_on < on
    last = end - timedelta(days=1) if end else None
    return StatusRow(row, KINDS[row.kind].label, start, last, person, in_force, due, KINDS[row.kind].review_label)

"""Reads of eligibility: periods, statuses, 記号番号, and the changes that wait for a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from kokuho.core import era, territory
from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility import reasons
from kokuho.desks.eligibility.models import (
    BELIEVED,
    ChangeCandidate,
    InsuredNumber,
    InsuredPeriod,
    Status,
)
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay as insured, in words. `until` is the last day + 1 (適用終了)."""

    atena_no: int
    since: date | None
    until: date | None
    acquired_on: date
    acquired_reason: str
    lost_on: date | None
    lost_reason: str
    notified_on: date | None
    in_force: bool
    recorded_by: str
    origin: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status of a person over a period (資格の特例). `until` is the first day after it, `last` the last day that counts."""

    atena_no: int
    kind: str
    label: str
    since: date | None
    until: date | None
    in_force: bool
    pk: int
    review_on: date | None = None

    @property
    def last(self) -> date | None:
        """The last day that counts; None while it goes on."""
        return self.until - timedelta(days=1) if self.until else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How persons of a household stand in the insurance, on a day."""

    stays: Mapping[int, list[Stay]]  # newest first
    statuses: Mapping[int, list[StatusView]]
    symbol: str
    number: str
    branches: Mapping[int, str]  # 枝番 of those insured on the day

    def current(self, atena_no: int) -> Stay | None:
        """The stay in force, if any."""
        return next((stay for stay in self.stays.get(atena_no, ()) if stay.in_force), None)


# Stays, statuses and 記号番号 of persons at once: the pages of persons ask for the three together.
_STANDING = """
SELECT 'stay' AS part, id AS pk, atena_no, valid, acquired_on, acquired_reason, lost_on, lost_reason, notified_on, recorded_by, origin,
       '' AS kind, NULL::date AS review_on, '' AS symbol, '' AS number, '' AS branch
  FROM eligibility_insuredperiod WHERE superseded_at IS NULL AND atena_no = ANY(%(who)s) AND {here}
 UNION ALL
SELECT 'status', id, atena_no, valid, NULL, '', NULL, '', NULL, recorded_by, origin, kind, review_on, '', '', ''
  FROM eligibility_status WHERE superseded_at IS NULL AND atena_no = ANY(%(who)s) AND {here}
 UNION ALL
SELECT 'branch', id, atena_no, valid, NULL, '', NULL, '', NULL, recorded_by, origin, '', NULL, symbol, number, branch
  FROM eligibility_insuredbranch
 WHERE superseded_at IS NULL AND atena_no = ANY(%(who)s) AND valid @> %(on)s::date AND household_no = %(household)s AND {here}
 UNION ALL
SELECT 'number', id, household_no, valid, NULL, '', NULL, '', NULL, recorded_by, origin, '', NULL, symbol, number, ''
  FROM eligibility_insurednumber WHERE superseded_at IS NULL AND household_no = %(household)s AND {near}
 ORDER BY valid DESC, pk
"""


class _Row(NamedTuple):
    """A row of `_STANDING`; `atena_no` of a 記号番号 is its 世帯番号."""

    part: str
    pk: int
    atena_no: int
    valid: Any
    acquired_on: date
    acquired_reason: str
    lost_on: date | None
    lost_reason: str
    notified_on: date | None
    recorded_by: str
    origin: str
    kind: str
    review_on: date | None
    symbol: str
    number: str
    branch: str


def _holds(period: Any, on: date) -> bool:
    return (period.lower is None or period.lower <= on) and (period.upper is None or on < period.upper)


def _stay(row: InsuredPeriod | _Row, on: date) -> Stay:
    return Stay(
        row.atena_no, row.valid.lower, row.valid.upper, row.acquired_on, reasons.label(row.acquired_reason), row.lost_on,
        reasons.label(row.lost_reason), row.notified_on, _holds(row.valid, on), row.recorded_by, row.origin,
    )  # fmt: skip


def standing(
    by: Actor, atena_nos: Sequence[int], *, household_no: int | None, on: date
) -> Standing:
    """Stays and statuses of persons, and the 記号番号 of their household on a day."""
    by.require("eligibility.read")
    stays: defaultdict[int, list[Stay]] = defaultdict(list)
    statuses: defaultdict[int, list[StatusView]] = defaultdict(list)
    own: list[_Row] = []
    numbers: list[_Row] = []
    with connection.cursor() as cursor:
        asked = _STANDING.format(here=territory.clause("atena_no"), near=territory.clause("household_no"))
        cursor.execute(asked, {"who": list(atena_nos), "household": household_no, "on": on})
        rows = [_Row._make(row) for row in cursor.fetchall()]
    for row in rows:
        if row.part == "stay":
            stays[row.atena_no].append(_stay(row, on))
        elif row.part == "status":
            statuses[row.atena_no].append(
                StatusView(
                    row.atena_no, row.kind, Status.KINDS[row.kind], row.valid.lower, row.valid.upper, _holds(row.valid, on), row.pk,
                    row.review_on,
                )
            )  # fmt: skip
        else:
            (own if row.part == "branch" else numbers).append(row)
    # Of a household in which nobody of these is insured on the day: the number that held then, else the latest.
    held = own or [row for row in numbers if _holds(row.valid, on)] or numbers
    symbol, number = (held[0].symbol, held[0].number) if held else ("", "")
    seen(by, "eligibility.standing", persons=atena_nos)
    return Standing(stays, statuses, symbol, number, {row.atena_no: row.branch for row in own})


def insured_on(by: Actor, atena_nos: Iterable[int], *, on: date) -> dict[int, Stay]:
    """The stay in force of each of these persons who is insured on a day, for lists."""
    by.require("eligibility.read")
    wanted = list(atena_nos)
    rows = InsuredPeriod.objects.filter(BELIEVED, atena_no__in=wanted, valid__contains=on) if wanted else ()
    found = {row.atena_no: _stay(row, on) for row in rows}
    seen(by, "eligibility.insured", persons=found)
    return found


def households_of_number(by: Actor, number: str, symbol: str | None = None) -> list[int]:
    """世帯番号 of households that have or had a 記号番号, for the search."""
    by.require("person.search")
    rows = InsuredNumber.objects.filter(BELIEVED, number=number)
    if symbol is not None:
        rows = rows.filter(symbol=symbol)
    return list(rows.values_list("household_no", flat=True)[:50])


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A change to decide, with the person it is about."""

    candidate: ChangeCandidate
    person: PersonView | None
    entered_name: str
    decided_name: str
    overdue: bool
    own: bool

    @property
    def act_label(self) -> str:
        """資格取得 …"""
        return str(self.candidate.get_act_display())

    @property
    def state_label(self) -> str:
        """未処理 …"""
        return str(self.candidate.get_state_display())


# What has a day comes first, the earliest day before the others; what has none (births of the office's own finding) the newest first.
_DEADLINE_FIRST = ("due_on", "-event_date", "-pk")


def candidates_due(by: Actor, *, on: date, count: int = 6) -> list[CandidateRow]:
    """The open changes whose day comes first, for the home page; without the names of who entered them."""
    by.require("eligibility.read")
    rows = ChangeCandidate.objects.filter(state=ChangeCandidate.OPEN).order_by(*_DEADLINE_FIRST)[:count]
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    found = [_row(by, row, shown.get(row.atena_no), {}, on) for row in rows]
    seen(by, "eligibility.candidates_due", persons=[row.candidate.atena_no for row in found])
    return found


CANDIDATE_COLUMNS = (
    Column("event_date", "異動日", ("event_date", "pk")),
    Column("act", "処理案", ("act", "event_date")),
    Column("event", "事由", ("event", "event_date")),
    Column("person", "氏名"),
    Column("birth", "生年月日"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("created_at", "受付", ("created_at",)),
    Column("due_on", "処理期限", ("due_on", "pk")),
    Column("state", "状態"),
)


def candidates(by: Actor, params: QueryDict, *, on: date) -> Listing[CandidateRow]:
    """異動整理: the changes that neighbours reported, by their deadline; without one the newest first."""
    by.require("eligibility.read")
    events = ChangeCandidate.objects.order_by("event").values_list("event", flat=True).distinct()
    found = lists.listing(
        params,
        ChangeCandidate.objects.all(),
        columns=CANDIDATE_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", ChangeCandidate.STATES, default=ChangeCandidate.OPEN),
            lists.choice("act", "処理案", "act", tuple(ChangeCandidate.ACTS.items())),
            lists.choice("result", "結果", "result", tuple(ChangeCandidate.RESULTS.items())),
            _deadline(on),
            lists.choice("event", "事由", "event", [(event, event) for event in events]),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.day("from", "異動日（から）", "event_date__gte"),
            lists.day("to", "異動日（まで）", "event_date__lte"),
        ),
        order=_DEADLINE_FIRST,
        convert=lambda rows: _candidate_rows(by, rows, on),
    )
    seen(by, "eligibility.candidates", persons=[row.candidate.atena_no for row in found.rows])
    return found


def _deadline(on: date) -> lists.Filter:
    def apply(rows: Any, value: str) -> Any:
        if value == "past":
            return rows.filter(due_on__lt=on)
        if value == "none":
            return rows.filter(due_on__isnull=True)
        return rows.filter(due_on__range=(on, on + timedelta(days=7))) if value == "week" else rows

    return lists.Filter("due", "期限", apply, (("past", "過ぎている"), ("week", "7日以内"), ("none", "期限なし")), "choice")


def notice_of_candidate(by: Actor, row: ChangeCandidate) -> str:
    """The address that opens the entry of a notice with the proposal filled in, together with the same change of others in the
    household; empty when there is nothing to enter."""
    by.require("eligibility.read")
    proposal = row.proposal
    if row.state == ChangeCandidate.OPEN and proposal.get("status"):
        return reverse("eligibility:status_new", args=[row.atena_no, proposal["status"]])
    if row.state != ChangeCandidate.OPEN or (not proposal.get("reason") and not proposal.get("cancels")):
        return ""
    if cancels := proposal.get("cancels"):
        given = {"cancels": ",".join(map(str, cancels)), "candidates": row.pk}
        return f"{reverse('eligibility:notice_cancel', args=[row.household_no])}?{urlencode(given)}"
    together = ChangeCandidate.objects.filter(
        state=ChangeCandidate.OPEN, household_no=row.household_no, event_date=row.event_date, act=row.act,
        proposal__reason=proposal["reason"],
    ).order_by("pk")[:30]  # fmt: skip
    event_on = date.fromisoformat(proposal.get("event_on") or proposal["acquired_on"])
    values = {
        "code": proposal["reason"], "event_on": era.short(event_on), "persons": ",".join(str(c.atena_no) for c in together),
        "candidates": ",".join(str(c.pk) for c in together),
    }  # fmt: skip
    if row.notified_on:
        values["notified_on"] = era.short(row.notified_on)
    return f"{reverse('eligibility:notice_new', args=[row.household_no])}?{urlencode(values)}"


def candidate(by: Actor, candidate_id: int, *, on: date) -> CandidateRow:
    """One change."""
    by.require("eligibility.read")
    row = _candidate_rows(by, [ChangeCandidate.objects.get(pk=candidate_id)], on)[0]
    seen(by, "eligibility.candidate", persons=[row.candidate.atena_no], detail={"candidate": candidate_id})
    return row


def candidates_of(by: Actor, atena_nos: Sequence[int], *, on: date) -> list[CandidateRow]:
    """The open changes of these persons."""
    by.require("eligibility.read")
    rows = ChangeCandidate.objects.filter(Q(atena_no__in=atena_nos), state=ChangeCandidate.OPEN).order_by("event_date")
    return [_row(by, row, None, {}, on) for row in rows]


def _candidate_rows(by: Actor, rows: Sequence[ChangeCandidate], on: date) -> list[CandidateRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    names = staff_names(n for row in rows for n in (row.entered_by, row.decided_by))
    return [_row(by, row, shown.get(row.atena_no), names, on) for row in rows]


def _row(
    by: Actor, row: ChangeCandidate, person: PersonView | None, names: Mapping[str, str], on: date
) -> CandidateRow:
    return CandidateRow(
        row, person, names.get(row.entered_by, row.entered_by), names.get(row.decided_by, row.decided_by),
        row.state == ChangeCandidate.OPEN and row.due_on is not None and row.due_on < on, row.entered_by == by.staff_no,
    )  # fmt: skip

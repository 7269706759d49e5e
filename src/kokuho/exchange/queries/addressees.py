"""Reads of the work with 団体内統合宛名 and 住登外管理: what was sent, who is left out, whose number has not come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Max, Q
from django.http import QueryDict

from kokuho.core import territory
from kokuho.core.access import Actor
from kokuho.core.counting import together
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import NumberDoubt, PersonChange
from kokuho.exchange import integrated, outside_requests, registry
from kokuho.exchange.models import OutboxFile, ReportIssue
from kokuho.exchange.queries.federation import IssueRow

RECEIVERS = (integrated.SYSTEM, outside_requests.SYSTEM)
_UNANSWERED = {integrated.SYSTEM: integrated.UNANSWERED, outside_requests.SYSTEM: outside_requests.UNANSWERED}


@dataclass(frozen=True, slots=True)
class AddresseeState:
    """How the work with one receiver of 宛名情報 stands."""

    system: str
    title: str
    told_until: datetime | None
    changes: int
    waiting: int
    held: int
    doubted: int


def addressee_states(by: Actor) -> list[AddresseeState]:
    """One line a receiver, for the page and the command. Needs `exchange.read`."""
    by.require("exchange.read")
    names = registry.system_names()
    held = dict(
        ReportIssue.objects.filter(system__in=RECEIVERS, closed_on__isnull=True).values_list("system").annotate(n=Count("pk"))
    )
    made = OutboxFile.objects.filter(system__in=RECEIVERS, resend_of__isnull=True).exclude(state=OutboxFile.WITHDRAWN)
    told = dict(made.values_list("system").annotate(until=Max("known_at")))
    days = sorted({told.get(system) for system in RECEIVERS}, key=str)
    since = [PersonChange.objects.filter(Q() if until is None else Q(recorded_at__gt=until)) for until in days]
    *changed, doubted = together(*since, NumberDoubt.objects.filter(state=NumberDoubt.OPEN, code__in=NumberDoubt.OFFERS))
    changes = dict(zip(days, changed, strict=True))
    found = []
    for system in RECEIVERS:
        until = told.get(system)
        found.append(AddresseeState(
            system, names.get(system, system), until, changes[until], _waiting(system), held.get(system, 0),
            doubted if system == integrated.SYSTEM else 0,
        ))  # fmt: skip
    seen(by, "exchange.addressees", row_count=len(found))
    return found


def _waiting(system: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_asked(system, "count(DISTINCT r.atena_no)"), [])
        found: int = cursor.fetchone()[0]
    return found


_SHOWN = 100


def _asked(system: str, what: str) -> str:
    return f"{_UNANSWERED[system].format(what=what)} AND {territory.clause('r.atena_no')}"


def unanswered(by: Actor, *, on: date) -> list[tuple[int, people.PersonView | None, str, int]]:
    """(宛名番号, person, receiver, 送信番号) of whom no answer has come, the oldest files first, at most a hundred a receiver. Needs
    `exchange.read` and `person.read`."""
    by.require("exchange.read")
    by.require("person.read")
    names, rows = registry.system_names(), []
    with connection.cursor() as cursor:
        for system in _UNANSWERED:
            cursor.execute(f"{_asked(system, 'DISTINCT f.id, r.atena_no')} ORDER BY f.id, r.atena_no LIMIT {_SHOWN}", [])
            rows += [(atena, names.get(system, system), file) for file, atena in cursor.fetchall()]
    known = people.persons(by, [atena for atena, _, _ in rows], on=on)
    seen(by, "exchange.unanswered", persons=[atena for atena, _, _ in rows])
    return [(atena, known.get(atena), receiver, file) for atena, receiver, file in rows]


HELD_COLUMNS = (
    Column("found_on", "見つけた日", ("found_on", "pk")),
    Column("system", "提供先", ("system", "pk")),
    Column("code", "番号", ("code", "pk")),
    Column("person", "氏名"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("message", "内容"),
    Column("closed_on", "解消"),
)


def addressees_held(by: Actor, params: QueryDict, *, on: date) -> Listing[IssueRow]:
    """保留: persons who should be told to these receivers and cannot be, oldest first. Needs `exchange.read` and `person.read`."""
    by.require("exchange.read")
    by.require("person.read")
    names = registry.system_names()
    state = lists.Filter(
        "state", "状態", lambda rows, value: rows if value == "all" else rows.filter(closed_on__isnull=value == "open"),
        (("open", "保留中"), ("closed", "解消")), "choice", default="open",
    )  # fmt: skip

    def convert(rows: Sequence[ReportIssue]) -> list[IssueRow]:
        shown = people.persons(by, (row.atena_no for row in rows), on=on)
        return [IssueRow(row, shown.get(row.atena_no)) for row in rows]

    found = lists.listing(
        params,
        ReportIssue.objects.filter(system__in=RECEIVERS),
        columns=HELD_COLUMNS,
        filters=(
            state, lists.choice("system", "提供先", "system", [(code, names.get(code, code)) for code in RECEIVERS]),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("found_on", "pk"),
        convert=convert,
    )  # fmt: skip
    seen(by, "exchange.addressees_held", persons=[row.issue.atena_no for row in found.rows])
    return found

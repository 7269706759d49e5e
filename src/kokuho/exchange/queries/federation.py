"""Reads of the work with the federation: what is due, who is held back, what waits for confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Subquery
from django.http import QueryDict

from kokuho.core import counting
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.exchange.federation import report
from kokuho.exchange.models import FederationAnswer, InboxFile, ReportIssue


@dataclass(frozen=True, slots=True)
class FederationState:
    """How the work with the federation stands on a day."""

    reported_until: datetime | None
    unreported: int
    overdue: int
    due_days: int
    held: int
    ready: int


def federation_state(by: Actor, *, on: date) -> FederationState:
    """Counts for the page and the home."""
    by.require("exchange.read")
    until, days = report.reported_until(), report.due_days()
    changes, late = report.unreported(on, until=until, days=days)
    held, ready = counting.together(
        ReportIssue.objects.filter(system=report.SYSTEM, closed_on__isnull=True),
        FederationAnswer.objects.filter(state=FederationAnswer.READY),
    )
    return FederationState(until, changes, late, days, held, ready)


@dataclass(frozen=True, slots=True)
class IssueRow:
    """Somebody held back, with the person."""

    issue: ReportIssue
    person: PersonView | None


ISSUE_COLUMNS = (
    Column("found_on", "見つけた日", ("found_on", "pk")),
    Column("code", "番号", ("code", "pk")),
    Column("person", "氏名"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("household", "世帯番号"),
    Column("message", "内容"),
    Column("closed_on", "解消"),
)


def issues(by: Actor, params: QueryDict, *, on: date, system: str = report.SYSTEM) -> Listing[IssueRow]:
    """保留: persons who should be reported to a receiver and cannot be, oldest first."""
    by.require("exchange.read")
    by.require("person.read")
    waiting = lists.Filter(
        "state", "状態", lambda rows, value: rows if value == "all" else rows.filter(closed_on__isnull=value == "open"),
        (("open", "保留中"), ("closed", "解消")), "choice", default="open",
    )  # fmt: skip
    found = lists.listing(
        params,
        ReportIssue.objects.filter(system=system),
        columns=ISSUE_COLUMNS,
        filters=(waiting, lists.number("atena", "宛名番号", "atena_no")),
        order=("found_on", "pk"),
        convert=lambda rows: _issue_rows(by, rows, on),
    )
    seen(by, "exchange.federation_issues", persons=[row.issue.atena_no for row in found.rows])
    return found


def _issue_rows(by: Actor, rows: Sequence[ReportIssue], on: date) -> list[IssueRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [IssueRow(row, shown.get(row.atena_no)) for row in rows]


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A received file with records that wait for confirmation."""

    file: InboxFile
    title: str
    ready: int
    mismatched: int


def ready_files(by: Actor) -> list[ReadyFile]:
    """Files whose matched records a person has to confirm, oldest first."""
    by.require("exchange.read")
    from kokuho.exchange.queries.inbox import layout_title

    waiting = FederationAnswer.objects.filter(file_id=OuterRef("pk"), state=FederationAnswer.READY)
    counted = Subquery(waiting.order_by().values("file_id").annotate(n=Count("pk")).values("n"))
    files = InboxFile.objects.filter(neighbour=report.SYSTEM).annotate(ready=counted).filter(ready__isnull=False).order_by("pk")
    found = [ReadyFile(f, layout_title(f.layout), f.ready, f.work_count) for f in files]
    seen(by, "exchange.federation_ready", row_count=len(found))
    return found

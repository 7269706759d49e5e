"""Reads of work orders, runs without an order, and the 運用日誌 of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from kokuho.core.access import MACHINE, Actor
from kokuho.core.clock import JAPAN, midnight, now
from kokuho.core.models import AuditRecord, BackupEvent, BatchRun, Extract, JournalNote, OrderedRun, WorkOrder
from kokuho.core.queries.batches import BATCH_KINDS
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing

ORDER_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("kind", "作業", ("kind", "pk")),
    Column("title", "件名"),
    Column("state", "状態", ("state", "pk")),
    Column("planned_on", "予定日", ("planned_on",)),
    Column("requested", "指示", ("requested_at",)),
    Column("confirmed", "確認", ("confirmed_at",)),
)


def work_orders(by: Actor, params: QueryDict) -> Listing[WorkOrder]:
    """Work orders, newest first. Needs `order.read`."""
    by.require("order.read")
    found: Listing[WorkOrder] = lists.listing(
        params,
        WorkOrder.objects.all(),
        columns=ORDER_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", WorkOrder.STATES),
            lists.choice("kind", "作業", "kind", tuple(BATCH_KINDS.items())),
            lists.day("from", "予定日（から）", "planned_on__gte"),
        ),
        order=("-pk",),
    )
    seen(by, "order.list", row_count=len(found.rows))
    return found


def work_order(by: Actor, order_id: int) -> tuple[WorkOrder, Sequence[BatchRun]]:
    """An order with its runs. Needs `order.read`. Raises WorkOrder.DoesNotExist."""
    by.require("order.read")
    order = WorkOrder.objects.get(pk=order_id)
    seen(by, "order", row_count=1, detail={"order": order_id})
    return order, list(order.runs.order_by("pk"))


def results_waiting(by: Actor) -> QuerySet[WorkOrder]:
    """The orders that have run and wait for this person's confirmation, to be counted. Needs `order.approve`."""
    by.require("order.approve")
    return WorkOrder.objects.filter(state=WorkOrder.RUN).exclude(requested_by=by.staff_no)


def unordered() -> QuerySet[BatchRun]:
    """Runs that no work order stands behind, newest first: exceptions of LOG-04."""
    return BatchRun.objects.filter(orderedrun__isnull=True).exclude(ordered_by=MACHINE).order_by("-pk")


def unordered_runs(by: Actor, *, count: int = 50) -> Sequence[BatchRun]:
    """The newest runs without an order. Needs `order.read`."""
    by.require("order.read")
    found = list(unordered()[:count])
    seen(by, "order.unordered", row_count=len(found))
    return found


@dataclass(frozen=True, slots=True)
class Journal:
    """運用日誌: what ran on a day, what was done to the records, what the operators wrote."""

    day: date
    runs: Sequence[BatchRun]
    without_order: frozenset[int]
    ordered: Mapping[int, OrderedRun]
    operations: Sequence[tuple[str, str, int]]
    extracts: Sequence[Extract]
    backups: Sequence[BackupEvent]
    notes: Sequence[JournalNote]
    sign_ins: int
    failures: int


def journal(by: Actor, day: date, *, on: date) -> Journal:
    """The 運用日誌 of a business day. Needs `order.read`. `on`: the business date in force; what carries only the moment of the clock
    (records, backups, extracts) is of that day when it happened today, even where the business date stands still."""
    by.require("order.read")
    begin = midnight(now().astimezone(JAPAN).date() if day == on else day)
    of_day = {"at__gte": begin, "at__lt": begin + timedelta(days=1)}
    end = begin + timedelta(days=1)
    happened = Q(ordered_at__gte=begin, ordered_at__lt=end) | Q(ended_at__gte=begin, ended_at__lt=end)
    runs = list(BatchRun.objects.filter(Q(business_date=day) | happened).order_by("pk"))
    ordered = {tie.run_id: tie for tie in OrderedRun.objects.select_related("order").filter(run__in=runs)}
    records = AuditRecord.objects.filter(**of_day)
    operations = [
        (row["function"], row["operation"], row["n"])
        for row in records.filter(operation__in=("run", "export", "receive", "remove")).values("function",
        "operation").annotate(n=Count("pk")).order_by("function")
    ]
    figures = records.aggregate(
        sign_ins=Count("pk", filter=Q(operation="login", result="ok")), failures=Count("pk", filter=~Q(result="ok"))
    )
    found = Journal(
        day, runs, frozenset(run.pk for run in runs if run.pk not in ordered and run.ordered_by != MACHINE), ordered, operations,
        list(Extract.objects.filter(run__started_at__gte=begin, run__started_at__lt=begin + timedelta(days=1)).select_related("medium",
        "run")),
        list(BackupEvent.objects.filter(**of_day).order_by("pk")), list(JournalNote.objects.filter(day=day).order_by("pk")),
        figures["sign_ins"], figures["failures"],
    )  # fmt: skip
    seen(by, "order.journal", row_count=len(runs), detail={"day": day.isoformat()})
    return found

"""Reads of batch runs: the catalogue of kinds, the list, how far a run is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import BatchChunk, BatchRun
from kokuho.core.models.batch import BATCH_KINDS
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    run: BatchRun
    done: int
    total: int
    seconds: float | None
    ordered_name: str = ""

    @property
    def percent(self) -> int:
        """0 to 100; a finished run is 100."""
        if self.run.state == BatchRun.DONE:
            return 100
        return self.done * 100 // self.total if self.total else 0

    @property
    def moving(self) -> bool:
        """True while the page should ask again."""
        return self.run.state in (BatchRun.PREPARED, BatchRun.RUNNING)

    @property
    def remaining(self) -> int | None:
        """Seconds to go at the speed so far; None before anything is known."""
        if not self.done or self.seconds is None or self.run.state != BatchRun.RUNNING:
            return None
        return round(self.seconds / self.done * (self.total - self.done))


# Counted for the rows that are shown only.
_DONE = Coalesce(
    Subquery(
        BatchChunk.objects.filter(run=OuterRef("pk"), done_at__isnull=False)
        .order_by().values("run").annotate(n=Count("pk")).values("n")
    ),
    0,
)  # fmt: skip
RUN_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("title", "件名"),
    Column("state", "状態"),
    Column("progress", "進み"),
    Column("ordered_at", "受付", ("ordered_at",)),
    Column("ended_at", "終了", ("ended_at",)),
    Column("ordered_by", "実行者", ("ordered_by",)),
    Column("business_date", "処理日", ("business_date",)),
)


def batch_runs(by: Actor, params: QueryDict) -> Listing[Progress]:
    """The runs of batches, newest first."""
    by.require("batch.read")
    found = lists.listing(
        params,
        BatchRun.objects.annotate(done=_DONE),
        columns=RUN_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", BatchRun.STATES),
            lists.choice("kind", "種類", "kind", tuple(BATCH_KINDS.items())),
            lists.day("from", "受付日（から）", "ordered_at__date__gte"),
        ),
        order=("-pk",),
        convert=_shown,
    )
    seen(by, "batch.list", row_count=len(found.rows))
    return found


def _shown(rows: Sequence[Any]) -> list[Progress]:
    names = staff_names([row.ordered_by for row in rows])
    return [Progress(row, row.done, row.chunks_total, _seconds(row), names[row.ordered_by]) for row in rows]


def latest_runs(by: Actor, count: int = 8) -> list[Progress]:
    """The newest runs, for the home page."""
    by.require("batch.read")
    rows = BatchRun.objects.annotate(done=_DONE).order_by("-pk")[:count]
    found = [Progress(row, row.done, row.chunks_total, _seconds(row)) for row in rows]  # type: ignore[attr-defined]
    seen(by, "batch.latest", row_count=len(found))
    return found


def progress(by: Actor, run_id: int, *, silent: bool = False) -> Progress:
    """One run and how far it is. `silent`: asked by the page itself again and again, which is no new look at it."""
    by.require("batch.read")
    run = BatchRun.objects.get(pk=run_id)
    done = BatchChunk.objects.filter(run=run, done_at__isnull=False).count()
    if not silent:
        seen(by, "batch.run", row_count=1, detail={"run": run_id})
    return Progress(run, done, run.chunks_total, _seconds(run))


def _seconds(run: BatchRun) -> float | None:
    if run.started_at is None:
        return None
    return ((run.ended_at or datetime.now(UTC)) - run.started_at).total_seconds()

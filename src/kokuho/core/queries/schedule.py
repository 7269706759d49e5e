"""Reads of scheduled work: what runs when, what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from kokuho.core import schedule
from kokuho.core.access import Actor
from kokuho.core.models import ScheduledRun
from kokuho.core.reads import seen
from kokuho.core.schedule import Planned


def scheduled(by: Actor) -> list[Planned]:
    """Every scheduled work with its time and last run."""
    by.require("batch.read")
    found = schedule.planned()
    seen(by, "schedule.list", row_count=len(found))
    return found


def scheduled_runs(by: Actor, *, count: int = 60) -> Sequence[ScheduledRun]:
    """The newest runs of all works."""
    by.require("batch.read")
    return list(ScheduledRun.objects.order_by("-started_at", "-pk")[:count])

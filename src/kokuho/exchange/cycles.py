"""Which files of the federation should have come by now and have not (FED-06)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db.models import Max, Q

from kokuho.core import parameters, reads
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN
from kokuho.core.models import Holiday
from kokuho.exchange.models import InboxFile
from kokuho.formats import layout

# Who tells of changes of the register and of taxes, and how the office calls them.
TELLING = {"juki": "住民記録", "zei": "税務"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The newest that came of a layout from a neighbour: its business date, and when it was taken over."""

    neighbour: str
    layout: str
    last_on: date
    finished_at: datetime | None


def arrivals() -> list[Arrival]:
    """What came last of all that should come again and again; a page asks once. Asks for no right: its readers do."""

    def ask() -> list[Arrival]:
        expected = Q(neighbour__in=TELLING) | Q(layout__in=[cycle["layout"] for cycle in cycles()])
        rows = InboxFile.objects.filter(expected, state=InboxFile.APPLIED).values_list("neighbour", "layout")
        return [Arrival(*row) for row in rows.annotate(Max("business_date"), Max("finished_at"))]

    return reads.once("exchange.arrivals", ask)


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that should have come: its layout, the newest that came, the day or month (its first day) whose file is missing."""

    layout: str
    title: str
    last_on: date
    due: date


@cache
def cycles() -> tuple[dict[str, Any], ...]:
    """`exchange/data/cycles.yaml`."""
    loaded = yaml.safe_load(files("kokuho.exchange").joinpath("data", "cycles.yaml").read_text("utf-8"))
    return tuple(loaded["cycles"])


def missing(by: Actor, *, at: datetime) -> list[Missing]:
    """The files that are overdue at a moment, by layout. A layout that never came belongs to somebody who is not connected yet.
    Needs `exchange.read`."""
    by.require("exchange.read")
    known = {cycle["layout"]: cycle for cycle in cycles()}
    found = []
    for code, last in sorted((one.layout, one.last_on) for one in arrivals() if one.layout in known):
        due = _due(known[code], at.astimezone(JAPAN))
        if last < due:
            found.append(Missing(code, layout(code).title, last, due))
    return found


def _due(cycle: dict[str, Any], at: datetime) -> date:
    """The day since which there should be a file."""
    today = at.date()
    if cycle["every"] == "month":
        first = today.replace(day=1)
        return first if today.day > cycle["by"] else (first - timedelta(days=1)).replace(day=1)
    day = today if at.hour >= parameters.value("fed.alarm_hour") else today - timedelta(days=1)
    closed = set(Holiday.objects.filter(on__range=(day - timedelta(days=31), day)).values_list("on", flat=True))
    while day.weekday() >= 5 or day in closed:
        day -= timedelta(days=1)
    return day

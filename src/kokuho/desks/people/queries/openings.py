"""The report of accesses to protected persons, day by day, for the head of the unit (DV-02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN
from kokuho.core.models import AuditRecord
from kokuho.core.reads import seen

FUNCTION = "people.protected"
OPERATIONS = {"open": "理由を入力して開いた", "cancel": "開かずに戻った"}


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody met the alert of a protected person: when, who, whose, why, and whether it was opened."""

    at: datetime
    staff_no: str
    staff_name: str
    terminal: str
    persons: tuple[int, ...]
    outcome: str
    opened: bool
    reason: str


def openings(by: Actor, *, on: date) -> Sequence[Opening]:
    """All of a day in the reader's unit, in the order of time. Names of the protected are not in it."""
    by.require("protected.report")
    start = datetime.combine(on, time(), JAPAN)
    found = AuditRecord.objects.filter(
        function=FUNCTION, operation__in=OPERATIONS, unit=by.unit, at__gte=start, at__lt=start + timedelta(days=1)
    ).order_by("at", "pk")
    rows = [
        Opening(
            row.at, row.staff_no, row.staff_name, row.terminal, tuple(row.persons), OPERATIONS[row.operation],
            row.operation == "open", row.reason,
        )
        for row in found
    ]  # fmt: skip
    seen(
        by,
        "people.openings",
        persons=[n for row in rows for n in row.persons],
        row_count=len(rows),
        detail={"day": on.isoformat()},
    )
    return rows

"""Looking into the operation record: search and trace, samples for matching with paper, inspections, marks (LOG-05 … 07).

Everything here needs `audit.read` and leaves a record itself: reading the log is an operation like any other.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from kokuho.core import audit, parameters, seals
from kokuho.core.access import Actor
from kokuho.core.analysis import CASE_KEYS
from kokuho.core.clock import midnight, months_later
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditMark, AuditRecord, Inspection, MarkDisposition, WriteRecord
from kokuho.core.reads import seen


class InspectionError(CodedError):
    """Refused. `code` is stable; the message is for the screen."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What to look for; empty means any. Days are inclusive, in Japan. `function` is the beginning of its name."""

    atena_no: int | None = None
    staff_no: str = ""
    terminal: str = ""
    function: str = ""
    operation: str = ""
    since: date | None = None
    until: date | None = None

    def given(self) -> dict[str, Any]:
        """The criteria that are set, for the record of the search."""
        pairs = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in pairs if value}


@dataclass(frozen=True, slots=True)
class Trace:
    """Records and writes in order of time, whether there are more than the limit, and all persons concerned."""

    records: tuple[AuditRecord, ...]
    writes: tuple[WriteRecord, ...]
    total: int
    persons: tuple[int, ...]


def trace(by: Actor, criteria: Criteria, *, limit: int = 1000) -> Trace:
    """ "Who saw this resident" and "what did this user do" (追跡調査), with the persons affected, counted once (OPS-05).

    Writes are by statement and name no person: they are part of the answer when no person is asked for. `persons` and
    `total` are over everything found, not only over the first `limit` records.
    """
    by.require("audit.read")
    rows = _chosen(AuditRecord.objects.all(), criteria)
    if criteria.atena_no is not None:
        rows = rows.filter(persons__contains=[criteria.atena_no])
    if criteria.operation:
        rows = rows.filter(operation=criteria.operation)
    writes: Sequence[WriteRecord] = ()
    if criteria.atena_no is None and not criteria.operation:
        writes = list(_chosen(WriteRecord.objects.all(), criteria).order_by("at", "pk")[:limit])
    records, total = list(rows.order_by("at", "pk")[:limit]), rows.count()
    persons: set[int] = set()
    for touched in rows.exclude(persons=[]).values_list("persons", flat=True).iterator(chunk_size=5000):
        persons.update(touched)
    seen(by, "audit.trace", operation="search", row_count=total, detail={"criteria": criteria.given()})
    return Trace(tuple(records), tuple(writes), total, tuple(sorted(persons)))


def _chosen(rows: QuerySet[Any], criteria: Criteria) -> QuerySet[Any]:
    if criteria.staff_no:
        rows = rows.filter(staff_no=criteria.staff_no)
    if criteria.terminal:
        rows = rows.filter(terminal=criteria.terminal)
    if criteria.function:
        rows = rows.filter(function__startswith=criteria.function)
    if criteria.since:
        rows = rows.filter(at__gte=midnight(criteria.since))
    if criteria.until:
        rows = rows.filter(at__lt=midnight(criteria.until) + timedelta(days=1))
    return rows


@dataclass(frozen=True, slots=True)
class Sampled:
    """An access to match with paper: `case` is the number to look for, empty when there is none."""

    record: AuditRecord
    case: str


def sample(by: Actor, *, since: date, until: date, size: int, seed: int | None = None) -> tuple[int, list[Sampled]]:
    """A random sample of accesses to residents in a period, for matching with 受付票・申請書. Returns the seed and the sample.

    The same seed draws the same sample again while the period's records stand. Raises `InspectionError` for a size below 1.
    """
    by.require("audit.read")
    if size < 1:
        raise InspectionError("LOG-05-SIZE", "標本の数は1以上にしてください。")
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    rows = _chosen(AuditRecord.objects.exclude(persons=[]).filter(result="ok"), Criteria(since=since, until=until))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    drawn = random.Random(seed).sample(ids, min(size, len(ids)))
    found = [Sampled(row, _case(row.detail)) for row in AuditRecord.objects.filter(pk__in=drawn).order_by("at", "pk")]
    seen(
        by, "audit.sample", operation="search", row_count=len(found),
        detail={"since": since.isoformat(), "until": until.isoformat(), "size": size, "seed": seed, "of": len(ids)},
    )  # fmt: skip
    return seed, found


def _case(detail: dict[str, Any]) -> str:
    return " ".join(f"{key}:{detail[key]}" for key in sorted(CASE_KEYS) if key in detail)


# --- inspections --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the next inspection is due and what waits. `due_on` is the last day on which it is in time."""

    last: Inspection | None
    due_on: date
    overdue: bool
    open_marks: int
    escalated: tuple[AuditMark, ...]


def schedule(by: Actor, *, on: date) -> Schedule:
    """The state of inspections on a day (LOG-06). Marks that waited too long are to be shown to the head of the unit."""
    by.require("audit.read")
    last = Inspection.objects.order_by("-period_until", "-pk").first()
    begin = last.inspected_on if last else seals.first_day() or on
    due_on = months_later(begin, parameters.value("log.inspection_months"))
    waiting = AuditMark.objects.filter(disposition__isnull=True)
    overdue = Q(day__lt=on - timedelta(days=parameters.value("log.disposition_days")))
    figures = waiting.aggregate(open=Count("pk"), late=Count("pk", filter=overdue))
    # The records behind a mark may be thousands; here it counts that there is one.
    late = waiting.defer("records", "detail").filter(overdue).order_by("day", "pk") if figures["late"] else ()
    found = Schedule(last, due_on, on > due_on, figures["open"], tuple(late))
    seen(by, "audit.schedule", row_count=1)
    return found


def inspections(by: Actor, *, since: date, until: date) -> list[Inspection]:
    """The inspections carried out in a period, in order."""
    by.require("audit.read")
    found = list(Inspection.objects.filter(inspected_on__range=(since, until)).order_by("inspected_on", "pk"))
    seen(by, "audit.inspections", row_count=len(found))
    return found


@transaction.atomic
def inspect(
    *, by: Actor, on: date, period_from: date, period_until: date, sample_size: int, matched: int, findings: str,
    follow_up: str = "",
) -> Inspection:  # fmt: skip
    """Record an inspection that was carried out. Raises `InspectionError` without sample or findings, or when accesses that
    did not match paper have no follow-up."""
    by.require("audit.inspect")
    if not findings.strip():
        raise InspectionError("LOG-06-FINDINGS", "点検の結果を入力してください。異常がなければその旨を書きます。")
    if sample_size < 1:
        raise InspectionError("LOG-06-SAMPLE", "標本の数を入力してください。")
    if not 0 <= matched <= sample_size:
        raise InspectionError("LOG-06-MATCHED", "一致した数は標本の数を超えられません。")
    if period_until < period_from or period_until > on:
        raise InspectionError("LOG-06-PERIOD", "対象期間が正しくありません。")
    if matched < sample_size and not follow_up.strip():
        raise InspectionError("LOG-06-FOLLOW-UP", "書面と一致しないものがあります。措置を入力してください。")
    made = Inspection.objects.create(
        period_from=period_from, period_until=period_until, inspected_on=on, inspected_by=by.staff_no,
        sample_size=sample_size, matched=matched, findings=findings.strip(), follow_up=follow_up.strip(),
    )  # fmt: skip
    audit.record(by, function="audit.inspect", operation="update", row_count=1, detail={"inspection": made.pk})
    return made


# --- marks --------------------------------------------------------------------------------------------------------------


def marks(by: Actor, *, since: date | None = None, waiting: bool = True) -> list[AuditMark]:
    """The marks of the daily analysis, by default those that wait for a disposition."""
    by.require("audit.read")
    rows = AuditMark.objects.select_related("disposition").order_by("day", "rule", "staff_no")
    chosen = rows.filter((Q(disposition__isnull=True) if waiting else Q()) & (Q(day__gte=since) if since else Q()))
    found = list(chosen)
    seen(by, "audit.marks", row_count=len(found))
    return found


def mark(by: Actor, mark_id: int) -> AuditMark | None:
    """One mark, or None."""
    by.require("audit.read")
    found = AuditMark.objects.select_related("disposition").filter(pk=mark_id).first()
    seen(by, "audit.mark", row_count=int(found is not None), detail={"mark": mark_id})
    return found


@transaction.atomic
def dispose(*, by: Actor, mark_id: int, outcome: str, reason: str) -> MarkDisposition:
    """Decide about a mark. Refused for the marked person, for a second decision and without a reason."""
    by.require("audit.inspect")
    mark = AuditMark.objects.filter(pk=mark_id).first()
    if mark is None:
        raise InspectionError("LOG-07-UNKNOWN", f"印 {mark_id} はありません。")
    if by.is_person(mark.staff_no):
        audit.record(by, function="audit.dispose", operation="refuse", result="refused", detail={"mark": mark_id})
        raise InspectionError("LOG-07-SELF", "自分に付いた印は処理できません。別の職員が判断してください。")
    if outcome not in dict(MarkDisposition.OUTCOMES) or not reason.strip():
        raise InspectionError("LOG-07-REASON", "判断と理由を入力してください。")
    if MarkDisposition.objects.filter(mark=mark).exists():
        raise InspectionError("LOG-07-DONE", "この印は既に処理されています。")
    made = MarkDisposition.objects.create(
        mark=mark, staff_no=mark.staff_no, outcome=outcome, reason=reason.strip(), decided_by=by.staff_no
    )
    audit.record(by, function="audit.dispose", operation="update", row_count=1, detail={"mark": mark_id, "outcome": outcome})
    return made

"""漏えい等の事案: who is affected, by which scopes; deadlines; what was done. An open one keeps its records from being purged (OPS-05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from kokuho.core import audit, conduct
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditRecord, Extract, Incident, IncidentScope, IncidentStep, MediumLine
from kokuho.core.reads import seen


class IncidentError(CodedError):
    """Refused. `code` is stable."""


@transaction.atomic
def open_(
    *, by: Actor, title: str, about: str, known_at: datetime, since: datetime, until: datetime, deliberate: bool = False
) -> Incident:
    """Enter a suspected incident; from now on the records of its period stay. Needs `incident.manage`. `IncidentError` OPS-05-ENTRY."""
    by.require("incident.manage")
    if not title.strip() or not about.strip() or until <= since:
        raise IncidentError("OPS-05-ENTRY", "件名と概要を入力し、対象の期間を正しくしてください。")
    made = Incident.objects.create(
        title=title.strip(), about=about.strip(), known_at=known_at, since=since, until=until, deliberate=deliberate, opened_by=by.staff_no
    )
    audit.record(by, function="incident.open", operation="add", row_count=1, detail={"incident": made.pk})
    return made


@transaction.atomic
def add_scope(*, by: Actor, incident_id: int, kind: str, value: str) -> IncidentScope:
    """Add what the persons affected are found by. Needs `incident.manage`. `IncidentError` OPS-05-SCOPE for what does not exist."""
    by.require("incident.manage")
    incident = _open(incident_id)
    value = value.strip()
    exists = {
        "extract": lambda: value.isdigit() and Extract.objects.filter(pk=int(value)).exists(),
        "medium": lambda: MediumLine.objects.filter(medium__code=value).exists(),
        "person": lambda: value.isdigit(),
    }.get(kind, lambda: bool(value))
    if kind not in dict(IncidentScope.KINDS) or not exists():
        raise IncidentError("OPS-05-SCOPE",
            "手がかりの種類と値を確かめてください（抽出の番号、媒体番号、職員番号、端末、機能、宛名番号）。")
    made, _ = IncidentScope.objects.get_or_create(incident=incident, kind=kind, value=value, defaults={"added_by": by.staff_no})
    audit.record(by, function="incident.scope", operation="add", row_count=1, detail={"incident": incident_id, "kind": kind})
    return made


@transaction.atomic
def step(*, by: Actor, on: date, incident_id: int, kind: str, done_on: date, text: str, persons: Sequence[int] = ()) -> IncidentStep:
    """Enter a report, a notice, an announcement or a measure. Needs `incident.manage`. `IncidentError` OPS-05-STEP."""
    by.require("incident.manage")
    incident = _open(incident_id)
    if kind not in dict(IncidentStep.KINDS) or not text.strip() or done_on > on or (kind == "notice" and not persons):
        raise IncidentError("OPS-05-STEP", "内容と説明を入力してください。本人への通知には、通知した人の宛名番号が要ります。")
    made = IncidentStep.objects.create(
        incident=incident, kind=kind, on=done_on, text=text.strip(), persons=sorted(set(persons)), staff_no=by.staff_no
    )
    audit.record(by, function="incident.step", operation="add", persons=made.persons, detail={"incident": incident_id, "kind": kind})
    return made


@transaction.atomic
def close(*, by: Actor, on: date, incident_id: int, conclusion: str) -> Incident:
    """Close an incident: another person than the one who entered it, with a conclusion, after the final report.

    Needs `incident.manage`. `IncidentError`: OPS-05-SELF, OPS-05-CONCLUSION, OPS-05-REPORT without 速報 and 確報.
    """
    by.require("incident.manage")
    incident = _open(incident_id)
    if by.is_person(incident.opened_by):
        raise IncidentError("OPS-05-SELF", "登録した本人は終結できません。別の職員が確認してください。")
    if not conclusion.strip():
        raise IncidentError("OPS-05-CONCLUSION", "結論と再発防止を入力してください。")
    done = set(incident.steps.values_list("kind", flat=True))
    if affected_count(incident) and not {"preliminary", "final"} <= done:
        raise IncidentError("OPS-05-REPORT", "影響を受けた人がいます。速報と確報を記録してから終結してください。")
    incident.state, incident.closed_by, incident.closed_on, incident.conclusion = Incident.CLOSED, by.staff_no, on, conclusion.strip()
    incident.save(update_fields=["state", "closed_by", "closed_on", "conclusion"])
    audit.record(by, function="incident.close", operation="update", row_count=1, detail={"incident": incident_id})
    return incident


def _open(incident_id: int) -> Incident:
    incident = Incident.objects.select_for_update().filter(pk=incident_id, state=Incident.OPEN).first()
    if incident is None:
        raise IncidentError("OPS-05-STATE", "対応中の事案ではありません。")
    return incident


# SHA-256 of files that media carried → the persons in them: told by the rooms above that make such files.
Telling = Callable[[Collection[str]], Iterable[int]]
_TELLING: list[Telling] = []


def tells(tell: Telling) -> None:
    """A room says how the persons of its files are found by the files' hashes. Saying so twice is once."""
    if tell not in _TELLING:
        _TELLING.append(tell)


@dataclass(frozen=True, slots=True)
class Deadline:
    """What has to be reported until when, and whether it was."""

    kind: str
    title: str
    due_on: date
    done_on: date | None
    late: bool


def deadlines(incident: Incident, *, on: date) -> list[Deadline]:
    """速報 and 確報, counted from the day on which the office knew."""
    known = incident.known_at.astimezone(JAPAN).date()
    rule = conduct.raw()["incident"]
    final = rule["final_days_deliberate"] if incident.deliberate else rule["final_days"]
    done = {s.kind: s.on for s in incident.steps.order_by("-on")}
    found = []
    for kind, title, days in (("preliminary", "速報", rule["preliminary_days"]), ("final", "確報", final)):
        due_on = known + timedelta(days=days)
        at = done.get(kind)
        found.append(Deadline(kind, title, due_on, at, (at or on) > due_on))
    return found


@dataclass(frozen=True, slots=True)
class Affected:
    """Who is affected: each person once, with how many records by which scope; how many were notified."""

    persons: tuple[int, ...]
    by_scope: Sequence[tuple[IncidentScope, int]]
    functions: Sequence[tuple[str, int]]
    staff: Sequence[tuple[str, int]]
    notified: int


def affected(by: Actor, incident_id: int) -> Affected:
    """The persons affected by an incident, from the records of its period, its extracts and its media. Needs `incident.read`.
    Raises Incident.DoesNotExist."""
    by.require("incident.read")
    incident = Incident.objects.get(pk=incident_id)
    found = _affected(incident)
    seen(by, "incident.affected", persons=found.persons, detail={"incident": incident_id})
    return found


def affected_count(incident: Incident) -> int:
    """How many persons are affected."""
    return len(_affected(incident).persons)


def _affected(incident: Incident) -> Affected:
    persons: set[int] = set()
    by_scope, functions, staff = [], Counter[str](), Counter[str]()
    for scope in incident.scopes.order_by("pk"):
        mine: set[int] = set()
        if scope.kind == "person":
            mine.add(int(scope.value))
        for touched, function, staff_no in _records(incident, scope).values_list("persons", "function",
            "staff_no").iterator(chunk_size=2000):
            mine.update(touched)
            functions[function] += 1
            staff[staff_no] += 1
        if scope.kind == "medium":
            digests = [line.sha256 for line in _on_medium(incident, scope.value) if line.extract_id is None]
            for tell in _TELLING:
                mine.update(tell(digests))
        by_scope.append((scope, len(mine)))
        persons |= mine
    notified: set[int] = set()
    for told in incident.steps.filter(kind="notice").values_list("persons", flat=True):
        notified.update(told)
    return Affected(
        tuple(sorted(persons)), by_scope, functions.most_common(20), staff.most_common(20), len(notified & persons)
    )


def _records(incident: Incident, scope: IncidentScope) -> QuerySet[AuditRecord]:
    """The records of a scope. A file and a medium count whenever they were written; the rest counts within the period."""
    rows = AuditRecord.objects.exclude(persons=[])
    if scope.kind in ("extract", "medium"):
        held = [] if scope.kind == "extract" else [line.extract_id for line in _on_medium(incident, scope.value) if line.extract_id]
        numbers = [int(scope.value)] if scope.kind == "extract" else held
        return rows.filter(function="extract.run", operation="export", result="ok", detail__extract__in=numbers)
    within = Q(at__gte=incident.since, at__lt=incident.until)
    choice = {"staff": Q(staff_no=scope.value), "terminal": Q(terminal=scope.value), "function": Q(function__startswith=scope.value)}
    return rows.filter(within, choice[scope.kind]) if scope.kind in choice else rows.none()


def _on_medium(incident: Incident, code: str) -> list[MediumLine]:
    """The writings that a medium held at some time of the period: written before its end and not erased before its begin."""
    held: list[MediumLine] = []
    for line in MediumLine.objects.filter(medium__code=code, kind__in=(MediumLine.WRITE, MediumLine.ERASE)).order_by("pk"):
        if line.kind == MediumLine.WRITE and line.at < incident.until:
            held.append(line)
        elif line.kind == MediumLine.ERASE and held and line.at < incident.since:
            held.pop()  # a medium holds one writing at a time
    return held


def incidents(by: Actor) -> Sequence[Incident]:
    """All incidents, the open ones first. Needs `incident.read`."""
    by.require("incident.read")
    found = list(Incident.objects.order_by("-state", "-pk")[:200])
    seen(by, "incident.list", row_count=len(found))
    return found


def open_incidents(by: Actor) -> QuerySet[Incident]:
    """The incidents that are open, to be counted. Needs `incident.read`."""
    by.require("incident.read")
    return Incident.objects.filter(state=Incident.OPEN)


def incident(by: Actor, incident_id: int) -> tuple[Incident, Sequence[IncidentStep]]:
    """One incident with what was done. Needs `incident.read`. Raises Incident.DoesNotExist."""
    by.require("incident.read")
    found = Incident.objects.get(pk=incident_id)
    seen(by, "incident", row_count=1, detail={"incident": incident_id})
    return found, list(found.steps.order_by("on", "pk"))

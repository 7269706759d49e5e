"""The registers that prove conduct: self-inspections, audits, training, attestations, inquiries (OPS-02 … -04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Max, Q
from django.http import QueryDict

from kokuho.core import audit, parameters
from kokuho.core.access import Actor
from kokuho.core.clock import months_later
from kokuho.core.coded import CodedError
from kokuho.core.models import ConductRecord, Grant, Staff
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists, sheet
from kokuho.core.screens.lists import Column, Filter, Listing

SECURITY_ROLES = ("security", "inspection")


class ConductError(CodedError):
    """Refused. `code` is stable."""


@cache
def raw() -> dict[str, Any]:
    """`core/data/conduct.yaml`."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "conduct.yaml").read_text("utf-8"))
    return loaded


def topics(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The topics of a register by their code."""
    found: dict[str, dict[str, Any]] = raw()["topics"].get(kind, {})
    return found


def title(kind: str, topic: str) -> str:
    """A topic in words."""
    return str(topics(kind).get(topic, {}).get("title", topic))


def interval(kind: str, topic: str) -> int:
    """Months until it is due again; 0: never."""
    if kind == ConductRecord.SELF:
        return int(parameters.value("ops.self_inspection_months"))
    return int(topics(kind).get(topic, {}).get("interval_months", 0))


@transaction.atomic
def record(
    *, by: Actor, on: date, kind: str, topic: str, done_on: date, result: str, follow_up: str = "", staff_no: str = "",
    next_due: date | None = None,
) -> ConductRecord:  # fmt: skip
    """Enter what was carried out. Needs `conduct.write`. The next date follows from the topic unless it is given.

    Raises `ConductError`: OPS-02-RESULT without result, OPS-02-TOPIC unknown, OPS-02-DATE in the future, OPS-03-STAFF training of
    nobody known.
    """
    by.require("conduct.write")
    if topic not in topics(kind):
        raise ConductError("OPS-02-TOPIC", "項目を選んでください。")
    if not result.strip():
        raise ConductError("OPS-02-RESULT", "結果を入力してください。結果のない登録はできません。")
    if done_on > on:
        raise ConductError("OPS-02-DATE", "実施日が先の日です。")
    if kind == ConductRecord.TRAINING and not Staff.objects.filter(staff_no=staff_no.strip()).exists():
        raise ConductError("OPS-03-STAFF", "研修を受けた職員の職員番号を確かめてください。")
    months = interval(kind, topic)
    made = ConductRecord.objects.create(
        kind=kind, topic=topic, on=done_on, staff_no=staff_no.strip(), result=result.strip(), follow_up=follow_up.strip(),
        next_due=next_due or (months_later(done_on, months) if months else None), recorded_by=by.staff_no,
    )  # fmt: skip
    audit.record(by, function=f"conduct.{kind}", operation="add", row_count=1, detail={"record": made.pk, "topic": topic})
    return made


@dataclass(frozen=True, slots=True)
class Due:
    """A topic with its last record and the day on which it is due again; overdue when it never was or the day has passed."""

    kind: str
    topic: str
    title: str
    last_on: date | None
    due_on: date | None
    overdue: bool


def schedule(by: Actor, *, on: date) -> list[Due]:
    """Everything that comes round again, the overdue first. Needs `conduct.read`."""
    by.require("conduct.read")
    found = due(on)
    seen(by, "conduct.schedule", row_count=len(found))
    return found


def due(on: date) -> list[Due]:
    """As `schedule`, for the checks that have asked for their own right. Training is due by person: see `lacking`."""
    last = {
        (row["kind"], row["topic"]): (row["last_on"], row["due_on"])
        for row in ConductRecord.objects.exclude(kind=ConductRecord.TRAINING).values("kind", "topic").annotate(
            last_on=Max("on"), due_on=Max("next_due")
        )
    }  # fmt: skip
    found = []
    for kind in (ConductRecord.SELF, ConductRecord.AUDIT, ConductRecord.ATTESTATION):
        for topic in topics(kind):
            done, next_due = last.get((kind, topic), (None, None))
            found.append(Due(kind, topic, title(kind, topic), done, next_due, next_due is None or next_due < on))
    return sorted(found, key=lambda d: (not d.overdue, d.due_on or date.min))


@dataclass(frozen=True, slots=True)
class Lack:
    """A person with rights in force who has not had a training that is due."""

    staff_no: str
    name: str
    topic: str
    title: str
    last_on: date | None


def lacking(by: Actor, *, on: date) -> list[Lack]:
    """Who lacks which training on a day. Needs `conduct.read`."""
    by.require("conduct.read")
    found = lacks(on)
    seen(by, "conduct.lacking", row_count=len(found))
    return found


def lacks(on: date, staff_no: str = "") -> list[Lack]:
    """As `lacking`; for one member of staff also when the rights that they had are over."""
    in_force = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
    granted = Grant.objects.filter(Q(staff__staff_no=staff_no) if staff_no else in_force & Q(staff__is_active=True)).select_related("staff")
    roles: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for grant in granted:
        roles.setdefault(grant.staff.staff_no, set()).add(grant.role)
        names[grant.staff.staff_no] = grant.staff.name
    last = {
        (row["staff_no"], row["topic"]): (row["last_on"], row["due_on"])
        for row in ConductRecord.objects.filter(kind=ConductRecord.TRAINING, staff_no__in=roles).values("staff_no", "topic").annotate(
            last_on=Max("on"), due_on=Max("next_due")
        )
    }  # fmt: skip
    found = []
    for number in sorted(roles):
        for topic, entry in topics(ConductRecord.TRAINING).items():
            if entry.get("who") == "security" and roles[number].isdisjoint(SECURITY_ROLES):
                continue
            done, next_due = last.get((number, topic), (None, None))
            if next_due is None or next_due < on:
                found.append(Lack(number, names[number], topic, entry["title"], done))
    return found


def training_blocks(staff_no: str, *, on: date) -> list[Lack]:
    """What keeps a person's rights from being renewed (OPS-03): the trainings that are due, when `ops.training_blocks_rights` says so."""
    return lacks(on, staff_no) if parameters.value("ops.training_blocks_rights") else []


RECORD_COLUMNS = (
    Column("on", "実施日", ("on", "pk")),
    Column("kind", "種類", ("kind", "topic", "on")),
    Column("topic", "項目"),
    Column("staff", "職員", ("staff_no", "on")),
    Column("result", "結果"),
    Column("follow_up", "措置"),
    Column("next_due", "次の期限"),
    Column("recorded_by", "登録者"),
)


def records(by: Actor, params: QueryDict) -> Listing[Any]:
    """What was entered, newest first, as rows of cells. Needs `conduct.read`."""
    by.require("conduct.read")

    def convert(rows: Sequence[ConductRecord]) -> list[Sequence[sheet.Cell]]:
        names = staff_names([number for row in rows for number in (row.staff_no, row.recorded_by)])
        return [
            sheet.row(
                row.on, row.get_kind_display(), title(row.kind, row.topic), names[row.staff_no] if row.staff_no else None, row.result,
                row.follow_up, row.next_due, names[row.recorded_by],
            )
            for row in rows
        ]  # fmt: skip

    found = lists.listing(
        params,
        ConductRecord.objects.all(),
        columns=RECORD_COLUMNS,
        filters=(
            lists.choice("kind", "種類", "kind", ConductRecord.KINDS),
            Filter("staff", "職員番号", lambda rows, value: rows.filter(staff_no=value)),
            lists.day("from", "実施日（から）", "on__gte"), lists.day("to", "実施日（まで）", "on__lte"),
        ),
        order=("-on", "-pk"),
        convert=convert,
    )  # fmt: skip
    seen(by, "conduct.records", row_count=len(found.rows))
    return found

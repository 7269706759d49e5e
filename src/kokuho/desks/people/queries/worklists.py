"""Work lists of the people desk: changes to follow up, documents kept out of the mail, protections to renew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.actions.events import plan
from kokuho.desks.people.models import BELIEVED, ChangeTask, PersonChange, Protection, PulledDocument
from kokuho.desks.people.queries.persons import PersonView, persons

RENEWAL_DAYS = 30
"""How many days before its end a 支援措置 comes on the renewal list; after the end it stays there (DV-01)."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What a module still has to do about a change, with names in words."""

    task: ChangeTask
    change: PersonChange
    kind_label: str
    module_label: str
    person: PersonView | None
    done_name: str


@dataclass(frozen=True, slots=True)
class PulledRow:
    """A document kept out of the mail."""

    pulled: PulledDocument
    person: PersonView | None
    done_name: str
    run: str  # what the run printed, as it was ordered


@dataclass(frozen=True, slots=True)
class ProtectionRow:
    """A protection with how long it still runs; `days` is negative when its day has passed."""

    protection: Protection
    person: PersonView | None
    days: int


def _modules_of(by: Actor) -> dict[str, str]:
    """The modules whose tasks this person sees."""
    return {code: entry["label"] for code, entry in plan()["modules"].items() if by.may(entry["capability"])}


def _state(rows: QuerySet[ChangeTask], value: str) -> QuerySet[ChangeTask]:
    return rows if value == "all" else rows.filter(done_at__isnull=value == "open")


def _pulled_state(rows: QuerySet[PulledDocument], value: str) -> QuerySet[PulledDocument]:
    return rows if value == "all" else rows.filter(outcome="") if value == "open" else rows.exclude(outcome="")


_STATES = (("open", "未処理"), ("done", "処理済み"))


def tasks(by: Actor, params: QueryDict, *, on: date) -> Listing[TaskRow]:
    """What the reader's modules still have to do about changes, oldest first (ATENA-11)."""
    by.require("person.read")
    modules = _modules_of(by)
    kinds = [(code, entry["label"]) for code, entry in plan()["kinds"].items()]

    def convert(found: Sequence[ChangeTask]) -> list[TaskRow]:
        who = persons(by, [task.change.atena_no for task in found], on=on)
        names = staff_names(task.done_by for task in found)
        return [_task_row(task, who.get(task.change.atena_no), names[task.done_by]) for task in found]

    shown = lists.listing(
        params,
        ChangeTask.objects.filter(module__in=list(modules)).select_related("change"),
        columns=(
            Column("id", "番号", ("pk",), numeric=True), Column("on", "異動日", ("effective_on",)),
            Column("kind", "異動"), Column("person", "対象"), Column("module", "業務", ("module",)), Column("todo", "すること"),
            Column("state", "状態", ("done_at",)),
        ),
        filters=(
            lists.Filter("state", "状態", _state, _STATES, "choice", default="open"),
            lists.choice("module", "業務", "module", list(modules.items())),
            lists.choice("kind", "異動", "kind", kinds),
            lists.number("person", "宛名番号", "change__atena_no"),
        ),
        order=("pk",),
        convert=convert,
        keys_first=True,
    )  # fmt: skip
    seen(by, "people.tasks", persons=[row.change.atena_no for row in shown.rows], row_count=len(shown.rows))
    return shown


def _task_row(task: ChangeTask, person: PersonView | None, done_name: str) -> TaskRow:
    labels = plan()
    return TaskRow(
        task,
        task.change,
        labels["kinds"][task.change.kind]["label"],
        labels["modules"][task.module]["label"],
        person,
        done_name,
    )


def task(by: Actor, task_id: int, *, on: date) -> TaskRow:
    """One task of the reader's modules. Raises ChangeTask.DoesNotExist."""
    by.require("person.read")
    found = ChangeTask.objects.select_related("change").get(pk=task_id, module__in=list(_modules_of(by)))
    who = persons(by, [found.change.atena_no], on=on)
    return _task_row(found, who.get(found.change.atena_no), staff_names([found.done_by])[found.done_by])


def tasks_waiting(by: Actor) -> QuerySet[ChangeTask]:
    """The open tasks of the reader's modules, to be counted."""
    by.require("person.read")
    return ChangeTask.objects.filter(module__in=list(_modules_of(by)), done_at__isnull=True)


def pulled(by: Actor, params: QueryDict, *, on: date) -> Listing[PulledRow]:
    """Documents kept out of the mail, those to see to first."""
    by.require("person.read")

    def convert(found: Sequence[PulledDocument]) -> list[PulledRow]:
        who = persons(by, [row.atena_no for row in found], on=on)
        names, runs = staff_names(row.done_by for row in found), _titles(row.batch_id for row in found)
        return [PulledRow(row, who.get(row.atena_no), names[row.done_by], runs.get(row.batch_id, "")) for row in found]

    shown = lists.listing(
        params,
        PulledDocument.objects.all(),
        columns=(
            Column("id", "番号", ("pk",), numeric=True), Column("on", "引抜の日", ("pulled_on",)),
            Column("run", "印刷"), Column("number", "文書番号", ("number",)),
            Column("person", "対象"), Column("reason", "理由", ("reason",)), Column("outcome", "処置", ("outcome",)),
        ),
        filters=(
            lists.Filter("state", "状態", _pulled_state, _STATES, "choice", default="open"),
            lists.choice("reason", "理由", "reason", PulledDocument.REASONS),
            lists.number("person", "宛名番号", "atena_no"),
        ),
        order=("-pulled_on", "pk"),
        convert=convert,
    )  # fmt: skip
    seen(by, "people.pulled", persons=[row.pulled.atena_no for row in shown.rows], row_count=len(shown.rows))
    return shown


def pulled_document(by: Actor, pulled_id: int, *, on: date) -> PulledRow:
    """One document kept out of the mail. Raises PulledDocument.DoesNotExist."""
    by.require("person.read")
    row = PulledDocument.objects.get(pk=pulled_id)
    who = persons(by, [row.atena_no], on=on)
    titles = _titles([row.batch_id])
    return PulledRow(row, who.get(row.atena_no), staff_names([row.done_by])[row.done_by], titles.get(row.batch_id, ""))


def _titles(batch_ids: Iterable[int]) -> dict[int, str]:
    return dict(BatchRun.objects.filter(pk__in=set(batch_ids)).values_list("pk", "title"))


def protections(by: Actor, params: QueryDict, *, on: date) -> Listing[ProtectionRow]:
    """Protections in force, those that end or have ended first: within 30 days of the end, and daily after it (DV-01)."""
    by.require("protected.read")

    def convert(found: Sequence[Protection]) -> list[ProtectionRow]:
        who = persons(by, [row.atena_no for row in found], on=on)
        return [ProtectionRow(row, who.get(row.atena_no), (row.until - on).days) for row in found]

    def due(rows: QuerySet[Protection], value: str) -> QuerySet[Protection]:
        return rows.filter(until__lte=on + timedelta(days=RENEWAL_DAYS)) if value == "due" else rows

    shown = lists.listing(
        params,
        Protection.objects.filter(in_force(on)),
        columns=(
            Column("person", "対象者"), Column("kind", "種別", ("kind",)), Column("since", "登録日", ("valid",)),
            Column("until", "終わり", ("until",)), Column("days", "残り"), Column("main", "主たる申出者", ("main_no",)),
        ),
        filters=(
            lists.Filter("due", "更新", due, (("due", "更新を確かめるもの"),), "choice"),
            lists.number("person", "宛名番号", "atena_no"),
        ),
        order=("until", "pk"),
        convert=convert,
    )  # fmt: skip
    seen(by, "people.protections", persons=[row.protection.atena_no for row in shown.rows], row_count=len(shown.rows))
    return shown


def in_force(on: date) -> Q:
    """Protections that nobody lifted."""
    return BELIEVED & (Q(valid__endswith__isnull=True) | Q(valid__endswith__gt=on))


def renewals_due(by: Actor, *, on: date) -> QuerySet[Protection]:
    """The protections that ask to be renewed or lifted, to be counted."""
    by.require("protected.read")
    return Protection.objects.filter(in_force(on), until__lte=on + timedelta(days=RENEWAL_DAYS))

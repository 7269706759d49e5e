"""宛名異動: each change of what is registered about a person, and what it leaves to the modules (ATENA-11)."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.people.models import ChangeTask, PersonChange


class TaskError(CodedError):
    """A task of a change cannot be closed as asked. `code` is stable."""


@cache
def plan() -> dict[str, Any]:
    """Kinds of change and what each leaves to a module (`people/data/changes.yaml`)."""
    read: dict[str, Any] = yaml.safe_load(
        files("kokuho.desks.people").joinpath("data", "changes.yaml").read_text("utf-8")
    )
    return read


def happened(*, by: Actor, atena_no: int, kind: str, on: date, origin: str) -> PersonChange:
    """Record a change and leave its tasks to the modules. Called inside the action that made the change."""
    entry = plan()["kinds"][kind]
    change = PersonChange.objects.create(
        atena_no=atena_no, kind=kind, effective_on=on, recorded_by=by.staff_no, origin=origin
    )
    ChangeTask.objects.bulk_create(
        ChangeTask(change=change, kind=kind, effective_on=on, module=module, todo=todo)
        for module, todo in entry.items()
        if module != "label"
    )
    return change


@transaction.atomic
def close_task(*, by: Actor, on: date, task_id: int, note: str) -> ChangeTask:
    """Say that a module did what a change left to it. Raises `TaskError` T01 when it is done already, T02 without a note."""
    by.require("person.work")
    task = ChangeTask.objects.select_for_update(of=("self",)).select_related("change").get(pk=task_id)
    by.require(plan()["modules"][task.module]["capability"])
    if task.done_at is not None:
        raise TaskError("T01", "この件は既に処理されています。")
    if not note.strip():
        raise TaskError("T02", "したこと、又は何もしなくてよい理由を入力してください。")
    task.done_by, task.done_at, task.note = by.staff_no, now(), note.strip()
    task.save(update_fields=["done_by", "done_at", "note"])
    audit.record(
        by, function="people.change_task", operation="update", persons=[task.change.atena_no], reason=task.note,
        detail={"task": task.pk, "module": task.module, "on": on.isoformat()},
    )  # fmt: skip
    return task

"""作業指示: a job is asked for, approved by another person, run as ordered and its result confirmed; what ran without shows (LOG-04)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import transaction

from kokuho.core import audit, clock, parameters
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval, BatchRun, JournalNote, OrderedRun, WorkOrder
from kokuho.core.models.batch import BATCH_KINDS

KIND = "work-order"


class OrderError(CodedError):
    """The step is refused. `code` is stable."""


def subject(order: WorkOrder) -> str:
    """How an approval names an order; the trigger of `OrderedRun` looks for it under this name."""
    return f"work-order:{order.pk}"


@transaction.atomic
def request(*, by: Actor, on: date, kind: str, title: str, instruction: str, suitability: str, planned_on: date) -> WorkOrder:
    """Ask for a job. Needs `order.request`. Raises `OrderError` LOG-04-ORDER when something is missing."""
    by.require("order.request")
    if not all(text.strip() for text in (kind, title, instruction, suitability)) or planned_on < on:
        raise OrderError("LOG-04-ORDER", "作業、件名、指示の内容、適否の確認を入力し、予定日を今日以後にしてください。")
    order = WorkOrder.objects.create(
        kind=kind, title=title.strip(), instruction=instruction.strip(), suitability=suitability.strip(), planned_on=planned_on,
        requested_by=by.staff_no,
    )  # fmt: skip
    content = sha256("\n".join((kind, order.title, order.instruction, planned_on.isoformat())).encode()).hexdigest()
    approvals.propose(
        by=by, kind=KIND, subject=subject(order), title=f"作業指示 {order.pk}: {order.title}", content_hash=content, summary={}
    )
    return order


@transaction.atomic
def decide(*, by: Actor, approval_id: int, approve: bool, reason: str = "") -> WorkOrder:
    """Approve or return an order. Needs `order.approve`; refuses who asked for it."""
    by.require("order.approve")
    approval = Approval.objects.get(pk=approval_id, kind=KIND)
    order = WorkOrder.objects.select_for_update().get(pk=int(approval.subject.rpartition(":")[2]))
    approvals.decide(by=by, approval_id=approval_id, approve=approve, reason=reason)
    order.state = WorkOrder.APPROVED if approve else WorkOrder.RETURNED
    order.save(update_fields=["state"])
    return order


@transaction.atomic
def link(*, by: Actor, order_id: int, run_id: int, reason: str) -> OrderedRun:
    """Say that a run was made by an order. Needs `order.request`. A run linked after it was started needs a reason.

    Raises `OrderError` LOG-04-STATE for an order that is not approved or a run of another kind, LOG-04-LINKED for a linked run,
    LOG-04-REASON.
    """
    by.require("order.request")
    order = WorkOrder.objects.select_for_update().filter(pk=order_id, state__in=(WorkOrder.APPROVED, WorkOrder.RUN)).first()
    run = BatchRun.objects.filter(pk=run_id).first()
    if order is None or run is None or run.kind != order.kind:
        raise OrderError("LOG-04-STATE", "承認された作業指示と、同じ種類の実行を選んでください。")
    if OrderedRun.objects.filter(run=run).exists():
        raise OrderError("LOG-04-LINKED", f"実行 {run_id} は既に作業指示に結び付いています。")
    if not reason.strip():
        raise OrderError("LOG-04-REASON", "実行の後に結び付ける理由を入力してください。")
    made = OrderedRun.objects.create(order=order, run=run, linked_by=by.staff_no, reason=reason.strip())
    order.state = WorkOrder.RUN
    order.save(update_fields=["state"])
    audit.record(by, function="order.link", operation="update", row_count=1, reason=reason[:200], detail={"order": order_id, "run": run_id})
    return made


@transaction.atomic
def started(*, by: Actor, run: BatchRun) -> OrderedRun | None:
    """Called when a run is ordered: the oldest approved order of its kind that has not run takes it. None: nobody ordered it, and
    it shows as an exception. Raises `OrderError` LOG-04-REQUIRED, recorded, for a kind that the setting `log.ordered_kinds` lets
    nobody run without an order."""
    waiting = WorkOrder.objects.select_for_update().filter(kind=run.kind, state=WorkOrder.APPROVED).order_by("planned_on", "pk").first()
    if waiting is None:
        if run.kind not in parameters.value("log.ordered_kinds"):
            return None
        audit.record(by, function="order.required", operation="refuse", result="refused", detail={"kind": run.kind})
        raise OrderError(
            "LOG-04-REQUIRED",
            f"「{BATCH_KINDS.get(run.kind, run.kind)}」は、承認された作業指示がないと実行できません。"
            "「安全管理」の「作業指示」で指示し、別の職員の承認を受けてから実行してください。",
        )
    made = OrderedRun.objects.create(order=waiting, run=run, linked_by=by.staff_no)
    waiting.state = WorkOrder.RUN
    waiting.save(update_fields=["state"])
    return made


@transaction.atomic
def confirm(*, by: Actor, order_id: int, result: str) -> WorkOrder:
    """Confirm the result of an order whose runs have ended. Needs `order.approve`; refuses who asked for it and who ran it.

    Raises `OrderError` LOG-04-STATE, LOG-04-SELF, LOG-04-RESULT.
    """
    by.require("order.approve")
    order = WorkOrder.objects.select_for_update().filter(pk=order_id, state=WorkOrder.RUN).first()
    runs = list(order.runs.all()) if order else []
    if order is None or any(run.state in (BatchRun.PREPARED, BatchRun.RUNNING) for run in runs):
        raise OrderError("LOG-04-STATE", "実行が終わった作業指示だけを確認できます。")
    if any(by.is_person(number) for number in {order.requested_by, *(run.ordered_by for run in runs)}):
        raise OrderError("LOG-04-SELF", "指示した者・実行した者は結果を確認できません。別の職員が確認してください。")
    if not result.strip():
        raise OrderError("LOG-04-RESULT", "件数・出力を確かめた結果を入力してください。")
    order.state, order.result, order.confirmed_by, order.confirmed_at = WorkOrder.CONFIRMED, result.strip(), by.staff_no, clock.now()
    order.save(update_fields=["state", "result", "confirmed_by", "confirmed_at"])
    audit.record(by, function="order.confirm", operation="approve", row_count=1, detail={"order": order_id})
    return order


@transaction.atomic
def note(*, by: Actor, on: date, day: date, text: str) -> JournalNote:
    """Write into the 運用日誌 of a day. Needs `order.request`. Raises `OrderError` LOG-04-NOTE without text or for a day to come."""
    by.require("order.request")
    if not text.strip() or day > on:
        raise OrderError("LOG-04-NOTE", "記事を入力してください。先の日には書けません。")
    made = JournalNote.objects.create(day=day, text=text.strip(), staff_no=by.staff_no)
    audit.record(by, function="order.note", operation="add", row_count=1, detail={"day": day.isoformat()})
    return made

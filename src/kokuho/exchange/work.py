"""Working off records that could not be applied."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.exchange.models import WorkContact, WorkItem


class WorkError(CodedError):
    """The item cannot be closed as asked. `code` is stable."""


@transaction.atomic
def decide_work(*, by: Actor, item_id: int, done: bool, reason: str) -> WorkItem:
    """Close an item as worked off (`done`) or as needing nothing. Raises `WorkError` W01 when it is closed already and
    W02 without a reason."""
    by.require("exchange.work")
    item = WorkItem.objects.select_for_update().get(pk=item_id)
    if item.state != WorkItem.OPEN:
        raise WorkError("W01", "この件は既に処理されています。")
    if not reason.strip():
        raise WorkError("W02", "処理の内容又は理由を入力してください。")
    item.state = WorkItem.DONE if done else WorkItem.DISMISSED
    item.decided_by, item.decided_at, item.reason = by.staff_no, now(), reason.strip()
    item.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        by, function="exchange.work", operation="update", persons=[item.atena_no] if item.atena_no else [],
        reason=item.reason, detail={"item": item.pk, "state": item.state},
    )  # fmt: skip
    return item


@transaction.atomic
def note_contact(*, by: Actor, on: date, item_id: int, counterpart: str, text: str) -> WorkContact:
    """Enter what was said with the sender about an open item (FED-04). Raises `WorkError` W01 when it is closed already, W05
    without a counterpart or content."""
    by.require("exchange.work")
    item = WorkItem.objects.select_for_update().get(pk=item_id)
    if item.state != WorkItem.OPEN:
        raise WorkError("W01", "この件は既に処理されています。")
    if not counterpart.strip() or not text.strip():
        raise WorkError("W05", "連絡した相手と内容を入力してください。")
    made = WorkContact.objects.create(
        item=item, on=on, counterpart=counterpart.strip()[:60], text=text.strip()[:400], staff_no=by.staff_no
    )
    audit.record(
        by, function="exchange.contact", operation="update", persons=[item.atena_no] if item.atena_no else [], row_count=1,
        detail={"item": item.pk},
    )  # fmt: skip
    return made

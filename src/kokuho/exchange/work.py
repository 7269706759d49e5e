"""Working off records that could not be applied."""

from __future__ import annotations

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.exchange.models import WorkItem


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

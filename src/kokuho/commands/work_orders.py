"""Work orders of set-ups and measurements: asked for by one of their staff and approved by another, like every other (LOG-04)."""

from __future__ import annotations

from datetime import date
from typing import Any


def ordered(kind: str, title: str, *, ask: Any, approve: Any, on: date) -> None:
    """An approved order for the next run of a kind, unless one waits already."""
    from kokuho.core.actions import orders
    from kokuho.core.models import Approval, WorkOrder

    if WorkOrder.objects.filter(kind=kind, state=WorkOrder.APPROVED).exists():
        return
    order = orders.request(
        by=ask, on=on, kind=kind, title=title, instruction="全件を処理する", suitability="作業スケジュールのとおり", planned_on=on
    )
    approval = Approval.objects.get(subject=orders.subject(order), state=Approval.PENDING)
    orders.decide(by=approve, approval_id=approval.pk, approve=True)

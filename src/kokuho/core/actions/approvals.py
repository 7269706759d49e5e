"""起案 and 決裁: putting something before a second person, and that person's decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval


class ApprovalError(CodedError):
    """The decision is not possible. `code` is stable."""


@transaction.atomic
def propose(
    *, by: Actor, kind: str, subject: str, title: str, content_hash: str, summary: Mapping[str, Any]
) -> Approval:
    """Put a subject before a second person. An older proposal of somebody else that still waits is returned first.

    Raises `ApprovalError` APPROVAL-PENDING while one of the same person waits.
    """
    Approval.objects.filter(subject=subject, state=Approval.PENDING).exclude(entered_by=by.staff_no).update(
        state=Approval.RETURNED, decided_by=by.staff_no, decided_at=now(), reason="新しい起案に置き換え"
    )
    if own := Approval.objects.filter(subject=subject, state=Approval.PENDING).first():
        raise ApprovalError("APPROVAL-PENDING", f"「{own.title}」は既に承認を待っています。")
    approval = Approval.objects.create(
        kind=kind,
        subject=subject,
        title=title,
        content_hash=content_hash,
        summary=dict(summary),
        entered_by=by.staff_no,
    )
    audit.record(
        by, function=f"approval.{kind}", operation="propose", detail={"subject": subject, "approval": approval.pk}
    )
    return approval


@transaction.atomic
def decide(
    *, by: Actor, approval_id: int, approve: bool, reason: str = "", content_hash: str | None = None
) -> Approval:
    """Approve or return. Raises `ApprovalError`: APPROVAL-DONE a second decision, ENTRY-02 by the one who proposed it (recorded),
    APPROVAL-REASON a return without a reason, APPROVAL-CHANGED content that changed since."""
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.state != Approval.PENDING:
        raise ApprovalError("APPROVAL-DONE", "この件は既に決裁されています。")
    if by.is_person(approval.entered_by):
        audit.record(
            by,
            function=f"approval.{approval.kind}",
            operation="approve",
            result="refused",
            detail={"approval": approval.pk},
        )
        raise ApprovalError("ENTRY-02", "起案した本人は承認できません。別の職員が確認してください。")
    if not approve and not reason.strip():
        raise ApprovalError("APPROVAL-REASON", "差し戻すときは理由を入力してください。")
    if approve and content_hash is not None and content_hash != approval.content_hash:
        raise ApprovalError("APPROVAL-CHANGED", "起案の後に内容が変わりました。起案からやり直してください。")
    approval.state = Approval.APPROVED if approve else Approval.RETURNED
    approval.decided_by, approval.decided_at, approval.reason = by.staff_no, now(), reason.strip()
    approval.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(
        by, function=f"approval.{approval.kind}", operation="approve" if approve else "return",
        reason=approval.reason, detail={"subject": approval.subject, "approval": approval.pk},
    )  # fmt: skip
    return approval

"""Batch runs that a second person approves as a whole: how they are put before that person, decided, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.models import Approval, BatchRun


@dataclass(frozen=True, slots=True)
class RunApprovals:
    """The approvals of one kind of run. `hash_of` names the content: what is approved is exactly what is carried out."""

    kind: str
    approval: str
    name: str
    hash_of: Callable[[BatchRun], str]

    def subject(self, run: BatchRun) -> str:
        """How a run is named in approvals."""
        return f"{self.name}:{run.pk}"

    def run_of(self, approval: Approval) -> BatchRun:
        """The run that an approval is about."""
        return BatchRun.objects.get(pk=int(approval.subject.partition(":")[2]), kind=self.kind)

    def propose(self, *, by: Actor, run: BatchRun, summary: Mapping[str, Any]) -> Approval:
        """Put a finished run with its totals before a second person."""
        return approvals.propose(
            by=by, kind=self.approval, subject=self.subject(run), title=run.title, content_hash=self.hash_of(run), summary=summary
        )

    @transaction.atomic
    def decide(self, *, by: Actor, approval: Approval, approve: bool, reason: str) -> tuple[BatchRun, Approval]:
        """The second person's word on a run as a whole. A run that is returned is cancelled; another one may be ordered."""
        run = self.run_of(approval)
        decided = approvals.decide(
            by=by, approval_id=approval.pk, approve=approve, reason=reason, content_hash=self.hash_of(run)
        )
        if not approve:
            _cancelled(run, reason)
        return run, decided

    def standing(self, run: BatchRun) -> Approval | None:
        """The approval that the run has, whatever became of its content since."""
        return Approval.objects.filter(subject=self.subject(run), kind=self.approval, state=Approval.APPROVED).first()

    def approved(self, run: BatchRun) -> bool:
        """Whether the second person has approved exactly this content."""
        found = self.standing(run)
        return found is not None and bool(found.content_hash) and found.content_hash == self.hash_of(run)

    def covers(self, run: BatchRun, content: str) -> bool:
        """Whether this content, counted anew from the rows, is what the second person approved."""
        found = self.standing(run)
        return found is not None and found.content_hash == content

    @transaction.atomic
    def withdraw(self, *, by: Actor, run: BatchRun, reason: str, function: str) -> None:
        """Take a run back that is not approved, with what waits for a decision on it. The caller has asked whether it may."""
        Approval.objects.filter(subject=self.subject(run), state=Approval.PENDING).update(
            state=Approval.RETURNED, reason=reason[:200], decided_at=Now()
        )
        _cancelled(run, reason)
        audit.record(by, function=function, operation="update", reason=reason, detail={"run": run.pk})


def hash_in_results(run: BatchRun) -> str:
    """The content of a run that closes with a hash over what it came to; empty before that."""
    return str(run.results.get("hash", ""))


def _cancelled(run: BatchRun, reason: str) -> None:
    run.state, run.message = BatchRun.CANCELLED, reason[:500]
    run.add()
    run.save(update_fields=["state", "message", "results"])

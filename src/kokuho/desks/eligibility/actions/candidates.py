"""異動整理: a person who did not bring the change in decides it, and the decision becomes an act of eligibility."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.actions.engine import record
from kokuho.desks.eligibility.models import ChangeCandidate
from kokuho.desks.eligibility.plan import Draft


class CandidateError(CodedError):
    """The change cannot be decided as asked; nothing was changed. `code` is stable."""


def decide_candidate(*, by: Actor, on: date, candidate_id: int, apply: bool, reason: str = "") -> ChangeCandidate:
    """Apply the proposed act, or say with a reason that nothing is to be done.

    Raises `CandidateError`: ENTRY-02 when the actor brought the change in, E01 when it is decided already, E04 without a
    reason for dismissing; and `NoticeError` for what the events do not allow (E02 not insured on the day, E03 insured
    already …).
    """
    by.require("eligibility.confirm")
    with transaction.atomic():
        candidate = ChangeCandidate.objects.select_for_update().get(pk=candidate_id)
        if candidate.state != ChangeCandidate.OPEN:
            raise CandidateError("E01", "この異動は既に処理されています。")
        if candidate.entered_by == by.staff_no:
            raise CandidateError("ENTRY-02", "異動を受け付けた本人は確認できません。別の職員が確認してください。")
        if not apply and not reason.strip():
            raise CandidateError("E04", "処理不要にするときは理由を入力してください。")
        if apply:
            record(by=by, on=on, drafts=[_draft(candidate)], origin=f"candidate:{candidate.pk}")
        candidate.state = ChangeCandidate.APPLIED if apply else ChangeCandidate.DISMISSED
        candidate.decided_by, candidate.decided_at, candidate.reason = by.staff_no, now(), reason.strip()
        candidate.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        audit.record(
            by, function="eligibility.decide_candidate", operation="update", persons=[candidate.atena_no], reason=reason,
            detail={"candidate": candidate.pk, "state": candidate.state, "on": on.isoformat()},
        )  # fmt: skip
    return candidate


def _draft(candidate: ChangeCandidate) -> Draft:
    """The proposed act as an event."""
    proposal = candidate.proposal
    acquires = candidate.act == "acquire"
    return Draft(
        candidate.atena_no, candidate.household_no,
        date.fromisoformat(proposal["acquired_on"] if acquires else proposal["event_on"]), proposal["reason"],
        candidate.notified_on, detail={} if acquires else {"lost_on": proposal["lost_on"]},
    )  # fmt: skip

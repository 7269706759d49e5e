"""異動整理: a person who did not bring the change in decides it, and the decision becomes an act of eligibility."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.actions.carrying import carry_out
from kokuho.desks.eligibility.actions.engine import announce, record
from kokuho.desks.eligibility.actions.maternity import register_proposed
from kokuho.desks.eligibility.basics import Touched, touched
from kokuho.desks.eligibility.facts import believed_periods, period_of
from kokuho.desks.eligibility.models import BELIEVED, ChangeCandidate
from kokuho.desks.eligibility.notices.payload import Notice
from kokuho.desks.eligibility.plan import Draft
from kokuho.desks.people.models import Person

IN_PREFECTURE = "103"


class CandidateError(CodedError):
    """The change cannot be decided as asked; nothing was changed. `code` is stable."""


def decide_candidate(
    *, by: Actor, on: date, candidate_id: int, apply: bool, reason: str = "", result: str = ""
) -> ChangeCandidate:
    """Apply the proposed act, or say with a reason and a result code that nothing is to be done.

    Raises `CandidateError`: ENTRY-02 when the actor brought the change in, E01 when it is decided already, E04 without a
    reason for dismissing or with an unknown result; and `NoticeError` for what the events do not allow (E02 not insured on the
    day, E03 insured already …).
    """
    by.require("eligibility.confirm")
    with transaction.atomic():
        candidate = ChangeCandidate.objects.select_for_update().get(pk=candidate_id)
        if candidate.state != ChangeCandidate.OPEN:
            raise CandidateError("E01", "この異動は既に処理されています。")
        if by.is_person(candidate.entered_by):
            raise CandidateError("ENTRY-02", "異動を受け付けた本人は確認できません。別の職員が確認してください。")
        if not apply and not reason.strip():
            raise CandidateError("E04", "処理不要にするときは理由を入力してください。")
        if result and result not in ChangeCandidate.RESULTS:
            raise CandidateError("E04", "結果の区分を選んでください。")
        if apply and candidate.act == "status":
            register_proposed(by=by, on=on, atena_no=candidate.atena_no, proposal=candidate.proposal, origin=candidate.origin)
        elif apply:
            _apply(by, on, candidate)
        candidate.state = ChangeCandidate.APPLIED if apply else ChangeCandidate.DISMISSED
        candidate.result = result or ("as_proposed" if apply else "other")
        candidate.decided_by, candidate.decided_at, candidate.reason = by.staff_no, now(), reason.strip()
        candidate.save(update_fields=["state", "result", "decided_by", "decided_at", "reason"])
        audit.record(
            by, function="eligibility.decide_candidate", operation="update", persons=[candidate.atena_no], reason=reason,
            detail={"candidate": candidate.pk, "state": candidate.state, "result": candidate.result, "on": on.isoformat()},
        )  # fmt: skip
    return candidate


def _apply(by: Actor, on: date, candidate: ChangeCandidate) -> None:
    """The proposed act as events; a correction of birth date, sex or name only tells the desks above what it touches."""
    proposal, origin = candidate.proposal, f"candidate:{candidate.pk}"
    if "corrected" in proposal:
        found = touched_by(candidate, on)
        if found.since is not None:
            announce(by, {candidate.atena_no: ("basics", found.since, None)}, origin)
        if not proposal["reason"]:
            return
    cancels = tuple(proposal.get("cancels", ()))
    event_on = date.fromisoformat(proposal.get("event_on") or proposal["acquired_on"])
    if candidate.act in ("change", "cancel"):
        notice = Notice(
            household_no=candidate.household_no, persons=(candidate.atena_no,), cancels=cancels,
            code="" if cancels else proposal["reason"], event_on=None if cancels else event_on,
            notified_on=candidate.notified_on,
        )  # fmt: skip
        carry_out(by=by, on=on, notice=notice, origin=origin)
        return
    told = {name: proposal[name] for name in ("lost_on",) if name in proposal}
    if proposal["reason"] == IN_PREFECTURE:
        told["acquired_on"] = proposal["acquired_on"]
    draft = Draft(
        candidate.atena_no, candidate.household_no, event_on, proposal["reason"], candidate.notified_on, detail=told
    )
    record(by=by, on=on, drafts=[draft], origin=origin)


def touched_by(candidate: ChangeCandidate, on: date) -> Touched:
    """What the correction of birth date, sex or name touches (SHI-25)."""
    birth = Person.objects.filter(BELIEVED, atena_no=candidate.atena_no).order_by("-valid").values_list("birth_date", flat=True)[0]
    rows = believed_periods([candidate.atena_no]).get(candidate.atena_no, [])
    old = date.fromisoformat(candidate.proposal["old_birth"])
    return touched(candidate.proposal["corrected"], old, birth, [period_of(row) for row in rows], on)

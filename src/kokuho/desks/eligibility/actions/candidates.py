"""異動整理: a person who did not bring the change in decides it, and the decision becomes an act of eligibility."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.actions.register import number_households
from kokuho.desks.eligibility.models import ChangeCandidate, ElderlyPeriod, EligibilityChange, InsuredPeriod, Status


class CandidateError(CodedError):
    """The change cannot be decided as asked; nothing was changed. `code` is stable."""


def decide_candidate(*, by: Actor, on: date, candidate_id: int, apply: bool, reason: str = "") -> ChangeCandidate:
    """Apply the proposed act, or say with a reason that nothing is to be done.

    Raises `CandidateError`: ENTRY-02 when the actor brought the change in, E01 when it is decided already, E02 when
    the person is not insured on the day, E03 when the periods would overlap, E04 without a reason for dismissing.
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
            try:
                with transaction.atomic():
                    {"acquire": _acquire, "lose": _lose}[candidate.act](by, candidate)
            except IntegrityError as error:
                raise CandidateError(
                    "E03", "既にある資格の期間と重なります。世帯の画面で期間を確かめてください。"
                ) from error
        candidate.state = ChangeCandidate.APPLIED if apply else ChangeCandidate.DISMISSED
        candidate.decided_by, candidate.decided_at, candidate.reason = by.staff_no, now(), reason.strip()
        candidate.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        audit.record(
            by, function="eligibility.decide_candidate", operation="update", persons=[candidate.atena_no], reason=reason,
            detail={"candidate": candidate.pk, "state": candidate.state, "on": on.isoformat()},
        )  # fmt: skip
    return candidate


def _acquire(by: Actor, candidate: ChangeCandidate) -> None:
    acquired = date.fromisoformat(candidate.proposal["acquired_on"])
    InsuredPeriod.objects.create(
        atena_no=candidate.atena_no,
        valid=DateRange(acquired, None),
        acquired_on=acquired,
        acquired_reason=candidate.proposal["reason"],
        notified_on=candidate.notified_on,
        recorded_by=by.staff_no,
        origin=f"candidate:{candidate.pk}",
    )
    with connection.cursor() as cursor:
        number_households(cursor, by=by, origin=f"candidate:{candidate.pk}")
    _changed(by, candidate, "acquire", acquired, None)


def _lose(by: Actor, candidate: ChangeCandidate) -> None:
    lost = date.fromisoformat(candidate.proposal["lost_on"])
    period = InsuredPeriod.objects.filter(
        atena_no=candidate.atena_no, superseded_at__isnull=True, lost_on__isnull=True, acquired_on__lt=lost
    ).first()
    if period is None:
        raise CandidateError("E02", f"{lost} に喪失させる資格がありません。世帯の画面で資格を確かめてください。")
    period = period.correct(
        recorded_by=by.staff_no,
        origin=f"candidate:{candidate.pk}",
        lost_on=lost,
        lost_reason=candidate.proposal["reason"],
        lost_event_on=date.fromisoformat(candidate.proposal["event_on"]),
        valid=DateRange(period.valid.lower, lost),
    )
    if period.lost_reason == "210":
        _hand_over_to_elderly(by, candidate, lost)
    _changed(by, candidate, "lose", lost, None)


def _hand_over_to_elderly(by: Actor, candidate: ChangeCandidate, lost: date) -> None:
    """国保 → 後期: the person is 特定同一世帯所属者 as long as the household stays together (令29条の7第2項)."""
    common = {"recorded_by": by.staff_no, "origin": f"candidate:{candidate.pk}"}
    if not ElderlyPeriod.objects.filter(atena_no=candidate.atena_no, superseded_at__isnull=True).exists():
        ElderlyPeriod.objects.create(
            atena_no=candidate.atena_no, valid=DateRange(lost - timedelta(days=1), None), **common
        )
    Status.objects.create(
        atena_no=candidate.atena_no,
        kind=Status.FORMER_INSURED,
        kind_no=Status.NUMBERS[Status.FORMER_INSURED],
        household_no=candidate.household_no,
        valid=DateRange(lost, None),
        **common,
    )


def _changed(by: Actor, candidate: ChangeCandidate, kind: str, start: date, end: date | None) -> None:
    EligibilityChange.objects.create(
        atena_no=candidate.atena_no,
        household_no=candidate.household_no,
        kind=kind,
        affected=DateRange(start, end),
        recorded_by=by.staff_no,
        origin=f"candidate:{candidate.pk}",
    )

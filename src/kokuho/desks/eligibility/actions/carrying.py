"""What a notice does beyond its events: the recognised head of the household, a new 記号番号, the 負担割合 that a certificate shows."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core.access import Actor
from kokuho.desks.eligibility import ratios
from kokuho.desks.eligibility.actions import engine
from kokuho.desks.eligibility.actions.numbers import renumber, settle_branches
from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement, EligibilityEvent, InsuranceHead, InsuredBranch
from kokuho.desks.eligibility.notices.kinds import notice_reasons
from kokuho.desks.eligibility.notices.payload import Notice
from kokuho.desks.eligibility.notices.rules import HEAD
from kokuho.desks.eligibility.plan import NoticeError
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people.models import Person
from kokuho.law.eligibility.reasons import ReasonKind

_HEAD_CHANGES = ("301", "302", HEAD)
_MERGE = "304"
# 転居による世帯の異動、世帯分離、世帯合併: who is insured comes into the household.
_JOINING = ("118", "303", _MERGE)


def carry_out(*, by: Actor, on: date, notice: Notice, origin: str) -> None:
    """Write what a notice says. Inside the caller's transaction; also the rehearsal of the preview."""
    settings = office_settings()
    household = notice.household_no
    _take_heads_back(by, notice, origin)
    if notice.code == HEAD and notice.event_on is not None:
        _recognise_head(by, notice, notice.event_on, origin)
    engine.record(by=by, on=on, drafts=notice.drafts(), origin=origin)
    fresh = (notice.code in _HEAD_CHANGES and settings.renumber_on_head_change) or (
        notice.code == _MERGE and settings.renumber_on_merge
    )
    if fresh and notice.event_on is not None:
        with connection.cursor() as cursor:
            if renumber(cursor, settings, household, notice.event_on, by=by, origin=origin):
                members = InsuredBranch.objects.filter(BELIEVED, household_no=household).values_list("atena_no", flat=True)
                settle_branches(cursor, settings, by=by, origin=origin, persons=sorted(set(members)))


def counts_seniors(notice: Notice) -> bool:
    """Whether a notice brings insured persons into a household, of whom those of 70 and more are judged together (施行令27条の2)."""
    return notice.event_on is not None and (notice.code in _JOINING or _acquires(notice.code))


def _acquires(code: str) -> bool:
    entry = notice_reasons().get(code)
    return entry is not None and entry.kind is ReasonKind.ACQUISITION


def judge_ratio(*, by: Actor, on: date, notice: Notice, origin: str) -> tuple[BurdenJudgement, ...]:
    """The 負担割合 of the household after a notice that brings somebody in: what was judged, the earliest first. Only where a preview
    showed it to the second person; a change that the register told is judged by a run."""
    by.require("eligibility.change" if by.may("eligibility.change") else "eligibility.confirm")
    if notice.event_on is None or not counts_seniors(notice):
        return ()
    return ratios.judge(by=by, on=on, household_no=notice.household_no, event_on=notice.event_on, origin=origin)


def _take_heads_back(by: Actor, notice: Notice, origin: str) -> None:
    """A cancelled 国保世帯主 was never one: the row is believed no more, and who was the head before goes on."""
    for event in EligibilityEvent.objects.filter(pk__in=notice.cancels, code=HEAD):
        believed = InsuranceHead.objects.filter(BELIEVED, household_no=notice.household_no)
        row = believed.filter(atena_no=event.atena_no, valid__startswith=event.event_on).first()
        if row is None:
            continue
        InsuranceHead.objects.filter(pk=row.pk).update(superseded_at=Now())
        if (before := believed.filter(valid__endswith=event.event_on, origin=event.origin).first()) is not None:
            before.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(before.valid.lower, row.valid.upper))


def _recognise_head(by: Actor, notice: Notice, event_on: date, origin: str) -> None:
    nominal = Person.objects.filter(BELIEVED, household_no=notice.household_no, is_head=True, valid__contains=event_on).get()
    held = InsuranceHead.objects.filter(BELIEVED, household_no=notice.household_no, valid__contains=event_on).first()
    until = held.valid.upper if held else None
    if held is not None:
        if held.valid.lower >= event_on:
            raise NoticeError("E22", "この日からの国保の世帯主が既に登録されています。先に取り消してください。")
        held.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(held.valid.lower, event_on))
    InsuranceHead.objects.create(
        household_no=notice.household_no, atena_no=notice.persons[0], nominal_head_no=nominal.atena_no,
        detail=dict(notice.head), valid=DateRange(event_on, until), recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip

"""Doing a notice for trial: everything is really carried out in the database, looked at, and taken back.

So the preview cannot say anything else than what confirming will do, numbers and statuses included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db import transaction

from kokuho.core.access import Actor
from kokuho.desks.eligibility import facts, ratios
from kokuho.desks.eligibility.actions.carrying import carry_out, counts_seniors, judge_ratio
from kokuho.desks.eligibility.actions.duelist import due_papers
from kokuho.desks.eligibility.due import Due
from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement, InsuranceHead, InsuredBranch, Status
from kokuho.desks.eligibility.notices.payload import Notice
from kokuho.desks.eligibility.plan import Outcome, outcomes
from kokuho.desks.eligibility.replay import Period
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people.models import Person

_ORIGIN = "rehearsal"


@dataclass(frozen=True, slots=True)
class Standing:
    """How persons stand at one moment: periods, numbers (symbol, number, branch, from, to), statuses (kind, from, to)."""

    periods: Mapping[int, tuple[Period, ...]]
    numbers: Mapping[int, tuple[tuple[str, str, str, date, date | None], ...]]
    statuses: Mapping[int, tuple[tuple[str, date, date | None], ...]]
    insurance_head: int | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Before, after, what the events come to by person, and the certificates that are due afterwards."""

    before: Standing
    after: Standing
    outcomes: Mapping[int, Outcome]
    fingerprint: str
    due: Mapping[int, tuple[Due, ...]]
    judged: tuple[BurdenJudgement, ...] = ()
    """The 負担割合 of the household, where the notice has it judged: the earliest first."""


def standing(persons: Iterable[int], household_no: int, day: date) -> Standing:
    """As it is believed now."""
    wanted = sorted(persons)
    periods = {no: tuple(facts.period_of(row) for row in rows) for no, rows in facts.believed_periods(wanted).items()}
    numbers: defaultdict[int, list[tuple[str, str, str, date, date | None]]] = defaultdict(list)
    for row in InsuredBranch.objects.filter(BELIEVED, atena_no__in=wanted).order_by("valid"):
        numbers[row.atena_no].append((row.symbol, row.number, row.branch, row.valid.lower, row.valid.upper))
    statuses: defaultdict[int, list[tuple[str, date, date | None]]] = defaultdict(list)
    for status in Status.objects.filter(BELIEVED, atena_no__in=wanted).order_by("valid"):
        statuses[status.atena_no].append((status.get_kind_display(), status.valid.lower, status.valid.upper))
    head = InsuranceHead.objects.filter(BELIEVED, household_no=household_no, valid__contains=day).first()
    return Standing(
        periods, {no: tuple(rows) for no, rows in numbers.items()}, {no: tuple(rows) for no, rows in statuses.items()},
        head.atena_no if head else None,
    )  # fmt: skip


def members_on(household_no: int, day: date) -> list[int]:
    """Who lives in the household on a day, by the register."""
    rows = Person.objects.filter(BELIEVED, household_no=household_no, valid__contains=day, resident_state=Person.RESIDENT)
    return list(rows.values_list("atena_no", flat=True))


def current_fingerprint(notice: Notice, on: date) -> str:
    """What `rehearse` would say now."""
    day = max(notice.event_on or on, on)
    looked_at = {*members_on(notice.household_no, day), *notice.persons}
    return _mark(notice, standing(looked_at, notice.household_no, day))


def _mark(notice: Notice, found: Standing) -> str:
    return fingerprint(notice.persons, found, ratios.basis(notice.household_no) if counts_seniors(notice) else "")


def fingerprint(persons: Iterable[int], found: Standing, more: str = "") -> str:
    """Changes when anything that the preview rests on changes: the surviving events, the numbers, the statuses, and `more`."""
    events = list(facts.surviving(persons).values_list("pk", flat=True))
    text = repr((events, sorted(found.numbers.items()), sorted(found.statuses.items()), found.insurance_head)) + more
    return sha256(text.encode()).hexdigest()[:16]


def rehearse(by: Actor, on: date, notice: Notice, members: Iterable[int]) -> Rehearsal:
    """Carry the notice out and take it back. `members` are the persons to look at besides those it concerns.

    Raises `NoticeError` and `NumberError` as the writing does.
    """
    looked_at = {*members, *notice.persons}
    day = max(notice.event_on or on, on)
    with transaction.atomic():
        before = standing(looked_at, notice.household_no, day)
        found = outcomes(notice.drafts(), office_settings(), on=on)
        savepoint = transaction.savepoint()
        try:
            carry_out(by=by, on=on, notice=notice, origin=_ORIGIN)
            judged = judge_ratio(by=by, on=on, notice=notice, origin=_ORIGIN)
            after = standing(looked_at, notice.household_no, day)
            due = due_papers(notice.persons, on)
        finally:
            transaction.savepoint_rollback(savepoint)
    return Rehearsal(before, after, found, _mark(notice, before), due, judged)

"""What a household's page offers to do next: from what waits, what comes due and what age brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.desks.eligibility.queries import Standing
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.ages import AgeEventKind, age_events_between
from kokuho.law.eligibility.places import stay_grace_end

SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do, with the page where it is done."""

    text: str
    url: str
    urgent: bool = False


def next_steps(by: Actor, members: Sequence[PersonView], standing: Standing | None, on: date) -> list[NextStep]:
    """For the members of a household on a day, the urgent first."""
    if standing is None:
        return []
    found: list[NextStep] = []
    soon = on + SOON
    for person in members:
        insured = standing.current(person.atena_no) is not None
        page = reverse("person", args=[person.atena_no])
        for status in standing.statuses.get(person.atena_no, ()):
            if status.in_force and status.review_on and status.review_on <= soon:
                text = f"{person.name}：{status.label}の確認・更新（{era.short(status.review_on)}まで）"
                found.append(NextStep(text, reverse("eligibility:status", args=[status.pk]), status.review_on < on))
        if not insured:
            continue
        if person.foreign and person.residence_until and person.residence_until <= soon:
            late = person.residence_until < on
            grace = era.short(stay_grace_end(person.residence_until))
            text = f"{person.name}：在留期間 {era.short(person.residence_until)} まで。更新・申請中（特例 {grace} まで）か確かめる"
            found.append(NextStep(text, page, late))
        for event in age_events_between(person.birth_date, on, soon):
            if event.kind in (AgeEventKind.SENIOR, AgeEventKind.ELDERLY):
                month = f"{reverse('eligibility:ages')}?month={event.effective:%Y-%m}&kind={event.kind}"
                found.append(NextStep(f"{person.name}：{era.short(event.effective)} {event.label}", month))
    return sorted(found, key=lambda step: not step.urgent)

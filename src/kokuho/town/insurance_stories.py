"""Stories of insurance: people who join or leave 国民健康保険 by work, 生活保護, 国保組合 or 障害認定."""

from __future__ import annotations

from datetime import date

from kokuho.town import diary as on
from kokuho.town.days import ONE, birthday
from kokuho.town.diary import Diary, Story
from kokuho.town.people import (
    CHILD,
    ELDERLY,
    EMPLOYEE,
    GUILD,
    HEAD,
    LOST_ELDERLY,
    LOST_EMPLOYEE,
    LOST_GUILD,
    LOST_WELFARE,
    WELFARE,
    Person,
)
from kokuho.town.world import acquired_on, lost_on

_WORKS = ("part_time", "jobless", "self_employed", "employee", "left_employer", "student", "home")


def _insurance(d: Diary, person: Person, event_date: date, day: date) -> None:
    d.note(person, on.INSURANCE, event_date, day)


def _changed_jobs(d: Diary, day: date) -> date:
    """The day an employment began or ended: 1 April for many, else some weeks before the notification."""
    april = d.world.plan.base_date.replace(month=4, day=1)
    if d.rng.chance(0.4) and april <= day <= april + 75 * ONE:
        return april
    return d.back(day, 3, 40)


def joins_employer(d: Diary) -> None:
    """社会保険加入; young children become dependants on the same day."""
    fit = [p for p in d.household.here() if p.insured and 18 <= d.age(p) <= 64 and p.work in _WORKS]
    if not fit:
        return
    person = d.rng.pick(fit)
    children = [p for p in d.household.here() if p.insured and p.relation == CHILD and d.age(p) < 18]

    def action(day: date) -> None:
        joined = _changed_jobs(d, day)
        family = [person, *(children if person.relation == HEAD else [])]
        for one in family:
            if d.here(one) and one.insured and one.nhi_from and one.nhi_from < joined:
                one.scheme = EMPLOYEE
                one.lose(lost_on(LOST_EMPLOYEE, joined), LOST_EMPLOYEE)
                _insurance(d, one, joined, day)

    d.at(d.day(), action)


def leaves_employer(d: Diary) -> None:
    """社会保険離脱; with the head its dependants come too."""
    fit = [p for p in d.household.here() if p.scheme == EMPLOYEE and d.age(p) >= 18]
    if not fit:
        return
    person = d.rng.pick(fit)
    family = [p for p in d.household.here() if p.scheme == EMPLOYEE] if person.relation == HEAD else [person]

    def action(day: date) -> None:
        left = acquired_on("104", _changed_jobs(d, day))
        for one in family:
            if d.here(one) and (one.nhi_lost or date.min) <= left and birthday(one.birth, 75) > left:
                since = max(left, one.resident_since)
                one.acquire(since)
                _insurance(d, one, since, day)

    d.at(d.day(), action)


def _loses(d: Diary, people: list[Person], reason: str, scheme: str) -> None:
    def action(day: date) -> None:
        event = d.back(day, 2, 20)
        for person in people:
            if person.insured and person.nhi_from and person.nhi_from < event:
                person.scheme = scheme
                if scheme == ELDERLY:
                    person.elderly_from = event
                person.lose(lost_on(reason, event), reason)
                _insurance(d, person, event, day)

    d.at(d.day(), action)


def welfare_start(d: Diary) -> None:
    """生活保護開始: everybody insured leaves on the day itself."""
    _loses(d, list(d.household.here()), LOST_WELFARE, WELFARE)


def welfare_end(d: Diary) -> None:
    """生活保護廃止."""
    people = [p for p in d.household.here() if p.scheme == WELFARE]

    def action(day: date) -> None:
        ended = acquired_on("109", d.back(day, 2, 20))
        for person in people:
            if birthday(person.birth, 75) > ended and (person.nhi_lost or date.min) <= ended:
                person.acquire(max(ended, person.resident_since))
                _insurance(d, person, person.nhi_from or ended, day)

    d.at(d.day(), action)


def joins_guild(d: Diary) -> None:
    """国民健康保険組合加入."""
    fit = [p for p in d.household.here() if p.insured and p.work in ("self_employed", "owner")]
    if fit:
        _loses(d, fit[:1], LOST_GUILD, GUILD)


def disability_elderly(d: Diary) -> None:
    """障害認定による後期高齢者医療への移行, 65 to 74."""
    fit = [p for p in d.household.here() if p.insured and 66 <= d.age(p) < 74]
    if fit:
        _loses(d, fit[:1], LOST_ELDERLY, ELDERLY)


INSURANCE_STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (joins_employer, leaves_employer, welfare_start, welfare_end, joins_guild, disability_elderly)
}

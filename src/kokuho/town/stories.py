"""Stories of the resident register, each a function of a diary: one kind of thing that happens to a household.

A story that does not fit the household (no foreigner, nobody of that age) does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kokuho.town import diary as on
from kokuho.town.days import ONE
from kokuho.town.diary import Diary, Story
from kokuho.town.former import depart, strike
from kokuho.town.household import protect
from kokuho.town.names import FEMALE, families, has_period, new_alias, renamed, with_former
from kokuho.town.people import (
    CHILD,
    DEAD,
    HEAD,
    LOST_DEATH,
    LOST_DEPARTURE,
    LOST_OTHER,
    RESIDENT,
    SPOUSES,
    STRUCK_OFF,
    Person,
)
from kokuho.town.places import address
from kokuho.town.world import lost_on


def move(d: Diary) -> None:
    """転居 of the whole household."""
    new = address(d.rng, d.world.map, len(d.household.members) == 1)

    def action(day: date) -> None:
        moved = d.back(day, 0, 13)
        for person in list(d.household.here()):
            person.address, person.address_since = new, max(moved, person.resident_since)
            d.note(person, on.MOVED, person.address_since, day)

    d.at(d.day(), action)


def split(d: Diary) -> None:
    """世帯分離 at the same address."""
    _split(d, again=d.rng.chance(0.25))


def merge(d: Diary) -> None:
    """世帯分離 and, weeks later, 世帯合併."""
    _split(d, again=True)


def _split(d: Diary, again: bool) -> None:
    fit = [p for p in d.household.here() if p.relation != HEAD and p.relation not in SPOUSES and d.age(p) >= 20]
    if not fit:
        return
    person = d.rng.pick(fit)
    before = (person.household_number, person.relation)
    day = d.early_day()

    def apart(today: date) -> None:
        if d.here(person):
            person.household_number, person.relation = d.world.numbers.household_number(d.household.index, 1), HEAD
            d.note(person, on.HOUSEHOLD_CHANGED, today, today)

    def together(today: date) -> None:
        if d.here(person):
            person.household_number, person.relation = before
            d.note(person, on.HOUSEHOLD_CHANGED, today, today)

    d.at(day, apart)
    second = d.later(day) if again else None
    if second:
        d.at(second, together)


def _depart(d: Diary, people: list[Person], left: date, day: date) -> None:
    """転出 of some people to the same place."""
    same_day = left if d.rng.chance(0.15) else None
    first: Person | None = None
    for person in people:
        insured = person.insured
        if first:
            strike(person, first.state, left)
            person.moved_to = first.moved_to
        else:
            depart(d.world, d.rng, person, left)
            first = person
        if insured:
            person.lose(lost_on(LOST_DEPARTURE, left, same_day), LOST_DEPARTURE)
        d.note(person, on.DEPARTED, left, day)


def departure(d: Diary) -> None:
    """転出 of everybody."""

    def action(day: date) -> None:
        people = list(d.household.here())
        _depart(d, people, max(d.back(day, 0, 5), *(p.address_since for p in people)), day)

    d.at(d.day(), action)


def member_departure(d: Diary) -> None:
    """転出 of one grown-up; when it is the head, somebody else becomes head."""
    fit = [p for p in d.household.here() if d.age(p) >= 18 and p.relation not in SPOUSES]
    others = [p for p in fit if p.relation != HEAD]
    if len(list(d.household.here())) < 2 or not fit:
        return
    person = d.rng.pick(others) if others and d.rng.chance(0.75) else d.rng.pick(fit)
    rest = [p for p in d.household.here() if p is not person]
    if person.relation == HEAD and on.successor_of(rest, d.world.plan.base_date) is None:
        return

    def action(day: date) -> None:
        left = max(d.back(day, 0, 5), person.address_since)
        was_head = person.relation == HEAD
        _depart(d, [person], left, day)
        if was_head:
            d.hand_over(left, day)

    d.at(d.day(), action)


def departure_cancelled(d: Diary) -> None:
    """転出 notified and then given up: the row comes back as it was."""
    day = d.early_day()
    second = d.later(day)
    if second is None:
        return
    kept: list[tuple[Person, Person]] = []

    def action(today: date) -> None:
        people = list(d.household.here())
        kept.extend((person, replace(person)) for person in people)
        _depart(d, people, today, today)

    def back(today: date) -> None:
        for person, copy in kept:
            left = person.left_on or today
            person.state, person.left_on, person.moved_to = RESIDENT, None, ""
            person.nhi_from, person.nhi_lost, person.nhi_reason = copy.nhi_from, copy.nhi_lost, copy.nhi_reason
            d.note(person, on.CANCELLED, left, today)

    d.at(day, action)
    d.at(second, back)


def _death_of(d: Diary, person: Person) -> None:
    rest = [p for p in d.household.here() if p is not person]
    if rest and person.relation == HEAD and on.successor_of(rest, d.world.plan.base_date) is None:
        return

    def action(day: date) -> None:
        died = max(d.back(day, 1, 6), person.address_since)
        was_head = person.relation == HEAD
        insured = person.insured
        strike(person, DEAD, died)
        if insured:
            person.lose(lost_on(LOST_DEATH, died), LOST_DEATH)
        d.note(person, on.DIED, died, day)
        if was_head:
            d.hand_over(died, day)

    d.at(d.day(), action)


def death(d: Diary) -> None:
    """死亡 of the oldest."""
    oldest = min(d.household.here(), key=lambda p: p.birth)
    if d.age(oldest) >= 50:
        _death_of(d, oldest)


def death_of_head(d: Diary) -> None:
    """死亡 of the head, and the succession."""
    head = d.household.head
    if head:
        _death_of(d, head)


def name_change(d: Diary) -> None:
    """婚姻・離婚 and the like: a new family name, often with the former one recorded beside it."""
    fit = [p for p in d.household.here() if not p.foreign and 20 <= d.age(p) <= 64]
    if not fit:
        return
    person = d.rng.pick([p for p in fit if p.sex == FEMALE] or fit)
    family = d.rng.draw(families())
    while family[0] == person.name.family:
        family = d.rng.draw(families())

    def action(day: date) -> None:
        former = (person.name.family, person.name.family_kana)
        person.name = renamed(person.name, family)
        if d.rng.chance(0.4):
            person.name = with_former(person.name, former)
        d.note(person, on.RENAMED, d.back(day, 0, 10), day)

    d.at(d.day(), action)


def alias_change(d: Diary) -> None:
    """通称 recorded, changed or given up."""
    fit = [p for p in d.household.here() if p.foreign]
    if not fit:
        return
    person = fit[0]

    def action(day: date) -> None:
        gone = person.name.alias is not None and d.rng.chance(0.3)
        alias, kana = (None, None) if gone else new_alias(d.rng, person.sex, person.birth.year)
        person.name = replace(person.name, alias=alias, alias_kana=kana)
        d.note(person, on.RENAMED, day, day)

    d.at(d.day(), action)


def head_change(d: Diary) -> None:
    """世帯主変更 within the household."""
    head = d.household.head
    others = [p for p in d.household.here() if p is not head and (p.relation in SPOUSES or p.relation == CHILD)]
    successor = on.successor_of(others, d.world.plan.base_date)
    if head is None or successor is None:
        return

    def action(day: date) -> None:
        if d.here(successor):
            d.make_head(successor, list(d.household.here()), day, day)

    d.at(d.day(), action)


def protection_start(d: Diary) -> None:
    """支援措置 begins."""

    def action(day: date) -> None:
        protect(d.household, day)
        for person in d.household.here():
            d.note(person, on.PROTECTED, day, day)

    d.at(d.day(), action)


def protection_end(d: Diary) -> None:
    """支援措置 of the full load ends."""
    protect(d.household, d.world.plan.base_date - 300 * ONE)

    def action(day: date) -> None:
        for person in d.household.here():
            person.protected_from = person.protected_until = None
            d.note(person, on.PROTECTED, day, day)

    d.at(d.day(), action)


def residence_renewal(d: Diary) -> None:
    """在留期間の更新, notified before the old period ends."""
    fit = [p for p in d.household.here() if p.foreign and p.residence_until]
    if not fit:
        _give_period(d, fit)
    if not fit:
        return
    person = fit[0]
    day = d.day()
    person.residence_until = day + d.rng.between(2, 60) * ONE

    def action(today: date) -> None:
        until = person.residence_until or today
        person.residence_until = until.replace(year=until.year + d.rng.between(1, 3), day=min(until.day, 28))
        d.note(person, on.STATUS, today, today)

    d.at(day, action)


def _give_period(d: Diary, fit: list[Person]) -> None:
    """A planted renewal needs somebody with a 在留期間: a permanent resident becomes a 定住者."""
    person = next((p for p in d.household.here() if p.foreign), None)
    if person and not has_period(person.residence_status):
        person.residence_status, person.residence_until = "定住者", d.world.plan.base_date + 60 * ONE
        fit.append(person)


def struck_off(d: Diary) -> None:
    """職権消除: the 在留期間 is over, or nobody knows where the person is."""
    people = list(d.household.here())
    if len(people) != 1:
        return
    person = people[0]
    day = d.day()
    if person.residence_until:
        person.residence_until = day - 12 * ONE

    def action(today: date) -> None:
        gone = max(person.residence_until or today - 12 * ONE, person.address_since)
        insured = person.insured
        strike(person, STRUCK_OFF, gone)
        if insured:
            person.lose(lost_on(LOST_OTHER, gone), LOST_OTHER)
        d.note(person, on.STRUCK, gone, today)

    d.at(day, action)


def correction(d: Diary) -> None:
    """訂正: a kana that was missing, a block number or a birth date that was wrong in the full load."""
    person = d.household.members[0]
    kind = d.rng.random()
    if kind < 0.4:
        right = person.name
        person.name = replace(person.name, kana=None)

        def action(day: date) -> None:
            person.name = replace(person.name, kana=right.kana)
            d.note(person, on.CORRECTED, day, day)
    elif kind < 0.75:
        wrong = replace(person.address, block="１番地")
        family = [p for p in d.household.here() if p.address == person.address]
        true_address = person.address
        for one in family:
            one.address = wrong

        def action(day: date) -> None:
            for one in family:
                one.address = true_address
                d.note(one, on.CORRECTED, day, day)
    else:
        if not 20 <= d.age(person) <= 60 or person.birth_text or person.resident_reason == "02":
            return
        true_birth = person.birth
        person.birth = true_birth.replace(day=1 + true_birth.day % 28)

        def action(day: date) -> None:
            person.birth = true_birth
            d.note(person, on.CORRECTED, day, day)

    d.at(d.day(), action)


REGISTER_STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        move, split, merge, departure, member_departure, departure_cancelled, death, death_of_head, name_change,
        alias_change, head_change, protection_start, protection_end, residence_renewal, struck_off, correction,
    )
}  # fmt: skip

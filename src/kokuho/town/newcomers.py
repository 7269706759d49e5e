"""Stories that bring somebody new into the register: 出生, 転入, 職権記載."""

from __future__ import annotations

from datetime import date, timedelta

from kokuho.town import diary as on
from kokuho.town.days import birthday
from kokuho.town.diary import Diary, Story
from kokuho.town.forms import Draft
from kokuho.town.household import add_person, compose
from kokuho.town.names import FEMALE, MALE, SPACE, japanese
from kokuho.town.numbers import ARRIVING
from kokuho.town.people import CHILD, ELDERLY, EMPLOYEE, GRANDCHILD, HEAD, NHI, SIBLING, SPOUSES, Person
from kokuho.town.places import outside
from kokuho.town.plan import profile
from kokuho.town.streams import stream

_ARRIVING_HOUSEHOLD = 2  # household place of the one that arrives


def birth(d: Diary) -> None:
    """出生 in a household with a woman who can be the mother; the child is insured as its mother is."""
    mothers = [
        p for p in d.household.here()
        if p.sex == FEMALE and not p.foreign and 19 <= d.age(p) <= 44
        and (p.relation in SPOUSES or p.relation in (HEAD, "25"))
    ]  # fmt: skip
    if not mothers:
        return
    mother = mothers[0]

    def action(day: date) -> None:
        if not d.here(mother):
            return
        born = d.back(day, 2, 13)
        relation = GRANDCHILD if mother.relation == "25" else CHILD
        baby = _add(d, relation, d.rng.pick((MALE, FEMALE)), born, NHI if mother.insured else EMPLOYEE, "child")
        baby.resident_since = baby.address_since = born
        baby.resident_reason = "02"
        if mother.insured:
            baby.acquire(born)
        baby.protected_from, baby.protected_until = mother.protected_from, mother.protected_until
        d.note(baby, on.BORN, born, day)

    d.at(d.day(), action)


def _add(d: Diary, relation: str, sex: str, born: date, scheme: str, work: str) -> Person:
    """A relative of the head joins the household."""
    head = next(p for p in d.household.members if p.household_number == d.household.members[0].household_number)
    taken = {person.name.text.partition(SPACE)[2] for person in d.household.members}
    name = japanese(d.rng, sex, born.year, (head.name.family, head.name.family_kana), taken)
    draft = Draft(relation, sex, born, scheme, work)
    person = add_person(d.world, d.rng, d.household, head.household_number, draft, name, None)
    person.address = next(d.household.here()).address
    return person


def _joins(d: Diary, event: str, reason: str) -> None:
    """A grown-up relative comes to live with the household."""
    head = d.household.head
    if head is None or head.foreign:
        return
    older = d.age(head) >= 46
    relation = CHILD if older else SIBLING

    def action(day: date) -> None:
        if not d.here(head) or head.relation != HEAD:
            return
        came = d.back(day, 0, 13)
        born = head.birth.replace(year=head.birth.year + (25 if older else 2), day=min(head.birth.day, 28))
        person = _add(d, relation, d.rng.pick((MALE, FEMALE)), born, NHI, "part_time")
        came = max(came, head.address_since)
        person.resident_since = person.address_since = came
        person.resident_reason = reason
        if reason == "01":
            person.previous_address = outside(d.rng, d.world.map.elsewhere)
        person.acquire(came)
        d.note(person, event, came, day)

    d.at(d.day(), action)


def recorded(d: Diary) -> None:
    """職権記載 of somebody found to live here."""
    _joins(d, on.RECORDED, "04")


def arrival(d: Diary) -> None:
    """転入 of a household beside this one, or of a grown-up child who comes back."""
    head = d.household.head
    if not d.household.case and head and d.age(head) >= 50 and d.rng.chance(0.25):
        _joins(d, on.ARRIVED, "01")
        return
    plan = d.world.plan
    rng = stream(plan.seed, d.household.index, "arrival")
    with_insured, others = plan.forms
    form = rng.draw(with_insured if d.household.case or rng.percent(profile()["insured_share"]) else others)
    new = compose(d.world, rng, d.household.index, form, first_place=ARRIVING, number_place=_ARRIVING_HOUSEHOLD)
    new.members = [person for person in new.members if person.here]
    day = d.day()
    came = max(day - timedelta(days=rng.between(0, 13)), *(person.birth for person in new.members))
    abroad = any(person.foreign for person in new.members) and rng.chance(0.5)
    origin = outside(rng, d.world.map.in_prefecture if rng.chance(0.35) else d.world.map.elsewhere)
    for person in new.members:
        _arrive(person, came, day, origin, abroad)
    d.arrivals.append(new)

    def action(today: date) -> None:
        for person in new.members:
            d.note(person, on.ARRIVED, came, today)

    d.at(day, action)
    d.schedule_birthdays(new.members)


def _arrive(person: Person, came: date, day: date, origin: str, abroad: bool) -> None:
    """The state with which somebody enters the register on `day`, having come on `came`."""
    person.resident_since = person.address_since = came
    person.resident_reason = "03" if abroad else "01"
    person.previous_address = (person.nationality or "国外") if abroad else origin
    person.protected_from = person.protected_until = None
    person.nhi_from = person.nhi_lost = None
    person.nhi_reason = ""
    reached = birthday(person.birth, 75)
    if person.scheme == ELDERLY or reached <= day:
        person.scheme, person.elderly_from = ELDERLY, max(person.elderly_from or reached, came)
    elif person.scheme == NHI:
        person.acquire(came)


NEWCOMER_STORIES: dict[str, Story] = {story.__name__: story for story in (birth, recorded, arrival)}

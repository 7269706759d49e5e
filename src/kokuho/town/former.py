"""People struck from the register before the base date (除票): they stay in the full load with their last state."""

from __future__ import annotations

from datetime import date, timedelta

from kokuho.town.days import ELDERLY_SYSTEM, ONE, age_on, birth_of_age, birthday
from kokuho.town.names import FEMALE, MALE, japanese
from kokuho.town.people import (
    CHILD,
    DEAD,
    HEAD,
    LEFT_JAPAN,
    LOST_DEATH,
    LOST_DEPARTURE,
    LOST_ELDERLY,
    MOVED_OUT,
    NHI,
    Household,
    Person,
)
from kokuho.town.places import outside
from kokuho.town.plan import profile
from kokuho.town.streams import Stream
from kokuho.town.world import World, lost_on


def add_former_members(world: World, rng: Stream, household: Household, marks: frozenset[str]) -> None:
    """A spouse who died, a child who moved out."""
    shares = profile()["person"]
    head = household.members[0]
    widowed = household.form in ("single_senior", "elderly_single", "elderly_head", "senior_and_child")
    if head.foreign:
        return
    if widowed and (rng.percent(shares["dead_member"] * 3) or "dead" in marks):
        _dead_spouse(world, rng, household, head)
    if age_on(head.birth, world.plan.base_date) >= 46 and (
        rng.percent(shares["moved_out_member"] * 2) or "moved_out" in marks
    ):
        _moved_child(world, rng, household, head)


def _add(world: World, rng: Stream, household: Household, sex: str, relation: str, birth: date) -> Person:
    head = household.members[0]
    place = household.next_place
    household.next_place += 1
    taken = {person.name.text.partition("\u3000")[2] for person in household.members}
    name = japanese(rng, sex, birth.year, (head.name.family, head.name.family_kana), taken)
    person = Person(
        number=world.numbers.atena_number(household.index, place),
        my_number=world.numbers.my_number(household.index, place),
        household_number=head.household_number, sex=sex, relation=relation, birth=birth, scheme=NHI, work="gone",
        name=name, address=household.address,
    )  # fmt: skip
    if birth >= head.resident_since and relation == CHILD:
        person.resident_since, person.resident_reason = birth, "02"
    elif head.resident_reason == "02":
        person.resident_since = birthday(birth, 24)
        person.previous_address = outside(rng, world.map.in_prefecture)
    else:
        person.resident_since, person.resident_reason = head.resident_since, head.resident_reason
        person.previous_address = head.previous_address
    person.address_since = max(head.address_since, person.resident_since)
    household.members.append(person)
    return person


def _dead_spouse(world: World, rng: Stream, household: Household, head: Person) -> None:
    base = world.plan.base_date
    died = rng.day(max(base - timedelta(days=1100), head.address_since + ONE), base - ONE)
    if died <= head.address_since:
        return
    sex = FEMALE if head.sex == MALE else MALE
    birth = birth_of_age(min(99, age_on(head.birth, base) + rng.between(-2, 6)), base, rng.random())
    relation = "12" if sex == FEMALE else HEAD
    person = _add(world, rng, household, sex, relation, birth)
    strike(person, DEAD, died)
    reached = max(birthday(birth, 75), ELDERLY_SYSTEM)
    if reached <= died:
        person.elderly_from = reached
        if person.resident_since < reached:
            person.nhi_from = rng.day(max(person.resident_since, birthday(birth, 60)), reached - ONE)
            person.lose(lost_on(LOST_ELDERLY, reached), LOST_ELDERLY)
    else:
        person.nhi_from = rng.day(max(person.resident_since, birthday(birth, 60)), died - ONE)
        person.lose(lost_on(LOST_DEATH, died), LOST_DEATH)


def _moved_child(world: World, rng: Stream, household: Household, head: Person) -> None:
    base = world.plan.base_date
    age = min(age_on(head.birth, base) - 24, rng.between(19, 38))
    birth = birth_of_age(age, base, rng.random())
    left = rng.day(base - timedelta(days=900), base - ONE)
    if left <= max(head.address_since, birthday(birth, 18)):
        return
    person = _add(world, rng, household, rng.pick((MALE, FEMALE)), CHILD, birth)
    depart(world, rng, person, left)
    if rng.chance(0.6):
        person.nhi_from = rng.day(max(person.resident_since, birthday(birth, 18)), left - ONE)
        person.lose(lost_on(LOST_DEPARTURE, left), LOST_DEPARTURE)


def depart(world: World, rng: Stream, person: Person, left: date) -> None:
    """Moved out to another municipality, or out of the country."""
    if rng.chance(0.06 if not person.foreign else 0.5):
        strike(person, LEFT_JAPAN, left)
        person.moved_to = person.nationality or "アメリカ合衆国"
    else:
        strike(person, MOVED_OUT, left)
        near = rng.percent(profile()["person"]["joined_from_prefecture"])
        person.moved_to = outside(rng, world.map.in_prefecture if near else world.map.elsewhere)


def strike(person: Person, state: str, day: date) -> None:
    """消除: the person leaves the register in that state on that day."""
    person.state, person.left_on = state, day


def departed_household(world: World, rng: Stream, household: Household) -> None:
    """Turn a household into one that left, or whose single member died, before the base date."""
    base = world.plan.base_date
    left = rng.day(base - timedelta(days=720), base - ONE)
    since = left - timedelta(days=rng.between(200, 4000))
    alone_and_old = len(household.members) == 1 and age_on(household.members[0].birth, base) >= 65
    destination: Person | None = None
    for person in household.members:
        person.resident_since = person.address_since = max(min(person.resident_since, since), person.birth)
        if person.resident_since >= left:  # born after the household had gone: born just before it left
            person.birth = person.resident_since = person.address_since = left - 30 * ONE
        if person.resident_since == person.birth:
            person.resident_reason, person.previous_address = "02", ""
        elif person.resident_reason == "02":
            person.resident_reason, person.previous_address = "01", outside(rng, world.map.elsewhere)
        if alone_and_old:
            strike(person, DEAD, left)
        elif destination:
            strike(person, destination.state, left)
            person.moved_to = destination.moved_to
        else:
            depart(world, rng, person, left)
            destination = person
        person.elderly_from = person.nhi_from = person.nhi_lost = None
        person.nhi_reason = ""
        person.protected_from = person.protected_until = None
        reached = max(birthday(person.birth, 75), ELDERLY_SYSTEM)
        if reached <= left:
            person.elderly_from = max(reached, person.resident_since)
        elif person.scheme == NHI:
            person.nhi_from = max(person.resident_since, date(1961, 4, 1))
            reason = LOST_DEATH if alone_and_old else LOST_DEPARTURE
            person.lose(lost_on(reason, left), reason)

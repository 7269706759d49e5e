"""One household of the town on the base date: from the drafts of its form to people with names, numbers and dates."""

from __future__ import annotations

from datetime import date, timedelta

from kokuho.town.cases import Case, case_at, reaches
from kokuho.town.days import ELDERLY_SYSTEM, FOREIGN_REGISTER, ONE, age_on, birthday
from kokuho.town.former import add_former_members
from kokuho.town.forms import Draft, draft_household
from kokuho.town.names import (
    FEMALE,
    Name,
    Nation,
    families,
    family_of,
    foreigner,
    has_period,
    japanese,
    nation,
    new_alias,
    special_families,
    with_former,
)
from kokuho.town.people import (
    CHILD,
    CHILDS_HUSBAND,
    CHILDS_WIFE,
    ELDERLY,
    EMPLOYEE,
    GRANDCHILD,
    GUILD,
    HEAD,
    LOST_ELDERLY,
    LOST_EMPLOYEE,
    LOST_GUILD,
    LOST_WELFARE,
    NHI,
    WELFARE,
    Household,
    Person,
)
from kokuho.town.places import address, outside
from kokuho.town.plan import profile
from kokuho.town.streams import Stream
from kokuho.town.world import World, lost_on

_DESCENDANTS = (CHILD, CHILDS_WIFE, CHILDS_HUSBAND, GRANDCHILD)
_NHI_BEGINS = date(1961, 4, 1)
# Days since a household came to the municipality, in equal shares of those who came
_STAYS = (20, 380, 900, 1700, 2800, 4200, 6200, 8800, 12000, 16500)


def base_form(world: World, rng: Stream, case: Case | None) -> str:
    """The form of a household of the full load."""
    if case:
        return case.form
    with_insured, others = world.plan.forms
    return rng.draw(with_insured if rng.percent(profile()["insured_share"]) else others)


def make_household(world: World, rng: Stream, index: int) -> tuple[Household, Case | None]:
    """The household at a place of the town, as of the base date, with the case planted there."""
    case = case_at(world.plan, index)
    return compose(world, rng, index, base_form(world, rng, case), case), case


def compose(
    world: World,
    rng: Stream,
    index: int,
    form: str,
    case: Case | None = None,
    first_place: int = 0,
    number_place: int = 0,
) -> Household:
    """A household of a form; `first_place` and `number_place` are its first places among the town's numbers."""
    plan = world.plan
    drafts = draft_household(form, rng, plan.base_date)
    if case:
        for member, age, month, day in case.births:
            drafts[member].birth = reaches(age, month, day, plan.fiscal_year)
            if age < 18:
                drafts[member].work = "child"
        for member, work in case.works.items():
            drafts[member].work = work
    for draft in drafts:
        if draft.scheme in (NHI, ELDERLY):
            elderly = birthday(draft.birth, 75) <= plan.base_date
            draft.scheme = ELDERLY if elderly else NHI
            draft.work = "pensioner" if elderly else draft.work
    home = address(rng, world.map, len(drafts) == 1)
    household = Household(index, form, home, case=case.key if case else "", next_place=first_place)
    number = world.numbers.household_number(index, number_place)
    marks = case.marks if case else frozenset()
    _people(world, rng, household, number, drafts, case)
    _stays(world, rng, household, arrived="arrived" in marks)
    _insure(world, rng, household, disability="disability" in marks)
    _rarities(world, rng, household, marks)
    add_former_members(world, rng, household, marks)
    return household


# ---------------------------------------------------------------------------------------------------- who they are


def _people(
    world: World, rng: Stream, household: Household, number: str, drafts: list[Draft], case: Case | None
) -> None:
    family = rng.pick(special_families(case.family)) if case and case.family else rng.draw(families())
    country: Nation | None = None
    shared: tuple[str, str, str] | None = None
    taken: set[str] = set()
    for draft in drafts:
        country = country or (nation(rng, _status_wanted(draft)) if draft.foreign else None)
        if draft.foreign and country:
            name = foreigner(rng, country, draft.sex, draft.birth.year, None if draft.own_family_name else shared)
            shared = shared or family_of(name, country)
        else:
            own = rng.draw(families()) if draft.own_family_name else family
            name = japanese(rng, draft.sex, draft.birth.year, own, taken)
        add_person(world, rng, household, number, draft, name, country if draft.foreign else None)


def _status_wanted(draft: Draft) -> str:
    return "留学" if draft.work == "student" and draft.relation == HEAD else ""


def add_person(
    world: World, rng: Stream, household: Household, number: str, draft: Draft, name: Name, country: Nation | None
) -> Person:
    """Give a draft its numbers and put the person into the household."""
    place = household.next_place
    household.next_place += 1
    unknown_number = rng.percent(profile()["person"]["no_my_number"])
    person = Person(
        number=world.numbers.atena_number(household.index, place),
        my_number="" if unknown_number else world.numbers.my_number(household.index, place),
        household_number=number, sex=draft.sex, relation=draft.relation, birth=draft.birth, scheme=draft.scheme,
        work=draft.work, name=name, address=household.address, foreign=country is not None,
    )  # fmt: skip
    if country:
        person.nationality = country.name
        mixed = not household.members or not household.members[0].foreign
        person.residence_status = _residence_status(rng, country, draft, mixed)
        if has_period(person.residence_status):
            person.residence_until = world.plan.base_date + timedelta(days=rng.between(100, 1500))
    household.members.append(person)
    return person


def _residence_status(rng: Stream, country: Nation, draft: Draft, mixed: bool) -> str:
    if draft.relation == HEAD:
        if draft.work == "student":
            return "留学"
        for _ in range(8):
            status = rng.draw(country.statuses)
            if status not in ("留学", "家族滞在", "日本人の配偶者等"):
                return status
        return "定住者"
    if mixed:
        return "日本人の配偶者等" if draft.relation != CHILD else "定住者"
    return "家族滞在" if rng.chance(0.7) else "永住者"


# ------------------------------------------------------------------------------------------------ since when here


def _stays(world: World, rng: Stream, household: Household, arrived: bool) -> None:
    base = world.plan.base_date
    head = household.members[0]
    if arrived:
        _came(world, rng, head, rng.day(world.plan.tax_day + ONE, base - ONE))
    else:
        _settle_head(world, rng, head)
    for person in household.members[1:]:
        descendant = person.relation in _DESCENDANTS
        if descendant and person.birth >= head.resident_since:
            _came(world, rng, person, person.birth)
        elif descendant or rng.chance(0.8):
            since = head.resident_since
            if not descendant and since < _adult_from(person.birth):
                since = rng.day(_adult_from(person.birth), base - ONE)
            _came(world, rng, person, max(since, person.birth))
        else:
            _settle_head(world, rng, person)
    moved_in = head.resident_since if rng.chance(0.55) else rng.day(head.resident_since, base - ONE)
    for person in household.members:
        person.address_since = max(moved_in, person.resident_since)


def _adult_from(birth: date) -> date:
    return birthday(birth, 18)


def _settle_head(world: World, rng: Stream, person: Person) -> None:
    """Born here, or came some time ago."""
    base = world.plan.base_date
    if not person.foreign and rng.chance(0.3):
        person.resident_since, person.resident_reason = person.birth, "02"
        return
    came = base - timedelta(days=rng.along(_STAYS))
    _came(world, rng, person, min(max(came, _adult_from(person.birth)), base - ONE))


def _came(world: World, rng: Stream, person: Person, day: date) -> None:
    person.resident_since = day
    if person.foreign and day < FOREIGN_REGISTER:
        person.resident_since, person.resident_reason = FOREIGN_REGISTER, "04"
    elif day == person.birth:
        person.resident_reason = "02"
    elif person.foreign and rng.chance(0.55):
        person.resident_reason, person.previous_address = "03", person.nationality
    else:
        near = rng.percent(profile()["person"]["joined_from_prefecture"])
        person.resident_reason = "01"
        person.previous_address = outside(rng, world.map.in_prefecture if near else world.map.elsewhere)


# ------------------------------------------------------------------------------------------------ what insures them


def _insure(world: World, rng: Stream, household: Household, disability: bool) -> None:
    base = world.plan.base_date
    shares = profile()["person"]
    head = household.members[0]
    for person in household.members:
        if person.scheme == NHI:
            insure(world, rng, person, head)
            seniors = 65 <= age_on(person.birth, base) < 75
            if seniors and (rng.percent(shares["disability_elderly"]) or (disability and person is head)):
                certified = rng.day(max(birthday(person.birth, 65), person.nhi_from or base), base - 30 * ONE)
                if person.nhi_from and person.nhi_from <= certified < base:
                    person.scheme, person.elderly_from = ELDERLY, certified
                    person.lose(lost_on(LOST_ELDERLY, certified), LOST_ELDERLY)
        elif person.scheme == ELDERLY:
            _elderly(world, rng, person)
        elif person.scheme == EMPLOYEE:
            _formerly_insured(world, rng, person, LOST_EMPLOYEE, 20)
        elif person.scheme == WELFARE:
            if birthday(person.birth, 75) > base:
                _formerly_insured(world, rng, person, LOST_WELFARE, 60)
        elif person.scheme == GUILD:
            _formerly_insured(world, rng, person, LOST_GUILD, 30)


def insure(world: World, rng: Stream, person: Person, head: Person) -> None:
    """Since when a person of the full load is insured: since coming here, leaving a job, pension age or birth."""
    base = world.plan.base_date
    floor = max(person.resident_since, person.birth, _NHI_BEGINS)
    age = age_on(person.birth, base)
    if person.work in ("child", "student") or person.foreign or (base - floor).days < 400:
        since = max(floor, head.nhi_from) if person.work == "child" and head.nhi_from else floor
    elif person.work == "left_employer" or rng.percent(profile()["person"]["recent_join"]):
        since = rng.day(max(floor, world.plan.tax_day.replace(year=world.plan.tax_day.year - 1)), base - 10 * ONE)
        if person.work in ("pensioner", "part_time", "jobless", "home"):
            person.work = "retired" if age >= 60 else "left_employer"
    elif age >= 66 and person.work in ("pensioner", "pension_and_work"):
        year = person.birth.year + rng.between(60, 65)
        since = min(max(floor, date(year, person.birth.month, 1)), base - 30 * ONE)
    else:
        since = rng.day(max(floor, birthday(person.birth, 18)), base - 30 * ONE)
    person.acquire(max(since, floor))


def _elderly(world: World, rng: Stream, person: Person) -> None:
    reached = max(birthday(person.birth, 75), ELDERLY_SYSTEM)
    if person.resident_since > reached:
        person.elderly_from = person.resident_since
        return
    person.elderly_from = reached
    if rng.chance(0.78):
        floor = max(person.resident_since, birthday(person.birth, 58), _NHI_BEGINS)
        if floor < reached:
            person.nhi_from = rng.day(floor, min(reached - ONE, birthday(person.birth, 67)))
            person.lose(lost_on(LOST_ELDERLY, reached), LOST_ELDERLY)


def _formerly_insured(world: World, rng: Stream, person: Person, reason: str, share: float) -> None:
    """A former period of 国保 that the register still shows."""
    if not rng.percent(share):
        return
    floor = max(person.resident_since, person.birth, _NHI_BEGINS, world.plan.base_date - timedelta(days=4000))
    if floor + 60 * ONE >= world.plan.base_date:
        return
    changed = rng.day(floor + 60 * ONE, world.plan.base_date - ONE)
    person.nhi_from = rng.day(floor, changed - 30 * ONE)
    person.lose(lost_on(reason, changed), reason)


# ------------------------------------------------------------------------------------------------------- rare facts


def _rarities(world: World, rng: Stream, household: Household, marks: frozenset[str]) -> None:
    shares = profile()["person"]
    head = household.members[0]
    if rng.percent(shares["protected_household"]) or "protected" in marks:
        protect(household, rng.day(world.plan.base_date - 330 * ONE, world.plan.base_date - ONE))
    for person in household.members:
        may = person.sex == FEMALE and not person.foreign and person.work not in ("child", "student")
        if may and (rng.percent(shares["former_name"]) or ("former_name" in marks and person is not head)):
            person.name = with_former(person.name, rng.draw(families()))
        if rng.percent(shares["no_kana"]):
            person.name = _without_kana(person.name)
    if "alias" in marks and not head.name.alias:
        alias, kana = new_alias(rng, head.sex, head.birth.year)
        head.name = Name(
            head.name.text, head.name.kana, head.name.family, head.name.family_kana,
            alias=alias, alias_kana=kana, roman=head.name.roman,
        )  # fmt: skip
    if "unknown_birth" in marks:
        head.birth_text = f"{head.birth.year}-00-00"


def _without_kana(name: Name) -> Name:
    return Name(
        name.text, None, name.family, name.family_kana, name.former, name.former_kana,
        name.alias, name.alias_kana, name.roman,
    )  # fmt: skip


def protect(household: Household, since: date) -> None:
    """支援措置 for everybody in the household, for one year."""
    until = since.replace(year=since.year + 1, day=min(since.day, 28))
    for person in household.here():
        person.protected_from, person.protected_until = since, until

"""What a town contains, counted while it is made: the expectations that a later run can be held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from kokuho.town.days import birthday
from kokuho.town.diary import Event
from kokuho.town.people import ELDERLY, HEAD, LOST_ELDERLY, Household, Person
from kokuho.town.plan import Plan

Counts = Counter[str]


def count_people(counts: Counts, prefix: str, plan: Plan, households: Iterable[Household]) -> None:
    """Count households and people of a state of the register under `prefix`."""
    for household in households:
        living: dict[str, list[Person]] = {}
        for person in household.members:
            if person.here:
                living.setdefault(person.household_number, []).append(person)
                _person(counts, prefix, plan, person)
            else:
                counts[f"{prefix}.struck_off"] += 1
        for members in living.values():
            _household(counts, prefix, members)


def _household(counts: Counts, prefix: str, members: list[Person]) -> None:
    counts[f"{prefix}.households"] += 1
    insured = sum(person.insured for person in members)
    if any(person.protected_from for person in members):
        counts[f"{prefix}.protected_households"] += 1
    if not insured:
        return
    counts[f"{prefix}.insured_households"] += 1
    head = next(person for person in members if person.relation == HEAD)
    if not head.insured:
        counts[f"{prefix}.nominal_heads"] += 1
        counts[f"{prefix}.nominal_heads_{'elderly' if head.scheme == ELDERLY else 'other'}"] += 1
    for person in members:
        if person.nhi_reason == LOST_ELDERLY and person.elderly_from:
            counts[f"{prefix}.former_insured_same_household"] += 1


def _person(counts: Counts, prefix: str, plan: Plan, person: Person) -> None:
    counts[f"{prefix}.residents"] += 1
    name = person.name
    for kind, found in (
        ("foreign", person.foreign), ("alias", name.alias), ("former_name", name.former), ("no_kana", not name.kana),
        ("no_my_number", not person.my_number), ("unknown_birth", person.birth_text),
        ("protected", person.protected_from), ("elderly", person.elderly_from),
    ):  # fmt: skip
        if found:
            counts[f"{prefix}.{kind}"] += 1
    if not name.text.isascii() and max(name.text) > "\uffff":
        if any("\U000e0100" <= char <= "\U000e01ef" for char in name.text):
            counts[f"{prefix}.name_ivs"] += 1
        if any("\U00020000" <= char <= "\U0003ffff" for char in name.text):
            counts[f"{prefix}.name_supplementary"] += 1
    if not person.insured:
        return
    counts[f"{prefix}.insured"] += 1
    first, last = date(plan.fiscal_year, 4, 1), date(plan.fiscal_year + 1, 3, 31)
    born = person.birth
    for age in (40, 65, 70, 75):
        if born.year in (first.year - age, last.year - age) and first <= birthday(born, age) <= last:
            counts[f"{prefix}.insured_turning_{age}"] += 1
            if birthday(born, age).day == 1:
                counts[f"{prefix}.insured_turning_{age}_on_the_1st"] += 1
    if born > date(plan.fiscal_year - 6, 4, 1):
        counts[f"{prefix}.insured_preschool"] += 1
    if born > date(plan.fiscal_year - 18, 4, 1):
        counts[f"{prefix}.insured_under_18"] += 1
    if (born.month, born.day) == (2, 29):
        counts[f"{prefix}.insured_born_29_february"] += 1


def count_incomes(counts: Counts, rows: Iterable[tuple[str | int | None, ...]], total: int) -> None:
    """Count rows of zei-income by 申告区分; `total` is the column of 総所得金額等 (yen, summed)."""
    for row in rows:
        counts["incomes.rows"] += 1
        counts[f"incomes.declaration_{row[4]}"] += 1
        counts["incomes.total_income"] += int(row[total] or 0)


def count_events(counts: Counts, events: Iterable[Event]) -> None:
    """Count rows of juki-changes by 異動事由."""
    for event in events:
        counts["changes.rows"] += 1
        counts[f"changes.event_{event.event}"] += 1

"""Generated households for measuring the levy: a plausible town, or every kind of household there is.

No real people: the same seed gives the same households.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from kokuho.law.premium.household import FULL_YEAR, Household, Income, Member, Special
from kokuho.law.premium.months import span


def town(households: int, fiscal_year: int, seed: int = 1) -> Iterator[Household]:
    """A city's insured: about 1.5 a household, half of them 65 or over, one household in ten with part of a year."""
    draw = random.Random(seed)
    for number in range(households):
        yield _household(draw, number, fiscal_year, rare=0.0)


def every_kind(households: int, fiscal_year: int, seed: int = 1) -> Iterator[Household]:
    """Households of every kind the levy knows, the rare ones far more often than in a town."""
    draw = random.Random(seed)
    for number in range(households):
        yield _household(draw, number, fiscal_year, rare=0.15)


def _household(draw: random.Random, number: int, year: int, rare: float) -> Household:
    size = draw.choices((1, 2, 3, 4, 5), (60, 27, 7, 4, 2))[0]
    first = draw.choices((draw.randint(18, 39), draw.randint(40, 64), draw.randint(65, 74)), (20, 33, 47))[0]
    members = []
    for place in range(size):
        age = (
            first if place == 0 else max(18, first + draw.randint(-6, 3)) if place == 1 else max(0, first - 30 - place)
        )
        members.append(_member(draw, number * 10 + place, year, min(age, 75), place == 0, rare))
    half = three_quarter = 0
    if draw.random() < 0.02 + rare / 2:
        cut = draw.choice((0, 0, 12, 12, draw.randint(1, 11)))
        half, three_quarter = span(0, cut), span(cut, 12) if draw.random() < 0.5 else 0
    return Household(number, tuple(members), half, three_quarter)


def _member(draw: random.Random, person: int, year: int, age: int, head: bool, rare: float) -> Member:
    born = date(year - age, 4, 1) - timedelta(days=draw.randint(0, 364))
    if age == 0 and draw.random() < 0.5:
        born = date(year, 4, 1) + timedelta(days=draw.randint(0, 364))
    insured, former = True, False
    if draw.random() < 0.04 + rare / 3:
        insured, former = False, draw.random() < 0.5
    months = FULL_YEAR
    if insured and draw.random() < 0.06 + rare:
        first = draw.randint(0, 11)
        months = span(first, 12) if draw.random() < 0.6 else span(0, draw.randint(0, 12))
    income = _income(draw, age, rare)
    special = _special(draw, age, income, rare) if insured and draw.random() < rare else None
    asset_tax = draw.randrange(0, 300_000, 100) if draw.random() < 0.3 else 0
    return Member(person, born, head, insured, income, months, asset_tax, former, special)


def _income(draw: random.Random, age: int, rare: float) -> Income | None:
    if age < 18:
        return None
    luck = draw.random()
    if luck < 0.12:
        return None
    receipts = pension = other = 0
    if age >= 65:
        pension = int(draw.lognormvariate(14.0, 0.6))
        receipts = draw.randint(0, 3_000_000) if luck > 0.85 else 0
    elif luck < 0.65:
        receipts = int(draw.lognormvariate(14.6, 0.7))
        pension = draw.randint(0, 1_500_000) if draw.random() < 0.05 else 0
    else:
        other = int(draw.lognormvariate(14.3, 1.0)) - 200_000
    if draw.random() >= rare:
        return Income(receipts, pension, other, undeclared=draw.random() < 0.01)
    wages = draw.randint(0, receipts) if draw.random() < 0.3 else 0
    return Income(
        receipts,
        pension,
        other,
        separate=draw.choice((0, 0, draw.randint(0, 30_000_000))),
        special_deduction=draw.choice((0, 0, 5_000_000, 30_000_000)),
        loss_carryover=draw.choice((0, 0, draw.randint(0, 5_000_000))),
        casualty_carryover=draw.choice((0, 0, draw.randint(0, 2_000_000))),
        family_wages=wages,
        family_wages_paid=draw.choice((0, 0, draw.randint(0, 3_000_000))),
        child_adjustment=draw.random() < 0.3,
        undeclared=draw.random() < 0.1,
    )


def _special(draw: random.Random, age: int, income: Income | None, rare: float) -> Special:
    special = Special()
    kind = draw.random()
    if kind < 0.45 and income is not None and age < 65:
        first = draw.randint(-6, 11)
        special = special._replace(involuntary=span(first, 12))
    elif kind < 0.7:
        first = draw.randint(-3, 11)
        special = special._replace(maternity=span(first, first + draw.choice((4, 6))))
    elif kind < 0.9:
        first = draw.randint(-14, 11)
        special = special._replace(former_dependent_income=span(first, 12))
        special = special._replace(former_dependent_per_capita=span(first, first + 24))
    else:
        special = special._replace(counted=draw.random() < 0.5)
    return special

"""The vectorised twin, month by month: households with part of a year, or ordinances that round by person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kokuho.law.premium import months as m
from kokuho.law.premium.columns import Bools, Ints, Population
from kokuho.law.premium.household import FULL_YEAR
from kokuho.law.premium.plan import DEN, ComponentPlan, Plan
from kokuho.law.premium.twin_incomes import PersonFigures, income_figures

_BAND_OF_AGE = np.array([m.band_of_age(age) for age in range(131)])


def rounded_columns(numerator: Ints, denominator: int, mode: str, unit: int = 1) -> Ints:
    """`plan.rounded` by columns."""
    step = denominator * unit
    if mode == "floor":
        return numerator // step * unit
    if mode == "ceil":
        return -(-numerator // step) * unit
    return (2 * numerator + step) // (2 * step) * unit


def _span(first: Ints, end: Ints) -> Ints:
    first, end = np.clip(first, 0, 12), np.clip(end, 0, 12)
    return np.where(first < end, (1 << end) - (1 << np.minimum(first, end)), 0)


def sums(column: Ints, people: Population) -> Ints:
    """Sum of a person column by household: differences of the running total, several times faster than reduceat."""
    ends = np.append(people.start[1:], people.persons) - 1
    total: Ints = np.cumsum(column)[ends]
    total[1:] -= total[:-1].copy()
    return total


def age_bands(plan: Plan, people: Population) -> Ints:
    """Age band of `months` of every person, by birth or by age on 1 April."""
    known = ~np.isnat(people.birth)
    if not known.any():
        return _BAND_OF_AGE[people.age]
    found = np.searchsorted(np.array(plan.bands, dtype="datetime64[D]"), people.birth, side="left")
    return found if known.all() else np.where(known, found, _BAND_OF_AGE[people.age])


def classes(plan: Plan, people: Population, income: Ints, persons: Ints, earners: Ints, undeclared: Bools) -> Ints:
    """Class of every household as an index into `plan.ratios`."""
    rules = plan.reduction
    over = income - rules.base - rules.per_earner * np.maximum(earners - 1, 0)
    found = np.where(
        over <= 0,
        1,
        np.where(over <= rules.per_person_5 * persons, 2, np.where(over <= rules.per_person_2 * persons, 3, 0)),
    )
    for cls, base, per_person in reversed(plan.own_classes):
        found = np.where((found == 0) & (income <= base + per_person * persons), cls, found)
    if undeclared.any():
        found = np.where(undeclared, 0, found)
    if (people.fixed >= 0).any():
        for cls in range(len(plan.ratios) - 1, -1, -1):
            found = np.where(people.fixed == plan.ratios[cls], cls, found)
    return found


class State:
    """Columns worked out for one plan: bands, months, figures, judgement. `exact` marks what is left to `assess`."""

    def __init__(self, plan: Plan, people: Population) -> None:
        self.plan, self.people = plan, people
        self.home = people.household_of()
        self._ages()
        p = people
        self.relevant = p.insured | p.former | p.head
        self.counted = np.where(p.counted >= 0, p.counted > 0, self._counted()) & self.relevant
        self.judged = (self.counted | p.head) & self.relevant
        self.persons = self.sum(self.counted.astype(np.int64))
        self.plain, self.relieved = income_figures(plan.income, self.band <= m.SENIOR, people)
        self.undeclared = self.any(p.undeclared & self.judged)
        self.earners = self.sum((self.plain.earner & self.judged).astype(np.int64))
        former = self.any(((p.free_income | p.half_capita) & self.mask) > 0)
        self.exact = former | self.any(p.known_total)

    def sum(self, column: Ints) -> Ints:
        """Sum of a person column by household."""
        return sums(column, self.people)

    def any(self, column: Bools) -> Bools:
        """Whether any person of the household has it."""
        found: Bools = np.logical_or.reduceat(column, self.people.start)
        return found

    def _ages(self) -> None:
        p, year = self.people, self.plan.fiscal_year
        known = ~np.isnat(p.birth)
        birth = np.where(known, p.birth, np.datetime64(f"{year - 50}-06-15"))
        self.band = age_bands(self.plan, p)
        month = birth.astype("datetime64[M]").astype(np.int64)  # months since 1970-01
        day = (birth - birth.astype("datetime64[M]")).astype(np.int64) + 1
        index = month - ((year - 1970) * 12 + 3)
        # Born on 29 February: the 75th birthday is 1 March unless that year has a leap day.
        years = month // 12 + 1970 + 75
        leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
        slipped = (month % 12 == 1) & (day == 29) & ~leap
        before_75 = _span(index, index + 900 + slipped)
        reached = index - (day == 1)
        care = np.where(known, _span(reached + 480, reached + 780), np.where(self.band == m.CARE, FULL_YEAR, 0))
        self.mask = np.where(p.insured, p.months & np.where(known, before_75, FULL_YEAR), 0)
        self.care = np.where(p.care >= 0, p.care, care) & self.mask
        self.maternity = p.maternity & self.mask
        # 75 in April, but after the 1st: insured on the day of judgement.
        self.left_in_april = known & (self.band == m.LEFT) & ((index + 900 > 0) | ((index + 900 == 0) & (day > 1)))

    def _counted(self) -> Bools:
        p = self.people
        union = np.bitwise_or.reduceat(self.mask, p.start)
        first = np.where(union > 0, union & -union, 1)[self.home]
        return p.former | (p.insured & np.where(self.mask > 0, (self.mask & first) > 0, self.left_in_april))

    def classes(self, figures: Ints) -> tuple[Ints, Ints]:
        """(class of each household, its 軽減判定所得) for the (B) of each person."""
        income = self.sum(np.where(self.judged, figures, 0))
        return classes(self.plan, self.people, income, self.persons, self.earners, self.undeclared), income

    def bases(self, figures: PersonFigures) -> Ints:
        """Base of 所得割 of each insured person."""
        base = np.maximum(figures.base_income - figures.deduction, 0)
        return np.where(self.people.insured, base - base % self.plan.base_unit, 0)


def _finish(
    plan: Plan, c: ComponentPlan, state: State, incomes: Ints, asset: Ints, capitas: Ints, household: Ints, den: int
) -> Ints:
    """Parts to the component's rounded amount before the cap. `incomes` and `capitas` by person, over den and yen."""
    unit, mode = plan.component_unit, plan.component_mode
    if c.income_by_person or plan.component_by_person:
        by_person = rounded_columns(incomes, den, c.income_mode, c.income_unit)
        income = state.sum(by_person)
    else:
        by_person = incomes
        income = rounded_columns(state.sum(incomes), den, c.income_mode, c.income_unit)
    if plan.component_by_person:
        amount = state.sum(rounded_columns(by_person + capitas, 1, mode, unit))
        return amount + rounded_columns(household, 1, mode, unit) + rounded_columns(asset, 1, mode, unit)
    capita = state.sum(capitas)
    if plan.per_capita_by_household:
        capita = rounded_columns(capita, DEN * (den // plan.rate_den), plan.per_capita_mode)
    return rounded_columns(income + asset + capita + household, 1, mode, unit)


def by_months(state: State) -> tuple[Ints, Ints, Ints]:
    plan, people = state.plan, state.people
    months = _judge_months(state)
    base, relieved = state.bases(state.plain), state.bases(state.relieved)
    parts = _parts(plan)
    household_parts = np.array(plan.household_parts)
    found = []
    for place, c in enumerate(plan.components):
        mask = state.care if c.care else state.mask
        incomes, union = np.zeros(people.persons, np.int64), np.bitwise_or.reduceat(mask, people.start)
        capitas = np.zeros((people.persons, parts.shape[-1]), np.int64)
        household, top = np.zeros(len(people), np.int64), np.zeros(len(people))
        asset_rate, rate = c.asset_rate / plan.rate_den, c.rate / plan.rate_den
        for index in range(12):
            classes = months[index][0]
            here = mask >> index & 1
            levied = here & ~(state.maternity >> index) & 1
            month_base = np.where(people.involuntary >> index & 1, relieved, base)
            part = parts[classes[state.home], state.band, place]
            incomes += levied * month_base
            capitas += levied[:, None] * part
            own = household_parts[classes, place] * (union >> index & 1)
            household += own * _weight(people, c, index)
            year = here * (month_base * rate + part.sum(axis=1) / DEN + people.asset_tax * asset_rate)
            top = np.maximum(top, np.add.reduceat(year, people.start) + own / DEN)
        asset = state.sum(people.asset_tax * np.bitwise_count(mask)) * c.asset_rate // (plan.rate_den * 12)
        own = rounded_columns(household, DEN * 48, plan.per_household_mode)
        capita = capitas.sum(axis=1) if plan.per_capita_by_household else (
            rounded_columns(capitas, DEN * 12, plan.per_capita_mode).sum(axis=1))  # fmt: skip
        amount = _finish(plan, c, state, incomes * c.rate, asset, capita, own, plan.rate_den * 12)
        if plan.cap_order == "cap_then_months":
            state.exact |= top + plan.component_unit + 1 >= c.cap
        cap = np.full(len(people), c.cap)
        if plan.cap_order == "cap_times_months":
            cap = c.cap * np.bitwise_count(union).astype(np.int64) // 12
        found.append(np.minimum(amount, cap))
    return *months[0], np.stack(found)


def _judge_months(state: State) -> list[tuple[Ints, Ints]]:
    """(class, 軽減判定所得) of every household in each month; alike unless a 非自発的失業 begins or ends."""
    plain, relieved = state.plain.reduction_income, state.relieved.reduction_income
    involuntary = state.people.involuntary
    known: dict[bytes, tuple[Ints, Ints]] = {}
    found = []
    for index in range(12):
        bit = involuntary >> index & 1 > 0
        key = np.packbits(bit).tobytes()
        if key not in known:
            known[key] = state.classes(np.where(bit, relieved, plain))
        found.append(known[key])
    return found


def _weight(people: Population, c: ComponentPlan, index: int) -> Ints:
    """平等割 of a month in quarters: 2 特定世帯, 3 特定継続世帯, 4 else and always for 介護."""
    if c.care:
        return np.full(len(people), 4)
    return np.where(people.half >> index & 1, 2, np.where(people.three_quarter >> index & 1, 3, 4))


def _parts(plan: Plan) -> npt.NDArray[np.int64]:
    """Exact parts of 均等割 as [class, band, component, part], padded with zeros."""
    width = max(len(part) for cls in plan.parts for band in cls for part in band)
    return np.array([[[[*part, *[0] * (width - len(part))] for part in band] for band in cls] for cls in plan.parts])

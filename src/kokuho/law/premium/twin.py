"""The vectorised twin of the levy: whole populations at once, for simulations, checked to the yen against `assess`.

Same ordinance, same plan, same integers; no explanation. Households that stay as they are all year are one pass over
columns, the others one pass a month (`twin_months`). What looks at more than that (a cap that may bind in some months
only, 旧被扶養者, reliefs that concern several persons, incomes known only as one total) is not computed but marked
(`Levy.exact`), and `levy_households` gives it to the exact engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kokuho.law.premium import months as m
from kokuho.law.premium.assess import assess
from kokuho.law.premium.columns import Bools, Ints, Population, columns
from kokuho.law.premium.household import FULL_YEAR, Household
from kokuho.law.premium.plan import BAND_COUNT, Plan
from kokuho.law.premium.twin_incomes import income_figures
from kokuho.law.premium.twin_months import State, age_bands, by_months, classes, rounded_columns, sums

BLOCK = 16384  # households worked through at once

# Kinds of insured persons as far as 均等割 goes, by age band; the turning bands never stay a whole year.
_ADULT, _CARE, _CHILD, _PRESCHOOL = range(4)
_KIND_BANDS = (m.ADULT, m.CARE, m.CHILD, m.PRESCHOOL)
_KIND_OF = np.array([_ADULT] * BAND_COUNT)
_KIND_OF[[m.CARE, m.CHILD, m.PRESCHOOL]] = _CARE, _CHILD, _PRESCHOOL
_PARTIAL = np.isin(np.arange(BAND_COUNT), list(m.PARTIAL_BANDS))

# One packed number a household: how many of each kind (three bits each), counted persons and 給与所得者等 above them.
# With the class it is the index of the table of all that does not depend on incomes.
_KIND_BITS, _KINDS_MASK, _LARGEST = 3, 0xFFF, 7
_COUNTED_SHIFT, _EARNER_SHIFT, _COUNT_MASK = 16, 32, 0xFFFF


@dataclass(frozen=True, slots=True)
class Levy:
    """Amounts of a population, household by household in its order. Yen."""

    reduction: Ints  # tenths
    reduction_income: Ints
    amounts: Ints  # [component of the plan, household]
    total: Ints
    exact: Bools  # not computed here: the exact engine's work


def levy(plan: Plan, people: Population) -> Levy:
    """The year's levy of every household of the columns.

    Worked through in blocks that stay in the processor's cache: several times faster than whole columns at once.
    """
    tables = _tables(plan)
    blocks = [
        _block(plan, tables, people.block(first, min(first + BLOCK, len(people))))
        for first in range(0, len(people), BLOCK)
    ]
    if len(blocks) == 1:
        return blocks[0]
    return Levy(
        np.concatenate([b.reduction for b in blocks]), np.concatenate([b.reduction_income for b in blocks]),
        np.concatenate([b.amounts for b in blocks], axis=1), np.concatenate([b.total for b in blocks]),
        np.concatenate([b.exact for b in blocks]),
    )  # fmt: skip


def _block(plan: Plan, tables: _WholeYear, people: Population) -> Levy:
    bands = age_bands(plan, people)
    partial = _partial(plan, people, bands)
    exact = np.full(len(people), plan.general)
    if not partial.any():
        found, income, amounts = _whole_year(plan, tables, people, bands)
    else:
        found, income = np.zeros(len(people), np.int64), np.zeros(len(people), np.int64)
        amounts = np.zeros((len(plan.components), len(people)), np.int64)
        if not partial.all():
            rows = ~partial[people.household_of()]
            found[~partial], income[~partial], amounts[:, ~partial] = _whole_year(
                plan, tables, people.take(~partial), bands[rows]
            )
        state = State(plan, people.take(partial))
        found[partial], income[partial], amounts[:, partial] = by_months(state)
        exact[partial] |= state.exact
    total = amounts.sum(axis=0)
    if plan.total_unit != 1:
        total = rounded_columns(total, 1, plan.total_mode, plan.total_unit)
    return Levy(np.array(plan.ratios)[found], income, amounts, total, exact)


def levy_households(plan: Plan, households: Sequence[Household]) -> Levy:
    """As `levy`, from household records; what is marked exact is computed by the exact engine."""
    found = levy(plan, columns(households))
    for index in np.flatnonzero(found.exact):
        one = assess(plan, households[int(index)])
        found.reduction[index], found.reduction_income[index] = one.reduction, one.reduction_income
        found.amounts[:, index] = [part.amount for part in one.components]
        found.total[index] = one.total
    return found


def _partial(plan: Plan, people: Population, bands: Ints) -> Bools:
    """Households that the whole-year pass cannot take."""
    p = people
    if not plan.plain:
        return np.ones(len(people), np.bool_)
    rows = _PARTIAL[bands]
    rows |= p.months != FULL_YEAR
    rows &= p.insured
    for column in (p.involuntary, p.maternity, p.free_income, p.half_capita, p.known_total):
        if column.any():
            rows |= column > 0
    for column in (p.counted, p.care):
        if (column >= 0).any():
            rows |= column >= 0
    found: Bools = np.diff(np.append(p.start, p.persons)) > _LARGEST
    for column in (p.half, p.three_quarter):
        if column.any():
            found |= (column > 0) & (column != FULL_YEAR)
            found |= (p.half > 0) & (p.three_quarter > 0)
    if rows.any():
        found[p.household_of()[rows]] = True
    return found


def _whole_year(plan: Plan, tables: _WholeYear, people: Population, bands: Ints) -> tuple[Ints, Ints, Ints]:
    """(class, 軽減判定所得, amounts) of households that stay as they are all year."""
    p = people
    figures, _ = income_figures(plan.income, bands <= m.SENIOR, people)
    base = np.maximum(figures.base_income - figures.deduction, 0)
    if plan.base_unit != 1:
        base -= base % plan.base_unit
    judged_income = figures.reduction_income
    kinds = _KIND_OF[bands]
    packed, care, earners = _PACKED[kinds], kinds == _CARE, figures.earner
    if not p.insured.all():
        base = np.where(p.insured, base, 0)
        care &= p.insured
        member = p.insured | p.former
        judged = member | p.head
        judged_income = np.where(judged, judged_income, 0)
        packed = np.where(p.insured, packed, np.where(member, 1 << _COUNTED_SHIFT, 0))
        earners = earners & judged
    if earners.any():
        packed = packed + (earners.astype(np.int64) << _EARNER_SHIFT)
    counts, income = sums(packed, p), sums(judged_income, p)
    undeclared = np.zeros(len(people), np.bool_)
    if p.undeclared.any():
        undeclared[p.household_of()[p.undeclared & (p.insured | p.former | p.head)]] = True
    persons = counts >> _COUNTED_SHIFT & _COUNT_MASK
    cls = classes(plan, people, income, persons, counts >> _EARNER_SHIFT, undeclared)
    index = (counts & _KINDS_MASK) + (cls << _KIND_BITS * len(_KIND_BANDS))
    if p.half.any() or p.three_quarter.any():
        index += np.where(p.half > 0, 1, np.where(p.three_quarter > 0, 2, 0)) * tables.per_weight
    base_sums, care_sums = sums(base, p), sums(np.where(care, base, 0), p)
    amounts = np.empty((len(plan.components), len(people)), np.int64)
    for place, c in enumerate(plan.components):
        amount = (care_sums if c.care else base_sums) * c.rate // plan.rate_den + tables.fixed[place][index]
        if c.asset_rate:
            taxed = p.insured & care if c.care else p.insured
            amount += sums(np.where(taxed, p.asset_tax, 0), p) * c.asset_rate // plan.rate_den
        if plan.component_unit != 1:
            amount -= amount % plan.component_unit
        np.minimum(amount, c.cap, out=amounts[place])
    return cls, income, amounts


_PACKED = (np.int64(1) << _KIND_BITS * np.arange(len(_KIND_BANDS))) + (1 << _COUNTED_SHIFT)


@dataclass(frozen=True, slots=True)
class _WholeYear:
    """均等割 and 平等割 together, in yen: `fixed[component]` by weight of 平等割, class and numbers of each kind."""

    fixed: list[Ints]
    per_weight: int  # length of one weight's part


def _tables(plan: Plan) -> _WholeYear:
    numbers = np.arange(_KINDS_MASK + 1)
    kinds = [numbers >> _KIND_BITS * kind & _LARGEST for kind in range(len(_KIND_BANDS))]
    fixed = []
    for place, c in enumerate(plan.components):
        levied = (kinds[_CARE] if c.care else numbers) > 0
        parts = [
            sum(kinds[kind] * plan.per_capita[cls][band][place] for kind, band in enumerate(_KIND_BANDS))
            + levied * plan.per_household[weight][cls][place]
            for weight in (4, 2, 3)
            for cls in range(len(plan.ratios))
        ]
        fixed.append(np.concatenate(parts))
    return _WholeYear(fixed, len(numbers) * len(plan.ratios))

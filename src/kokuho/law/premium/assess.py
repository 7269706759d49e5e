"""The annual levy of one household: incomes, reduction, components, caps, with its explanation kept as a trace.

The whole-year path here is the common case; whoever joins, leaves or changes status within the year goes through
`monthly`, which gives the same figures for twelve months.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from kokuho.law.premium.household import FULL_YEAR, Household, Income
from kokuho.law.premium.incomes import figures
from kokuho.law.premium.monthly import assess_months
from kokuho.law.premium.months import CARE, NEWBORN, PARTIAL_BANDS, SENIOR, band_of_age
from kokuho.law.premium.plan import DEN, Plan, prepare, rounded
from kokuho.law.premium.result import (
    COUNTED,
    EARNER,
    FORMER,
    HEAD,
    INSURED,
    UNDECLARED,
    Assessment,
    ComponentResult,
    judge,
    rare_items,
)

__all__ = ["Assessment", "ComponentResult", "Plan", "assess", "prepare"]

_PARTIAL = tuple(band in PARTIAL_BANDS for band in range(NEWBORN + 1))
_NO_INCOME = Income()
_USUAL = _NO_INCOME[5:]
_tuple = tuple.__new__


def assess(plan: Plan, household: Household) -> Assessment:
    """The levy of one household in the plan's fiscal year. Pure; the result keeps its trace (`explain.explain`).

    `LawError` ``missing_key`` for a member of whom neither birth date nor age is known.
    """
    weight = 4
    if household.half_months or household.three_quarter_months:
        weight = 2 if household.half_months == FULL_YEAR else 3 if household.three_quarter_months == FULL_YEAR else 0
    if not weight or plan.general:
        return assess_months(plan, household)
    read = _read(plan, household)
    if read is None:
        return assess_months(plan, household)
    income, persons, earners, undeclared, levied, bases, assets, rows = read
    cls = judge(plan, income, persons, earners, undeclared, household.fixed_reduction)
    table = plan.per_capita[cls]
    if len(levied) == 1:
        per_capitas = table[levied[0]]
    else:
        per_capitas = tuple(map(sum, zip(*[table[band] for band in levied], strict=True)))
    if plan.plain:
        results = _plain(plan, levied, bases, assets, per_capitas, plan.per_household[weight][cls])
    else:
        results = [
            _component(plan, place, cls, levied, bases, assets, per_capitas[place], weight)
            for place in range(len(plan.components))
        ]
    total = sum([result[-1] for result in results])
    if plan.total_unit != 1:
        total = rounded(total, 1, plan.total_mode, plan.total_unit)
    trace = [1, plan.fiscal_year, cls, income, persons, earners, rows, results, total, weight]
    return _tuple(Assessment, (household.id, plan.ratios[cls], income, tuple(results), total, trace))


def _read(
    plan: Plan, household: Household
) -> tuple[int, int, int, bool, list[int], list[int], list[int], list[Any]] | None:
    """The members of a household that stays as it is all year; None for any other.

    (軽減判定所得, counted persons, 給与所得者等, whether an income is unknown, bands, bases and fixed asset tax of the insured,
    rows of the trace).
    """
    rules, cuts, base_unit = plan.income, plan.bands, plan.base_unit
    reduction_income = persons = earners = 0
    undeclared = False
    levied: list[int] = []
    bases: list[int] = []
    assets: list[int] = []
    rows: list[Any] = []
    for person, birth, head, insured, income, mask, asset_tax, former, special, age in household.members:
        band = bisect_left(cuts, birth) if birth is not None else band_of_age(age)
        if special is not None or (insured and (mask != FULL_YEAR or _PARTIAL[band])):
            return None
        if insured or former:
            persons += 1
            status = band + COUNTED
        elif head:
            status = band
        else:
            continue
        if insured:
            status += INSURED
        if head:
            status += HEAD
        if former:
            status += FORMER
        base = 0
        if income is None and not asset_tax:
            rows.append((person, status))
        else:
            if income is None:
                income = _NO_INCOME
            f = figures(rules, band <= SENIOR, income)
            receivable, judged, deduction, earner, salary, pension, _, pension_deducted, _ = f
            reduction_income += judged
            if earner:
                earners += 1
                status += EARNER
            if income.undeclared:
                undeclared = True
                status += UNDECLARED
            base = receivable - deduction
            if base < 0:
                base = 0
            elif base_unit != 1:
                base -= base % base_unit
            rare = () if income[5:] == _USUAL and not asset_tax else rare_items(income, f, asset_tax)
            rows.append(
                (person, status, income[0], salary, income[1], pension, income[2], receivable, judged, deduction, base,
                 pension_deducted, rare)
            )  # fmt: skip
        if insured:
            levied.append(band)
            bases.append(base)
            assets.append(asset_tax)
    if not levied:
        return None
    return reduction_income, persons, earners, undeclared, levied, bases, assets, rows


def _plain(
    plan: Plan,
    levied: list[int],
    bases: list[int],
    assets: list[int],
    per_capitas: Sequence[int],
    per_households: Sequence[int],
) -> list[ComponentResult]:
    """The components for a whole year where every part is cut downward for the household: the usual ordinance."""
    results: list[ComponentResult] = []
    rate_den, unit = plan.rate_den, plan.component_unit
    whole = sum(bases)
    care_base = sum([base for band, base in zip(levied, bases, strict=True) if band == CARE])
    asset_sum = sum(assets)
    for (code, care, rate, asset_rate, cap), per_capita, per_household in zip(
        plan.rows, per_capitas, per_households, strict=True
    ):
        base = whole
        if care:
            base = care_base
            if CARE not in levied:
                results.append(_tuple(ComponentResult, (code, 0, 0, 0, 0, 0, 0, 0, 0)))
                continue
        levy = base * rate // rate_den
        asset = _assets(levied, assets, care) * asset_rate // rate_den if asset_sum and asset_rate else 0
        amount = levy + asset + per_capita + per_household
        amount -= amount % unit
        over = 0
        if amount > cap:
            over = amount - cap
            amount = cap
        results.append(_tuple(ComponentResult, (code, base, levy, asset, per_capita, per_household, over, 0, amount)))
    return results


def _assets(levied: list[int], assets: list[int], care: bool) -> int:
    """Fixed asset tax of those whom a component concerns, in yen."""
    return sum(asset for band, asset in zip(levied, assets, strict=True) if not care or band == CARE)


def _component(
    plan: Plan,
    place: int,
    cls: int,
    levied: list[int],
    bases: list[int],
    assets: list[int],
    per_capita: int,
    weight: int,
) -> ComponentResult:
    """One component for a whole year under any rounding."""
    component = plan.components[place]
    concerned = [i for i, band in enumerate(levied) if not component.care or band == CARE]
    if not concerned:
        return ComponentResult(component.code, 0, 0, 0, 0, 0, 0, 0, 0)
    base = sum(bases[i] for i in concerned)
    per_household = plan.per_household[weight][cls][place]
    asset = sum(assets[i] for i in concerned) * component.asset_rate // plan.rate_den
    unit, mode = plan.component_unit, plan.component_mode
    if component.income_by_person or plan.component_by_person:
        incomes = [rounded(bases[i] * component.rate, plan.rate_den, component.income_mode, component.income_unit)
                   for i in concerned]  # fmt: skip
        levy = sum(incomes)
    else:
        incomes = []
        levy = rounded(base * component.rate, plan.rate_den, component.income_mode, component.income_unit)
    if plan.component_by_person:
        table = plan.per_capita[cls]
        amount = sum(
            rounded(income + table[levied[i]][place], 1, mode, unit)
            for i, income in zip(concerned, incomes, strict=True)
        )
        amount += rounded(per_household, 1, mode, unit) + rounded(asset, 1, mode, unit)
        capped = min(amount, component.cap)
        return ComponentResult(component.code, base, None, None, None, None, amount - capped, 0, capped)
    if plan.per_capita_by_household:
        per_capita = rounded(per_capita, DEN, plan.per_capita_mode)
    amount = rounded(levy + asset + per_capita + per_household, 1, mode, unit)
    capped = min(amount, component.cap)
    return ComponentResult(component.code, base, levy, asset, per_capita, per_household, amount - capped, 0, capped)

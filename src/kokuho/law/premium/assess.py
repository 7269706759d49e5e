"""The annual levy of one household: incomes, reduction, components, caps, with its explanation kept as a trace.

The whole-year path here is the common case; whoever joins, leaves or changes status within the year goes through
`monthly`, which gives the same figures for twelve months.
"""

from __future__ import annotations

from bisect import bisect_left
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
    """The levy of one household in the plan's fiscal year. Pure; the result keeps its trace (`explain.explain`)."""
    weight = 4
    if household.half_months or household.three_quarter_months:
        weight = 2 if household.half_months == FULL_YEAR else 3 if household.three_quarter_months == FULL_YEAR else 0
    if not weight or plan.general:
        return assess_months(plan, household)
    rules, cuts, base_unit = plan.income, plan.bands, plan.base_unit
    reduction_income = persons = earners = base_sum = care_sum = asset_sum = 0
    undeclared = False
    levied: list[int] = []  # bands of the insured
    bases: list[int] = []
    assets: list[int] = []
    rows: list[Any] = []
    for member in household.members:
        person, birth, head, insured, income, mask, asset_tax, former, special, age = member
        band = bisect_left(cuts, birth) if birth is not None else band_of_age(age or 0)
        if special is not None or (insured and (mask != FULL_YEAR or _PARTIAL[band])):
            return assess_months(plan, household)
        if insured or former:
            persons += 1
            status = band + COUNTED
        elif head:
            status = band
        else:
            continue
        if head:
            status += HEAD
        if former:
            status += FORMER
        base = 0
        if income is None and not asset_tax:
            rows.append((person, status + INSURED if insured else status))
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
            rows.append(
                (
                    person, status + INSURED if insured else status, income[0], salary, income[1], pension, income[2],
                    receivable, judged, deduction, base, pension_deducted,
                    () if income[5:] == _USUAL and not asset_tax else rare_items(income, f, asset_tax),
                )
            )  # fmt: skip
        if insured:
            base_sum += base
            if band == CARE:
                care_sum += base
            levied.append(band)
            bases.append(base)
            assets.append(asset_tax)
            asset_sum += asset_tax
    cls = judge(plan, reduction_income, persons, earners, undeclared, household.fixed_reduction)
    if not levied:
        return assess_months(plan, household)
    table = plan.per_capita[cls]
    if len(levied) == 1:
        per_capitas = table[levied[0]]
    else:
        per_capitas = tuple(map(sum, zip(*[table[band] for band in levied], strict=True)))
    results: list[ComponentResult]
    if plan.plain:
        results = []
        total = 0
        rate_den, unit = plan.rate_den, plan.component_unit
        for (code, care, rate, asset_rate, cap), per_capita, per_household in zip(
            plan.rows, per_capitas, plan.per_household[weight][cls], strict=True
        ):
            base = base_sum
            if care:
                base = care_sum
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
            total += amount
            results.append(
                _tuple(ComponentResult, (code, base, levy, asset, per_capita, per_household, over, 0, amount))
            )
    else:
        results = [
            _component(plan, place, cls, levied, bases, assets, per_capitas[place], weight)
            for place in range(len(plan.components))
        ]
        total = sum(result.amount for result in results)
    if plan.total_unit != 1:
        total = rounded(total, 1, plan.total_mode, plan.total_unit)
    trace = [1, plan.fiscal_year, cls, reduction_income, persons, earners, rows, results, total, weight]
    return _tuple(Assessment, (household.id, plan.ratios[cls], reduction_income, tuple(results), total, trace))


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

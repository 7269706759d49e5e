"""Incomes by columns: the same rules as `incomes.figures`, for every person at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kokuho.law.premium.columns import Bools, Ints, Population
from kokuho.law.premium.incomes import Brackets, IncomeRules


class PersonFigures(NamedTuple):
    """(A), (B), 基礎控除 and 給与所得者等 of every person. Yen."""

    base_income: Ints
    reduction_income: Ints
    deduction: Ints
    earner: Bools


def _rows(brackets: Brackets, receipts: Ints) -> tuple[Ints, Ints]:
    """(receipts by the quick table before its addition, the addition)."""
    rows = np.array(brackets.rows, dtype=np.int64)
    chosen = rows[np.searchsorted(np.array(brackets.starts), receipts, side="right") - 1]
    return receipts // chosen[:, 0] * chosen[:, 1] // chosen[:, 2], chosen[:, 3]


def _not_below_zero(column: Ints) -> Ints:
    found: Ints = np.maximum(column, 0)
    return found


def _income(brackets: Brackets, receipts: Ints) -> Ints:
    value, add = _rows(brackets, receipts)
    return _not_below_zero(value + add)


def _pension(rules: IncomeRules, receipts: Ints, senior: Bools, other_income: Ints) -> Ints:
    old, old_add = _rows(rules.pension_65, receipts)
    young, young_add = _rows(rules.pension_under65, receipts)
    value = np.where(senior, old + old_add, young + young_add)
    limits, less = zip(*rules.pension_tiers, strict=True)
    tier = np.searchsorted(np.array(limits), other_income, side="left")
    found: Ints = np.minimum(receipts, _not_below_zero(value + np.array([0, *less])[tier]))
    return found


def _adjustment(rules: IncomeRules, receipts: Ints, salary: Ints, pension: Ints, child: Bools) -> Ints:
    low, high, percent = rules.child_adjustment
    by_child = np.where(child & (receipts > low), -(-(np.minimum(receipts, high) - low) * percent // 100), 0)
    overlap = np.minimum(salary, rules.overlap) + np.minimum(pension, rules.overlap) - rules.overlap
    both = np.where((salary > 0) & (pension > 0) & (overlap > 0), overlap, 0)
    found: Ints = np.minimum(by_child + both, salary)
    return found


def _relieved(rules: IncomeRules, salary: Ints, adjustment: Ints) -> Ints:
    if rules.ratio_first:
        return _not_below_zero((salary + adjustment) * rules.involuntary // 100 - adjustment)
    return salary * rules.involuntary // 100


def income_figures(rules: IncomeRules, senior: Bools, people: Population) -> tuple[PersonFigures, PersonFigures]:
    """(figures as they are, figures with the salary of everybody at 30/100). Kinds nobody has cost nothing."""
    p = people
    rare = any(column.any() for column in (p.separate, p.special_deduction, p.loss, p.casualty))
    salary, pension, adjustment = _salary_and_pension(rules, senior, people)
    gross = p.other
    for part in (salary, pension):
        if part is not None:
            gross = gross + part
    whole = np.maximum(gross, 0)
    apart = p.separate + p.special_deduction
    deduction = _deduction(rules, whole + apart if rare else whole)
    judged = gross  # (B) before the separately taxed incomes
    removed = _wages_removed(rules, people, salary, pension)
    if removed is not None:
        judged = judged - removed
    if pension is not None:
        judged = judged - np.where(senior, np.minimum(pension, rules.pension_deduction), 0)
    if p.paid.any():
        judged = judged + p.paid
    earner = _earners(rules, senior, people, salary is not None or pension is not None)

    def figures(gross: Ints, judged: Ints) -> PersonFigures:
        base = np.maximum(gross, 0)
        reduction = base if judged is gross else np.maximum(judged, 0)
        if rare:
            base = np.maximum(base + p.separate - p.loss, 0)
            reduction = np.maximum(reduction + apart - p.loss - p.casualty, 0)
        return PersonFigures(base, reduction, deduction, earner)

    plain = figures(gross, judged)
    if salary is None or not p.involuntary.any():
        return plain, plain
    lost = salary - _relieved(rules, salary, adjustment)
    kept = salary if removed is None else salary - removed
    return plain, figures(gross - lost, judged - kept + _relieved(rules, kept, adjustment))


def _salary_and_pension(rules: IncomeRules, senior: Bools, people: Population) -> tuple[Ints | None, Ints | None, Ints]:
    """(給与所得 after 所得金額調整控除, 年金所得, 所得金額調整控除); None for a kind nobody has."""
    p = people
    salary: Ints | None = None
    pension: Ints | None = None
    derived = p.salary_income < 0
    if p.salary_receipts.any() or not derived.all():
        salary = np.where(derived, _income(rules.salary, p.salary_receipts), p.salary_income)
    if p.pension_receipts.any() or (p.pension_income >= 0).any():
        elsewhere = p.other + p.separate + p.special_deduction
        if salary is not None:
            elsewhere = elsewhere + salary
        pension = np.where(
            p.pension_income < 0, _pension(rules, p.pension_receipts, senior, elsewhere), p.pension_income
        )
    adjustment = np.zeros_like(p.other)
    if salary is not None and (pension is not None or p.child_adjustment.any()):
        known = adjustment if pension is None else pension
        adjusted = derived & (salary > 0) & (p.child_adjustment | (known > 0))
        adjustment = np.where(adjusted, _adjustment(rules, p.salary_receipts, salary, known, p.child_adjustment), 0)
        salary = salary - adjustment
    return salary, pension, adjustment


def _deduction(rules: IncomeRules, whole: Ints) -> Ints:
    """基礎控除 by 合計所得金額."""
    limits = [limit for limit, _ in rules.stages]
    amounts = [amount for _, amount in rules.stages]
    if not len(whole) or whole.max() <= limits[0]:
        return np.full_like(whole, amounts[0])
    return np.array([*amounts, 0])[np.searchsorted(np.array(limits), whole, side="left")]


def _wages_removed(rules: IncomeRules, people: Population, salary: Ints | None, pension: Ints | None) -> Ints | None:
    """Salary income that comes from 専従者給与; None when nobody has any."""
    p = people
    waged = p.wages > 0
    if salary is None or not waged.any():
        return None
    rest = p.salary_receipts - p.wages
    alone = _income(rules.salary, np.maximum(rest, 0))
    known = np.zeros_like(salary) if pension is None else pension
    alone = alone - _adjustment(rules, rest, alone, known, p.child_adjustment)
    return np.where(waged, salary - np.where(rest > 0, np.minimum(salary, alone), 0), 0)


def _earners(rules: IncomeRules, senior: Bools, people: Population, receipts: bool) -> Bools:
    """給与所得者等, judged by the receipts unless fixed."""
    p = people
    earner: Bools = np.zeros(p.persons, np.bool_)
    if receipts:
        threshold = np.where(senior, rules.earner_pension_65, rules.earner_pension_under65)
        earner = (p.salary_receipts - p.wages > rules.earner_salary) | (p.pension_receipts > threshold)
    if (p.earner >= 0).any():
        earner = np.where(p.earner < 0, earner, p.earner > 0)
    return earner

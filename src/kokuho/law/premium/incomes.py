"""Incomes: receipts → income, and the two figures of the levy kept apart.

(A) 基準総所得金額 before 基礎控除 is the base of 所得割, (B) 軽減判定所得 decides 7・5・2割. They differ in 専従者給与,
the special deduction of 譲渡, 雑損失 and the 15万円 of elderly pensions.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from kokuho.law.parameters import table
from kokuho.law.premium.household import Income


@dataclass(frozen=True, slots=True)
class Brackets:
    """A quick table receipts → income: from `starts[i]` on, ``receipts // unit * num // den + add``, never below 0."""

    starts: tuple[int, ...]
    rows: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def of(cls, rows: list[list[int]]) -> Brackets:
        """From the parameter's rows ``[start, unit, num, den, add]``."""
        return cls(tuple(r[0] for r in rows), tuple((r[1], r[2], r[3], r[4]) for r in rows))

    def row(self, receipts: int) -> tuple[int, int, int, int]:
        """(unit, num, den, add) in force at these receipts."""
        return self.rows[bisect_right(self.starts, receipts) - 1]

    def income(self, receipts: int) -> int:
        """Income in yen."""
        unit, num, den, add = self.rows[bisect_right(self.starts, receipts) - 1]
        value = receipts // unit * num // den + add
        return value if value > 0 else 0


@dataclass(frozen=True, slots=True)
class IncomeRules:
    """The year's rules for incomes, in yen."""

    salary: Brackets
    pension_65: Brackets
    pension_under65: Brackets
    pension_tiers: tuple[tuple[int, int], ...]
    stages: tuple[tuple[int, int], ...]
    overlap: int
    child_adjustment: tuple[int, int, int]
    involuntary: int
    pension_deduction: int
    earner_salary: int
    earner_pension_65: int
    earner_pension_under65: int
    ratio_first: bool = False  # 30/100 before 所得金額調整控除

    def pension_income(self, receipts: int, senior: bool, other_income: int) -> int:
        """公的年金等に係る雑所得 in yen; `other_income` is 公的年金等以外の合計所得金額."""
        brackets = self.pension_65 if senior else self.pension_under65
        unit, num, den, add = brackets.row(receipts)
        for over, less in reversed(self.pension_tiers):
            if other_income > over:
                add += less
                break
        value = receipts // unit * num // den + add
        return min(receipts, value) if value > 0 else 0

    def basic_deduction(self, total_income: int) -> int:
        """所得割の基礎控除 by 合計所得金額, in yen."""
        for limit, deduction in self.stages:
            if total_income <= limit:
                return deduction
        return 0


def income_rules(fiscal_year: int, earner_pension_over_65: int | None = None) -> IncomeRules:
    """The rules of a fiscal year; `LawError` ``no_parameters`` for a year that is not registered."""
    national = table("premium")
    start = date(fiscal_year, 4, 1)

    def value(key: str) -> Any:
        return national.at(key, start).value

    return IncomeRules(
        salary=Brackets.of(value("salary_brackets")),
        pension_65=Brackets.of(value("pension_brackets_65")),
        pension_under65=Brackets.of(value("pension_brackets_under65")),
        pension_tiers=tuple((over, less) for over, less in value("pension_other_income_tiers")),
        stages=tuple((limit, deduction) for limit, deduction in value("basic_deduction_stages")),
        overlap=value("income_adjustment_overlap"),
        child_adjustment=tuple(value("income_adjustment_child")),
        involuntary=value("involuntary_ratio"),
        pension_deduction=value("reduction_pension_deduction"),
        earner_salary=value("earner_salary_over"),
        earner_pension_65=value("earner_pension_over_65") if earner_pension_over_65 is None else earner_pension_over_65,
        earner_pension_under65=value("earner_pension_over_under65"),
    )


class Figures(NamedTuple):
    """What the levy needs of one person's incomes, in yen."""

    base_income: int  # (A) 総所得金額等 before 基礎控除; 雑損失 not deducted
    reduction_income: int  # (B) 軽減判定所得
    deduction: int  # 基礎控除
    earner: bool  # 給与所得者等
    salary_income: int  # as it enters (A): after 所得金額調整控除 and 30/100
    pension_income: int
    adjustment: int  # 所得金額調整控除 taken off the salary
    pension_deducted: int  # of the 15万円 in (B)
    wages_removed: int  # salary income from 専従者給与 left out of (B)


# Built without the checks of NamedTuple: one is made for every person of a city.
_tuple = tuple.__new__

NOTHING = Figures(0, 0, 430000, False, 0, 0, 0, 0, 0)


def adjustment_of(rules: IncomeRules, receipts: int, salary: int, pension: int, child: bool) -> int:
    """所得金額調整控除 in yen: for salary receipts over 850万円 with children, and for salary and pension together."""
    total = 0
    low, high, percent = rules.child_adjustment
    if child and receipts > low:
        total = -(-(min(receipts, high) - low) * percent // 100)
    if salary > 0 and pension > 0:
        overlap = min(salary, rules.overlap) + min(pension, rules.overlap) - rules.overlap
        if overlap > 0:
            total += overlap
    return min(total, salary)


def relieved_salary(rules: IncomeRules, salary: int, adjustment: int) -> int:
    """Salary income (its 所得金額調整控除 already taken off) of a 非自発的失業者: 30/100, rounded down to the yen.

    With `ratio_first` the 30/100 are taken of the income before the 控除, which is then taken off in full.
    """
    if rules.ratio_first:
        return max(0, (salary + adjustment) * rules.involuntary // 100 - adjustment)
    return salary * rules.involuntary // 100


def figures(rules: IncomeRules, senior: bool, income: Income, involuntary: bool = False) -> Figures:
    """Both incomes of one person.

    `senior` is 65 or over on 1 January of the fiscal year; `involuntary` asks for the months in which the salary of a
    非自発的失業者 counts 30/100.
    """
    (receipts, pension_receipts, other, salary, pension, separate, special_deduction, loss, casualty, wages, paid,
     child, _, total, _, fixed_earner) = income  # fmt: skip
    if total is not None:
        return _figures_of_total(rules, senior, income, total, involuntary)
    adjustment = 0
    derived = salary is None
    if salary is None:
        salary = rules.salary.income(receipts) if receipts else 0
    if pension is None:
        pension = (
            rules.pension_income(pension_receipts, senior, salary + other + separate + special_deduction)
            if pension_receipts
            else 0
        )
    if derived and salary and (child or pension):
        adjustment = adjustment_of(rules, receipts, salary, pension, child)
        salary -= adjustment
    all_income = salary + pension + other
    if all_income < 0:
        all_income = 0
    deduction = rules.basic_deduction(all_income + separate + special_deduction)
    judged_salary = salary
    removed = 0
    if wages:
        judged_salary = _salary_without_wages(rules, receipts, wages, pension, child, salary)
        removed = salary - judged_salary
    if involuntary:
        salary = relieved_salary(rules, salary, adjustment)
        judged_salary = relieved_salary(rules, judged_salary, adjustment)
        removed = salary - judged_salary
        all_income = salary + pension + other
        if all_income < 0:
            all_income = 0
    base = all_income + separate - loss
    if base < 0:
        base = 0
    deducted = 0
    if senior and pension:
        deducted = pension if pension < rules.pension_deduction else rules.pension_deduction
    judged = judged_salary + pension - deducted + other + paid
    if judged < 0:
        judged = 0
    judged += separate + special_deduction - loss - casualty
    if judged < 0:
        judged = 0
    if fixed_earner is None:
        earner = (
            receipts - wages > rules.earner_salary
            or pension_receipts > (rules.earner_pension_65 if senior else rules.earner_pension_under65)
        )  # fmt: skip
    else:
        earner = fixed_earner
    return _tuple(Figures, (base, judged, deduction, earner, salary, pension, adjustment, deducted, removed))


def _salary_without_wages(rules: IncomeRules, receipts: int, wages: int, pension: int, child: bool, salary: int) -> int:
    """Salary income as if the 専従者給与 had not been paid; never more than the salary income there is."""
    rest = receipts - wages
    if rest <= 0:
        return 0
    alone = rules.salary.income(rest)
    return min(salary, alone - adjustment_of(rules, rest, alone, pension, child))


def _figures_of_total(rules: IncomeRules, senior: bool, income: Income, total: int, involuntary: bool) -> Figures:
    """As `figures`, when 総所得金額等 is known as one figure and the receipts only say what it is made of."""
    receipts, pension_receipts, wages = income.salary_receipts, income.pension_receipts, income.family_wages
    salary = min(total, rules.salary.income(receipts) if income.salary_income is None else income.salary_income)
    if income.total_is_pension:
        pension, salary = total, 0
    elif income.pension_income is not None:
        pension = min(total, income.pension_income)
    else:
        alone = rules.pension_income(pension_receipts, senior, 0)
        pension = min(total, rules.pension_income(pension_receipts, senior, total - alone))
    deduction = rules.basic_deduction(total + income.special_deduction + income.loss_carryover)
    judged_salary = salary
    if wages:
        judged_salary = _salary_without_wages(rules, receipts, wages, pension, income.child_adjustment, salary)
    removed = salary - judged_salary
    base = total
    if involuntary:
        cut = salary - salary * rules.involuntary // 100
        base = max(0, base - cut)
        removed = removed * rules.involuntary // 100
        salary -= cut
    deducted = min(pension, rules.pension_deduction) if senior else 0
    judged = max(0, base - removed - deducted + income.family_wages_paid) + income.special_deduction
    judged = max(0, judged - income.casualty_carryover)
    earner = income.earner
    if earner is None:
        earner = receipts - wages > rules.earner_salary or _pension_earner(rules, senior, income, pension)
    return Figures(base, judged, deduction, earner, salary, pension, 0, deducted, removed)


def _pension_earner(rules: IncomeRules, senior: bool, income: Income, pension: int) -> bool:
    """給与所得者等 by pension; where only the income is known, by the income that the receipts would give."""
    threshold = rules.earner_pension_65 if senior else rules.earner_pension_under65
    if income.pension_receipts or not income.total_is_pension:
        return income.pension_receipts > threshold
    return pension > rules.pension_income(threshold, senior, 0)

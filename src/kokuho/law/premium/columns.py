"""Households as columns: what the vectorised levy reads. One row a person, the persons of a household side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from kokuho.law.premium.household import Household, Income, Special

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NOTHING = Income()
_ORDINARY = Special()


@dataclass(frozen=True, slots=True)
class Population:
    """Columns of a population. Yen are int64, months are masks, `start` is the first row of each household.

    `birth` is datetime64[D]; `age` (on 1 April) is used where the birth is NaT. `salary_income` and `pension_income`
    are −1 where they are to be derived from the receipts; `earner` and `counted` −1 where they are to be judged.
    """

    start: Ints
    half: Ints
    three_quarter: Ints
    fixed: Ints  # fixed 軽減割合, −1 to judge
    birth: npt.NDArray[np.datetime64]
    age: Ints
    head: Bools
    insured: Bools
    former: Bools
    months: Ints
    asset_tax: Ints
    salary_receipts: Ints
    pension_receipts: Ints
    other: Ints
    salary_income: Ints
    pension_income: Ints
    separate: Ints
    special_deduction: Ints
    loss: Ints
    casualty: Ints
    wages: Ints
    paid: Ints
    child_adjustment: Bools
    undeclared: Bools
    earner: Ints
    involuntary: Ints
    maternity: Ints
    free_income: Ints
    half_capita: Ints
    counted: Ints
    care: Ints  # −1: by birth
    known_total: Bools  # 総所得金額等 known as one figure only

    def __len__(self) -> int:
        return len(self.start)

    @property
    def persons(self) -> int:
        """Number of rows."""
        return len(self.months)

    def household_of(self) -> Ints:
        """Household number of each row."""
        sizes = np.diff(np.append(self.start, self.persons))
        return np.repeat(np.arange(len(self.start)), sizes)

    def block(self, first: int, end: int) -> Population:
        """Households `first` to `end` (excluded) as views of these columns."""
        low = int(self.start[first])
        high = int(self.start[end]) if end < len(self) else self.persons
        values: dict[str, Any] = {}
        for item in fields(self):
            column = getattr(self, item.name)
            values[item.name] = column[first:end] if item.name in _BY_HOUSEHOLD else column[low:high]
        values["start"] = values["start"] - low
        return Population(**values)

    def take(self, chosen: Bools) -> Population:
        """The chosen households only, in order."""
        rows = chosen[self.household_of()]
        sizes = np.diff(np.append(self.start, self.persons))[chosen]
        values: dict[str, Any] = {}
        for item in fields(self):
            column = getattr(self, item.name)
            values[item.name] = column[chosen] if item.name in _BY_HOUSEHOLD else column[rows]
        values["start"] = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
        return Population(**values)


_BY_HOUSEHOLD = ("start", "half", "three_quarter", "fixed")


def columns(households: Iterable[Household]) -> Population:
    """The columns of household records (those without members are not allowed)."""
    start: list[int] = []
    half: list[int] = []
    three_quarter: list[int] = []
    fixed: list[int] = []
    rows: list[tuple[int, ...]] = []
    births: list[Any] = []
    for household in households:
        start.append(len(rows))
        half.append(household.half_months)
        three_quarter.append(household.three_quarter_months)
        fixed.append(-1 if household.fixed_reduction is None else household.fixed_reduction)
        for member in household.members:
            income = member.income or _NOTHING
            special = member.special or _ORDINARY
            births.append("NaT" if member.birth is None else member.birth)
            rows.append(
                (
                    member.age or 0, member.head, member.insured, member.former_insured, member.months,
                    member.asset_tax, income.salary_receipts, income.pension_receipts, income.other,
                    -1 if income.salary_income is None else income.salary_income,
                    -1 if income.pension_income is None else income.pension_income,
                    income.separate, income.special_deduction, income.loss_carryover, income.casualty_carryover,
                    income.family_wages, income.family_wages_paid, income.child_adjustment, income.undeclared,
                    -1 if income.earner is None else income.earner, special.involuntary if member.income else 0,
                    special.maternity, special.former_dependent_income, special.former_dependent_per_capita,
                    -1 if special.counted is None else special.counted,
                    -1 if special.care is None else special.care, income.total is not None,
                )
            )  # fmt: skip
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 27).T.copy()
    names = [item.name for item in fields(Population) if item.name not in (*_BY_HOUSEHOLD, "birth")]
    person: dict[str, Any] = dict(zip(names, table, strict=True))
    for name in ("head", "insured", "former", "child_adjustment", "undeclared", "known_total"):
        person[name] = person[name].astype(np.bool_)
    return Population(
        start=np.array(start, np.int64), half=np.array(half, np.int64), fixed=np.array(fixed, np.int64),
        three_quarter=np.array(three_quarter, np.int64), birth=np.array(births, dtype="datetime64[D]"), **person,
    )  # fmt: skip

"""月の高額療養費の按分: how much of each step belongs to which unit, for the yearly sums and for statistics.

The texts ask for it in 外来年間合算 (what was paid for outpatient care of a person) and 高額介護合算 (the 70+ part of
the whole household's step, 施行規則27条の19). Shares are in proportion to what the unit still bears, cut to the yen;
the unit that bears most carries the odd yen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kokuho.law.benefit.high_cost import HouseholdMonth, MonthResult, eligible_amounts
from kokuho.law.benefit.sharing import largest, proportional
from kokuho.law.benefit.units import Burden, Unit


@dataclass(frozen=True, slots=True)
class UnitBenefit:
    """`borne` what the unit brought to the steps and `benefit` its share of 高額療養費 (yen)."""

    burden: Burden
    borne: int
    benefit: int

    @property
    def net(self) -> int:
        """自己負担 left after 高額療養費."""
        return self.borne - self.benefit


def by_unit(case: HouseholdMonth, result: MonthResult) -> list[UnitBenefit]:
    """The month's 高額療養費 (第1項 to 第5項) spread over its units; the shares add up to `result.total`."""
    borne = eligible_amounts(case, result)
    units = [burden.unit for burden in result.burdens]
    left = list(borne)

    def take(amount: int, belongs: Callable[[Unit], bool]) -> None:
        weights = [left[index] if belongs(unit) else 0 for index, unit in enumerate(units)]
        if amount and sum(weights):
            for index, share in enumerate(proportional(amount, weights, largest(weights))):
                left[index] -= share

    for person, amount in result.by_person_75_under_70.items():
        take(amount, _of(person, lambda unit: not unit.senior and unit.turned_75))
    for person, amount in result.by_person_outpatient.items():
        take(amount, _of(person, lambda unit: unit.senior and not unit.inpatient))
    for person, amount in result.by_person_75.items():
        take(amount, _of(person, lambda unit: unit.senior))
    take(result.senior_household, lambda unit: unit.senior)
    take(result.whole_household, lambda unit: True)
    return [
        UnitBenefit(burden, amount, amount - rest)
        for burden, amount, rest in zip(result.burdens, borne, left, strict=True)
    ]


def _of(person: str, kind: Callable[[Unit], bool]) -> Callable[[Unit], bool]:
    return lambda unit: unit.person == person and kind(unit)


def outpatient_of(case: HouseholdMonth, result: MonthResult, person: str) -> tuple[int, int]:
    """外来年間合算 の1か月分: outpatient burden of a person from 70 and the monthly 高額療養費 paid for it (yen)."""
    mine = [
        item
        for item in by_unit(case, result)
        if item.burden.unit.person == person and item.burden.unit.senior and not item.burden.unit.inpatient
    ]
    return sum(item.borne for item in mine), sum(item.benefit for item in mine)


def combined_care_month(case: HouseholdMonth, result: MonthResult) -> tuple[int, int]:
    """高額介護合算 の1か月分: what is left to bear from 70, and under 70 (units of 21,000 yen or more), in yen.

    The whole household's step is split by 七十歳以上高額療養費按分率: the 70+ amount left after 第3項 over the whole
    amount left (施行規則27条の19).
    """
    items = by_unit(case, result)
    senior = sum(item.net for item in items if item.burden.unit.senior)
    return senior, sum(item.net for item in items if not item.burden.unit.senior)


def refund_to_aid(case: HouseholdMonth, result: MonthResult) -> int:
    """The part of the refund that belongs to the municipal scheme (福祉医療) instead of the household, in yen.

    Unit by unit: what is still to be paid back after 現物給付, as far as the scheme and not the patient bore it.
    """
    return sum(
        min(max(0, item.benefit - item.burden.unit.in_kind), item.burden.unit.aid) for item in by_unit(case, result)
    )

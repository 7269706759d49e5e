"""What a levy returns, and the layout of its trace.

A trace is JSON: lists of ints and short strings, about 500 bytes for a usual household. Whole year::

    [1, fiscal_year, class, reduction income, persons, earners, members, components, total, weight]

Parts of the year::

    [2, fiscal_year, segments, persons, members, components, total, half, three quarters]

with ``segments`` = [months mask, class, reduction income, earners] (they differ only where a 非自発的失業 begins or
ends within the year). A member is ``[id, status]`` or, with incomes, ``[id, status, salary receipts, salary income,
pension receipts, pension income, other, (A), (B), basic deduction, base, pension deducted in (B), rare]``, `rare`
being a flat list of code and amount. By months a member goes on with ``[insured, care, maternity, involuntary, relief
of 所得割, relief of 均等割]`` (month masks), the bases by segment and, for a 非自発的失業者, ``[salary, (A), (B)]`` at
30/100; and a component stands with the 均等割 of each member. A component is a `ComponentResult`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kokuho.law.premium.household import Income
from kokuho.law.premium.incomes import Figures
from kokuho.law.premium.plan import Plan

# Bits of a member's status; the low four bits are the age band of `months`.
HEAD, INSURED, FORMER, EARNER, UNDECLARED, COUNTED = 16, 32, 64, 128, 256, 512


class ComponentResult(NamedTuple):
    """One component of a household's levy, in yen. The parts are after reduction and before rounding and cap.

    `code` is the place in `COMPONENTS`; `base` the sum of the bases of 所得割. Where the ordinance rounds by person the
    parts have no household value and are None.
    """

    code: int
    base: int
    income: int | None
    asset: int | None
    per_capita: int | None
    per_household: int | None
    over_cap: int  # 限度超過額
    relief: int  # 旧被扶養者減免
    amount: int


class Assessment(NamedTuple):
    """The year's levy of a household. `reduction` is in tenths (7, 5, 2, 0 or the ordinance's own class)."""

    id: int | str
    reduction: int
    reduction_income: int
    components: tuple[ComponentResult, ...]
    total: int
    trace: list[Any]


def judge(plan: Plan, income: int, persons: int, earners: int, undeclared: bool, fixed: int | None) -> int:
    """The class of a household as an index into `plan.ratios`; one undeclared income and there is none."""
    if fixed is not None:
        return plan.ratios.index(fixed) if fixed in plan.ratios else 0
    if undeclared:
        return 0
    seven, five, two = plan.reduction.thresholds(persons, earners)
    if income <= two:
        return 1 if income <= seven else 2 if income <= five else 3
    for cls, base, per_person in plan.own_classes:
        if income <= base + per_person * persons:
            return cls
    return 0


# Codes of a member's rare items, in the order in which the explanation names them.
RARE = ("separate", "special_deduction", "loss_carryover", "casualty_carryover", "family_wages_paid")


def rare_items(income: Income, f: Figures, asset_tax: int = 0) -> list[Any]:
    """The amounts of the trace that few people have, as a flat list code, amount, …"""
    items: list[Any] = []
    for code in RARE:
        amount = getattr(income, code)
        if amount:
            items += (code, amount)
    if f.adjustment:
        items += ("adjustment", f.adjustment)
    if f.wages_removed:
        items += ("wages_removed", f.wages_removed)
    if income.total is not None:
        items += ("total", income.total)
    if asset_tax:
        items += ("asset_tax", asset_tax)
    return items

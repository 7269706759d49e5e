"""年間上限 (令和8年8月から, 法57条の2): announced amounts only. What is computed here is never final.

Found so far: the amounts by class. Not found: whether household or person, burdens under 21,000 yen, moves between
insurers. Those are settings; results carry `final=False` until the order is registered as enacted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kokuho.law.benefit.settings import AnnualCapSettings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step, yen


@dataclass(frozen=True, slots=True)
class YearBurden:
    """What one person bore in a month of the year after monthly 高額療養費 and 外来年間合算, in yen.

    `small` is the part under 70 that stayed out of the monthly sums (21,000円未満).
    """

    person: str
    month: Month
    amount: int
    small: int = 0


@dataclass(frozen=True, slots=True)
class AnnualCap:
    """`excess` by unit (household or person), yen; `final` is always False while the amounts are only announced."""

    cap: int
    excess: dict[str, int]
    total: int
    final: bool
    steps: tuple[Step, ...]


def annual_cap(
    burdens: Sequence[YearBurden],
    *,
    year_start: int,
    income_class: str,
    senior: bool,
    settings: AnnualCapSettings,
    low_annual_income: bool = False,
) -> AnnualCap:
    """年間上限 of the year that begins in August of `year_start`.

    `low_annual_income`: 年収約200万円以下と確認された人 (区分エ・一般). Raises `LawError` ``no_parameters`` for other
    years, ``unknown_class``, ``out_of_range``.
    """
    row = table("benefit-limits").at("annual_cap", Month(year_start, 8).first)
    classes = row.value["over_70" if senior else "under_70"]
    if income_class not in classes:
        raise LawError("unknown_class", "class", f"所得区分 {income_class} の年間上限は登録されていません。")
    low = low_annual_income and income_class in ("エ", "一般")
    cap = row.value["low_annual_income"] if low else classes[income_class]
    first, last = Month(year_start, 8), Month(year_start + 1, 7)
    sums: dict[str, int] = {}
    for item in burdens:
        if not first <= item.month <= last:
            raise LawError("out_of_range", "month", f"{item.month} は計算期間の外です。")
        unit = "世帯" if settings.annual_cap_unit == "household" else item.person
        small = item.small if settings.annual_cap_counts_small_amounts else 0
        sums[unit] = sums.get(unit, 0) + item.amount + small
    excess = {unit: max(0, amount - cap) for unit, amount in sums.items()}
    steps = tuple(
        Step(f"年間上限を超える額（{unit}・概算）", f"{yen(amount)}－{yen(cap)}", excess[unit], row.article)
        for unit, amount in sums.items()
    )
    return AnnualCap(cap, excess, sum(excess.values()), row.value["status"] == "enacted", steps)

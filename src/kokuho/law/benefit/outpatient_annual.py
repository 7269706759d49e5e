"""外来年間合算 (施行令29条の2の2): the yearly limit on outpatient burdens of persons from 70,
8月1日から翌年7月31日まで.

The text compares three sums each with the limit: 基準日の世帯主, 基準日の世帯員, 元の世帯員; each insurer of the year
pays the share of its own amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.law.benefit.classes import is_active
from kokuho.law.benefit.settings import YearlySettings
from kokuho.law.benefit.sharing import largest, proportional
from kokuho.law.eligibility.months import Month, months_between
from kokuho.law.errors import LawError
from kokuho.law.parameters import Parameter, table
from kokuho.law.steps import Step, yen

_ORDER = "国民健康保険法施行令29条の2の2"


@dataclass(frozen=True, slots=True)
class OutpatientMonth:
    """One month of one person under one insurer: 外来の負担 (from 70) and the monthly 高額療養費 paid for it, in yen.

    `active`: 現役並み所得 in that month (the month is then left out).
    """

    insurer: str
    month: Month
    burden: int
    monthly_benefit: int = 0
    active: bool = False


@dataclass(frozen=True, slots=True)
class Pot:
    """One of the sums that are compared with the limit: a person in one role at 基準日, or the former members
    together.
    """

    label: str
    months: Sequence[OutpatientMonth]


@dataclass(frozen=True, slots=True)
class PotResult:
    """`total` 合算額, `excess` over the limit, `by_insurer` what each insurer pays (yen)."""

    label: str
    total: int
    excess: int
    by_insurer: dict[str, int]


@dataclass(frozen=True, slots=True)
class OutpatientAnnual:
    """`limit` None when nothing is due by class; `own` what the asking insurer pays, `total` what all insurers pay."""

    limit: int | None
    pots: tuple[PotResult, ...]
    own: int
    total: int
    steps: tuple[Step, ...]


def accounting_year(month: Month) -> tuple[Month, Month]:
    """計算期間 a month lies in: August to July."""
    first = Month(month.year if month.month >= 8 else month.year - 1, 8)
    return first, first.plus(11)


def base_date(year_start: int, *, left_all_schemes_on: date | None = None) -> date:
    """基準日 of the 計算期間 that begins in August of `year_start`: 31 July, or the day before leaving every
    scheme.

    `left_all_schemes_on` is the day from which the person is in no medical scheme (死亡の翌日 …;
    施行令29条の4第8項・29条の4の4).
    """
    last = date(year_start + 1, 7, 31)
    if left_all_schemes_on is None or left_all_schemes_on > last:
        return last
    if left_all_schemes_on <= date(year_start, 8, 1):
        raise LawError("out_of_range", "left_all_schemes_on", "計算期間の前に資格を失っています。")
    return left_all_schemes_on - timedelta(days=1)


def outpatient_annual(
    pots: Sequence[Pot],
    *,
    year_start: int,
    income_class: str,
    insurer: str,
    base_insurer: str,
    settings: YearlySettings,
) -> OutpatientAnnual:
    """外来年間合算 for the 計算期間 that begins in August of `year_start`.

    `income_class` is the class on 基準日: 現役並み gets nothing. `insurer` asks for its own share; `base_insurer` is
    the one on 基準日. Raises `LawError` ``no_parameters`` for a year or class without a registered limit,
    ``out_of_range`` for a month outside the period, ``negative`` where a benefit exceeds its burden.
    """
    period = (Month(year_start, 8), Month(year_start + 1, 7))
    steps: list[Step] = []
    if is_active(income_class):
        steps.append(Step("外来年間合算", f"基準日の所得区分が{income_class}", 0, f"{_ORDER}第1項ただし書"))
        return OutpatientAnnual(None, (), 0, 0, tuple(steps))
    row = table("benefit-limits").at("outpatient_annual", period[0].first)
    limit = _limit(row, income_class)
    results = tuple(_pot(pot, period, limit, base_insurer, settings, row.article, steps) for pot in pots)
    own = sum(result.by_insurer.get(insurer, 0) for result in results)
    total = sum(result.excess for result in results)
    steps.append(Step("外来年間合算の支給額", f"全保険者の支給額 {yen(total)} のうち {insurer} の分", own, _ORDER))
    return OutpatientAnnual(limit, results, own, total, tuple(steps))


def _limit(row: Parameter, income_class: str) -> int:
    if income_class not in row.value:
        raise LawError(
            "no_parameters", "class", f"所得区分 {income_class} の外来年間合算の限度額は登録されていません。"
        )
    return int(row.value[income_class])


def _pot(
    pot: Pot,
    period: tuple[Month, Month],
    limit: int,
    base_insurer: str,
    settings: YearlySettings,
    article: str,
    steps: list[Step],
) -> PotResult:
    inside = set(months_between(*period))
    by_insurer: dict[str, int] = {}
    for item in pot.months:
        if item.month not in inside:
            raise LawError("out_of_range", "month", f"{item.month} は計算期間 {period[0]} から {period[1]} の外です。")
        if item.monthly_benefit > item.burden:
            raise LawError("negative", "monthly_benefit", f"{item.month} の高額療養費が負担額を超えています。")
        if not item.active:
            by_insurer[item.insurer] = by_insurer.get(item.insurer, 0) + item.burden - item.monthly_benefit
    total = sum(by_insurer.values())
    excess = max(0, total - limit)
    steps.append(
        Step(
            f"外来の合算額（{pot.label}）",
            "＋".join(f"{name} {yen(part)}" for name, part in by_insurer.items()) or yen(0),
            total,
            _ORDER,
        )
    )
    steps.append(Step(f"限度額を超える額（{pot.label}）", f"{yen(total)}－{yen(limit)}", excess, article))
    names, weights = list(by_insurer), list(by_insurer.values())
    if not names:
        return PotResult(pot.label, 0, 0, {})
    to_base = settings.share_remainder == "base_insurer" and base_insurer in by_insurer
    carrier = names.index(base_insurer) if to_base else largest(weights)
    shares = dict(zip(names, proportional(excess, weights, carrier), strict=True))
    return PotResult(pot.label, total, excess, shares)

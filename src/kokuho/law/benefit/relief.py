"""一部負担金の減免・徴収猶予 (法44条) and 保険者徴収 (法42条2項)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kokuho.law.benefit.settings import ReliefSettings
from kokuho.law.eligibility.months import Month, period_end
from kokuho.law.parameters import table
from kokuho.law.shape import percent
from kokuho.law.steps import Step, yen

_ARTICLE = "国民健康保険法44条・平成22年9月13日保発0913第2号・要綱"


class ReliefKind(StrEnum):
    """What the household gets."""

    NONE = "none"
    WAIVED = "waived"
    REDUCED = "reduced"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class ReliefCase:
    """A household asking for relief: monthly figures in yen.

    `disaster_or_loss`: 災害, 不作・不漁, 事業の休廃止, 失業 and the like. `standard` 生活保護基準の月額.
    """

    disaster_or_loss: bool
    inpatient: bool
    income: int
    standard: int
    savings: int
    can_pay_later: bool = False


@dataclass(frozen=True, slots=True)
class Relief:
    """`kind`, the rate taken off, the months it may last, and why."""

    kind: ReliefKind
    rate: Fraction
    months: int
    steps: tuple[Step, ...]


def judge_relief(case: ReliefCase, settings: ReliefSettings) -> Relief:
    """減免・徴収猶予の判定 by the municipality's rule: the reason, hospital care, income and savings against
    生活保護基準.
    """
    refused = [
        text
        for met, text in (
            (case.disaster_or_loss, "災害・失業などの事由がない"),
            (case.inpatient or not settings.relief_inpatient_only, "入院の療養でない"),
            (
                case.savings <= case.standard * settings.relief_savings_months,
                f"預貯金が基準の{settings.relief_savings_months}か月分を超える",
            ),
        )
        if not met
    ]
    if refused:
        return Relief(
            ReliefKind.NONE, Fraction(0), 0, (Step("一部負担金の減免", "、".join(refused), "対象外", _ARTICLE),)
        )
    share = f"収入 {yen(case.income)}、生活保護基準 {yen(case.standard)}"
    if case.income <= case.standard * settings.relief_waive_up_to:
        step = Step("一部負担金の免除", f"{share} の{percent(settings.relief_waive_up_to)}以下", "免除", _ARTICLE)
        return Relief(ReliefKind.WAIVED, Fraction(1), settings.relief_months, (step,))
    if case.income <= case.standard * settings.relief_reduce_up_to:
        step = Step("一部負担金の減額", f"{share} の{percent(settings.relief_reduce_up_to)}以下", "減額", _ARTICLE)
        return Relief(ReliefKind.REDUCED, settings.relief_reduction, settings.relief_months, (step,))
    if case.can_pay_later:
        step = Step("一部負担金の徴収猶予", f"{share}、後に支払える見込み", "猶予", _ARTICLE)
        return Relief(ReliefKind.DEFERRED, Fraction(0), settings.deferral_months, (step,))
    step = Step("一部負担金の減免", f"{share} の{percent(settings.relief_reduce_up_to)}を超える", "対象外", _ARTICLE)
    return Relief(ReliefKind.NONE, Fraction(0), 0, (step,))


def relieved_share(share: int, relief: Relief) -> int:
    """一部負担金 after the relief, in yen; what is taken off is cut to the yen. 高額療養費 is worked out on this
    amount.
    """
    return share - int(share * relief.rate)


def relief_until(first_month: Month, relief: Relief) -> date:
    """Last day of the relief: the end of its last month."""
    return period_end(first_month.first, months=max(relief.months, 1))


def insurer_may_collect(unpaid: int, on: date, *, institution_tried: bool) -> tuple[bool, Step]:
    """保険者徴収: whether the municipality may collect an unpaid 一部負担金 for the institution (法42条2項)."""
    row = table("benefit-grants").at("collection_by_insurer_minimum", on)
    allowed = institution_tried and unpaid >= row.value
    text = f"未払い {yen(unpaid)}、要綱の額 {yen(row.value)}" + (
        "" if institution_tried else "（医療機関の回収努力が足りない）"
    )
    return allowed, Step("保険者徴収", text, "できる" if allowed else "できない", row.article)

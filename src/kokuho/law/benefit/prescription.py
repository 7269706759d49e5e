"""保険給付を受ける権利の時効 (法110条1項): two years from the day on which the right can be exercised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.benefit.settings import PrescriptionSettings
from kokuho.law.eligibility.months import Month, period_end
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step

_NEXT = timedelta(days=1)


class BenefitKind(StrEnum):
    """Kinds of benefit by where their two years begin."""

    MEDICAL_EXPENSE = "medical_expense"
    HIGH_COST = "high_cost"
    BIRTH = "birth"
    FUNERAL = "funeral"
    COMBINED_CARE = "combined_care"
    OUTPATIENT_ANNUAL = "outpatient_annual"
    MEAL_DIFFERENCE = "meal_difference"
    SPECIAL_BENEFIT = "special_benefit"
    TRANSPORT = "transport"


_STARTS = {
    BenefitKind.MEDICAL_EXPENSE: "費用を支払った日の翌日",
    BenefitKind.BIRTH: "出産の日の翌日",
    BenefitKind.FUNERAL: "葬祭を行った日の翌日",
    BenefitKind.COMBINED_CARE: "基準日の翌日",
    BenefitKind.OUTPATIENT_ANNUAL: "基準日の翌日",
    BenefitKind.MEAL_DIFFERENCE: "標準負担額を支払った日の翌日",
    BenefitKind.SPECIAL_BENEFIT: "費用を支払った日の翌日",
    BenefitKind.TRANSPORT: "費用を支払った日の翌日",
}


@dataclass(frozen=True, slots=True)
class Prescription:
    """`start` 起算日, `last_day` the last day to apply, `barred_from` the first day too late."""

    start: date
    last_day: date
    barred_from: date
    steps: tuple[Step, ...]


def prescription(kind: BenefitKind, event: date) -> Prescription:
    """時効 of a benefit other than 高額療養費, whose right begins on the day after `event` (支払日, 出産日,
    葬祭の日, 基準日).

    Raises `LawError` ``wrong_kind`` for 高額療養費, which has its own starting rules.
    """
    if kind is BenefitKind.HIGH_COST:
        raise LawError("wrong_kind", "kind", "高額療養費の時効は high_cost_prescription で計算します。")
    return _from(event + _NEXT, f"{_STARTS[kind]}（{event} の翌日）")


def high_cost_prescription(
    month: Month, settings: PrescriptionSettings, *, paid_on: date | None = None, notice_arrived_on: date | None = None
) -> Prescription:
    """時効 of 高額療養費 by the municipality's rule.

    ``month_after_or_payment``: the 1st of the month after treatment, or the day after the payment if later.
    ``month_after_or_notice``: the same against the day after the 勧奨 arrived. ``notice_month_after``: the 1st of the
    month after the notice arrived (the 1st of the month after treatment without one).
    """
    start, why = month.plus(1).first, f"診療月 {month} の翌月1日"
    rule = settings.prescription_high_cost
    if rule == "month_after_or_payment" and paid_on is not None and paid_on + _NEXT > start:
        start, why = paid_on + _NEXT, f"支払日 {paid_on} の翌日"
    elif rule == "month_after_or_notice" and notice_arrived_on is not None and notice_arrived_on + _NEXT > start:
        start, why = notice_arrived_on + _NEXT, f"勧奨が届いた日 {notice_arrived_on} の翌日"
    elif rule == "notice_month_after" and notice_arrived_on is not None:
        start, why = Month.of(notice_arrived_on).plus(1).first, f"勧奨が届いた日 {notice_arrived_on} の翌月1日"
    return _from(start, why)


def _from(start: date, why: str) -> Prescription:
    row = table("benefit-grants").at("prescription_years", start)
    last = period_end(start, years=row.value)
    step = Step("時効", f"{why} から{row.value}年", last.isoformat(), row.article)
    return Prescription(start, last, last + _NEXT, (step,))

"""特別療養費・保険給付の差止め・差止め額からの控除 (法54条の3・63条の2、施行規則27条の4の2–8・32条の2–5).

出産育児一時金 is outside 差止め for the time being. Every measure follows only on notice; this module says what the
text allows and asks for, the decision is the municipality's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.benefit.settings import SuspensionSettings
from kokuho.law.eligibility.ages import child_end
from kokuho.law.eligibility.months import period_end
from kokuho.law.parameters import Parameter, table
from kokuho.law.steps import Step, yen

_FILE = "benefit-grants"


class Duty(StrEnum):
    """Whether a measure may or must be taken."""

    NONE = "none"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class ArrearsState:
    """The oldest unpaid due date of a household and what has been done about it.

    `encouraged`: 納付勧奨等 (notice, telephone or visit, talks) were carried out. `special_circumstances`:
    災害その他の特別の事情. `notified`: 事前通知 was given.
    """

    oldest_due: date
    amount: int
    encouraged: bool
    special_circumstances: bool = False
    notified: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """`duty` on the day, `from_day` the first day on which the measure is a duty, `missing` what must come before
    (Japanese).
    """

    duty: Duty
    from_day: date
    missing: tuple[str, ...]
    steps: tuple[Step, ...]


def special_benefit(state: ArrearsState, on: date) -> Measure:
    """特別療養費への変更: a duty after one year from the 納期限 and after 納付勧奨等, possible before it."""
    missing = [] if state.encouraged else ["納付勧奨等"]
    return _measure("特別療養費", "special_benefit_months", state, on, missing)


def suspension(state: ArrearsState, on: date) -> Measure:
    """保険給付の差止め: a duty after one year and six months from the 納期限, possible before it."""
    return _measure("保険給付の差止め", "suspension_months", state, on, [])


def _measure(label: str, key: str, state: ArrearsState, on: date, missing: list[str]) -> Measure:
    row: Parameter = table(_FILE).at(key, on)
    from_day = period_end(state.oldest_due + timedelta(days=1), months=row.value) + timedelta(days=1)
    if state.special_circumstances:
        step = Step(label, "災害その他の特別の事情がある", "行わない", row.article)
        return Measure(Duty.NONE, from_day, tuple(missing), (step,))
    if state.amount <= 0 or on <= state.oldest_due:
        return Measure(Duty.NONE, from_day, (), (Step(label, "納期限を過ぎた滞納がない", "行わない", row.article),))
    duty = Duty.MUST if on >= from_day else Duty.MAY
    text = f"納期限 {state.oldest_due} から{row.value}か月（{from_day} 以後は義務）"
    if not state.notified:
        missing.append("事前通知")
    step = Step(label, text, "行わなければならない" if duty is Duty.MUST else "行うことができる", row.article)
    return Measure(duty, from_day, tuple(missing), (step,))


def outside_special_benefit(birth_date: date, on: date, *, public_medical_aid: bool) -> bool:
    """Who keeps ordinary benefits in a household under 特別療養費: children to 18歳年度末, 原爆・公費の対象者
    (施行規則27条の4の2).
    """
    return on <= child_end(birth_date) or public_medical_aid


def special_benefit_ends(
    *, paid_in_full: bool, much_reduced: bool, special_circumstances: bool, public_aid: bool
) -> bool:
    """Whether 特別療養費 must end: 完納, 著しい減少, 災害等, 公費の対象 (法54条の3第4項・第5項)."""
    return paid_in_full or much_reduced or special_circumstances or public_aid


@dataclass(frozen=True, slots=True)
class Held:
    """`held` yen kept back of a benefit, `payable` yen paid out."""

    held: int
    payable: int
    steps: tuple[Step, ...]


def hold_back(benefit: str, amount: int, state: ArrearsState, on: date, settings: SuspensionSettings) -> Held:
    """差止めの額: of a benefit due, at most the arrears times the setting (施行規則32条の4: not far above the arrears).

    `benefit` names the kind as in `suspendable_benefits`; others (出産育児一時金) are paid in full.
    """
    kinds = table(_FILE).at("suspendable_benefits", on)
    if benefit not in kinds.value:
        return Held(0, amount, (Step("差止め", "差止めの対象とならない給付", 0, kinds.article),))
    measure = suspension(state, on)
    if measure.duty is Duty.NONE:
        return Held(0, amount, measure.steps)
    bound = int(state.amount * settings.suspension_limit)
    held = min(amount, bound)
    steps = (
        *measure.steps,
        Step(
            "差止めの額",
            f"給付 {yen(amount)} と滞納額による上限 {yen(bound)} の低い方",
            held,
            "国民健康保険法施行規則32条の4",
        ),
    )
    return Held(held, amount - held, steps)


@dataclass(frozen=True, slots=True)
class Deduction:
    """控除: whether it may be made, how much is turned to the arrears, what is left of the held amount (yen)."""

    allowed: bool
    deducted: int
    left: int
    missing: tuple[str, ...]
    steps: tuple[Step, ...]


def deduct_arrears(
    held: int, arrears: int, *, under_special_benefit: bool, suspended: bool, notified_in_writing: bool
) -> Deduction:
    """差止め額からの滞納額の控除 (法63条の2第3項): only under 特別療養費 and 差止め together, with written notice
    of the amounts.

    Any other set-off of a benefit needs the head's consent (法67条: 受給権の保護).
    """
    conditions = (
        (under_special_benefit, "特別療養費の対象であること"),
        (suspended, "保険給付を差し止めていること"),
        (notified_in_writing, "控除する額の書面による事前通知"),
    )
    missing = tuple(text for met, text in conditions if not met)
    article = "国民健康保険法63条の2第3項・施行規則32条の5"
    if missing:
        return Deduction(False, 0, held, missing, (Step("控除", f"できない（{'、'.join(missing)}）", 0, article),))
    amount = min(held, arrears)
    step = Step("控除", f"差止め額 {yen(held)} と滞納額 {yen(arrears)} の低い方", amount, article)
    return Deduction(True, amount, held - amount, (), (step,))

"""返還と求償: 不当利得 (民法703条), 負担割合・区分の相違, 不正 (法65条), 第三者行為 (法64条)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from kokuho.law.benefit.settings import RecoverySettings
from kokuho.law.benefit.sharing import largest, proportional
from kokuho.law.eligibility.months import period_end
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.shape import parse_rate, percent
from kokuho.law.steps import Step, yen


class RecoveryCause(StrEnum):
    """Why a benefit must come back."""

    NOT_INSURED = "not_insured"
    """資格喪失後の受診."""
    WRONG_RATIO = "wrong_ratio"
    """負担割合の相違."""
    WRONG_CLASS = "wrong_class"
    """限度額の区分の相違."""
    WORK_ACCIDENT = "work_accident"
    """業務上の事故 (法56条)."""


_CAUSES = {
    RecoveryCause.NOT_INSURED: ("資格喪失後の受診", "民法703条"),
    RecoveryCause.WRONG_RATIO: ("負担割合の相違", "民法703条"),
    RecoveryCause.WRONG_CLASS: ("限度額の区分の相違", "民法703条"),
    RecoveryCause.WORK_ACCIDENT: ("労働者災害補償保険の対象", "国民健康保険法56条"),
}


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """What 国保 paid for one claim, in yen: `cost` 10割, `insurer` 保険者負担, `high_cost` 高額療養費
    (現物・償還), `meals` 食事療養費.
    """

    institution: str
    cost: int
    insurer: int
    high_cost: int = 0
    meals: int = 0

    @property
    def total(self) -> int:
        """Everything paid by the insurer."""
        return self.insurer + self.high_cost + self.meals


@dataclass(frozen=True, slots=True)
class Recovery:
    """`amount` to be returned, yen."""

    amount: int
    steps: tuple[Step, ...]


def unjust_enrichment(claims: Iterable[PaidClaim], cause: RecoveryCause) -> Recovery:
    """返納金 of care paid though no benefit was due: insurer's part, 高額療養費 and meals of every claim."""
    label, article = _CAUSES[cause]
    steps = []
    total = 0
    for claim in claims:
        text = f"保険者負担 {yen(claim.insurer)}＋高額療養費 {yen(claim.high_cost)}＋食事 {yen(claim.meals)}"
        steps.append(Step(f"返納額（{claim.institution}・{label}）", text, claim.total, article))
        total += claim.total
    steps.append(Step("返納額", label, total, article))
    return Recovery(total, tuple(steps))


def ratio_difference(cost: int, applied: Fraction, right: Fraction) -> Recovery:
    """負担割合の相違: the part of the cost that the patient should have paid, in yen (negative: to be paid back to
    the patient).
    """
    amount = int(cost * right) - int(cost * applied)
    step = Step(
        "負担割合の差額",
        f"{yen(cost)}×（{percent(right)}－{percent(applied)}）",
        amount,
        "国民健康保険法42条1項・民法703条",
    )
    return Recovery(amount, (step,))


def class_difference(paid: int, due: int) -> Recovery:
    """限度額の区分の相違: 高額療養費 paid less what is due, yen (negative: 追加支給)."""
    step = Step(
        "高額療養費の差額", f"支給済み {yen(paid)}－正しい額 {yen(due)}", paid - due, "国民健康保険法57条の2・民法703条"
    )
    return Recovery(paid - due, (step,))


def fraud_recovery(amount: int, on: date, *, by_institution: bool) -> Recovery:
    """不正利得の徴収 (法65条): the benefit obtained; with 40% added when an institution obtained it (法65条3項)."""
    if not by_institution:
        return Recovery(amount, (Step("不正利得の徴収", yen(amount), amount, "国民健康保険法65条1項"),))
    row = table("benefit-grants").at("fraud_addition", on)
    addition = int(amount * parse_rate(row.value))
    return Recovery(
        amount + addition,
        (
            Step(
                "不正利得の徴収", f"{yen(amount)}＋加算 {yen(addition)}（{row.value}）", amount + addition, row.article
            ),
        ),
    )


def claim_prescribed_on(payable_from: date, settings: RecoverySettings) -> date:
    """First day on which the municipality's claim for return is barred (民法166条・地方自治法236条): years from
    the setting.
    """
    return period_end(payable_from, years=settings.private_claim_years) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Accident:
    """第三者行為: claims of the treatment, the victim's own fault, what the offender's side paid for it already (yen).

    `settled`: a 示談 that gave the claim up to `settled_value` before the municipality took it over.
    """

    happened_on: date
    claims: Sequence[PaidClaim]
    victim_fault: Fraction = Fraction(0)
    paid_to_victim_for_medical: int = 0
    settled_value: int = 0
    compulsory_insurance_used: int = 0


@dataclass(frozen=True, slots=True)
class ThirdPartyClaim:
    """`value` benefits given, `claimable` what the offender owes the municipality, `from_compulsory_insurance` the
    part within 自賠責の限度額, `freed` what 国保 need no longer give because of a 示談 (yen).
    """

    value: int
    claimable: int
    from_compulsory_insurance: int
    freed: int
    prescribed_on: date
    steps: tuple[Step, ...]


def third_party_claim(accident: Accident, known_on: date) -> ThirdPartyClaim:
    """求償額 (法64条1項): benefits given for the injury times the offender's fault, less what a 示談 gave away
    (64条2項).

    一部負担金 is not part of it; 高額療養費 of the same treatment is. Raises `LawError` ``out_of_range`` for a fault
    outside 0 to 1.
    """
    if not 0 <= accident.victim_fault <= 1:
        raise LawError("out_of_range", "victim_fault", "過失割合は0%から100%までです。")
    row = table("benefit-grants").at("third_party_liability", accident.happened_on)
    value = sum(claim.total for claim in accident.claims)
    offender = 1 - accident.victim_fault
    gross = int(value * offender)
    freed = min(value, accident.settled_value + accident.paid_to_victim_for_medical)
    claimable = max(0, gross - freed)
    left = max(0, row.value["compulsory_insurance_injury_limit"] - accident.compulsory_insurance_used)
    within = min(claimable, left)
    prescribed = period_end(known_on + timedelta(days=1), years=row.value["years_from_knowledge"]) + timedelta(days=1)
    steps = (
        Step("保険給付の価額", f"{len(accident.claims)}件の給付", value, "国民健康保険法64条1項"),
        Step("加害者の過失割合による額", f"{yen(value)}×{percent(offender)}", gross, "民法722条2項"),
        Step("求償額", f"{yen(gross)}－示談・既払い {yen(freed)}", claimable, "国民健康保険法64条1項・2項"),
        Step("自賠責保険の限度額の残り", f"求償額と残り {yen(left)} の低い方", within, "自動車損害賠償保障法施行令2条"),
    )
    return ThirdPartyClaim(value, claimable, within, freed, prescribed, steps)


def distribute_payment(received: int, claims: Sequence[PaidClaim]) -> list[int]:
    """按分入金: a payment spread over the claims by what 国保 paid for each (yen); the largest claim carries the
    odd yen.
    """
    weights = [claim.total for claim in claims]
    if received > sum(weights):
        raise LawError("out_of_range", "received", "入金額が給付の価額を超えています。")
    return proportional(received, weights, largest(weights)) if claims else []

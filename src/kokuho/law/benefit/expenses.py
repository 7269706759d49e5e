"""療養費 (法54条)・海外療養費・移送費 (法54条の4): what the municipality pays back of care paid in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kokuho.law.benefit.copayment import insured_share
from kokuho.law.eligibility.ages import age_on
from kokuho.law.eligibility.months import period_end
from kokuho.law.parameters import table
from kokuho.law.shape import percent
from kokuho.law.steps import Step, yen


class ExpenseKind(StrEnum):
    """Kinds of 療養費."""

    GENERAL = "general"
    """一般診療（資格を確認できず10割を払った）."""
    ORTHOSIS = "orthosis"
    """治療用装具・弾性着衣・小児弱視等の眼鏡."""
    JUDO = "judo"
    """柔道整復."""
    ACUPUNCTURE = "acupuncture"
    """はり・きゅう."""
    MASSAGE = "massage"
    """あん摩マッサージ."""
    BLOOD = "blood"
    """生血."""
    OVERSEAS = "overseas"
    """海外療養費."""
    RETURNED = "returned"
    """他の保険者へ返還した診療."""
    SPECIAL = "special"
    """特別療養費."""


_LABELS = {
    ExpenseKind.GENERAL: "療養費（一般診療）",
    ExpenseKind.ORTHOSIS: "療養費（治療用装具）",
    ExpenseKind.JUDO: "療養費（柔道整復）",
    ExpenseKind.ACUPUNCTURE: "療養費（はり・きゅう）",
    ExpenseKind.MASSAGE: "療養費（あん摩マッサージ）",
    ExpenseKind.BLOOD: "療養費（生血）",
    ExpenseKind.OVERSEAS: "海外療養費",
    ExpenseKind.RETURNED: "療養費（他保険者への返還分）",
    ExpenseKind.SPECIAL: "特別療養費",
}


@dataclass(frozen=True, slots=True)
class Expense:
    """`standard` 算定した費用 and `paid` 現に要した費用 in yen; `ratio` 一部負担金の割合 of the person."""

    kind: ExpenseKind
    standard: int
    paid: int
    ratio: Fraction


@dataclass(frozen=True, slots=True)
class ExpenseBenefit:
    """`assessed` the cost recognised (the lower one), `burden` the patient's part, which counts for 高額療養費,
    `benefit` yen.
    """

    assessed: int
    burden: int
    benefit: int
    steps: tuple[Step, ...]


def medical_expense(expense: Expense) -> ExpenseBenefit:
    """療養費: the lower of the standard and the actual cost, less the 一部負担金 (法54条3項・4項).

    The benefit is cut to the yen; for はりきゅう and あん摩マッサージ the patient's part is rounded half up instead.
    """
    label = _LABELS[expense.kind]
    assessed = min(expense.standard, expense.paid)
    half_up = table("benefit-grants").history("practitioner_share_half_up")[0].value
    if expense.kind.value in half_up:
        burden = int(assessed * expense.ratio + Fraction(1, 2))
    else:
        burden = insured_share(assessed, expense.ratio)
    benefit = assessed - burden
    steps = (
        Step(
            "算定した費用",
            f"基準の額 {yen(expense.standard)} と実費 {yen(expense.paid)} の低い方",
            assessed,
            "国民健康保険法54条3項",
        ),
        Step(
            label,
            f"{yen(assessed)}－一部負担金 {yen(burden)}（{percent(expense.ratio)}）",
            benefit,
            "国民健康保険法54条3項・4項",
        ),
    )
    return ExpenseBenefit(assessed, burden, benefit, steps)


@dataclass(frozen=True, slots=True)
class OverseasExpense:
    """Care abroad: `paid_foreign` in the smallest unit of the currency, `rate` yen for one such unit on 支給決定日
    (売レート), `domestic` 国内の標準額 in yen. `for_treatment`: travel for the purpose of treatment.
    """

    paid_foreign: int
    rate: Fraction
    domestic: int
    ratio: Fraction
    for_treatment: bool = False


def overseas_expense(expense: OverseasExpense) -> ExpenseBenefit:
    """海外療養費: 円換算の実費 (cut to the yen) against 国内標準額, the lower one less 一部負担金; nothing for
    治療目的の渡航.
    """
    if expense.for_treatment:
        return ExpenseBenefit(0, 0, 0, (Step("海外療養費", "治療を目的とした渡航", 0, "国民健康保険法54条"),))
    paid = int(expense.paid_foreign * expense.rate)
    found = medical_expense(Expense(ExpenseKind.OVERSEAS, expense.domestic, paid, expense.ratio))
    step = Step(
        "円換算の実費", f"{expense.paid_foreign:,}×{expense.rate}円（支給決定日の売レート）", paid, "昭和56年保険発10号"
    )
    return ExpenseBenefit(found.assessed, found.burden, found.benefit, (step, *found.steps))


def transport_expense(
    economical: int, paid: int, *, appropriate_care: bool, could_not_move: bool, urgent: bool
) -> tuple[int, Step]:
    """移送費: cost of the most economical usual way, not above the actual cost, all three conditions of
    施行規則27条の10 met.

    No 一部負担金; not counted for 高額療養費.
    """
    article = "国民健康保険法54条の4・施行規則27条の9から27条の11まで"
    missing = [
        text
        for met, text in (
            (appropriate_care, "適切な療養のための移送"),
            (could_not_move, "移動が著しく困難"),
            (urgent, "緊急その他やむを得ない"),
        )
        if not met
    ]
    if missing:
        return 0, Step("移送費", f"要件を満たさない（{'、'.join(missing)}）", 0, article)
    amount = min(economical, paid)
    return amount, Step("移送費", f"経済的な経路の費用 {yen(economical)} と実費 {yen(paid)} の低い方", amount, article)


def consent_valid_until(consented_on: date) -> date:
    """はり・きゅう・あん摩マッサージ: last day the doctor's consent holds; a 再同意 is needed for care after it."""
    months = int(table("benefit-grants").at("consent_months", consented_on).value)
    return period_end(consented_on, months=months)


def child_glasses_allowed(birth_date: date, on: date, last_supplied: date | None) -> tuple[bool, Step]:
    """小児弱視等の治療用眼鏡: under nine years, and renewed only after one year (under five at the last supply) or
    two.
    """
    row = table("benefit-grants").at("child_glasses", on)
    if age_on(birth_date, on) >= row.value["under_age"]:
        return False, Step("小児弱視等の眼鏡", f"{row.value['under_age']}歳以上", "対象外", row.article)
    if last_supplied is not None:
        under_5 = age_on(birth_date, last_supplied) < 5
        years = row.value["renewal_years_under_5" if under_5 else "renewal_years_from_5"]
        if on <= period_end(last_supplied, years=years):
            return False, Step(
                "小児弱視等の眼鏡", f"前回 {last_supplied} から{years}年たっていない", "対象外", row.article
            )
    return True, Step("小児弱視等の眼鏡", "年齢と更新の間隔を満たす", "対象", row.article)

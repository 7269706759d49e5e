"""窓口負担 of one レセプト with 現物給付 (施行令29条の4): what the patient pays and what the insurer pays as
高額療養費.

Public part first, then the claim as a whole: patient = min(ordinary share + what the scheme leaves, limit of the whole
cost). Under 70 the two parts are joined only where each is 21,000 yen or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kokuho.law.benefit.high_cost import person_limit
from kokuho.law.benefit.limits import WHOLE, LimitTable, limits_for, part
from kokuho.law.benefit.units import PublicPart
from kokuho.law.eligibility.months import Month
from kokuho.law.steps import Step, yen

_IN_KIND = "国民健康保険法施行令29条の4"


@dataclass(frozen=True, slots=True)
class SingleClaim:
    """One レセプト.

    `cost`, `share`: 10割 and 一部負担金 of the part under insurance alone. `share_of_limit` divides the class limits,
    `scheme_share` those of the public scheme and 特定疾病 (not halved for 県内転居).
    """

    month: Month
    income_class: str
    senior: bool
    inpatient: bool
    cost: int
    share: int
    multiple: bool = False
    specific_cap: int | None = None
    public: PublicPart | None = None
    share_of_limit: Fraction = WHOLE
    scheme_share: Fraction = WHOLE
    planned: bool = False


@dataclass(frozen=True, slots=True)
class ClaimShare:
    """`patient` what the patient pays (yen, before rounding at the window), `limit` the limit that was held against it,
    `refund` 高額療養費 paid in kind, `combined` whether both parts were joined."""

    patient: int
    limit: int
    refund: int
    combined: bool
    steps: tuple[Step, ...]


def claim_share(claim: SingleClaim) -> ClaimShare:
    """窓口負担額 and 現物給付の高額療養費 of one claim; raises `LawError` as `limits_for` and for an unknown class."""
    limits = limits_for(claim.month, planned=claim.planned)
    steps = [
        Step("一部負担金（医療保険のみの部分）", f"医療費 {yen(claim.cost)}", claim.share, "国民健康保険法42条1項")
    ]
    scheme_left, scheme_refund = _public(claim, limits, steps)
    share, specific_refund = _specific(claim, limits, steps)
    combined = _combined(claim, limits, steps)
    limit = person_limit(limits, claim.senior, claim.inpatient, claim.income_class, "class")
    cost = claim.cost + (claim.public.cost if combined and claim.public is not None else 0)
    amount = limit.amount(cost, multiple=claim.multiple, share=claim.share_of_limit)
    formula = limit.formula(cost, multiple=claim.multiple, share=claim.share_of_limit)
    steps.append(
        Step("自己負担限度額", formula, amount, limits.article_over_70 if claim.senior else limits.article_under_70)
    )
    borne = share + (scheme_left if combined else 0)
    own = min(borne, amount)
    apart = 0 if combined else scheme_left
    refund = scheme_refund + specific_refund + borne - own
    text = f"{yen(borne)} と {yen(amount)} の低い方" + (f"＋公費対象分 {yen(apart)}" if apart else "")
    steps.append(Step("窓口負担額", text, own + apart, _IN_KIND))
    steps.append(Step("高額療養費（現物給付）", "一部負担金のうち患者と公費が負担しない額", refund, _IN_KIND))
    return ClaimShare(own + apart, amount, refund, combined, tuple(steps))


def _combined(claim: SingleClaim, limits: LimitTable, steps: list[Step]) -> bool:
    if claim.public is None:
        return False
    floor = 0 if claim.senior else part(limits.floor, claim.share_of_limit)
    if claim.share >= floor and claim.public.share >= floor:
        return True
    text = f"どちらかが {yen(floor)} 未満なので別々に計算"
    steps.append(Step("公費対象分との合算", text, None, "国民健康保険法施行令29条の2第1項"))
    return False


def _specific(claim: SingleClaim, limits: LimitTable, steps: list[Step]) -> tuple[int, int]:
    """What is left of the share under a 特定疾病 certificate, and what the insurer pays above it."""
    if claim.specific_cap is None:
        return claim.share, 0
    cap = limits.specific_limit(claim.specific_cap, claim.scheme_share)
    left = min(claim.share, cap)
    text = f"一部負担金 {yen(claim.share)} と {yen(cap)} の低い方"
    steps.append(Step("特定疾病の限度額", text, left, "国民健康保険法施行令29条の3第9項"))
    return left, claim.share - left


def _public(claim: SingleClaim, limits: LimitTable, steps: list[Step]) -> tuple[int, int]:
    """What the public scheme leaves to the patient of its part, and what the insurer pays there above the limit."""
    public = claim.public
    if public is None:
        return 0, 0
    limit, article = limits.public.of(senior=claim.senior, inpatient=claim.inpatient), limits.article_public
    if public.by_class:
        limit = person_limit(limits, claim.senior, claim.inpatient, claim.income_class, "class")
        article = "国民健康保険法施行令29条の3第8項"
    amount = limit.amount(public.cost, multiple=public.multiple, share=claim.scheme_share)
    bearable = min(public.share, amount)
    left = min(bearable, public.patient)
    formula = limit.formula(public.cost, multiple=public.multiple, share=claim.scheme_share)
    text = f"一部負担金 {yen(public.share)}、限度額 {yen(amount)}、公費の患者負担 {yen(public.patient)} の低い方"
    steps.append(Step("公費対象分の限度額", formula, amount, article))
    steps.append(Step("公費対象分の患者負担", text, left, "国民健康保険法施行令29条の2第6項・第7項"))
    return left, public.share - bearable

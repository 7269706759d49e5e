"""Cases of `kokuho law high-cost` and `claim-share` turned into claims, with the defaults of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kokuho.law.benefit.classes import is_active
from kokuho.law.benefit.copayment import insured_share
from kokuho.law.benefit.high_cost import HouseholdMonth
from kokuho.law.benefit.limits import WHOLE, LimitTable, limits_for
from kokuho.law.benefit.settings import HighCostSettings
from kokuho.law.benefit.units import Claim, PublicPart
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.shape import parse_rate

_HALF = Fraction(1, 2)
_BY_CLASS = frozenset({"intractable"})
_SCHEME_RATIO_70 = Fraction(1, 5)


def default_ratio(senior: bool, income_class: str | None) -> Fraction:
    """一部負担金の割合 where the case does not give one: 3割 under 70 and for 現役並み, 2割 otherwise."""
    if senior and not (income_class is not None and is_active(income_class)):
        return Fraction(1, 5)
    return Fraction(3, 10)


def cost_of(row: Mapping[str, Any], path: str) -> int:
    """10割 in yen from `cost` or `points` (1点10円); `LawError` ``missing_key`` without either, ``not_allowed``
    with both.
    """
    prefix = f"{path}." if path else ""
    if "cost" in row and "points" in row:
        raise LawError("not_allowed", f"{prefix}points", "cost と points は一方だけ入力してください。")
    if "cost" in row:
        return int(row["cost"])
    if "points" in row:
        return int(row["points"]) * 10
    raise LawError("missing_key", f"{prefix}cost", "cost（円）か points（点）が要ります。")


def public_part(row: Mapping[str, Any], ratio: Fraction, senior: bool, path: str) -> PublicPart:
    """The publicly funded part of a claim: `rate` of the cost or a `fixed` amount, with `cap`; neither = the whole
    share.

    The frozen 1割 of old months never applied to this part: from 70 its share is at least 2割.
    """
    if "rate" in row and "fixed" in row:
        raise LawError("not_allowed", f"{path}.fixed", "rate と fixed は一方だけ入力してください。")
    cost = cost_of(row, path)
    share = insured_share(cost, max(ratio, _SCHEME_RATIO_70) if senior else ratio)
    patient = share
    if "rate" in row:
        patient = int(cost * parse_rate(row["rate"], f"{path}.rate"))
    elif "fixed" in row:
        patient = row["fixed"]
    cap = row.get("cap")
    if cap is not None:
        patient = min(patient, cap)
    by_class = row.get("kind") in _BY_CLASS
    return PublicPart(cost, share, patient, by_class, by_class and row.get("multiple", False))


def read_share(case: Mapping[str, Any]) -> tuple[Fraction, bool]:
    """`share_of_limit` and whether public schemes are halved too (`share_reason` turning-75, the default of a half)."""
    share = parse_rate(case.get("share_of_limit", "1"), "share_of_limit")
    reason = case.get("share_reason", "turning-75")
    return share, share < 1 and (reason == "turning-75" or share == Fraction(1, 4))


def household_month(case: Mapping[str, Any], month: Month, settings: HighCostSettings) -> HouseholdMonth:
    """A case of `high-cost` as a `HouseholdMonth`; raises `LawError` for what the schema cannot say."""
    planned = case.get("planned", False)
    share, scheme_half = read_share(case)
    limits = limits_for(month, planned=planned)
    class_70 = case.get("class_70_plus")
    claims = [
        _claim(
            row, class_70 if row["age_70_plus"] else case.get("class_under_70"), scheme_half, limits, f"claims[{index}]"
        )
        for index, row in enumerate(case["claims"])
    ]
    return HouseholdMonth(
        month=month,
        claims=claims,
        class_under_70=case.get("class_under_70"),
        class_70_plus=class_70,
        multiple=case.get("multiple", False),
        share=share,
        scheme_half=scheme_half,
        planned=planned,
        seniors_only_household_step=settings.seniors_only_household_step,
    )


def _claim(row: Mapping[str, Any], income_class: str | None, scheme_half: bool, limits: LimitTable, path: str) -> Claim:
    senior = row["age_70_plus"]
    ratio = parse_rate(row["ratio"], f"{path}.ratio") if "ratio" in row else default_ratio(senior, income_class)
    if ratio > 1:
        raise LawError("out_of_range", f"{path}.ratio", "割合は100%までです。")
    inpatient = row["setting"] == "inpatient"
    if inpatient and row.get("prescriber") is not None:
        raise LawError("not_allowed", f"{path}.prescriber", "処方元は外来（調剤）にだけ入力できます。")
    cost = row["cost"]
    in_kind = row.get("in_kind", 0)
    cap = row.get("specific_disease_cap")
    turned_75 = row.get("turned_75", False)
    if "paid" in row:
        share = row["paid"] + in_kind
    else:
        share = insured_share(cost, ratio)
        if cap is not None:
            # Nothing says what was paid: the certificate was shown, and the part above its limit was settled in kind.
            in_kind += max(0, share - limits.specific_limit(cap, _HALF if turned_75 or scheme_half else WHOLE))
    if share > cost:
        raise LawError("out_of_range", f"{path}.paid", f"一部負担金 {share}円 が医療費 {cost}円 を超えています。")
    aid = row.get("aid", 0)
    if aid > share - in_kind:
        raise LawError(
            "out_of_range", f"{path}.aid", f"助成額 {aid}円 が窓口の負担額 {share - in_kind}円 を超えています。"
        )
    public = row.get("public_expense")
    return Claim(
        person=row["person"],
        senior=senior,
        inpatient=inpatient,
        institution=row["institution"],
        cost=cost,
        share=share,
        in_kind=in_kind,
        dental=row.get("dental", False),
        prescriber=row.get("prescriber"),
        specific_cap=cap,
        public=None if public is None else public_part(public, ratio, senior, f"{path}.public_expense"),
        turned_75=turned_75,
        aid=aid,
    )

"""限度額適用認定・標準負担額減額認定・特定疾病受療証: who needs which, from when to when
(施行規則26条の3、27条の13–27条の14の5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.benefit.limits import limits_for
from kokuho.law.eligibility.ages import birthday, is_senior, reached_on
from kokuho.law.eligibility.months import Month
from kokuho.law.steps import Step


class LimitCertificate(StrEnum):
    """What is certified."""

    NONE_NEEDED = "none_needed"
    """証の要らない区分 (70歳以上の一般・現役並みIII) or confirmed online."""
    LIMIT = "limit"
    """限度額適用認定証."""
    LIMIT_AND_MEALS = "limit_and_meals"
    """限度額適用・標準負担額減額認定証."""
    MEALS_ONLY = "meals_only"
    """標準負担額減額認定証 (滞納により限度額の認定をしない)."""
    REFUSED = "refused"
    """滞納により認定しない."""


@dataclass(frozen=True, slots=True)
class LimitCertification:
    """`kind`, and the days from and until which it holds (None when nothing is issued)."""

    kind: LimitCertificate
    start: date | None
    end: date | None
    steps: tuple[Step, ...]


def limit_certification(
    birth_date: date,
    income_class: str,
    applied_on: date,
    *,
    confirmed_online: bool = False,
    arrears: bool = False,
    special_circumstances: bool = False,
    acquired_on: date | None = None,
) -> LimitCertification:
    """限度額適用認定 of a person.

    `income_class` of the person's age. Under 70 a household in arrears is refused unless there are special
    circumstances or the municipality finds it appropriate (`special_circumstances`); the reduction of meals for オ has
    no such filter, nor has anything from 70 on. `confirmed_online`: マイナ保険証 shows the class, no certificate is
    issued.
    """
    senior = is_senior(birth_date, Month.of(applied_on))
    kind, article = _kind(senior, income_class, arrears and not special_circumstances)
    if confirmed_online and kind in (LimitCertificate.LIMIT, LimitCertificate.LIMIT_AND_MEALS):
        kind = LimitCertificate.NONE_NEEDED
    if kind in (LimitCertificate.NONE_NEEDED, LimitCertificate.REFUSED):
        text = "滞納があるため認定しない" if kind is LimitCertificate.REFUSED else "証は要らない"
        return LimitCertification(kind, None, None, (Step("限度額適用認定", text, kind.value, article),))
    start = certified_from(applied_on, acquired_on)
    end = certified_until(birth_date, start)
    return LimitCertification(
        kind, start, end, (Step("限度額適用認定", f"区分 {income_class}", f"{start}〜{end}", article),)
    )


def _kind(senior: bool, income_class: str, refuse: bool) -> tuple[LimitCertificate, str]:
    if senior:
        if income_class in ("低所得II", "低所得I"):
            return LimitCertificate.LIMIT_AND_MEALS, "国民健康保険法施行規則27条の14の5"
        if income_class in ("現役並みII", "現役並みI"):
            return LimitCertificate.LIMIT, "国民健康保険法施行規則27条の14の4"
        return LimitCertificate.NONE_NEEDED, "国民健康保険法施行令29条の4第1項3号"
    if income_class == "オ":
        if refuse:
            return LimitCertificate.MEALS_ONLY, "国民健康保険法施行規則26条の3・27条の14の2"
        return LimitCertificate.LIMIT_AND_MEALS, "国民健康保険法施行規則26条の3・27条の14の2"
    return (LimitCertificate.REFUSED if refuse else LimitCertificate.LIMIT), "国民健康保険法施行規則27条の14の2"


def certified_from(applied_on: date, acquired_on: date | None = None) -> date:
    """発効日: the 1st of the month of application; the 取得日 in the month of acquisition."""
    first = Month.of(applied_on).first
    return acquired_on if acquired_on is not None and acquired_on > first else first


def certified_until(birth_date: date, start: date) -> date:
    """有効期限: the next 31 July, cut by the end of the month of 70 and by the day before the 75th birthday."""
    july = date(start.year if start <= date(start.year, 7, 31) else start.year + 1, 7, 31)
    limits = [july, birthday(birth_date, 75) - timedelta(days=1)]
    month_of_70 = Month.of(reached_on(birth_date, 70)).last
    if start <= month_of_70:
        limits.append(month_of_70)
    return min(limits)


def specific_disease_cap(month: Month, *, senior: bool, dialysis: bool, class_under_70: str | None) -> tuple[int, Step]:
    """特定疾病の限度額 in yen: 10,000, or 20,000 for 人工透析 under 70 (to the month of 70) in class ア or イ.

    Halving for 75歳到達 is done where the claim is settled.
    """
    limits = limits_for(month)
    upper = dialysis and not senior and class_under_70 in ("ア", "イ")
    cap = limits.specific_dialysis_upper if upper else limits.specific_standard
    why = f"人工透析・70歳未満・区分{class_under_70}" if upper else "特定疾病"
    return cap, Step("特定疾病の限度額", why, cap, "国民健康保険法施行令29条の3第9項")


def specific_disease_from(applied_on: date) -> date:
    """特定疾病受療証の発効日: the 1st of the month of application."""
    return Month.of(applied_on).first

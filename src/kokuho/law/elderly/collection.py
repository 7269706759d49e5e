"""後期高齢者医療: the municipal half of collection where it differs from 国民健康保険.

Amounts of 特別徴収 and instalments are those of `premium.special_collection` and `premium.instalments`; charges, refunds
and allocation those of `collection`, prescription that of 料 (two years, 高齢者の医療の確保に関する法律160条).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY, last_day_of_years
from kokuho.law.premium.special_collection import half_test
from kokuho.law.steps import yen


class ElderlyPensioner(NamedTuple):
    """What decides between deduction and 普通徴収 for one insured person. Yen."""

    pension_annual: int  # of the one pension from which 介護 is taken
    care_deducted: bool
    care_premium_per_payment: int
    premium_annual: int
    account_transfer: bool = False  # has asked to stop the deduction and pay by 口座振替
    pension_pledged: bool = False  # 年金担保


def refusals(person: ElderlyPensioner, fiscal_year: int) -> list[str]:
    """Why the premium cannot be taken from the pension, in words; empty when every condition is met."""
    reasons = []
    minimum = table("premium").at("special_collection_pension", date(fiscal_year, 4, 1)).value
    if person.pension_annual < minimum:
        reasons.append(f"年金の年額が{yen(minimum)}に満たない")
    if not person.care_deducted:
        reasons.append("介護保険料が年金から天引きされていない")
    if not half_test(person.pension_annual, person.care_premium_per_payment, person.premium_annual).eligible:
        reasons.append("介護保険料との合計が年金1回分の2分の1を超える")
    if person.account_transfer:
        reasons.append("口座振替への変更の申出がある")
    if person.pension_pledged:
        reasons.append("年金が担保に供されている")
    return reasons


def first_forbidden_day(first_due: date) -> date:
    """The day from which a year's premium may no longer be decided: two years from the day after its first due date.

    法160条の2. The first due date differs by the way of collection, so each person's own is passed (福井県: 10 May under 特別徴収,
    31 July under 普通徴収; a wrong one led to 52 faulty decisions).
    """
    years: int = table("elderly").at("assessment_years", first_due).value
    return last_day_of_years(first_due + ONE_DAY, years) + ONE_DAY

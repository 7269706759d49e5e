"""特別徴収: conditions, the test of one half, provisional and final amounts, levelling, stops."""

from __future__ import annotations

from datetime import date

import pytest

from kokuho.law.errors import LawError
from kokuho.law.premium.settings import SETTINGS
from kokuho.law.premium.special_collection import (
    Pensioner,
    StopCause,
    after_change,
    final_instalments,
    half_test,
    provisional_instalments,
    refusals,
    start_month,
)

SETTING = SETTINGS["special_collection"][1]
COUPLE = Pensioner(True, (date(1957, 6, 1), date(1959, 8, 8)), 1_800_000, True, 12_000, 120_000)


def test_a_couple_of_65_to_74_is_collected_from_the_pension() -> None:
    assert refusals(COUPLE, 2026, date(2026, 4, 1), SETTING) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"insured": False}, "世帯主が国民健康保険の被保険者でない"),
        ({"members_born": (date(1957, 6, 1), date(1962, 1, 1))}, "65歳から74歳でない"),
        ({"pension_annual": 179_999}, "180,000円に満たない"),
        ({"care_deducted": False}, "介護保険料が年金から天引きされていない"),
        ({"care_premium_per_payment": 130_001}, "2分の1を超える"),
        ({"account_transfer": True}, "口座振替"),
        ({"members_born": (date(1951, 4, 2),)}, "年度のうちに75歳"),
    ],
)
def test_each_condition_is_tested(change: dict, words: str) -> None:
    (reason, *_) = refusals(COUPLE._replace(**change), 2026, date(2026, 4, 1), SETTING)
    assert words in reason


def test_a_city_may_ignore_the_account_transfer() -> None:
    person = COUPLE._replace(account_transfer=True)
    assert refusals(person, 2026, date(2026, 4, 1), {**SETTING, "account_transfer_excludes": False}) == []


def test_half_of_one_payment_is_compared_exactly() -> None:
    """逗子市: 132,100 → 66,050 < 69,000 で不可。等しければ可."""
    assert not half_test(792_600, 15_000, 324_000).eligible
    assert half_test(792_600, 15_000, 306_300).eligible  # 15,000 + 51,050 = 66,050
    assert not half_test(792_600, 15_000, 306_301).eligible


def test_provisional_amounts_are_last_februarys_or_levelled() -> None:
    """松山市 66,000円: 4月20,000 → 6・8月6,500。美浦村 162,000円: 50,000 → 15,500。内子町は8月だけで平準化."""
    assert provisional_instalments(12_600, 39_700, SETTING) == (12_600, 12_600, 12_600)
    levelled = {**SETTING, "levelling": "june_august"}
    assert provisional_instalments(20_000, 66_000, levelled) == (20_000, 6_500, 6_500)
    assert provisional_instalments(50_000, 162_000, levelled) == (50_000, 15_500, 15_500)
    assert provisional_instalments(10_000, 66_000, {**SETTING, "levelling": "august"}) == (10_000, 10_000, 13_000)
    assert provisional_instalments(40_000, 66_000, levelled) == (40_000, 0, 0)


def test_final_amounts_and_surplus() -> None:
    """八代市 39,700円。琴浦町 60,200円: 10,300×3 の後 9,900・9,700・9,700."""
    assert final_instalments([600, 600, 600], 39_700) == ([12_700, 12_600, 12_600], 0)
    assert final_instalments([10_300] * 3, 60_200) == ([9_900, 9_700, 9_700], 0)
    assert final_instalments([10_300] * 3, 30_000) == ([0, 0, 0], 900)


def test_deduction_starts_half_a_year_after_capture() -> None:
    assert start_month(date(2026, 4, 1)) == date(2026, 10, 1)
    assert start_month(date(2026, 8, 1)) == date(2027, 2, 1)
    assert start_month(date(2026, 12, 1)) == date(2027, 6, 1)
    assert start_month(date(2027, 2, 1)) == date(2027, 8, 1)
    with pytest.raises(LawError):
        start_month(date(2026, 5, 1))


def test_an_increase_goes_to_ordinary_collection_and_a_decrease_stops() -> None:
    planned = [10_000] * 6
    assert after_change(66_000, planned, 40_000) == (False, 6_000, 0)
    assert after_change(54_000, planned, 40_000) == (True, 14_000, 0)
    assert after_change(35_000, planned, 40_000) == (True, 0, 5_000)
    assert after_change(60_000, planned, 40_000, StopCause.ACCOUNT_TRANSFER) == (True, 20_000, 0)

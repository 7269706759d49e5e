"""後期高齢者医療の徴収方法と期間制限."""

from __future__ import annotations

from datetime import date

import pytest

from kokuho.law.elderly.collection import ElderlyPensioner, first_forbidden_day, refusals
from kokuho.law.premium.instalments import split
from kokuho.law.premium.settings import SETTINGS
from kokuho.law.premium.special_collection import final_instalments, provisional_instalments

PENSIONER = ElderlyPensioner(1_200_000, True, 12_000, 60_000)


def test_a_pensioner_pays_by_deduction() -> None:
    """年金年額18万円以上、介護保険料の天引き、合計が年金1回分の2分の1以下."""
    assert refusals(PENSIONER, 2025) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pension_annual": 179_999, "care_premium_per_payment": 0}, "180,000円に満たない"),
        ({"care_deducted": False}, "介護保険料"),
        ({"premium_annual": 900_000}, "2分の1"),
        ({"account_transfer": True}, "口座振替"),
        ({"pension_pledged": True}, "担保"),
    ],
)
def test_otherwise_by_slip_or_account(change: dict, words: str) -> None:
    (reason,) = refusals(PENSIONER._replace(**change), 2025)
    assert words in reason


def test_kotoura_and_its_instalments() -> None:
    """琴浦町: 年額60,200円、前年度2月10,300円 → 10,300×3、9,900、9,700、9,700。8期の普通徴収は端数を最初の期."""
    setting = SETTINGS["special_collection"][1]
    provisional = provisional_instalments(10_300, 61_800, setting)
    assert (provisional, final_instalments(provisional, 60_200)[0]) == ((10_300,) * 3, [9_900, 9_700, 9_700])
    assert split(60_200, 8, 100)[0] == 7_700


def test_the_levy_is_closed_two_years_after_the_persons_own_first_due_date() -> None:
    """福井県: 特別徴収は5月10日、普通徴収は7月31日が最初の納期."""
    assert first_forbidden_day(date(2023, 5, 10)) == date(2025, 5, 11)
    assert first_forbidden_day(date(2023, 7, 31)) == date(2025, 8, 1)

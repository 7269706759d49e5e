"""The tables of 高額療養費算定基準額 by month of treatment, their halves and quarters, and the rounding of the 1%."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kokuho.law.benefit.limits import limits_for, one_percent
from kokuho.law.cli import main
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import table

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
R1, R8 = Month(2019, 4), Month(2026, 8)


@pytest.mark.parametrize(("excess", "added"), [(-1, 0), (0, 0), (49, 0), (50, 1), (149, 1), (150, 2), (158_000, 1580)])
def test_the_fraction_of_the_one_percent_is_rounded_at_50_sen(excess: int, added: int) -> None:
    """施行令29条の3第1項: 50銭未満切捨て、50銭以上切上げ."""
    assert one_percent(excess) == added


@pytest.mark.parametrize(
    ("income_class", "half", "quarter"),
    [
        # 施行令29条の3第12項の表: base, threshold, 多数回 (第1項・第3項)
        ("ア", (126_300, 421_000, 70_050), (63_150, 210_500, 35_025)),
        ("イ", (83_700, 279_000, 46_500), (41_850, 139_500, 23_250)),
        ("ウ", (40_050, 133_500, 22_200), (20_025, 66_750, 11_100)),
        ("エ", (28_800, None, 22_200), (14_400, None, 11_100)),
        ("オ", (17_700, None, 12_300), (8_850, None, 6_150)),
    ],
)
def test_halves_and_quarters_are_those_of_the_order(
    income_class: str, half: tuple[int, int | None, int], quarter: tuple[int, int | None, int]
) -> None:
    limit = limits_for(R1).household_limit(income_class)
    for share, (base, threshold, multiple) in ((HALF, half), (QUARTER, quarter)):
        assert limit.amount(threshold or 1, share=share) == base
        if threshold is not None:
            assert limit.amount(threshold + 10_000, share=share) == base + 100
        assert limit.amount(10**7, multiple=True, share=share) == multiple


@pytest.mark.parametrize(
    ("income_class", "half", "outpatient_half"),
    [("一般", 28_800, 9_000), ("低所得II", 12_300, 4_000), ("低所得I", 7_500, 4_000)],
)
def test_halves_from_70(income_class: str, half: int, outpatient_half: int) -> None:
    """施行令29条の3第5項・第6項."""
    limits = limits_for(R1)
    assert limits.senior_limit(income_class).amount(0, share=HALF) == half
    assert (limits.outpatient_limit(income_class) or 0) // 2 == outpatient_half


@pytest.mark.parametrize(
    ("month", "income_class", "amount", "outpatient"),
    [
        (Month(2017, 7), "一般", 44_400, 12_000),
        (Month(2017, 8), "一般", 57_600, 14_000),
        (Month(2018, 7), "現役並みIII", 87_430, 57_600),
        (Month(2018, 8), "現役並みIII", 254_180, None),
        (Month(2026, 7), "一般", 57_600, 18_000),
        (Month(2026, 8), "一般", 61_500, 22_000),
        (Month(2026, 8), "低所得II", 25_700, 11_000),
        (Month(2026, 8), "低所得I", 15_700, 8_000),
    ],
)
def test_the_table_follows_the_month_of_treatment(
    month: Month, income_class: str, amount: int, outpatient: int | None
) -> None:
    limits = limits_for(month)
    assert limits.senior_limit(income_class).amount(1_000_000) == amount
    assert limits.outpatient_limit(income_class) == outpatient


def test_the_ministrys_own_figure_for_august_2026() -> None:
    """100万円の医療費で92,940円 (https://www.mhlw.go.jp/content/001726232.pdf)."""
    assert limits_for(Month(2026, 7)).household_limit("ウ").amount(1_000_000) == 87_430
    assert limits_for(R8).household_limit("ウ").amount(1_000_000) == 92_940
    assert limits_for(R8).status == "announced"


def test_low_income_2_has_a_multiple_amount_only_from_august_2026() -> None:
    assert limits_for(Month(2026, 7)).senior_limit("低所得II").amount(0, multiple=True) == 24_600
    assert limits_for(R8).senior_limit("低所得II").amount(0, multiple=True) == 24_600
    assert limits_for(R8).senior_limit("低所得I").amount(0, multiple=True) == 15_700


def test_months_without_a_table_are_refused() -> None:
    for month, planned in ((Month(2014, 12), False), (Month(2027, 8), False), (Month(2014, 12), True)):
        with pytest.raises(LawError) as error:
            limits_for(month, planned=planned)
        assert error.value.code == "no_parameters" and error.value.path == "month"


def test_the_planned_classes_are_used_only_when_asked_for() -> None:
    planned = limits_for(Month(2027, 8), planned=True)
    assert planned.status == "planned"
    assert planned.household_limit("ウ1").amount(1_000_000) == 110_400 + 6_320
    assert planned.outpatient_limit("一般1") == 28_000
    with pytest.raises(LawError) as error:
        planned.household_limit("ウ")
    assert error.value.code == "unknown_class"
    assert limits_for(R8, planned=True).status == "announced"


def test_every_amount_divides_by_four() -> None:
    for name in ("under_70", "over_70", "planned_under_70", "planned_over_70"):
        for row in table("benefit-limits").history(name):
            for amounts in row.value["classes"].values():
                assert all(amount % 4 == 0 for amount in amounts.values() if amount is not None)


def test_every_value_says_where_it_comes_from_and_how_sure_it_is() -> None:
    for name in ("benefit-limits", "benefit-income", "benefit-settings", "benefit-grants"):
        for key in table(name):
            for row in table(name).history(key):
                assert row.article, f"{name}.{key}"
                assert row.certainty
                if row.certainty in ("S", "S2"):
                    assert row.source, f"{name}.{key} {row.start}: a read value names its source"
                if row.certainty == "K-low":
                    assert row.note, f"{name}.{key} {row.start}: a guess says that it is one"


def test_the_values_of_benefits_are_listed_with_their_certainty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parameters", "--year", "2026"]) == 0
    listed = capsys.readouterr().out
    assert "70歳未満・世帯全体の自己負担限度額" in listed and "K-low" in listed

"""Receipts → income, and the two incomes of the levy (A) and (B)."""

from __future__ import annotations

import pytest

from kokuho.law.errors import LawError
from kokuho.law.premium.household import Income
from kokuho.law.premium.income_kinds import IncomeKinds, compose
from kokuho.law.premium.incomes import figures, income_rules

R7, R8 = income_rules(2025), income_rules(2026)


@pytest.mark.parametrize(
    ("receipts", "until_r7", "from_r8"),
    [
        # 所得税法28条・別表第五。最低額は令和6年分まで55万円、令和7年分から65万円。
        (0, 0, 0),
        (550_999, 0, 0),
        (551_000, 1_000, 0),
        (650_999, 100_999, 0),
        (651_000, 101_000, 1_000),
        (1_618_999, 1_068_999, 968_999),
        (1_619_000, 1_069_000, 969_000),
        (1_620_000, 1_070_000, 970_000),
        (1_622_000, 1_072_000, 972_000),
        (1_624_000, 1_074_000, 974_000),
        (1_628_000, 1_076_800, 978_000),
        (1_799_999, 1_177_600, 1_149_999),
        (1_800_000, 1_180_000, 1_150_000),
        (1_899_999, 1_247_200, 1_249_999),
        (1_900_000, 1_250_000, 1_250_000),
        (3_599_999, 2_437_200, 2_437_200),
        (3_600_000, 2_440_000, 2_440_000),
        (6_599_999, 4_836_800, 4_836_800),
        (6_600_000, 4_840_000, 4_840_000),
        (8_499_999, 6_549_999, 6_549_999),
        (8_500_000, 6_550_000, 6_550_000),
        (20_000_000, 18_050_000, 18_050_000),
    ],
)
def test_salary_income(receipts: int, until_r7: int, from_r8: int) -> None:
    assert R7.salary.income(receipts) == until_r7
    assert R8.salary.income(receipts) == from_r8


@pytest.mark.parametrize(
    ("receipts", "senior", "other", "income"),
    [
        # 所得税法35条4項・租税特別措置法41条の15の3
        (1_100_000, True, 0, 0),
        (1_100_001, True, 0, 1),
        (3_300_000, True, 0, 2_200_000),
        (4_100_000, True, 0, 2_800_000),
        (7_700_000, True, 0, 5_860_000),
        (10_000_000, True, 0, 8_045_000),
        (12_000_000, True, 0, 10_045_000),
        (600_000, False, 0, 0),
        (1_300_000, False, 0, 700_000),
        (2_000_000, False, 0, 1_225_000),
        # 公的年金等以外の合計所得が1,000万円・2,000万円を超えると控除が10万円・20万円少ない
        (3_000_000, True, 10_000_000, 1_900_000),
        (3_000_000, True, 10_000_001, 2_000_000),
        (3_000_000, True, 20_000_001, 2_100_000),
    ],
)
def test_pension_income(receipts: int, senior: bool, other: int, income: int) -> None:
    assert R8.pension_income(receipts, senior, other) == income


@pytest.mark.parametrize(
    ("total", "deduction"),
    [(24_000_000, 430_000), (24_000_001, 290_000), (24_500_000, 290_000), (24_500_001, 150_000),
     (25_000_000, 150_000), (25_000_001, 0)],
)  # fmt: skip
def test_the_basic_deduction_falls_in_steps(total: int, deduction: int) -> None:
    """地方税法314条の2第2項: 合計所得2,400万・2,450万・2,500万円."""
    assert figures(R8, False, Income(other=total)).deduction == deduction


def test_the_elderly_pension_deduction_is_15man_at_most_and_only_in_b() -> None:
    """軽減判定では65歳以上の公的年金所得から15万円（所得がそれ未満ならその額）を引く."""
    rich, poor = figures(R8, True, Income(0, 2_000_000)), figures(R8, True, Income(0, 1_200_000))
    assert (rich.base_income, rich.reduction_income) == (900_000, 750_000)
    assert (poor.base_income, poor.reduction_income) == (100_000, 0)
    young = figures(R8, False, Income(0, 2_000_000))
    assert young.base_income == young.reduction_income == 1_225_000


def test_family_wages_go_back_to_the_employer_in_b_only() -> None:
    """専従者給与は無かったものとして事業主に戻し、専従者本人からは除く（施行令29条の7第6項2号）."""
    worker = figures(R8, False, Income(1_500_000, family_wages=1_500_000))
    assert (worker.base_income, worker.reduction_income, worker.earner) == (850_000, 0, False)
    both = figures(R8, False, Income(2_500_000, family_wages=1_500_000))
    assert both.base_income == 1_670_000
    assert both.reduction_income == 350_000  # 給与収入100万円だけのときの所得
    employer = figures(R8, False, Income(other=1_000_000, family_wages_paid=1_500_000))
    assert (employer.base_income, employer.reduction_income) == (1_000_000, 2_500_000)


def test_a_special_deduction_counts_in_a_but_not_in_b() -> None:
    """譲渡所得: 所得割は特別控除の後、軽減判定は特別控除の前（米子市・臼杵市・八戸市の案内）."""
    sold = figures(R8, False, Income(separate=2_000_000, special_deduction=30_000_000))
    assert (sold.base_income, sold.reduction_income) == (2_000_000, 32_000_000)
    assert sold.deduction == 0  # 合計所得金額は特別控除の前で見る


def test_casualty_losses_count_in_b_but_not_in_a() -> None:
    """雑損失の繰越控除は所得割では引かず、軽減判定では引く（八戸市の案内）. 純損失はどちらでも引く."""
    damaged = figures(R8, False, Income(other=3_000_000, casualty_carryover=1_000_000))
    assert (damaged.base_income, damaged.reduction_income) == (3_000_000, 2_000_000)
    lost = figures(R8, False, Income(other=3_000_000, loss_carryover=1_000_000))
    assert (lost.base_income, lost.reduction_income) == (2_000_000, 2_000_000)


def test_involuntary_unemployment_counts_30_percent_of_the_salary_only() -> None:
    """施行令29条の7の2: 給与所得だけ30/100."""
    found = figures(R8, False, Income(3_000_000, 0, 500_000), involuntary=True)
    assert found.base_income == 2_020_000 * 30 // 100 + 500_000
    assert found.reduction_income == found.base_income


def test_the_income_adjustment_is_taken_off_the_salary() -> None:
    """所得金額調整控除: 給与850万円超の子育て等と、給与・年金の重複分（租税特別措置法41条の3の11）."""
    child = figures(R8, False, Income(9_000_000, child_adjustment=True))
    assert child.adjustment == 50_000
    assert figures(R8, False, Income(12_000_000, child_adjustment=True)).adjustment == 150_000
    overlap = figures(R8, True, Income(1_000_000, 2_000_000))
    assert overlap.adjustment == 100_000
    assert overlap.base_income == 350_000 - 100_000 + 900_000
    small = figures(R8, True, Income(700_000, 1_160_000))
    assert small.adjustment == 10_000  # 50,000 + 60,000 − 100,000


@pytest.mark.parametrize(
    ("income", "senior", "earner"),
    [
        # 給与収入55万円超（R8も）、年金は65歳未満60万円超・65歳以上125万円超
        (Income(550_000), False, False),
        (Income(550_001), False, True),
        (Income(1_000_000, family_wages=500_000), False, False),
        (Income(0, 600_000), False, False),
        (Income(0, 600_001), False, True),
        (Income(0, 1_250_000), True, False),
        (Income(0, 1_250_001), True, True),
        (Income(total=150_000, total_is_pension=True), True, False),
        (Income(total=150_001, total_is_pension=True), True, True),
        (Income(5_000_000, earner=False), False, False),
    ],
)
def test_who_counts_as_salary_or_pension_earner(income: Income, senior: bool, earner: bool) -> None:
    assert figures(R8, senior, income).earner is earner


def test_a_city_may_count_pensioners_from_110man() -> None:
    rules = income_rules(2026, earner_pension_over_65=1_100_000)
    assert figures(rules, True, Income(0, 1_150_000)).earner


def test_a_year_without_values_is_refused() -> None:
    with pytest.raises(LawError) as error:
        income_rules(2027)
    assert error.value.code == "no_parameters"


def test_gains_and_occasional_income_are_halved_after_500_000() -> None:
    """総合長期譲渡と一時は50万円の特別控除の後の2分の1、短期は全額（秦野市・長久手市の案内）."""
    assert compose(IncomeKinds(long_gain=1_500_000)).other == 500_000
    assert compose(IncomeKinds(occasional=1_500_001)).other == 500_000
    assert compose(IncomeKinds(short_gain=300_000, long_gain=1_200_000)).other == 500_000
    assert compose(IncomeKinds(short_gain=700_000, long_gain=1_200_000)).other == 200_000 + 600_000


def test_land_gains_keep_their_special_deduction_apart() -> None:
    """分離譲渡: 所得割は特別控除の後、軽減判定は前."""
    income = compose(IncomeKinds(long_land_gain=35_000_000, land_special_deduction=30_000_000))
    assert (income.separate, income.special_deduction) == (5_000_000, 30_000_000)
    home = compose(IncomeKinds(long_land_gain=20_000_000, land_special_deduction=30_000_000))
    assert (home.separate, home.special_deduction) == (0, 20_000_000)
    found = figures(R8, False, home)
    assert (found.base_income, found.reduction_income) == (0, 20_000_000)


def test_losses_of_shares_lower_only_shares() -> None:
    """上場株式等・先物の繰越損失は申告した同じ種類の所得から引く."""
    kinds = IncomeKinds(
        business=2_000_000, listed_shares=300_000, listed_dividends=200_000, listed_loss_carryover=900_000
    )
    assert compose(kinds).separate == 0
    assert figures(R8, False, compose(kinds)).base_income == 2_000_000
    both = compose(kinds._replace(futures=400_000, futures_loss_carryover=100_000, forest=50_000, treaty=1))
    assert both.separate == 350_001


def test_losses_carried_over_come_off_everything() -> None:
    income = compose(IncomeKinds(business=-500_000, salary_receipts=3_000_000, net_loss_carryover=600_000))
    assert figures(R8, False, income).base_income == 2_020_000 - 500_000 - 600_000


def test_a_known_total_is_used_as_it_is() -> None:
    """総所得金額等が一つの額で分かっているとき: 給与収入は給与所得の見分けにだけ使う."""
    known = figures(R8, True, Income(2_000_000, 1_500_000, total=1_500_000))
    assert (known.base_income, known.reduction_income) == (1_500_000, 1_350_000)
    lost = figures(R8, False, Income(2_000_000, total=1_320_000), involuntary=True)
    assert lost.base_income == lost.reduction_income == 396_000

"""負担割合 (法42条・施行令27条の2) と所得区分 (施行令29条の3): every boundary as the text has it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from kokuho.law.benefit.copayment import (
    ChangeCause,
    Exemption,
    SeniorIncome,
    change_effective,
    copayment_ratio,
    insured_share,
    judge_active,
    window_amount,
)
from kokuho.law.benefit.income_class import Member, Role, basic_deduction, income_class
from kokuho.law.benefit.settings import class_settings
from kokuho.law.cli import topics
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError

MONTH = Month(2025, 10)
SETTINGS = class_settings(MONTH.first)


# 年齢 (法42条1項)


@pytest.mark.parametrize(
    ("birth", "on", "ratio"),
    [
        ("2019-04-01", "2025-03-31", "20%"),  # 6歳に達する日 = 3月31日
        ("2019-04-01", "2025-04-01", "30%"),
        ("2019-04-02", "2025-04-01", "20%"),  # 翌年の3月31日まで
        ("2019-04-02", "2026-04-01", "30%"),
        ("1955-10-01", "2025-09-30", "30%"),  # 1日生まれ: 前月末に70歳に達する
        ("1955-10-01", "2025-10-01", "20%"),
        ("1955-10-02", "2025-10-31", "30%"),
        ("1955-10-02", "2025-11-01", "20%"),
        ("1956-02-29", "2026-02-28", "30%"),  # 2月28日に達する
        ("1956-02-29", "2026-03-01", "20%"),
    ],
)
def test_the_ratio_by_age(birth: str, on: str, ratio: str) -> None:
    result = topics()["copayment-ratio"].run({"birth_date": birth, "date": on}, False)
    assert result["ratio"] == ratio


def test_an_ordinance_may_lower_the_ratio_but_not_raise_it() -> None:
    """法43条."""
    run = topics()["copayment-ratio"].run
    case = {"birth_date": "1980-01-01", "date": "2025-10-01"}
    assert run({**case, "ordinance_ratio": "20%"}, False)["ratio"] == "20%"
    assert run({**case, "ordinance_ratio": "40%"}, False)["ratio"] == "30%"


def test_the_frozen_ten_percent_of_old_months() -> None:
    assert copayment_ratio(date(1944, 4, 1), date(2018, 8, 1))[0] == Fraction(1, 10)
    assert copayment_ratio(date(1944, 4, 2), date(2018, 8, 1))[0] == Fraction(1, 5)


@pytest.mark.parametrize(("share", "window"), [(1234, 1230), (1235, 1240), (0, 0), (4, 0), (5, 10)])
def test_the_window_rounds_to_ten_yen(share: int, window: int) -> None:
    """法42条の2."""
    assert window_amount(share, date(2025, 10, 1)) == window


def test_the_insurers_part_is_cut_to_the_yen() -> None:
    assert insured_share(125, Fraction(3, 10)) == 125 - 87


# 現役並み所得 (施行令27条の2)


def senior(taxable: int = 1_450_000, receipts: int = 9_000_000, base: int = 9_000_000, **more: int) -> SeniorIncome:
    return SeniorIncome(taxable, receipts, base, **more)


@pytest.mark.parametrize(
    ("people", "active", "exemption"),
    [
        ([senior(taxable=1_449_999)], False, None),
        ([senior()], True, None),
        ([senior(receipts=3_829_999)], False, Exemption.RECEIPTS_SINGLE),
        ([senior(receipts=3_830_000)], True, None),
        ([senior(receipts=2_600_000), senior(0, 2_599_999)], False, Exemption.RECEIPTS_SEVERAL),
        ([senior(receipts=2_600_000), senior(0, 2_600_000)], True, None),
        ([senior(base=2_100_000)], False, Exemption.BASE_INCOME),
        ([senior(base=2_000_000), senior(0, 0, 100_000)], False, Exemption.BASE_INCOME),
        ([senior(base=2_000_000), senior(0, 0, 100_001)], True, None),
    ],
)
def test_under_and_up_to_are_kept_apart(people: list[SeniorIncome], active: bool, exemption: Exemption | None) -> None:
    found = judge_active(people, MONTH, SETTINGS)
    assert (found.active, found.exemption) == (active, exemption)


def test_a_former_insured_person_counts_only_for_the_single_one() -> None:
    """施行令27条の2第3項2号: 本人だけの世帯に特定同一世帯所属者がいるとき、合わせて520万円未満."""
    one = senior(receipts=4_000_000)
    assert judge_active([one], MONTH, SETTINGS, former_insured_receipts=[1_199_999]).exemption == (
        Exemption.RECEIPTS_WITH_ELDERLY
    )
    assert judge_active([one], MONTH, SETTINGS, former_insured_receipts=[1_200_000]).active
    two = [one, senior(0, 1_300_000)]
    assert judge_active(two, MONTH, SETTINGS, former_insured_receipts=[0]).active


def test_children_of_the_head_lower_the_taxable_income() -> None:
    """施行令27条の2第1項: 330,000円 under 16, 120,000円 from 16 to 18."""
    head = senior(taxable=1_450_000 + 330_000 + 120_000 - 1, dependants_under_16=1, dependants_16_to_18=1)
    assert not judge_active([head], MONTH, SETTINGS).active
    assert judge_active([senior(taxable=1_900_000, dependants_16_to_18=3)], MONTH, SETTINGS).active


@pytest.mark.parametrize(
    ("taxable", "name"),
    [
        (1_450_000, "現役並みI"),
        (3_799_999, "現役並みI"),
        (3_800_000, "現役並みII"),
        (6_899_999, "現役並みII"),
        (6_900_000, "現役並みIII"),
    ],
)
def test_the_active_class_follows_the_highest_income(taxable: int, name: str) -> None:
    assert judge_active([senior(taxable), senior(1_000_000)], MONTH, SETTINGS).income_class == name


def test_an_application_is_needed_only_where_the_municipality_cannot_see_the_receipts() -> None:
    own = class_settings(MONTH.first, {"receipts_confirmed_by_municipality": False})
    one = senior(receipts=3_000_000)
    waiting = judge_active([one], MONTH, own)
    assert waiting.active and waiting.application_needed
    assert not judge_active([one], MONTH, own, applied=True).active
    assert not judge_active([senior(base=2_100_000)], MONTH, own).active, "旧ただし書210万円以下は申請不要"
    assert not class_settings(date(2021, 12, 31)).receipts_confirmed_by_municipality


@pytest.mark.parametrize(
    ("cause", "event", "increases", "effective"),
    [
        (ChangeCause.ANNUAL, date(2025, 9, 1), True, date(2025, 8, 1)),
        (ChangeCause.HOUSEHOLD_CHANGE, date(2025, 9, 2), True, date(2025, 10, 1)),
        (ChangeCause.HOUSEHOLD_CHANGE, date(2025, 9, 1), True, date(2025, 9, 1)),
        (ChangeCause.NEW_HOUSEHOLD, date(2025, 9, 12), True, date(2025, 9, 12)),
        (ChangeCause.INCOME_CHANGE, date(2026, 3, 15), False, date(2025, 8, 1)),
        (ChangeCause.INCOME_CHANGE, date(2026, 3, 15), True, date(2026, 4, 1)),
    ],
)
def test_when_a_new_judgement_takes_effect(cause: ChangeCause, event: date, increases: bool, effective: date) -> None:
    assert change_effective(cause, event, SETTINGS, increases=increases) == effective


# 所得区分 (施行令29条の3)


def head(total: int = 0, taxed: bool = True, **more: Any) -> Member:
    return Member(Role.INSURED_HEAD, total, taxed, **more)


@pytest.mark.parametrize(
    ("base", "name"),
    [(9_010_001, "ア"), (9_010_000, "イ"), (6_000_001, "イ"), (6_000_000, "ウ"), (2_100_001, "ウ"), (2_100_000, "エ")],
)
def test_the_bounds_under_70(base: int, name: str) -> None:
    assert income_class([head(base + 430_000)], MONTH, SETTINGS).under_70 == name


def test_the_sum_is_over_the_insured_and_not_the_nominal_head() -> None:
    nominal = Member(Role.NOMINAL_HEAD, 20_000_000, True)
    child = Member(Role.INSURED, 430_000 + 1_000_000, True)
    found = income_class([nominal, child], MONTH, SETTINGS)
    assert (found.base_total, found.under_70) == (1_000_000, "エ")


def test_non_taxation_asks_the_head_even_when_he_is_not_insured() -> None:
    child = Member(Role.INSURED, 0, False)
    assert income_class([Member(Role.NOMINAL_HEAD, 0, False), child], MONTH, SETTINGS).under_70 == "オ"
    assert income_class([Member(Role.NOMINAL_HEAD, 0, True), child], MONTH, SETTINGS).under_70 == "エ"
    exempted = Member(Role.NOMINAL_HEAD, 0, True, exempted=True)
    assert income_class([exempted, child], MONTH, SETTINGS).under_70 == "オ"


def test_one_without_an_address_in_japan_on_new_years_day_is_not_class_o() -> None:
    assert income_class([head(0, False, domestic=False)], MONTH, SETTINGS).under_70 == "エ"


def test_the_undeclared_are_class_a_under_70_and_general_from_70() -> None:
    found = income_class([head(0, False, declared=False, senior=True)], MONTH, SETTINGS)
    assert (found.under_70, found.over_70) == ("ア", "一般")
    own = class_settings(MONTH.first, {"undeclared_under_70": "エ"})
    assert income_class([head(0, False, declared=False)], MONTH, own).under_70 == "エ"


def test_the_salary_of_the_involuntarily_unemployed_counts_at_thirty_percent() -> None:
    """施行令29条の3第2項."""
    member = head(7_000_000, salary_income=7_000_000, involuntary=True)
    found = income_class([member], MONTH, SETTINGS)
    assert (found.base_total, found.under_70) == (2_100_000 - 430_000, "エ")


def test_the_special_standard_of_the_involuntarily_unemployed() -> None:
    """施行令29条の3第10項: 43万円＋10万円×(給与所得者等－1)＋1人当たりの額×人数, from August 2025 56万円."""
    bound = 430_000 + 560_000 * 2
    wife = Member(Role.INSURED, 0, False)
    at = head(bound * 10 // 3, salary_income=bound * 10 // 3, involuntary=True, earner=True)
    assert income_class([at, wife], MONTH, SETTINGS).under_70 == "オ"
    above = head(at.total_income + 10, salary_income=at.salary_income + 10, involuntary=True, earner=True)
    assert income_class([above, wife], MONTH, SETTINGS).under_70 == "エ"
    former = Member(Role.FORMER_INSURED, 0, False)
    assert income_class([above, wife, former], MONTH, SETTINGS).under_70 == "オ"


@pytest.mark.parametrize(
    ("month", "pension", "name"),
    [
        (Month(2025, 7), 800_000, "低所得I"),
        (Month(2025, 7), 800_001, "低所得II"),
        (Month(2025, 8), 806_700, "低所得I"),
        (Month(2025, 8), 806_701, "低所得II"),
    ],
)
def test_low_income_1_takes_its_own_pension_deduction(month: Month, pension: int, name: str) -> None:
    """施行令29条の3第4項6号: 80万6,700円, not the 110万円 of the tax law."""
    member = head(0, False, pension_receipts=pension, senior=True)
    assert income_class([member], month, class_settings(month.first)).over_70 == name


def test_low_income_1_takes_100000_yen_more_from_salaries() -> None:
    for salary, name in ((100_000, "低所得I"), (100_001, "低所得II")):
        member = head(salary, False, salary_income=salary, senior=True)
        assert income_class([member], MONTH, SETTINGS).over_70 == name


def test_an_active_household_may_have_a_lower_class_under_70() -> None:
    member = head(5_000_000, senior=True, taxable_income=4_000_000, receipts=9_000_000)
    found = income_class([member], MONTH, SETTINGS)
    assert (found.under_70, found.over_70) == ("ウ", "現役並みII")


@pytest.mark.parametrize(
    ("income", "deduction"),
    [(24_000_000, 430_000), (24_000_001, 290_000), (24_500_001, 150_000), (25_000_001, 0)],
)
def test_the_basic_deduction_falls_in_steps(income: int, deduction: int) -> None:
    assert basic_deduction(income, MONTH) == deduction


def test_a_household_has_one_head_and_an_insured_person() -> None:
    for members, code in (([], "no_head"), ([Member(Role.NOMINAL_HEAD, 0, False)], "no_insured")):
        with pytest.raises(LawError) as error:
            income_class(members, MONTH, SETTINGS)
        assert error.value.code == code


def test_no_bounds_are_known_from_august_2027() -> None:
    with pytest.raises(LawError) as error:
        income_class([head()], Month(2027, 8), SETTINGS)
    assert error.value.code == "no_parameters"

"""月割: who is levied for which month, and how parts of a year are added up."""

from __future__ import annotations

from datetime import date

import pytest
from premium_cases import component, home, levy, person, plan_of

from kokuho.law.errors import LawError
from kokuho.law.premium import monthly
from kokuho.law.premium.assess import assess
from kokuho.law.premium.household import FULL_YEAR, Household, Income, Member, Special
from kokuho.law.premium.months import (
    care_months,
    insured_months,
    involuntary_mask,
    maternity_mask,
    maternity_months,
    month_names,
    months_before_75,
    span,
    specified_household_masks,
)
from kokuho.law.premium.population import every_kind


@pytest.mark.parametrize(
    ("birth", "count", "first", "last"),
    [
        # 40歳は誕生日の前日の属する月から（1日生まれは前月から）、65歳は前日の属する月の前月まで
        (date(1985, 5, 1), 12, "2025-04", "2026-03"),
        (date(1985, 5, 2), 11, "2025-05", "2026-03"),
        (date(1986, 4, 1), 1, "2026-03", "2026-03"),
        (date(1986, 4, 2), 0, None, None),
        (date(1960, 10, 1), 5, "2025-04", "2025-08"),
        (date(1960, 10, 2), 6, "2025-04", "2025-09"),
        (date(1960, 5, 1), 0, None, None),
        (date(1961, 4, 1), 11, "2025-04", "2026-02"),
        (date(1961, 4, 2), 12, "2025-04", "2026-03"),
    ],
)
def test_care_months(birth: date, count: int, first: str | None, last: str | None) -> None:
    names = month_names(2025, care_months(2025, birth))
    assert len(names) == count
    assert (names[:1], names[-1:]) == ([first] if first else [], [last] if last else [])


@pytest.mark.parametrize(
    ("birth", "months"),
    [
        # 75歳は誕生日当日に後期へ移り、誕生月の前月まで（40・65歳と違い前日ではない）
        (date(1950, 9, 1), 5),
        (date(1950, 9, 30), 5),
        (date(1950, 4, 1), 0),
        (date(1951, 3, 31), 11),
        (date(1951, 4, 1), 12),
        (date(1952, 2, 29), 12),
    ],
)
def test_months_before_the_75th_birthday(birth: date, months: int) -> None:
    assert months_before_75(2025, birth).bit_count() == months


def test_born_on_29_february_turns_75_on_1_march_of_a_common_year() -> None:
    assert months_before_75(2026, date(1952, 2, 29)).bit_count() == 11


@pytest.mark.parametrize(
    ("acquired", "lost", "months"),
    [
        # 資格取得月から喪失月の前月まで。同月得喪は0（加茂市・鹿島市・銚子市の案内）
        (date(2025, 9, 10), None, 7),
        (date(2025, 10, 31), None, 6),
        (date(2020, 1, 1), date(2025, 10, 1), 6),
        (date(2020, 1, 1), date(2025, 9, 30), 5),
        (date(2025, 6, 1), date(2025, 6, 30), 0),
        (date(2025, 6, 30), date(2025, 7, 1), 1),
        (date(2026, 4, 1), None, 0),
        (date(2020, 1, 1), date(2025, 4, 30), 0),
    ],
)
def test_insured_months(acquired: date, lost: date | None, months: int) -> None:
    assert insured_months(2025, acquired, lost).bit_count() == months


def test_a_loss_before_the_acquisition_is_refused() -> None:
    with pytest.raises(LawError):
        insured_months(2025, date(2025, 6, 2), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("year", "month", "multiple", "months"),
    [
        # 出産月の前月から4か月、多胎は3か月前から6か月、2024年1月以後の月だけ、2023年11月以後の出産
        (2023, 10, False, 0),
        (2023, 11, False, 1),
        (2024, 2, False, 4),
        (2023, 11, True, 1),
        (2024, 2, True, 4),
        (2024, 6, True, 6),
    ],
)
def test_maternity_months(year: int, month: int, multiple: bool, months: int) -> None:
    assert len(maternity_months(year, month, multiple)) == months


def test_maternity_months_belong_to_their_fiscal_years() -> None:
    """鞍手町: R6.2出産 → 1〜3月はR5年度、4月はR6年度."""
    assert month_names(2023, maternity_mask(2023, 2024, 2, False)) == ["2024-01", "2024-02", "2024-03"]
    assert month_names(2024, maternity_mask(2024, 2024, 2, False)) == ["2024-04"]


@pytest.mark.parametrize(
    ("left", "year", "months"),
    [
        # 離職日の翌日の属する月から翌年度末まで
        (date(2025, 9, 29), 2025, 7),
        (date(2025, 9, 30), 2025, 6),
        (date(2025, 9, 30), 2026, 12),
        (date(2025, 9, 30), 2027, 0),
        (date(2026, 3, 31), 2027, 12),
        (date(2026, 3, 31), 2025, 0),
    ],
)
def test_months_of_involuntary_unemployment(left: date, year: int, months: int) -> None:
    assert involuntary_mask(year, left).bit_count() == months


def test_specified_households_last_five_and_three_years() -> None:
    """5年間1/2、その後3年間3/4（上越市）。年度末までとする市もある（倉敷市）."""
    moved = date(2021, 8, 15)
    assert [m.bit_count() for m in specified_household_masks(2026, moved)] == [4, 8]
    assert [m.bit_count() for m in specified_household_masks(2029, moved)] == [0, 4]
    assert [m.bit_count() for m in specified_household_masks(2026, moved, to_year_end=True)] == [12, 0]


def test_each_persons_parts_are_taken_for_that_persons_months() -> None:
    """個人の所得割・均等割は各人の月数、平等割は世帯の月数、最後に端数処理."""
    part = component(
        levy(
            plan_of(),
            person("a", 30, True, other=1_430_000),
            person("b", 30, other=930_000, months=span(6, 12)),
        ),
        0,
    )
    assert part.income == 100_000 + 50_000 // 2
    assert part.per_capita == 10_000 + 5_000
    assert part.per_household == 20_000


def test_one_who_joins_later_is_not_in_the_judgement_of_april() -> None:
    """判定日は4月1日。加入者の増減だけでは再判定しない."""
    late = person("b", 30, other=9_000_000, months=span(3, 12))
    result = levy(plan_of(), person("a", 30, True, other=400_000), late)
    assert (result.reduction, result.reduction_income) == (7, 400_000)
    counted = late._replace(special=Special(counted=True))
    assert levy(plan_of(), person("a", 30, True, other=400_000), counted).reduction == 0


def test_a_household_that_begins_later_is_judged_on_its_first_day() -> None:
    """年度途中に国保世帯になったときは資格取得日に判定する."""
    pair = [person("a", 30, True, months=span(5, 12)), person("b", 30, other=9_000_000, months=span(5, 12))]
    assert levy(plan_of(), *pair).reduction == 0


def test_the_care_component_follows_the_care_months() -> None:
    """65歳になる人: 年度当初から按分する."""
    turning = Member("a", date(1961, 10, 2), True, income=Income(other=1_430_000))
    part = component(levy(plan_of(), turning), 2)
    assert (part.income, part.per_capita, part.per_household) == (10_000, 2_500, 3_000)
    assert component(levy(plan_of(), turning), 0).income == 100_000


def test_a_household_member_turning_75_leaves_with_that_month() -> None:
    turning = Member("a", date(1951, 10, 2), True, income=Income(0, 2_530_000))
    part = component(levy(plan_of(), turning), 0)
    assert (part.income, part.per_capita, part.per_household) == (50_000, 5_000, 10_000)


def test_maternity_takes_income_and_per_capita_levy_but_not_the_per_household_one() -> None:
    """産前産後: 本人の所得割と軽減後の均等割を12で割り対象月数をかけて年額から引く（施行令29条の7第6項8号）."""
    mother = person("a", 30, True, other=1_430_000, special=Special(maternity=span(2, 6)))
    part = component(levy(plan_of(), mother), 0)
    assert (part.income, part.per_capita, part.per_household) == (66_666, 6_666, 20_000)


def test_maternity_changes_nothing_while_the_cap_is_still_reached() -> None:
    """鞍手町: 減額後に再計算しても限度額に達していれば額は変わらない."""
    rich = person("a", 30, True, other=30_000_000, special=Special(maternity=span(2, 6)))
    assert component(levy(plan_of(), rich), 0).amount == 670_000


def test_involuntary_unemployment_within_the_year_splits_income_and_judgement() -> None:
    """その月から給与所得30/100で、軽減も30/100で判定する."""
    lost = person("a", 30, True, salary_receipts=2_000_000, special=Special(involuntary=span(6, 12)))
    result = levy(plan_of(), lost)
    # 4〜9月: 所得1,320,000円、軽減なし。10〜3月: 396,000円、7割
    assert result.reduction == 0
    part = component(result, 0)
    assert part.income == 89_000 // 2
    assert part.per_capita == 5_000 + 1_500
    assert part.per_household == 10_000 + 3_000
    assert [segment[1:3] for segment in result.trace[2]] == [[0, 1_320_000], [1, 396_000]]


def test_the_order_of_the_30_percent_and_the_adjustment_is_a_setting() -> None:
    both = Special(involuntary=FULL_YEAR)
    member = person("a", 66, True, salary_receipts=3_000_000, pension_receipts=2_000_000, special=both)
    first = component(levy(plan_of(), member), 0).base
    ratio_first = component(levy(plan_of(involuntary_order="ratio_first"), member), 0).base
    assert first == (2_020_000 - 100_000) * 30 // 100 + 900_000 - 430_000
    assert ratio_first == 2_020_000 * 30 // 100 - 100_000 + 900_000 - 430_000


CAPPED = {"medical": {"income_rate": "10%", "per_capita": 0, "per_household": 0, "cap": 600_000}}


@pytest.mark.parametrize(
    ("order", "amount"),
    [("cap_then_months", 300_000), ("months_then_cap", 478_500), ("cap_times_months", 300_000)],
)
def test_the_order_of_cap_and_months_is_a_setting(order: str, amount: int) -> None:
    """(a) 12か月分で限度額を当ててから月割 (b) 月割後の合計に限度額 (c) 限度額も月割."""
    rich = person("a", 30, True, other=10_000_000, months=span(6, 12))
    assert component(levy(plan_of(components=CAPPED, cap_proration=order), rich), 0).amount == amount


@pytest.mark.parametrize(
    ("order", "amount"),
    [("cap_then_months", 550_000), ("months_then_cap", 600_000), ("cap_times_months", 600_000)],
)
def test_the_cap_counts_month_by_month_when_members_differ(order: str, amount: int) -> None:
    first = person("a", 30, True, other=5_430_000)
    second = person("b", 30, other=5_430_000, months=span(6, 12))
    assert component(levy(plan_of(components=CAPPED, cap_proration=order), first, second), 0).amount == amount


def test_by_months_gives_the_whole_years_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole-year path, the path of one segment and the general one agree on every kind of household."""
    for plan in (plan_of(2026), plan_of(2025, "tax", rounding={"scope": "component", "unit": 100})):
        households = list(every_kind(1500, plan.fiscal_year, seed=3))
        usual = [assess(plan, household) for household in households]
        assert [monthly.assess_months(plan, household)[:5] for household in households] == [u[:5] for u in usual]
        with monkeypatch.context() as patch:
            patch.setattr(monthly, "_one_segment", lambda *_: None)
            general = [monthly.assess_months(plan, household)[:5] for household in households]
        assert general == [u[:5] for u in usual]


def test_the_parts_of_a_divided_year_add_up() -> None:
    """6か月ずつに分けた年額の合計は、端数を除いて1年の年額."""
    plan = plan_of()
    for household in every_kind(200, 2026, seed=9):
        if any(member.special for member in household.members):
            continue
        members = [member._replace(months=FULL_YEAR, special=None) for member in household.members]
        fixed = Household(household.id, members, fixed_reduction=2)
        whole = assess(plan, fixed)
        halves = [
            assess(plan, fixed._replace(members=[member._replace(months=mask) for member in members]))
            for mask in (span(0, 6), span(6, 12))
        ]
        slack = 4 * (len(members) + 3)
        assert abs(whole.total - halves[0].total - halves[1].total) <= slack


def test_a_member_counts_only_for_the_months_known() -> None:
    assert levy(plan_of(), person("a", 30, True, months=0)).total == 0
    assert assess(plan_of(), home(person("a", 30, True, months=1))).total == 30_000 * 3 // 10 // 12

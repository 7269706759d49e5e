"""多数回該当: the count of months, over the prefecture, and what changes when a late claim comes."""

from __future__ import annotations

from kokuho.law.benefit.high_cost import HouseholdMonth
from kokuho.law.benefit.multiple import (
    Continuity,
    HouseholdChange,
    continuity,
    is_multiple,
    judge_chain,
    multiple_count,
    recompute_window,
)
from kokuho.law.benefit.units import Claim
from kokuho.law.eligibility.months import Month


def m(index: int) -> Month:
    return Month(2025, 1).plus(index)


def test_three_months_within_the_twelve_make_the_fourth_multiple() -> None:
    """以前の12月以内: from eleven months before."""
    assert is_multiple([m(0), m(3), m(5)], m(11))
    assert not is_multiple([m(0), m(3), m(5)], m(12)), "m(0) has left the twelve months"
    assert not is_multiple([m(0), m(3)], m(11))
    assert not is_multiple([m(11), m(12), m(13)], m(11)), "the month itself and later ones do not count"
    assert multiple_count([m(1), m(1), m(2)], m(3)) == 2


def test_continuity_of_the_household_decides_whether_the_count_goes_on() -> None:
    change = HouseholdChange(same_prefecture=True, head_same=True, split_or_merged=True)
    assert continuity(change) is Continuity.CONTINUES
    assert continuity(HouseholdChange(False, True, False)) is Continuity.RESETS
    assert continuity(HouseholdChange(True, False, True)) is Continuity.RESETS
    assert continuity(HouseholdChange(True, False, False, head_changed_by_death_or_age=True)) is Continuity.DECIDE


def ward(month: Month, cost: int = 1_000_000) -> HouseholdMonth:
    return HouseholdMonth(month, [Claim("夫", False, True, "A", cost, cost * 3 // 10)], "ウ", "一般")


def test_a_chain_of_months_finds_its_own_fourth_month() -> None:
    judged = judge_chain([ward(m(index)) for index in range(5)])
    assert [case.multiple for case, _ in judged] == [False, False, False, True, True]
    assert judged[3][1].total == 300_000 - 44_400


def test_a_late_claim_moves_the_fourth_month_forward() -> None:
    before = judge_chain([ward(m(0)), ward(m(1)), ward(m(2), 10_000), ward(m(3))])
    after = judge_chain([ward(m(0)), ward(m(1)), ward(m(2)), ward(m(3))])
    assert before[3][1].total == 300_000 - 87_430
    assert after[3][1].total - before[3][1].total == 87_430 - 44_400
    assert recompute_window(m(2)) == (m(2), m(13))


def test_months_carried_over_from_another_municipality_count() -> None:
    judged = judge_chain([ward(m(3))], carried_over=[m(0), m(1), m(2)])
    assert judged[0][0].multiple
    assert judged[0][1].steps[0].value == "該当"


def test_a_month_with_outpatient_benefit_alone_does_not_count() -> None:
    """第5項だけの月は数えない."""
    outpatient = [Claim("父", True, False, "A", 200_000, 40_000)]
    cases = [HouseholdMonth(m(index), outpatient, "ウ", "一般") for index in range(4)]
    judged = judge_chain(cases)
    assert all(result.outpatient == 22_000 and not result.counts_for_multiple for _, result in judged)
    assert not judged[3][0].multiple


def test_months_before_august_2026_count_under_the_new_table() -> None:
    months = [Month(2026, 5), Month(2026, 6), Month(2026, 7), Month(2026, 8)]
    judged = judge_chain([ward(month) for month in months])
    assert judged[3][0].multiple and judged[3][1].limits.household == 44_400

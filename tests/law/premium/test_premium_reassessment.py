"""更正と期間制限."""

from __future__ import annotations

from datetime import date

import pytest
from premium_cases import levy, person, plan_of

from kokuho.law.errors import LawError
from kokuho.law.premium.reassessment import (
    Kind,
    Settlement,
    difference,
    explain_difference,
    first_forbidden_day,
    may_decide,
    settle,
)


def test_a_correction_is_the_difference_of_two_computations() -> None:
    plan = plan_of()
    before = levy(plan, person("a", 50, True, other=3_000_000))
    after = levy(plan, person("a", 50, True, other=400_000))
    found = difference(before, after)
    assert found.components == ((0, 9_000 - 287_000), (2, 3_300 - 62_400))
    assert (found.total, found.reduction) == (12_300 - 349_400, (0, 7))
    steps = explain_difference(before, after, "条例")
    assert sum(step.value for step in steps[:-1]) == steps[-1].value == found.total
    assert steps[-1].label == "年額の減額"
    assert difference(before, before).components == ()


def test_overpaid_instalments_become_refunds() -> None:
    assert settle([10_000, 10_000], [10_000, 4_000], [10_000, 7_000]) == [
        Settlement(0, 0, 0),
        Settlement(-6_000, 3_000, 0),
    ]
    with pytest.raises(LawError):
        settle([1], [1, 2], [1])


def test_the_levy_of_fees_is_closed_two_years_after_the_first_due_date() -> None:
    """足立区: R4年度分の最初の納期2022-06-30 → 2024-07-01以後不可（国民健康保険法110条の2）."""
    due = date(2022, 6, 30)
    for kind in (Kind.INCREASE, Kind.DECREASE):
        assert first_forbidden_day("premium", due, kind) == date(2024, 7, 1)
        assert may_decide("premium", due, kind, date(2024, 6, 30))
        assert not may_decide("premium", due, kind, date(2024, 7, 1))


def test_the_levy_of_taxes_is_closed_after_three_five_or_seven_years() -> None:
    """地方税法17条の5: 増額3年、減額5年、偽りその他不正7年."""
    due = date(2022, 8, 1)
    assert first_forbidden_day("tax", due, Kind.INCREASE) == date(2025, 8, 2)
    assert first_forbidden_day("tax", due, Kind.DECREASE) == date(2027, 8, 2)
    assert first_forbidden_day("tax", due, Kind.FRAUD) == date(2029, 8, 2)


def test_a_levy_that_became_possible_later_counts_from_that_day() -> None:
    assert first_forbidden_day("premium", date(2022, 6, 30), Kind.INCREASE, date(2023, 2, 10)) == date(2025, 2, 10)
    assert first_forbidden_day("premium", date(2022, 6, 30), Kind.INCREASE, date(2022, 4, 1)) == date(2024, 7, 1)


def test_a_double_cover_with_employees_insurance_may_be_reduced_beyond_two_years() -> None:
    """被保険者の責めによらない被用者保険との調整の減額は2年を超えてできる（還付の時効は5年）."""
    due, on = date(2022, 6, 30), date(2026, 6, 30)
    assert may_decide("premium", due, Kind.DECREASE, on, employee_insurance=True)
    assert not may_decide("premium", due, Kind.INCREASE, on, employee_insurance=True)
    assert not may_decide("premium", due, Kind.DECREASE, date(2027, 7, 1), employee_insurance=True)


def test_only_fees_and_taxes_are_known() -> None:
    with pytest.raises(LawError):
        first_forbidden_day("fee", date(2022, 6, 30), Kind.INCREASE)

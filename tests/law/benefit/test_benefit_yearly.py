"""外来年間合算・年間上限・高額介護合算: limits, gates and shares."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.law.benefit.combined_care import CombinedCare, Side, YearlyBurden, combined_care
from kokuho.law.benefit.outpatient_annual import OutpatientMonth, Pot, base_date, outpatient_annual
from kokuho.law.benefit.settings import yearly_settings
from kokuho.law.benefit.sharing import proportional
from kokuho.law.cli import topics
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError

SETTINGS = yearly_settings(date(2025, 8, 1))


# 外来年間合算 (施行令29条の2の2)


def year(insurer: str, amount: int, months: int = 12, **more: Any) -> list[OutpatientMonth]:
    return [OutpatientMonth(insurer, Month(2024, 8).plus(index), amount, **more) for index in range(months)]


def annual(*pots: Pot, income_class: str = "一般", insurer: str = "A市", start: int = 2024) -> Any:
    return outpatient_annual(
        pots, year_start=start, income_class=income_class, insurer=insurer, base_insurer="A市", settings=SETTINGS
    )


def test_what_exceeds_144000_yen_in_the_year_is_paid() -> None:
    found = annual(Pot("世帯主", year("A市", 18_000)))
    assert (found.limit, found.own, found.total) == (144_000, 72_000, 72_000)
    assert annual(Pot("世帯主", year("A市", 12_000))).own == 0


def test_each_pot_meets_the_limit_by_itself() -> None:
    found = annual(Pot("世帯主", year("A市", 15_000)), Pot("世帯員", year("A市", 11_000)))
    assert [pot.excess for pot in found.pots] == [36_000, 0]


def test_monthly_benefits_and_active_months_are_left_out() -> None:
    months = year("A市", 30_000, 6, monthly_benefit=12_000) + year("A市", 100_000, 1, active=True)
    found = annual(Pot("世帯主", months))
    assert found.pots[0].total == 6 * 18_000


def test_insurers_share_in_proportion_and_the_base_insurer_carries_the_odd_yen() -> None:
    months = [*year("B市", 10_001, 5), OutpatientMonth("A市", Month(2025, 3), 120_000)]
    found = annual(Pot("世帯主", months))
    total = 50_005 + 120_000
    excess = total - 144_000
    shares = found.pots[0].by_insurer
    assert shares["B市"] == excess * 50_005 // total
    assert sum(shares.values()) == excess == found.total
    assert annual(Pot("世帯主", months), insurer="B市").own == shares["B市"]


def test_active_income_on_the_base_date_gets_nothing() -> None:
    assert annual(Pot("世帯主", year("A市", 18_000)), income_class="現役並みI").own == 0


def test_the_limits_of_the_year_from_august_2026() -> None:
    months = [OutpatientMonth("A市", Month(2026, 8).plus(index), 22_000) for index in range(12)]
    assert annual(Pot("世帯主", months), start=2026).limit == 216_000
    assert annual(Pot("世帯主", months), start=2026, income_class="低所得II").limit == 96_000
    with pytest.raises(LawError) as error:
        annual(Pot("世帯主", months), start=2026, income_class="低所得I")
    assert error.value.code == "no_parameters", "no yearly amount was announced for 低所得I"


def test_months_outside_the_period_are_refused() -> None:
    with pytest.raises(LawError) as error:
        annual(Pot("世帯主", [OutpatientMonth("A市", Month(2025, 8), 1)]))
    assert error.value.code == "out_of_range"


def test_the_base_date_moves_with_death_or_leaving() -> None:
    """施行令29条の4第8項: the day before the person stopped being in any scheme."""
    assert base_date(2024) == date(2025, 7, 31)
    assert base_date(2024, left_all_schemes_on=date(2025, 3, 11)) == date(2025, 3, 10)
    with pytest.raises(LawError):
        base_date(2024, left_all_schemes_on=date(2024, 8, 1))


# 高額介護合算 (施行令29条の4の2)


def care(*burdens: YearlyBurden, under: str = "エ", over: str | None = "一般", **more: Any) -> CombinedCare:
    return combined_care(burdens, year_start=2024, class_under_70=under, class_70_plus=over, settings=SETTINGS, **more)


def medical(senior: int = 0, junior: int = 0, payer: str = "国保") -> YearlyBurden:
    return YearlyBurden(payer, Side.MEDICAL, senior, junior)


def nursing(senior: int = 0, junior: int = 0) -> YearlyBurden:
    return YearlyBurden("介護", Side.CARE, senior, junior)


def test_the_500_yen_are_a_gate_and_not_a_deduction() -> None:
    assert care(medical(300_000), nursing(260_500)).total == 0
    assert care(medical(300_000), nursing(260_501)).total == 501


def test_nothing_is_due_when_one_side_is_zero() -> None:
    assert care(medical(2_000_000)).total == 0
    assert care(nursing(2_000_000)).total == 0
    assert care(medical(0, 900_000), nursing(900_000), over="一般").step_1 == 0


def test_the_first_step_takes_the_70_plus_part_and_the_second_everyones() -> None:
    found = care(medical(400_000, 500_000), nursing(400_000))
    assert found.step_1 == 800_000 - 560_000
    assert found.step_2 == (1_300_000 - 240_000) - 600_000
    medical_share, care_share = found.shares
    assert medical_share.step_1 == 240_000 * 400_000 // 800_000
    assert medical_share.step_2 + care_share.step_2 == found.step_2
    assert medical_share.step_2 == found.step_2 * (900_000 - 120_000) // 1_060_000


@pytest.mark.parametrize(
    ("under", "limit"), [("ア", 2_120_000), ("イ", 1_410_000), ("ウ", 670_000), ("エ", 600_000), ("オ", 340_000)]
)
def test_the_limits_of_the_whole_household(under: str, limit: int) -> None:
    found = care(medical(0, limit), nursing(0, 1_000), under=under, over=None)
    assert (found.limit_all, found.total) == (limit, 1_000)


def test_the_care_side_of_low_income_1_with_several_users_counts_310000() -> None:
    burdens = (medical(300_000), nursing(300_000))
    plain = care(*burdens, under="オ", over="低所得I")
    several = care(*burdens, under="オ", over="低所得I", several_care_users=True)
    assert plain.shares[0].step_1 == several.shares[0].step_1 == 205_000
    assert (plain.shares[1].step_1, several.shares[1].step_1) == (205_000, 145_000)


@given(st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 900_000)), min_size=2, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_payer_pays_more_than_was_borne_with_it(amounts: list[tuple[int, int]]) -> None:
    burdens = [
        YearlyBurden(str(index), Side.CARE if index == 0 else Side.MEDICAL, senior, junior)
        for index, (senior, junior) in enumerate(amounts)
    ]
    found = care(*burdens)
    assert sum(share.total for share in found.shares) == found.total
    for share, burden in zip(found.shares, burdens, strict=True):
        # A rest of fewer yen than payers may fall on the one that carries it.
        assert 0 <= share.total <= burden.senior + burden.junior + len(burdens)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_shares_add_up(total: int, weights: list[int]) -> None:
    assert sum(proportional(total, weights, 0)) == (total if sum(weights) else 0)


# 年間上限


def test_the_annual_cap_is_never_final_and_only_on_request() -> None:
    run = topics()["annual-cap"].run
    case = {
        "year": 2026,
        "class": "ウ",
        "burdens": [
            {"person": "夫", "month": "2026-09", "amount": 600_000},
            {"person": "妻", "month": "2026-10", "amount": 1},
        ],
    }
    with pytest.raises(LawError) as error:
        run(case, False)
    assert error.value.code == "planned_only"
    result = run({**case, "planned": True}, False)
    assert (result["cap"], result["total"], result["final"]) == (530_000, 70_001, False)
    by_person = run({**case, "planned": True, "settings": {"annual_cap_unit": "person"}}, False)
    assert by_person["excess"] == {"夫": 70_000, "妻": 0}
    assert run({**case, "planned": True, "class": "エ", "low_annual_income": True}, False)["cap"] == 410_000

"""高額療養費 of a household's month: each rule of 施行令29条の2 with figures worked out by hand from its text."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from kokuho.law.benefit.apportion import by_unit, combined_care_month, outpatient_of
from kokuho.law.benefit.high_cost import HouseholdMonth, MonthResult, high_cost
from kokuho.law.benefit.units import Claim, PublicPart
from kokuho.law.cli import topics
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError

MONTH = Month(2025, 10)


def claim(person: str, cost: int, *, senior: bool = False, inpatient: bool = True, at: str = "A", **more: Any) -> Claim:
    share = more.pop("share", cost * (2 if senior else 3) // 10)
    return Claim(person, senior, inpatient, at, cost, share, **more)


def month(*claims: Claim, under: str | None = "ウ", over: str | None = "一般", **more: Any) -> MonthResult:
    return high_cost(HouseholdMonth(MONTH, claims, under, over, **more))


# 21,000円 (第1項1号)


def test_21000_yen_counts_and_20999_does_not() -> None:
    base = claim("夫", 300_000, share=90_000)
    assert month(base, claim("妻", 70_000, at="B", share=21_000)).household == 111_000 - (80_100 + 1_030)
    assert month(base, claim("妻", 70_000, at="B", share=20_999)).household == 90_000 - (80_100 + 330)


def test_a_pharmacy_joins_the_institution_of_the_prescription_before_the_test() -> None:
    clinic = claim("夫", 40_000, inpatient=False, at="医院")
    alone = claim("夫", 30_000, inpatient=False, at="薬局")
    joined = claim("夫", 30_000, inpatient=False, at="薬局", prescriber="医院")
    ward = claim("夫", 400_000, at="病院")
    assert month(ward, clinic, alone).household == 120_000 - (80_100 + 1_330)
    assert month(ward, clinic, joined).household == 141_000 - (80_100 + 2_030)


@pytest.mark.parametrize("other", [{"inpatient": True}, {"dental": True, "inpatient": False}])
def test_inpatient_and_outpatient_and_dental_are_separate_units_of_one_hospital(other: dict[str, Any]) -> None:
    """29条の4第5項・第6項: 15,000円ずつでは合算されない."""
    result = month(claim("夫", 50_000, inpatient=False), claim("夫", 50_000, **other), claim("妻", 300_000, at="B"))
    assert len(result.burdens) == 3
    assert result.household == 90_000 - 80_430


def test_no_floor_from_70() -> None:
    result = month(claim("父", 500_000, senior=True), claim("母", 5_000, senior=True, inpatient=False, at="B"))
    assert result.over_70 == 100_000 + 1_000 - 57_600


# 3段階 (第5項・第3項・第1項)


def test_active_income_has_no_outpatient_limit() -> None:
    result = month(claim("父", 1_000_000, senior=True, inpatient=False, share=300_000), over="現役並みII", under="イ")
    assert result.outpatient == 0 and result.limits.outpatient == {}
    assert result.over_70 == 300_000 - (167_400 + 4_420)


def test_the_cost_of_all_70_plus_units_enters_the_whole_households_limit() -> None:
    result = month(claim("父", 100_000, senior=True, inpatient=False), claim("夫", 300_000, at="B"))
    # 外来 20,000－18,000; 70歳以上 18,000 ≦ 57,600; 世帯 18,000＋90,000 against 80,100＋(400,000－267,000)×1%
    assert (result.outpatient, result.over_70, result.household) == (2_000, 0, 108_000 - 81_430)


def test_a_household_of_70_plus_only_runs_the_first_paragraph_only_by_setting() -> None:
    """令29条の2第1項 has no condition of age; 現役並みII with 区分ウ shows the difference."""
    costs = claim("父", 1_000_000, senior=True, share=300_000)
    off = month(costs, over="現役並みII", under="ウ")
    assert (off.over_70, off.household, off.withheld_household) == (128_180, 0, 171_820 - 87_430)
    on = month(costs, over="現役並みII", under="ウ", seniors_only_household_step=True)
    assert (on.over_70, on.household, on.withheld_household) == (128_180, 84_390, 0)


def test_multiple_lowers_household_limits_but_not_the_outpatient_one() -> None:
    result = month(claim("父", 300_000, senior=True, inpatient=False), claim("夫", 400_000, at="B"), multiple=True)
    assert result.limits.outpatient == {"父": 18_000}
    assert result.limits.over_70 == 44_400 and result.limits.household == 44_400
    assert result.household == 18_000 + 120_000 - 44_400


# 75歳到達 (第2項・第4項) と県内転居 (第9項)


def test_the_month_of_75_halves_a_persons_own_limits_before_the_household_steps() -> None:
    result = month(
        claim("父", 200_000, senior=True, inpatient=False, turned_75=True),
        claim("父", 500_000, senior=True, at="B", turned_75=True),
        claim("母", 100_000, senior=True, inpatient=False, at="C"),
    )
    assert result.by_person_outpatient == {"父": 40_000 - 9_000, "母": 2_000}
    assert result.by_person_75 == {"父": 9_000 + 100_000 - 28_800}
    assert result.senior_household == 0  # 28,800＋18,000 ≦ 57,600


def test_a_dependant_under_70_of_one_who_turned_75_has_half_limits_and_half_the_floor() -> None:
    result = month(claim("妻", 200_000, turned_75=True), claim("妻", 35_000, at="B", turned_75=True), over=None)
    # 60,000＋10,500 against 40,050＋(235,000－133,500)×1%
    assert result.by_person_75_under_70 == {"妻": 70_500 - (40_050 + 1_015)}
    assert result.whole_household == 0
    assert month(claim("妻", 34_990, turned_75=True), over=None).burdens[0].ordinary == 10_497
    assert month(claim("妻", 34_990, turned_75=True), over=None).total == 0


def test_a_move_within_the_prefecture_halves_everything_and_with_75_quarters_it() -> None:
    moved = month(claim("夫", 200_000), claim("夫", 35_000, at="B"), over=None, share=Fraction(1, 2))
    assert moved.household == 70_500 - (40_050 + 1_015)
    both = month(claim("父", 300_000, senior=True, turned_75=True), under=None, share=Fraction(1, 2))
    assert both.by_person_75 == {"父": 60_000 - 14_400}


# 公費と特定疾病 (第6項–第8項)


def test_specific_disease_is_capped_per_institution_and_its_rest_enters_the_household() -> None:
    dialysis = claim("夫", 400_000, inpatient=False, specific_cap=20_000)
    ward = claim("妻", 300_000, at="B")
    result = month(dialysis, ward)
    assert result.specific_benefit == 100_000
    assert result.household == 20_000 + 90_000 - (80_100 + 4_330)
    assert not month(dialysis).counts_for_multiple


def test_hospital_and_pharmacy_of_one_specific_disease_are_capped_together() -> None:
    """院外処方: each collected 10,000円; what exceeds 10,000円 together is paid back."""
    hospital = claim("夫", 300_000, inpatient=False, share=10_000, specific_cap=10_000)
    pharmacy = claim("夫", 100_000, inpatient=False, at="薬局", prescriber="A", share=10_000, specific_cap=10_000)
    assert month(hospital, pharmacy).specific_benefit == 10_000


def test_specific_disease_is_halved_at_75_but_not_by_a_move() -> None:
    bill = claim("父", 300_000, senior=True, inpatient=False, specific_cap=10_000, turned_75=True)
    assert month(bill).specific_benefit == 55_000
    assert month(bill._replace(specific_cap=5_000)).specific_benefit == 55_000, "a certificate of half the amount"
    moved = month(bill._replace(turned_75=False), share=Fraction(1, 2))
    assert moved.specific_benefit == 50_000


def test_a_public_part_enters_only_when_its_own_share_reaches_21000() -> None:
    ward = claim("妻", 300_000, at="B")
    small = claim("夫", 0, public=PublicPart(60_000, 18_000, 3_000))
    large = claim("夫", 0, public=PublicPart(80_000, 24_000, 4_000))
    assert month(ward, small).household == 90_000 - 80_430
    assert month(ward, large).household == 94_000 - (80_100 + 1_130)


def test_the_public_limit_does_not_depend_on_the_class() -> None:
    """第6項: 80,100円＋1% also in class オ; the scheme takes the rest, the patient its own share."""
    result = month(claim("夫", 0, public=PublicPart(1_000_000, 300_000, 50_000)), under="オ")
    assert result.public_benefit == 300_000 - 87_430
    assert result.burdens[0].remaining == 50_000
    assert result.household == 50_000 - 35_400


def test_intractable_disease_uses_the_persons_class() -> None:
    """第7項: 特定疾病給付対象療養."""
    part = PublicPart(1_000_000, 300_000, 40_000, by_class=True)
    assert month(claim("夫", 0, public=part), under="オ").public_benefit == 300_000 - 35_400
    again = part._replace(multiple=True)
    assert month(claim("夫", 0, public=again), under="オ").public_benefit == 300_000 - 24_600
    assert month(claim("夫", 0, public=part), under="オ", multiple=True).public_benefit == 300_000 - 35_400
    outpatient = claim("父", 0, senior=True, inpatient=False, public=part._replace(share=200_000))
    assert month(outpatient, over="低所得II").public_benefit == 192_000


# 入力と按分


def test_an_income_class_that_is_needed_is_asked_for() -> None:
    for claims, name in (([claim("夫", 300_000)], "class_under_70"), ([claim("父", 1, senior=True)], "class_70_plus")):
        with pytest.raises(LawError) as error:
            month(*claims, under=None, over=None)
        assert (error.value.code, error.value.path) == ("missing_key", name)


def test_the_shares_of_the_units_add_up_to_the_benefit() -> None:
    case = HouseholdMonth(
        MONTH,
        (
            claim("父", 100_003, senior=True, inpatient=False, at="A"),
            claim("父", 77_777, senior=True, inpatient=False, at="B"),
            claim("母", 800_000, senior=True, at="C"),
            claim("夫", 333_333, at="D"),
            claim("子", 30_000, inpatient=False, at="E"),
        ),
        "ウ",
        "一般",
    )
    result = high_cost(case)
    items = by_unit(case, result)
    assert sum(item.benefit for item in items) == result.total
    assert all(0 <= item.benefit <= item.borne for item in items)
    burden, paid = outpatient_of(case, result, "父")
    assert burden == 20_000 + 15_555 and paid >= result.by_person_outpatient["父"]
    senior, junior = combined_care_month(case, result)
    assert senior + junior == sum(item.borne for item in items) - result.total


def test_in_kind_payments_are_settled_and_may_leave_a_debt() -> None:
    run = topics()["high-cost"].run
    claims = [
        {
            "person": "夫",
            "age_70_plus": False,
            "setting": "inpatient",
            "institution": "A",
            "cost": 1_000_000,
            "paid": 44_400,
            "in_kind": 255_600,
        }
    ]
    case = {"month": "2025-10", "class_under_70": "ウ", "claims": claims}
    assert run({**case, "multiple": True}, False)["payable"] == 0
    settled = run(case, False)
    assert (settled["total"], settled["payable"]) == (212_570, 212_570 - 255_600)


def test_a_claim_without_a_payment_takes_the_share_of_the_law() -> None:
    run = topics()["high-cost"].run
    row = {"person": "父", "age_70_plus": True, "setting": "outpatient", "institution": "A", "cost": 100_000}
    assert run({"month": "2025-10", "class_70_plus": "一般", "claims": [row]}, False)["outpatient"] == 2_000
    active = run({"month": "2025-10", "class_70_plus": "現役並みI", "claims": [{**row, "cost": 500_000}]}, False)
    assert active["over_70"] == 150_000 - 82_430
    capped = run(
        {"month": "2025-10", "class_70_plus": "一般", "claims": [{**row, "specific_disease_cap": 10_000}]}, False
    )
    assert (capped["specific_disease_benefit"], capped["payable"]) == (10_000, 0)


def test_the_refund_belongs_to_the_municipal_scheme_as_far_as_it_bore_the_share() -> None:
    """福祉医療: the household must not receive what the scheme paid."""
    run = topics()["high-cost"].run
    row = {"person": "子", "age_70_plus": False, "setting": "inpatient", "institution": "A", "cost": 1_000_000}
    case = {"month": "2025-10", "class_under_70": "ウ"}
    aided = run({**case, "claims": [{**row, "aid": 299_500}]}, False)
    assert (aided["payable"], aided["to_aid"]) == (212_570, 212_570)
    partly = run({**case, "claims": [{**row, "aid": 100_000}]}, False)
    assert (partly["payable"], partly["to_aid"]) == (212_570, 100_000)
    with pytest.raises(LawError) as error:
        run({**case, "claims": [{**row, "aid": 300_001}]}, False)
    assert (error.value.code, error.value.path) == ("out_of_range", "claims[0].aid")


def test_small_refunds_are_not_announced_where_the_municipality_says_so() -> None:
    run = topics()["high-cost"].run
    row = {"person": "父", "age_70_plus": True, "setting": "outpatient", "institution": "A", "cost": 91_990}
    case = {"month": "2025-10", "class_70_plus": "一般", "claims": [row]}
    assert run(case, False)["payable"] == 398 and run(case, False)["notify"]
    assert not run({**case, "settings": {"notice_minimum": 400}}, False)["notify"]

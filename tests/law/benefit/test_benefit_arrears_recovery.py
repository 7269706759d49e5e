"""特別療養費・差止め・控除・減免・返還・第三者行為."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokuho.law.benefit.arrears import (
    ArrearsState,
    Duty,
    deduct_arrears,
    hold_back,
    outside_special_benefit,
    special_benefit,
    special_benefit_ends,
    suspension,
)
from kokuho.law.benefit.recovery import (
    Accident,
    PaidClaim,
    RecoveryCause,
    claim_prescribed_on,
    class_difference,
    distribute_payment,
    fraud_recovery,
    ratio_difference,
    third_party_claim,
    unjust_enrichment,
)
from kokuho.law.benefit.relief import (
    ReliefCase,
    ReliefKind,
    insurer_may_collect,
    judge_relief,
    relief_until,
    relieved_share,
)
from kokuho.law.benefit.settings import recovery_settings, relief_settings, suspension_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError

TODAY = date(2026, 11, 1)
SUSPENSION = suspension_settings(TODAY)
STATE = ArrearsState(date(2025, 7, 31), 120_000, encouraged=True, notified=True)


def test_special_benefit_becomes_a_duty_after_one_year() -> None:
    """施行規則27条の4の3: 納期限から1年を経過."""
    assert special_benefit(STATE, date(2026, 7, 31)).duty is Duty.MAY
    must = special_benefit(STATE, date(2026, 8, 1))
    assert (must.duty, must.from_day, must.missing) == (Duty.MUST, date(2026, 8, 1), ())
    assert special_benefit(STATE, date(2025, 7, 31)).duty is Duty.NONE
    bare = replace(STATE, encouraged=False, notified=False)
    assert special_benefit(bare, TODAY).missing == ("納付勧奨等", "事前通知")
    assert special_benefit(replace(STATE, special_circumstances=True), TODAY).duty is Duty.NONE


def test_children_and_publicly_aided_persons_stay_outside_special_benefit() -> None:
    assert outside_special_benefit(date(2008, 4, 2), date(2027, 3, 31), public_medical_aid=False)
    assert not outside_special_benefit(date(2008, 4, 1), date(2026, 4, 1), public_medical_aid=False)
    assert outside_special_benefit(date(1980, 1, 1), TODAY, public_medical_aid=True)
    assert special_benefit_ends(paid_in_full=False, much_reduced=True, special_circumstances=False, public_aid=False)


def test_suspension_after_a_year_and_a_half_holds_back_up_to_the_arrears() -> None:
    assert suspension(STATE, date(2027, 1, 31)).duty is Duty.MAY
    assert suspension(STATE, date(2027, 2, 1)).duty is Duty.MUST
    held = hold_back("high_cost", 200_000, STATE, date(2027, 2, 1), SUSPENSION)
    assert (held.held, held.payable) == (120_000, 80_000)
    assert hold_back("birth", 500_000, STATE, date(2027, 2, 1), SUSPENSION).held == 0, "出産育児一時金は対象外"


def test_a_deduction_needs_special_benefit_suspension_and_written_notice() -> None:
    full = {"under_special_benefit": True, "suspended": True, "notified_in_writing": True}
    found = deduct_arrears(200_000, 120_000, **full)
    assert (found.allowed, found.deducted, found.left) == (True, 120_000, 80_000)
    for key in full:
        assert not deduct_arrears(200_000, 120_000, **{**full, key: False}).allowed


# 一部負担金の減免 (法44条)


def case(income: int, **more: bool | int) -> ReliefCase:
    return replace(ReliefCase(True, True, income, 150_000, 0), **more)


def test_relief_by_income_against_the_welfare_standard() -> None:
    own = relief_settings(TODAY)
    assert judge_relief(case(150_000), own).kind is ReliefKind.WAIVED
    assert judge_relief(case(150_001), own).kind is ReliefKind.REDUCED
    assert judge_relief(case(173_250), own).kind is ReliefKind.REDUCED, "1,155/1,000"
    assert judge_relief(case(173_251), own).kind is ReliefKind.NONE
    deferred = judge_relief(case(173_251, can_pay_later=True), own)
    assert (deferred.kind, deferred.months) == (ReliefKind.DEFERRED, 6)
    assert judge_relief(case(0, savings=450_001), own).kind is ReliefKind.NONE
    assert judge_relief(case(0, inpatient=False), own).kind is ReliefKind.NONE
    assert judge_relief(case(0, disaster_or_loss=False), own).kind is ReliefKind.NONE
    waived = judge_relief(case(0), own)
    assert relieved_share(30_001, waived) == 0 and relief_until(Month(2026, 11), waived) == date(2027, 1, 31)
    assert relieved_share(30_001, judge_relief(case(160_000), own)) == 15_001


def test_the_insurer_collects_an_unpaid_share_only_above_the_rules_amount() -> None:
    assert insurer_may_collect(600_000, TODAY, institution_tried=True)[0]
    assert not insurer_may_collect(599_999, TODAY, institution_tried=True)[0]
    assert not insurer_may_collect(600_000, TODAY, institution_tried=False)[0]


# 返還


def test_everything_paid_for_care_after_loss_comes_back() -> None:
    claims = [PaidClaim("A病院", 100_000, 70_000, 5_000, 1_920), PaidClaim("B薬局", 20_000, 14_000)]
    assert unjust_enrichment(claims, RecoveryCause.NOT_INSURED).amount == 90_920


def test_a_wrong_ratio_leaves_a_tenth() -> None:
    assert ratio_difference(123_450, Fraction(1, 5), Fraction(3, 10)).amount == 37_035 - 24_690
    assert ratio_difference(100_000, Fraction(3, 10), Fraction(1, 5)).amount == -10_000
    assert class_difference(212_570, 47_420).amount == 165_150


def test_fraud_of_an_institution_adds_forty_percent() -> None:
    """法65条3項."""
    assert fraud_recovery(100_000, TODAY, by_institution=True).amount == 140_000
    assert fraud_recovery(100_000, TODAY, by_institution=False).amount == 100_000


def test_the_claim_for_return_is_barred_after_five_years() -> None:
    assert claim_prescribed_on(date(2021, 5, 1), recovery_settings(TODAY)) == date(2026, 5, 1)


def test_a_third_party_owes_the_benefits_by_its_fault() -> None:
    claims = [PaidClaim("A病院", 1_000_000, 700_000, 212_570)]
    found = third_party_claim(Accident(date(2026, 5, 1), claims, Fraction(3, 10)), date(2026, 5, 2))
    assert found.value == 912_570
    assert found.claimable == 912_570 * 7 // 10 == found.from_compulsory_insurance
    assert found.prescribed_on == date(2031, 5, 3)


def test_a_settlement_frees_the_insurer_up_to_its_value() -> None:
    """法64条2項."""
    claims = [PaidClaim("A病院", 1_000_000, 700_000)]
    found = third_party_claim(Accident(date(2026, 5, 1), claims, settled_value=300_000), TODAY)
    assert (found.freed, found.claimable) == (300_000, 400_000)
    used = third_party_claim(Accident(date(2026, 5, 1), claims, compulsory_insurance_used=900_000), TODAY)
    assert used.from_compulsory_insurance == 300_000
    with pytest.raises(LawError):
        third_party_claim(Accident(date(2026, 5, 1), claims, Fraction(11, 10)), TODAY)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.data())
def test_a_payment_is_spread_over_the_claims_to_the_yen(values: list[int], data: st.DataObject) -> None:
    claims = [PaidClaim("A", value * 2, value) for value in values]
    received = data.draw(st.integers(0, sum(values)))
    shares = distribute_payment(received, claims)
    assert sum(shares) == received and all(share >= 0 for share in shares)

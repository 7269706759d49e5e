"""出産・葬祭・療養費・移送費・食事・貸付・時効・認定証: amounts and days as the ordinances and rules have them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from kokuho.law.benefit.certificates import (
    LimitCertificate,
    certified_until,
    limit_certification,
    specific_disease_cap,
    specific_disease_from,
)
from kokuho.law.benefit.classes import claim_marks
from kokuho.law.benefit.expenses import (
    Expense,
    ExpenseKind,
    OverseasExpense,
    child_glasses_allowed,
    consent_valid_until,
    medical_expense,
    overseas_expense,
    transport_expense,
)
from kokuho.law.benefit.grants import (
    Birth,
    SicknessClaim,
    birth_grant,
    funeral_grant,
    ordinance_medical_benefit,
    sickness_allowance,
)
from kokuho.law.benefit.loans import loan, settle_loan
from kokuho.law.benefit.meals import MealClass, living_charge, long_stay, meal_charge, meal_class_for, meal_difference
from kokuho.law.benefit.prescription import BenefitKind, high_cost_prescription, prescription
from kokuho.law.benefit.settings import grant_settings, loan_settings, prescription_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError

TODAY = date(2025, 10, 1)
GRANTS = grant_settings(TODAY)
THREE_TENTHS = Fraction(3, 10)


# 出産育児一時金・葬祭費


@pytest.mark.parametrize(
    ("on", "compensated", "grant"),
    [
        (date(2014, 12, 31), True, 420_000),
        (date(2015, 1, 1), True, 420_000),
        (date(2021, 12, 31), False, 404_000),
        (date(2022, 1, 1), False, 408_000),
        (date(2023, 3, 31), True, 420_000),
        (date(2023, 4, 1), True, 500_000),
        (date(2023, 4, 1), False, 488_000),
    ],
)
def test_the_birth_grant_by_day(on: date, compensated: bool, grant: int) -> None:
    assert birth_grant(Birth(on, 280, compensated=compensated), GRANTS).grant == grant


def test_the_difference_goes_to_the_head() -> None:
    found = birth_grant(Birth(TODAY, 280, direct_payment=470_000), GRANTS)
    assert (found.to_institution, found.difference) == (470_000, 30_000)
    over = birth_grant(Birth(TODAY, 280, direct_payment=620_000), GRANTS)
    assert (over.to_institution, over.difference) == (500_000, 0)
    assert birth_grant(Birth(TODAY, 280, children=2, direct_payment=700_000), GRANTS).difference == 300_000


def test_85_days_and_22_weeks() -> None:
    assert birth_grant(Birth(TODAY, 84), GRANTS).grant == 0
    assert birth_grant(Birth(TODAY, 85), GRANTS).grant == 488_000
    assert birth_grant(Birth(TODAY, 153), GRANTS).grant == 488_000
    assert birth_grant(Birth(TODAY, 154), GRANTS).grant == 500_000
    flat = grant_settings(TODAY, {"birth_grant_form": "flat"})
    assert birth_grant(Birth(TODAY, 85, compensated=False), flat).grant == 500_000


def test_the_other_scheme_pays_when_chosen_within_six_months_of_leaving() -> None:
    left = {"other_scheme_months": 12, "months_since_other_scheme": 6}
    assert birth_grant(Birth(TODAY, 280, other_scheme_chosen=True, **left), GRANTS).grant == 0
    assert birth_grant(Birth(TODAY, 280, other_scheme_chosen=False, **left), GRANTS).grant == 500_000
    short = {**left, "other_scheme_months": 11}
    assert birth_grant(Birth(TODAY, 280, other_scheme_chosen=True, **short), GRANTS).grant == 500_000


def test_the_funeral_grant_is_the_ordinances() -> None:
    assert funeral_grant(TODAY, GRANTS, ceremony_held=True)[0] == 50_000
    assert funeral_grant(TODAY, GRANTS, ceremony_held=False)[0] == 0
    assert funeral_grant(TODAY, GRANTS, ceremony_held=True, months_since_other_scheme=3)[0] == 0
    own = grant_settings(TODAY, {"funeral_amount": 70_000, "funeral_requires_ceremony": False})
    assert funeral_grant(TODAY, own, ceremony_held=False)[0] == 70_000
    with pytest.raises(LawError) as error:
        grant_settings(TODAY, {"funeral": 1})
    assert (error.value.code, error.value.path) == ("unknown_setting", "settings.funeral")


def test_the_sickness_allowance_of_the_ordinance() -> None:
    claim = SicknessClaim(date(2022, 8, 1), 600_000, 61, 4)
    assert sickness_allowance(claim)[0] == 600_000 * 2 // (61 * 3) * 4
    capped = SicknessClaim(date(2022, 8, 1), 3_000_000, 60, 3, daily_limit=30_887)
    assert sickness_allowance(capped)[0] == 30_887 * 3
    with pytest.raises(LawError):
        sickness_allowance(SicknessClaim(date(2023, 5, 8), 600_000, 60, 4))
    assert ordinance_medical_benefit(12_345, Fraction(1, 20), "結核医療給付金")[0] == 617


# 療養費・移送費


def test_the_lower_of_standard_and_actual_cost_less_the_share() -> None:
    found = medical_expense(Expense(ExpenseKind.ORTHOSIS, 50_000, 48_333, THREE_TENTHS))
    assert (found.assessed, found.benefit, found.burden) == (48_333, 33_833, 14_500)


def test_acupuncture_rounds_the_patients_share_half_up() -> None:
    """1円未満四捨五入 (疑義解釈 問47); other kinds cut the benefit."""
    assert medical_expense(Expense(ExpenseKind.ACUPUNCTURE, 1_615, 1_615, THREE_TENTHS)).burden == 485
    assert medical_expense(Expense(ExpenseKind.ACUPUNCTURE, 1_614, 1_614, THREE_TENTHS)).burden == 484
    assert medical_expense(Expense(ExpenseKind.JUDO, 1_614, 1_614, THREE_TENTHS)).burden == 485


def test_care_abroad_takes_the_selling_rate_and_the_lower_amount() -> None:
    """Cents at 1.5025 yen: 200,000 cents = 300,500円, domestic 280,000円."""
    case = OverseasExpense(200_000, Fraction("1.5025"), 280_000, THREE_TENTHS)
    assert overseas_expense(case).benefit == 196_000
    cheap = OverseasExpense(100_000, Fraction("1.5025"), 280_000, THREE_TENTHS)
    assert overseas_expense(cheap).assessed == 150_250
    assert overseas_expense(OverseasExpense(1, Fraction(1), 1, THREE_TENTHS, for_treatment=True)).benefit == 0


def test_transport_needs_all_three_conditions_and_has_no_share() -> None:
    met: dict[str, Any] = {"appropriate_care": True, "could_not_move": True, "urgent": True}
    assert transport_expense(80_000, 95_000, **met)[0] == 80_000
    assert transport_expense(80_000, 70_000, **met)[0] == 70_000
    for key in met:
        assert transport_expense(80_000, 70_000, **{**met, key: False})[0] == 0


def test_consent_and_childrens_glasses() -> None:
    assert consent_valid_until(date(2025, 4, 10)) == date(2025, 10, 9)
    born = date(2020, 5, 1)
    assert child_glasses_allowed(born, date(2024, 6, 1), None)[0]
    assert not child_glasses_allowed(born, date(2025, 4, 30), date(2024, 5, 1))[0], "4歳で作ったら1年"
    assert child_glasses_allowed(born, date(2025, 5, 1), date(2024, 5, 1))[0]
    assert not child_glasses_allowed(born, date(2027, 5, 31), date(2025, 6, 1))[0], "5歳からは2年"
    assert not child_glasses_allowed(born, date(2029, 5, 1), None)[0], "9歳未満まで"


# 食事


@pytest.mark.parametrize(
    ("on", "standard", "reduced", "low"),
    [
        (date(2024, 5, 31), 460, 210, 100),
        (date(2024, 6, 1), 490, 230, 110),
        (date(2025, 4, 1), 510, 240, 110),
        (date(2026, 6, 1), 550, 270, 130),
    ],
)
def test_meal_charges_by_day(on: date, standard: int, reduced: int, low: int) -> None:
    value = meal_charge(MealClass.STANDARD, on).value
    assert (value["standard"], value["reduced"], value["low_income_1"]) == (standard, reduced, low)


def test_the_difference_of_meals_is_paid_month_by_month() -> None:
    found = meal_difference({Month(2025, 3): 10, Month(2025, 4): 20}, MealClass.STANDARD, MealClass.REDUCED)
    assert found.difference == (490 - 230) * 10 + (510 - 240) * 20
    with pytest.raises(LawError) as error:
        meal_difference({Month(2025, 4): 91}, MealClass.STANDARD, MealClass.REDUCED)
    assert error.value.code == "too_many_meals"
    with pytest.raises(LawError) as error:
        meal_difference({Month(2026, 6): 1}, MealClass.LONG_PSYCHIATRIC, MealClass.REDUCED)
    assert error.value.code == "no_parameters"


def test_more_than_90_days_in_twelve_months_reduce_from_the_next_month() -> None:
    days_90 = [(date(2025, 1, 1), date(2025, 3, 31))]
    assert not long_stay(days_90, date(2025, 5, 20)).qualifies
    found = long_stay([*days_90, (date(2025, 3, 30), date(2025, 4, 1))], date(2025, 5, 20))
    assert (found.days, found.reduced_from, found.difference_from) == (91, date(2025, 6, 1), date(2025, 5, 20))
    assert long_stay(days_90, date(2026, 1, 2)).days == 88, "only the last twelve months count"


def test_the_meal_class_follows_the_income_class() -> None:
    assert meal_class_for(under_70_class="オ", over_70_class=None) is MealClass.REDUCED
    assert meal_class_for(under_70_class="オ", over_70_class=None, long_stay=True) is MealClass.REDUCED_LONG
    assert meal_class_for(under_70_class="オ", over_70_class="低所得I") is MealClass.LOW_INCOME_1
    assert meal_class_for(under_70_class="ウ", over_70_class=None, intractable=True) is MealClass.INTRACTABLE
    assert meal_class_for(under_70_class="ウ", over_70_class="一般") is MealClass.STANDARD


def test_living_charges() -> None:
    assert living_charge("reduced", date(2025, 4, 1), 30, 10)[0] == 240 * 30 + 370 * 10
    assert living_charge("standard", date(2026, 6, 1), 3, 1)[0] == 550 * 3 + 430
    assert living_charge("standard", date(2025, 4, 1), 3, 1, intractable=True)[0] == 510 * 3
    with pytest.raises(LawError):
        living_charge("reduced", date(2026, 6, 1), 3, 1)


# 貸付


@pytest.mark.parametrize(
    ("expected", "amount"), [(212_570, 191_000), (11_111, 0), (11_112, 10_000), (2_000_000, 800_000)]
)
def test_loans_are_nine_tenths_cut_to_1000_yen(expected: int, amount: int) -> None:
    assert loan(expected, loan_settings(TODAY)).amount == amount
    assert loan(expected, loan_settings(TODAY), arrears=True).amount == 0


def test_the_benefit_repays_the_loan() -> None:
    assert settle_loan(191_000, 212_570)[:2] == (21_570, 0)
    assert settle_loan(191_000, 150_000)[:2] == (0, 41_000)


# 時効 (法110条)


def test_two_years_from_the_day_the_right_can_be_used() -> None:
    found = prescription(BenefitKind.MEDICAL_EXPENSE, date(2023, 10, 31))
    assert (found.start, found.last_day, found.barred_from) == (
        date(2023, 11, 1),
        date(2025, 10, 31),
        date(2025, 11, 1),
    )
    assert prescription(BenefitKind.COMBINED_CARE, date(2024, 7, 31)).start == date(2024, 8, 1)
    assert prescription(BenefitKind.BIRTH, date(2024, 2, 28)).last_day == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("month_after_or_payment", date(2025, 6, 16)),
        ("month_after_or_notice", date(2025, 8, 21)),
        ("notice_month_after", date(2025, 9, 1)),
    ],
)
def test_each_municipalitys_start_for_high_cost_benefits(rule: str, start: date) -> None:
    own = prescription_settings(TODAY, {"prescription_high_cost": rule})
    found = high_cost_prescription(Month(2025, 5), own, paid_on=date(2025, 6, 15), notice_arrived_on=date(2025, 8, 20))
    assert found.start == start
    assert high_cost_prescription(Month(2025, 5), own).start == date(2025, 6, 1)


# 限度額適用認定 (施行規則27条の14の2–5)


@pytest.mark.parametrize(
    ("born", "income_class", "kind"),
    [
        (date(1980, 1, 1), "ア", LimitCertificate.LIMIT),
        (date(1980, 1, 1), "オ", LimitCertificate.LIMIT_AND_MEALS),
        (date(1953, 1, 1), "現役並みIII", LimitCertificate.NONE_NEEDED),
        (date(1953, 1, 1), "現役並みII", LimitCertificate.LIMIT),
        (date(1953, 1, 1), "一般", LimitCertificate.NONE_NEEDED),
        (date(1953, 1, 1), "低所得I", LimitCertificate.LIMIT_AND_MEALS),
    ],
)
def test_who_needs_which_certificate(born: date, income_class: str, kind: LimitCertificate) -> None:
    assert limit_certification(born, income_class, TODAY).kind is kind


def test_arrears_refuse_the_limit_under_70_but_never_the_meals() -> None:
    young, old = date(1980, 1, 1), date(1953, 1, 1)
    assert limit_certification(young, "ウ", TODAY, arrears=True).kind is LimitCertificate.REFUSED
    assert limit_certification(young, "オ", TODAY, arrears=True).kind is LimitCertificate.MEALS_ONLY
    special = limit_certification(young, "ウ", TODAY, arrears=True, special_circumstances=True)
    assert special.kind is LimitCertificate.LIMIT
    assert limit_certification(old, "低所得II", TODAY, arrears=True).kind is LimitCertificate.LIMIT_AND_MEALS
    assert limit_certification(young, "ウ", TODAY, confirmed_online=True).kind is LimitCertificate.NONE_NEEDED


def test_certificates_run_from_the_first_of_the_month_to_the_next_july() -> None:
    found = limit_certification(date(1980, 1, 1), "ウ", date(2025, 10, 20))
    assert (found.start, found.end) == (date(2025, 10, 1), date(2026, 7, 31))
    joined = limit_certification(date(1980, 1, 1), "ウ", date(2025, 10, 20), acquired_on=date(2025, 10, 5))
    assert joined.start == date(2025, 10, 5)
    assert certified_until(date(1955, 12, 2), date(2025, 10, 1)) == date(2025, 12, 31), "70歳到達月の末日"
    assert certified_until(date(1951, 3, 3), date(2025, 10, 1)) == date(2026, 3, 2), "75歳の誕生日の前日"


def test_specific_disease_caps() -> None:
    month = Month(2025, 10)
    for class_under_70, senior, dialysis, cap in (
        ("ア", False, True, 20_000),
        ("イ", False, True, 20_000),
        ("ウ", False, True, 10_000),
        ("ア", False, False, 10_000),
        ("ア", True, True, 10_000),
    ):
        found = specific_disease_cap(month, senior=senior, dialysis=dialysis, class_under_70=class_under_70)
        assert found[0] == cap
    assert specific_disease_from(date(2025, 10, 31)) == date(2025, 10, 1)


def test_marks_on_claims() -> None:
    assert claim_marks("ア", multiple=False) == "26" and claim_marks("オ", multiple=True) == "35"
    assert claim_marks("一般", multiple=False) == "29" and claim_marks("低所得I", multiple=False) == "30"

"""世帯・期間のある状態・住所地特例・証・届出."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kokuho.law.eligibility.certificates import (
    CertificateKind,
    certificate_label,
    certificates_for,
    confirmation_validity,
    notice_validity,
)
from kokuho.law.eligibility.households import (
    Membership,
    former_insured_household,
    is_nominal_head,
    may_change_head,
    needs_new_symbol_number,
    next_branch_number,
    specific_household,
)
from kokuho.law.eligibility.months import Month
from kokuho.law.eligibility.notification import (
    DuplicateFinding,
    due_date,
    ex_officio_loss,
    fine_limit,
    notification,
    report_due,
)
from kokuho.law.eligibility.places import (
    ForeignResident,
    Residence,
    facility_covered,
    foreign_resident_insured,
    responsible_municipality,
    stay_grace_end,
    student_applies,
    student_renewal_day,
)
from kokuho.law.eligibility.settings import certificate_settings, ex_officio_settings
from kokuho.law.eligibility.statuses import (
    counts_as_birth,
    former_dependent,
    involuntary_unemployment,
    maternity_months,
    maternity_notice_from,
)
from kokuho.law.errors import LawError

TODAY = date(2026, 11, 1)


# 世帯


def test_the_former_insured_stay_in_the_household_they_left_from() -> None:
    """特定同一世帯所属者: 喪失日の前日（75歳の誕生日）以後継続して同一の世帯."""
    moved = date(2025, 5, 10)

    def household(memberships: list[Membership], on: date, head_change_ends: bool = True) -> str | None:
        return former_insured_household(moved, memberships, on, head_change_ends=head_change_ends)

    home = [Membership("A", date(2000, 1, 1))]
    assert household(home, moved) is None, "still insured by the text on that day"
    assert household(home, date(2025, 5, 11)) == "A"
    left = [Membership("A", date(2000, 1, 1), date(2026, 1, 1)), Membership("B", date(2026, 1, 1))]
    assert household(left, date(2025, 12, 31)) == "A" and household(left, date(2026, 1, 1)) is None
    assert household([Membership("A", date(2025, 5, 11))], date(2025, 6, 1)) is None, "joined only on the day of loss"
    head = [
        Membership("A", date(2000, 1, 1), date(2025, 8, 1), "夫"),
        Membership("A", date(2025, 8, 1), None, "妻"),
    ]
    assert household(head, date(2026, 1, 1)) is None
    assert household(head, date(2026, 1, 1), head_change_ends=False) == "A"


def test_the_years_of_a_specific_household() -> None:
    """特定月 = 喪失日の前日の属する月, the month of the 75th birthday even on its last day."""
    found = specific_household(date(2020, 4, 30))
    assert found.specific == (Month(2020, 4), Month(2025, 3))
    assert found.continuing == (Month(2025, 4), Month(2028, 3))


def test_heads() -> None:
    assert is_nominal_head(is_head=True, insured=False) and not is_nominal_head(is_head=True, insured=True)
    agreed = {"nominal_head_agrees": True, "new_head_insured": True, "arrears": False, "trusted_to_pay": True}
    assert may_change_head(**agreed)
    assert not may_change_head(**{**agreed, "arrears": True})


def test_branch_numbers_are_never_given_twice() -> None:
    assert next_branch_number([]) == "01"
    assert next_branch_number(["01", "03"]) == "04"
    with pytest.raises(LawError) as error:
        next_branch_number(["99"])
    assert error.value.code == "branch_numbers_exhausted"
    assert needs_new_symbol_number(old_household="A", new_household="B", new_household_symbol=None)
    assert not needs_new_symbol_number(old_household="A", new_household="B", new_household_symbol="12345")


# 非自発的失業・産前産後・旧被扶養者


@pytest.mark.parametrize(
    ("left", "start", "end"),
    [
        (date(2026, 3, 30), date(2026, 3, 31), date(2027, 3, 31)),
        (date(2026, 3, 31), date(2026, 4, 1), date(2028, 3, 31)),
    ],
)
def test_the_involuntary_period_counts_from_the_day_after(left: date, start: date, end: date) -> None:
    """翌日の属する年度の翌年度末 (施行令29条の7の2)."""
    found = involuntary_unemployment(date(1980, 1, 1), left, "11")
    assert found is not None and (found.start, found.end) == (start, end)
    assert found.benefit_until == date(end.year, 7, 31)


@pytest.mark.parametrize("code", ["11", "12", "21", "22", "31", "32", "23", "33", "34"])
def test_the_codes_that_count(code: str) -> None:
    assert involuntary_unemployment(date(1980, 1, 1), TODAY, code) is not None


def test_other_codes_and_those_who_reached_65_do_not_count() -> None:
    assert involuntary_unemployment(date(1980, 1, 1), TODAY, "40") is None
    assert involuntary_unemployment(date(1961, 11, 2), TODAY, "11") is None, "前日に65歳に達する"
    assert involuntary_unemployment(date(1961, 11, 3), TODAY, "11") is not None


def test_maternity_months() -> None:
    assert [str(month) for month in maternity_months(Month(2023, 11), multiple=False)] == ["2024-01"]
    assert [str(month) for month in maternity_months(Month(2025, 1), multiple=False)] == [
        "2024-12",
        "2025-01",
        "2025-02",
        "2025-03",
    ]
    assert len(maternity_months(Month(2025, 6), multiple=True)) == 6
    assert maternity_months(Month(2023, 10), multiple=True) == ()
    assert counts_as_birth(85, TODAY) and not counts_as_birth(84, TODAY)
    assert maternity_notice_from(date(2026, 8, 31)) == date(2026, 2, 28)


def test_former_dependants_are_65_to_74() -> None:
    found = former_dependent(date(1956, 1, 1), date(2025, 6, 20), supporter_moved_to_elderly=True)
    assert found is not None and (found.per_capita_first, found.per_capita_last) == (Month(2025, 6), Month(2027, 5))
    assert former_dependent(date(1956, 1, 1), date(2025, 6, 20), supporter_moved_to_elderly=False) is None
    assert former_dependent(date(1960, 6, 22), date(2025, 6, 20), supporter_moved_to_elderly=True) is None


# 住所地特例・修学中・外国人


def test_the_first_municipality_stays_responsible_through_a_chain_of_facilities() -> None:
    """法116条の2第2項."""
    chain = [
        Residence("A市", date(2000, 1, 1)),
        Residence("B町", date(2020, 1, 1), "elderly_care_home", True),
        Residence("C市", date(2023, 1, 1), "hospital", True),
    ]
    found = responsible_municipality(chain, TODAY)
    assert (found.municipality, found.special) == ("A市", True)
    assert responsible_municipality(chain, date(2019, 1, 1)).special is False
    home_again = [*chain, Residence("D市", date(2024, 1, 1))]
    assert responsible_municipality(home_again, TODAY).municipality == "D市"


def test_group_homes_and_moves_for_other_reasons_do_not_carry_the_special_rule() -> None:
    for place in (
        Residence("B町", date(2020, 1, 1), "group_home", True),
        Residence("B町", date(2020, 1, 1), "hospital", False),
        Residence("B町", date(2020, 1, 1)),
    ):
        found = responsible_municipality([Residence("A市", date(2000, 1, 1)), place], TODAY)
        assert (found.municipality, found.special) == ("B町", False)
    with pytest.raises(LawError) as error:
        facility_covered("castle", TODAY)
    assert error.value.code == "unknown_facility"
    with pytest.raises(LawError):
        responsible_municipality([], TODAY)


def test_students_belong_to_their_parents_only_on_notice() -> None:
    student = {"notified": True, "in_school": True, "supported_by_parents": True, "insured_elsewhere": False}
    assert student_applies(**student)
    for key in ("notified", "in_school", "supported_by_parents"):
        assert not student_applies(**{**student, key: False})
    assert student_renewal_day(date(2026, 4, 1)) == date(2027, 3, 31)


def test_foreign_residents_over_three_months_are_insured() -> None:
    resident = ForeignResident("留学", 6, registered=True)
    assert foreign_resident_insured(resident, TODAY)[0]
    short = replace(resident, period_months=3)
    assert not foreign_resident_insured(short, TODAY)[0]
    assert foreign_resident_insured(replace(resident, period_months=None), TODAY)[0]
    papers = ForeignResident("技能実習", 3, registered=False, documents_show_over_three_months=True)
    assert foreign_resident_insured(papers, TODAY)[0]
    assert not foreign_resident_insured(replace(papers, status="短期滞在"), TODAY)[0]
    medical = ForeignResident("特定活動", 12, registered=True, medical_or_leisure_stay=True)
    assert not foreign_resident_insured(medical, TODAY)[0]
    assert not foreign_resident_insured(replace(resident, social_security_certificate=True), TODAY)[0]
    assert stay_grace_end(date(2026, 12, 31)) == date(2027, 2, 28)


# 証と届出


def test_who_gets_which_paper() -> None:
    base = {
        "can_use_electronic": False,
        "issue_without_application": True,
        "applied": False,
        "special_benefit": False,
        "senior": False,
        "ratio_on_confirmation": True,
    }
    assert certificates_for(**base) == (CertificateKind.CONFIRMATION,)
    assert certificates_for(**{**base, "can_use_electronic": True}) == (CertificateKind.NOTICE,)
    assert certificates_for(**{**base, "issue_without_application": False}) == (CertificateKind.NOTICE,)
    assert certificates_for(**{**base, "special_benefit": True}) == (CertificateKind.CONFIRMATION_SPECIAL,)
    seniors = {**base, "senior": True, "ratio_on_confirmation": False}
    assert certificates_for(**seniors) == (CertificateKind.CONFIRMATION, CertificateKind.SENIOR_CARD)
    assert all(certificate_label(kind) for kind in CertificateKind)


@pytest.mark.parametrize(
    ("born", "issued", "until", "why"),
    [
        (date(1980, 1, 1), date(2026, 8, 1), date(2027, 7, 31), "一斉更新"),
        (date(1956, 12, 2), date(2026, 8, 1), date(2026, 12, 31), "70歳到達月の末日"),
        (date(1952, 3, 3), date(2026, 8, 1), date(2027, 3, 2), "75歳の誕生日の前日"),
    ],
)
def test_how_long_a_confirmation_holds(born: date, issued: date, until: date, why: str) -> None:
    found = confirmation_validity(born, issued, certificate_settings(issued))
    assert (found.until, found.limited_by) == (until, why)


def test_a_confirmation_never_outlives_five_years_or_the_stay() -> None:
    own = certificate_settings(TODAY, {"confirmation_renewal": "max"})
    assert confirmation_validity(date(1980, 1, 1), TODAY, own).until == date(2031, 10, 31)
    stay = confirmation_validity(date(1980, 1, 1), TODAY, own, stay_expires=date(2027, 1, 15))
    assert (stay.until, stay.limited_by) == (date(2027, 1, 15), "在留期限")
    march = certificate_settings(TODAY, {"confirmation_renewal": "march_31"})
    assert confirmation_validity(date(1980, 1, 1), TODAY, march).until == date(2027, 3, 31)


def test_notices_have_no_end_under_70_and_july_from_then_on() -> None:
    assert notice_validity(date(1980, 1, 1), TODAY).until is None
    assert notice_validity(date(1954, 1, 1), TODAY).until == date(2027, 7, 31)
    assert notice_validity(date(1952, 3, 3), TODAY).until == date(2027, 3, 2)


def test_notices_are_due_in_fourteen_days_without_the_first() -> None:
    assert due_date("acquisition_move_in", date(2026, 11, 1)) == date(2026, 11, 15)
    assert due_date("student", date(2026, 11, 1)) is None
    assert report_due(date(2026, 11, 1)) == date(2026, 11, 6), "市町村は5日以内"
    assert fine_limit(TODAY) == 100_000
    assert notification("head", TODAY).article == "国民健康保険法施行規則10条の2"
    with pytest.raises(LawError) as error:
        due_date("other", TODAY)
    assert error.value.code == "unknown_notification"


def test_ex_officio_loss_names_what_is_missing() -> None:
    own = ex_officio_settings(TODAY)
    full = DuplicateFinding(date(2024, 4, 1), date(2025, 4, 1), 2, True, date(2026, 10, 18))
    assert ex_officio_loss(full, TODAY, own).allowed
    assert ex_officio_loss(full, TODAY, own).event == date(2025, 4, 1)
    for change, text in (
        ({"other_acquired": date(2024, 3, 31)}, "取得日"),
        ({"consecutive_notices": 1}, "2回以上"),
        ({"other_continues": False}, "続いている"),
        ({"informed_on": date(2026, 10, 19)}, "14日以上"),
        ({"informed_on": None}, "14日以上"),
    ):
        found = ex_officio_loss(replace(full, **change), TODAY, own)
        assert not found.allowed and len(found.missing) == 1 and text in found.missing[0]

"""Nightly checks find each kind of difference, keep what staff said about it, and end what is gone; 特定同一世帯 ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def run(desk: Any, on: date = DAY) -> dict[str, int]:
    from kokuho.desks.eligibility.actions.differences import validate

    return dict(validate(by=desk.clerk, on=on).results)


def found(state: str = "new") -> dict[str, int]:
    from kokuho.desks.eligibility.models import Difference

    return {row.check_code: row.atena_no or row.household_no for row in Difference.objects.filter(state=state)}


def period(first: date, last: date | None = None) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    return DateRange(first, last)


def status(no: int, household: int, kind: str, first: date, **more: Any) -> Any:
    from kokuho.desks.eligibility.models import Status

    return Status.objects.create(
        atena_no=no, household_no=household, kind=kind, kind_no=Status.NUMBERS[kind], recorded_by="t", origin="entry:1",
        valid=more.pop("valid", period(first)), **more,
    )  # fmt: skip


def test_every_check_finds_its_case_and_nothing_else(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility.models import (
        Certificate,
        CertificateHolding,
        ElderlyPeriod,
        InsuredBranch,
        InsuredPeriod,
        PrefectureStay,
        Status,
    )

    t = {"recorded_by": "t", "origin": "t"}
    old, born = date(2020, 4, 1), date(1980, 5, 5)
    person(100, 100, born, head=True)  # in order: no check may name this household
    person(1, 1, born, head=True, lost=date(2025, 3, 31), reason="203")  # V01: 県内へ転出して戻り、今は何もない
    person(2, 2, born, head=True, resident_state="3", left_on=date(2026, 5, 1))  # V02
    person(3, 3, born, head=True)
    InsuredBranch.objects.filter(atena_no=3).update(superseded_at="2026-01-01T00:00:00Z")  # V03
    person(4, 4, date(1955, 5, 5), head=True)
    ElderlyPeriod.objects.create(atena_no=4, valid=period(date(2026, 1, 1)), **t)  # V04
    person(5, 5, date(1951, 6, 30), head=True)  # V05: 75 yesterday
    person(105, 105, date(1951, 7, 1), head=True)  # 75 today: still to be handed over
    person(6, 6, born, head=True, insured_from=None)
    status(6, 6, Status.MATERNITY, date(2026, 5, 1))  # V06
    person(7, 7, date(1950, 5, 5), head=True, insured_from=None)
    status(7, 7, Status.FORMER_INSURED, date(2025, 5, 6))  # V07
    person(8, 8, born)  # V08: nobody is head
    person(9, 9, born, head=True)
    person(109, 9, born, head=True)  # V09
    person(10, 10, born, head=True)
    PrefectureStay.objects.create(
        atena_no=10, valid=period(date(2019, 1, 1)), acquired_on=date(2019, 1, 1), judgement="1", told_at="2026-01-01T00:00:00Z", **t
    )  # V10
    person(11, 11, born, head=True)
    InsuredPeriod.objects.get(atena_no=11).correct(provisional=True, **t)  # V11
    person(
        12, 12, born, head=True, lost=date(2026, 5, 20), reason="208", resident_state="3", left_on=date(2026, 5, 1)
    )  # V12
    person(13, 13, born, head=True)
    InsuredBranch.objects.get(atena_no=13).correct(household_no=999, **t)  # V13
    person(14, 14, born, head=True, resident_kind="2", residence_until=date(2026, 6, 30))  # V14
    person(15, 15, born, head=True)
    status(15, 15, Status.STUDENT, old, review_on=date(2026, 3, 31))  # V15
    person(16, 16, born, head=True)
    status(16, 16, Status.WELFARE, date(2026, 6, 1))  # V16
    person(17, 17, born, head=True, insured_from=None)
    paper = Certificate.objects.create(
        kind="confirmation", atena_no=17, household_no=17, issued_on=DAY, reason="new", method="counter", office="本庁", name="試験",
        recorded_by="t",
    )  # fmt: skip
    CertificateHolding.objects.create(certificate=paper, atena_no=17, kind="confirmation", changed_on=DAY)  # V17
    results = run(desk)
    expected = {f"V{n:02d}": n for n in range(1, 18)}
    from kokuho.desks.eligibility.models import Difference

    rows = {(row.check_code, row.atena_no or row.household_no) for row in Difference.objects.all()}
    assert rows == set(expected.items())
    assert results["found"] == results["fresh"] == 17
    assert run(desk)["fresh"] == 0, "the same night again finds nothing new"


def test_what_staff_said_stays_and_what_is_gone_ends(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility.actions import differences as actions
    from kokuho.desks.eligibility.models import Difference
    from kokuho.desks.people.models import Person

    for no in (1, 2, 3):
        person(no, no, date(1980, 5, 5), head=True, resident_kind="2", residence_until=date(2026, 6, 30))
    run(desk)
    first, second, third = Difference.objects.order_by("atena_no")
    actions.take(by=desk.clerk, on=DAY, difference_id=first.pk, note="入管に照会中")
    with pytest.raises(actions.DifferenceError, match="調べたこと"):
        actions.end(by=desk.clerk, on=DAY, difference_id=second.pk, result="right", note="")
    actions.end(by=desk.clerk, on=DAY, difference_id=second.pk, result="right", note="更新申請中、受付票を確認")
    with pytest.raises(actions.DifferenceError, match="既に終わって"):
        actions.end(by=desk.clerk, on=DAY, difference_id=second.pk, result="right", note="もう一度")
    actions.end(by=desk.clerk, on=DAY, difference_id=third.pk, result="corrected", note="直した")
    again = run(desk, DAY + timedelta(days=1))
    assert (again["fresh"], again["gone"]) == (1, 0), "only what was said to be corrected and is not comes again"
    assert Difference.objects.get(pk=first.pk).worker == "cl" and found("known") == {"V14": 1}
    for row in Person.objects.filter(atena_no__in=(1, 2)):
        row.correct(residence_until=date(2027, 6, 30), recorded_by="t", origin="t")
    after = run(desk, DAY + timedelta(days=2))
    assert after["gone"] == 2
    assert Difference.objects.get(pk=first.pk).result == "gone" and Difference.objects.get(pk=second.pk).result == "right"


def test_former_insured_end_when_the_household_splits_or_gets_another_head(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, Status

    since, split = date(2025, 5, 6), date(2026, 3, 10)
    person(1, 10, date(1985, 5, 5), head=True)
    person(2, 10, date(1950, 5, 5), insured_from=None)  # stays
    person(3, 10, date(1950, 5, 5), insured_from=None, lived=period(date(2015, 4, 1), split))
    person(3, 11, date(1950, 5, 5), head=True, insured_from=None, lived=period(split))  # split off
    person(4, 20, date(1950, 5, 5), insured_from=None)
    person(5, 20, date(1985, 5, 5), head=True, lived=period(date(2015, 4, 1), date(2026, 2, 1)))
    person(6, 20, date(1986, 5, 5), head=True, lived=period(date(2026, 2, 1)))  # another head
    for no, household in ((2, 10), (3, 10), (4, 20)):
        status(no, household, Status.FORMER_INSURED, since)
    results = run(desk)
    assert results["former_insured_ended"] == 2
    held = {row.atena_no: row.valid.upper for row in Status.objects.filter(BELIEVED, kind=Status.FORMER_INSURED)}
    assert held == {2: None, 3: split, 4: date(2026, 2, 1)}
    told = EligibilityChange.objects.filter(kind=f"status:{Status.FORMER_INSURED}").values_list("atena_no", flat=True)
    assert set(told) == {3, 4}
    assert run(desk, DAY + timedelta(days=1))["former_insured_ended"] == 0


def test_a_difference_tells_codes_by_their_names(office: None) -> None:
    from kokuho.desks.eligibility.validations import in_words

    assert in_words("V01", "前の喪失 209　2025-10-18") == "前の喪失　生活保護の開始　R7.10.18"
    assert in_words("V05", "生年月日 1951-06-29") == "生年月日　S26.6.29"
    assert in_words("V15", "student　期限 2026-03-31").startswith("修学中")

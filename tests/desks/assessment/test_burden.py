"""負担割合: the year's judgement, what changes within it, applications by receipts, and two persons for all of it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "eligibility"))
from certfacts import HOUSE, OLD, WIFE, WORKER, YOUNG, fill, staff

pytestmark = pytest.mark.db
JULY, AUTUMN = date(2026, 7, 10), date(2026, 10, 5)


def income(atena: int, **more: Any) -> None:
    from kokuho.desks.assessment.models import Income

    values = {
        "fiscal_year": 2026, "decided_on": date(2026, 5, 29), "declaration": "1", "taxation": "1", "taxable_income": 0, "receipts": 0,
        **more,
    }  # fmt: skip
    Income.objects.create(atena_no=atena, recorded_by="t", origin="t", **values)


@pytest.fixture
def desk(db: None) -> tuple[Any, Any]:
    fill(judgements=False)
    income(OLD, total_income=3_000_000, aggregate_income=3_000_000, taxable_income=1_450_000, receipts=6_000_000)
    income(WIFE, taxation="3", total_income=0, aggregate_income=0)
    income(WORKER, total_income=9_500_000, aggregate_income=9_500_000, taxable_income=8_000_000, receipts=12_000_000)
    return staff("a", "qualification"), staff("b", "qualification_approver")


def run(desk: tuple[Any, Any], on: date, mode: str) -> Any:
    """A run judged in this connection, approved by the other person and put in force."""
    from django.db import connection

    from kokuho.core.models import Approval
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.assessment.burden import work

    made = burden.order(by=desk[0], on=on, mode=mode)
    burden._close(made, work.run_chunk(connection.connection, made.pk, 1, made.parameters["pieces"], made.parameters))
    if made.results["households"]:
        burden.propose(by=desk[0], run_id=made.pk)
        burden.decide(by=desk[1], approval=Approval.objects.get(subject=burden.APPROVALS.subject(made)), approve=True)
        burden.apply(by=desk[0], run_id=made.pk)
        made.refresh_from_db()
    return made


def judgement(household: int, on: date) -> Any:
    from kokuho.desks.eligibility.models import BurdenJudgement

    return BurdenJudgement.objects.get(household_no=household, superseded_at__isnull=True, valid__contains=on)


def test_the_year_begins_on_1_august_with_what_the_law_says(desk: tuple[Any, Any]) -> None:
    made = run(desk, JULY, "annual")
    assert made.results["households"] == 3 and made.results["applied"] == 3
    old = judgement(HOUSE, date(2026, 8, 1))
    # 課税所得 of exactly 1,450,000 yen is caught; 基準所得額 2,570,000 is over 2,100,000; receipts 6,000,000 over 5,200,000.
    assert (old.active, old.over_70, old.seniors, old.highest) == (True, "現役並みI", 2, 1_450_000)
    assert (old.valid.lower, old.valid.upper, old.application_needed) == (date(2026, 8, 1), date(2027, 8, 1), False)
    assert judgement(YOUNG, date(2026, 8, 1)).under_70 == "ア"  # 9,500,000 − 430,000 > 9,010,000; the guest is undeclared too


def test_nothing_holds_before_the_second_person(desk: tuple[Any, Any]) -> None:
    from django.db import connection

    from kokuho.core.access import Refused
    from kokuho.core.models import Approval
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.assessment.burden import work
    from kokuho.desks.eligibility.models import BurdenJudgement

    made = burden.order(by=desk[0], on=JULY, mode="annual")
    with pytest.raises(burden.BurdenError, match="終わっていません"):
        burden.order(by=desk[0], on=JULY, mode="annual")
    burden._close(made, work.run_chunk(connection.connection, made.pk, 1, made.parameters["pieces"], made.parameters))
    approval = burden.propose(by=desk[0], run_id=made.pk)
    with pytest.raises(burden.BurdenError, match="承認"):
        burden.apply(by=desk[0], run_id=made.pk)
    with pytest.raises(Refused):
        burden.decide(by=desk[0], approval=approval, approve=True)
    assert not BurdenJudgement.objects.filter(superseded_at__isnull=True).exists()
    burden.decide(by=desk[1], approval=approval, approve=False, reason="所得の更正を待つ")
    assert Approval.objects.get(pk=approval.pk).state == "returned"


def test_a_correction_of_income_is_found_and_takes_effect_by_the_setting(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.assessment.models import Income

    run(desk, JULY, "annual")
    assert run(desk, AUTUMN, "check").results["households"] == 0
    Income.objects.get(atena_no=OLD).correct(
        recorded_by="t", origin="t", taxable_income=1_449_000, decided_on=date(2026, 9, 20), revision=1
    )
    made = run(desk, AUTUMN, "check")
    assert (made.results["households"], made.results["changed"]) == (1, 1)
    found = judgement(HOUSE, AUTUMN)
    # 3割 → 2割 goes back to 1 August; what was believed before stays on record.
    assert (found.active, found.cause, found.valid.lower) == (False, "income_change", date(2026, 8, 1))
    Income.objects.get(atena_no=OLD, superseded_at__isnull=True).correct(
        recorded_by="t", origin="t", taxable_income=7_000_000, decided_on=date(2026, 10, 20), revision=2
    )
    run(desk, date(2026, 11, 2), "check")
    up = judgement(HOUSE, date(2026, 12, 1))
    assert (up.active, up.over_70, up.valid.lower) == (True, "現役並みIII", date(2026, 11, 1))
    assert judgement(HOUSE, date(2026, 10, 31)).active is False


def test_an_application_by_receipts_brings_the_ratio_down(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import confirm, submit
    from kokuho.core.models import Approval
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.assessment.models import Income

    Income.objects.get(atena_no=OLD).correct(recorded_by="t", origin="t", receipts=None)
    run(desk, JULY, "annual")
    assert judgement(HOUSE, date(2026, 8, 3)).application_needed
    entry = submit(
        by=desk[0], on=date(2026, 8, 20), kind="certificate.receipts", title="申請", household_no=HOUSE, persons=[OLD],
        payload={"applied_on": "2026-08-20", "receipts": {str(OLD): 4_000_000, str(WIFE): 1_199_999}},
        evidence={"four": {"by_eye": True}},
    )  # fmt: skip
    confirm(by=staff("c", "qualification"), on=date(2026, 8, 20), entry_id=entry.pk)
    made = burden.judge_now(by=desk[0], on=date(2026, 8, 20), household_no=HOUSE)
    burden.decide(by=desk[1], approval=Approval.objects.get(subject=burden.APPROVALS.subject(made)), approve=True)
    found = judgement(HOUSE, date(2026, 9, 1))
    assert (found.active, found.cause, found.valid.lower) == (False, "application", date(2026, 9, 1))
    assert judgement(HOUSE, date(2026, 8, 31)).active


def test_an_unknown_taxable_income_never_makes_three_tenths(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.assessment.models import Income
    from kokuho.desks.eligibility.models import BurdenJudgement, BurdenProposal

    Income.objects.get(atena_no=OLD).correct(recorded_by="t", origin="t", taxable_income=None)
    made = run(desk, JULY, "annual")
    assert made.results["unknown"] == 1
    assert BurdenProposal.objects.get(run=made, household_no=HOUSE).unknown
    assert not BurdenJudgement.objects.filter(household_no=HOUSE, superseded_at__isnull=True).exists()


def test_who_keeps_an_old_ratio_for_want_of_an_income_is_told_of_until_it_is_judged(desk: tuple[Any, Any]) -> None:
    from certfacts import YOUNG, judged, span

    from kokuho.desks.assessment.models import Income
    from kokuho.desks.assessment.queries.burden import untold

    on = date(2026, 8, 3)
    judged(HOUSE, year=2025, valid=span(date(2025, 8, 1), None))
    Income.objects.get(atena_no=OLD).correct(recorded_by="t", origin="t", taxable_income=None)
    run(desk, JULY, "annual")
    found = untold(desk[0], HOUSE, on=on)
    assert found is not None and (found.kept, list(found.missing)) == ("2割", [OLD])
    assert untold(desk[0], YOUNG, on=on) is None
    Income.objects.filter(atena_no=OLD, superseded_at__isnull=True).get().correct(recorded_by="t", origin="t", taxable_income=1_450_000)
    run(desk, date(2026, 8, 10), "check")
    assert judgement(HOUSE, date(2026, 9, 1)).active
    assert untold(desk[0], HOUSE, on=date(2026, 9, 1)) is None


def test_someone_who_turns_seventy_changes_the_household(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.people.models import Person

    Person.objects.get(atena_no=WORKER).correct(recorded_by="t", origin="t", birth_date=date(1956, 10, 15))
    run(desk, JULY, "annual")
    assert judgement(YOUNG, date(2026, 8, 1)).over_70 == ""
    made = run(desk, date(2026, 11, 1), "check")
    assert made.results["households"] == 1
    found = judgement(YOUNG, date(2026, 11, 1))
    assert (found.active, found.cause, found.valid.lower) == (True, "household_change", date(2026, 11, 1))
    assert judgement(YOUNG, date(2026, 10, 31)).over_70 == ""

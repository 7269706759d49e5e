"""The annual levy from snapshot to ledger: right to the yen, decided by two persons, immutable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
YEAR = 2026


def person(
    no: int,
    household: int,
    born: date,
    *,
    head: bool = False,
    insured_from: date | None = date(2020, 4, 1),
    **more: Any,
):  # type: ignore[no-untyped-def]
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import InsuredPeriod
    from kokuho.desks.people.models import Person

    lived = more.pop("lived", DateRange(date(2015, 4, 1), None))
    Person.objects.create(
        atena_no=no, household_no=household, valid=lived, resident_kind="1", resident_state="1", name=f"試験{no}",
        search_name=f"試験{no}", search_kana="", birth_date=born, sex="1", relation="02" if head else "20", is_head=head,
        resident_since=date(2015, 4, 1), resident_reason="01", address_since=date(2015, 4, 1), recorded_by="t", origin="t",
        **{k: v for k, v in more.items() if k in ("postal_code", "town", "block")},
    )  # fmt: skip
    if insured_from:
        lost, reason = more.get("lost"), more.get("reason", "")
        InsuredPeriod.objects.create(
            atena_no=no, valid=DateRange(insured_from, lost), acquired_on=insured_from, acquired_reason="119", lost_on=lost,
            lost_event_on=more.get("event"), lost_reason=reason, recorded_by="t", origin="t",
        )  # fmt: skip


def income(no: int, **amounts: int) -> None:
    from kokuho.desks.assessment.models import Income

    Income.objects.create(
        atena_no=no, fiscal_year=YEAR, decided_on=date(2026, 6, 1), declaration="1", taxation="1", recorded_by="t", origin="t",
        **amounts,
    )  # fmt: skip


def levied(staff: Any, *, final: bool = False):  # type: ignore[no-untyped-def]
    from kokuho.desks.assessment.actions import levy
    from kokuho.jobs import levy as job

    trial = job.run(levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=YEAR).pk, by=staff.assessor, processes=1)
    if not final:
        return trial
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    return job.run(levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk).pk, by=staff.assessor, processes=1)


def decision(household: int, model: str = "TrialDecision"):  # type: ignore[no-untyped-def]
    from kokuho.desks.assessment import models

    return getattr(models, model).objects.get(household_no=household)


def test_a_couple_to_the_yen(committed_db: str, office: Callable) -> None:
    """川口市 令和8年度, worked out by hand from the ordinance: 45 and 30 years old, business income 3,000,000 yen of the head.

    base 3,000,000 − 430,000 = 2,570,000; medical 7.45% 191,465 + 44,000 × 2 = 279,465 → 279,400 (100円未満切捨て);
    support 2.78% 71,446 + 16,000 × 2 = 103,446 → 103,400; care 2.36% 60,652 + 17,000 = 77,652 → 77,600;
    child 0.27% 6,939 + 1,500 × 2 = 9,939 → 9,900. Together 470,300 in 8 instalments of whole 1,000 yen: 58,000 each,
    the rest of 6,300 in the first.
    """
    staff = office("川口市")
    person(1, 10, date(1980, 5, 5), head=True)
    person(2, 10, date(1995, 5, 5))
    income(1, business_income=3_000_000, total_income=3_000_000, aggregate_income=3_000_000)
    income(2)
    levied(staff)
    found = decision(10)
    assert {c[0]: c[7] for c in found.components} == {
        "medical": 279_400,
        "support": 103_400,
        "care": 77_600,
        "child": 9_900,
    }
    assert found.total == 470_300
    assert found.instalments == [64_300, *[58_000] * 7]
    assert (found.reduction, found.payer_no, found.insured_count) == (0, 1, 2)


def test_the_householder_pays_who_is_not_insured_himself(committed_db: str, office: Callable) -> None:
    """擬制世帯主: owes the levy, counts in the judgement of the reduction with his income, bears no part of it."""
    staff = office("川口市")
    person(1, 10, date(1970, 5, 5), head=True, insured_from=None)
    person(2, 10, date(2000, 5, 5))
    income(1, salary_receipts=6_000_000, salary_income=4_360_000, total_income=4_360_000)
    income(2)
    levied(staff)
    found = decision(10)
    assert (found.payer_no, found.insured_count, found.reduction) == (1, 1, 0)
    assert found.reduction_income == 4_360_000
    # 44,000 + 16,000 + 1,500, no income part
    assert found.total == 61_500


def test_a_loss_counts_to_the_month_before(committed_db: str, office: Callable) -> None:
    """Joined employees' insurance on 1 October: lost on 2 October by law, levied April to September (条例参考例: by the event)."""
    staff = office("川口市")
    person(1, 10, date(2000, 5, 5), head=True, lost=date(2026, 10, 2), event=date(2026, 10, 1), reason="204")
    person(2, 20, date(2000, 5, 5), head=True, lost=date(2026, 10, 1), event=date(2026, 9, 30), reason="204")
    for no in (1, 2):
        income(no, business_income=2_000_000, total_income=2_000_000)
    levied(staff)
    half, five = decision(10).total, decision(20).total
    # medical 7.45% of 1,570,000 = 116,965 + 44,000; 6 and 5 twelfths, cut to 100 yen a component
    parts = {"medical": 116_965 + 44_000, "support": 43_646 + 16_000, "child": 4_239 + 1_500}
    assert half == sum(part * 6 // 12 // 100 * 100 for part in parts.values())
    assert five == sum(part * 5 // 12 // 100 * 100 for part in parts.values())


def test_a_new_householder_owes_from_the_month_of_the_change(committed_db: str, office: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.assessment.models import TrialDecision

    staff = office("川口市")
    person(1, 10, date(1960, 5, 5), head=True, lived=DateRange(date(2015, 4, 1), date(2026, 8, 20)), lost=date(2026, 8, 21),
           event=date(2026, 8, 20), reason="208")  # fmt: skip
    person(2, 10, date(1990, 5, 5), lived=DateRange(date(2015, 4, 1), date(2026, 8, 20)))
    from kokuho.desks.people.models import Person

    son = Person.objects.get(atena_no=2)
    son.pk, son.is_head, son.relation, son.valid = None, True, "02", DateRange(date(2026, 8, 20), None)
    son._state.adding = True
    Person.objects.create(
        **{f.name: getattr(son, f.name) for f in Person._meta.concrete_fields if f.name not in ("id", "recorded_at")}
    )
    income(1)
    income(2, business_income=2_000_000, total_income=2_000_000)
    levied(staff)
    first, second = TrialDecision.objects.filter(household_no=10).order_by("id")
    assert (first.payer_no, second.payer_no) == (1, 2)
    assert first.insured_count == 2
    assert second.insured_count == 1
    whole = json.loads(first.trace), json.loads(second.trace)
    assert all(whole)


def test_the_reduction_is_judged_on_the_first_of_april(committed_db: str, office: Callable) -> None:
    """令29条の7第6項: who joins on 2 April is levied from April but not counted; who leaves in April is counted, not levied."""
    staff = office("川口市")
    for household in (10, 20, 30):
        person(household + 1, household, date(1990, 5, 5), head=True)
        income(household + 1, business_income=900_000, total_income=900_000)
    # One person: 900,000 is over 43万 + 31万 (5割) and within 43万 + 57万 (2割). Two persons: 5割 up to 105万.
    person(22, 20, date(2001, 5, 5), insured_from=date(2026, 4, 2))
    income(22)
    person(32, 30, date(2001, 5, 5), lost=date(2026, 4, 20), event=date(2026, 4, 19), reason="204")
    income(32)
    levied(staff)
    assert [(decision(h).reduction, decision(h).insured_count) for h in (10, 20, 30)] == [(2, 1), (2, 2), (5, 1)]


def test_an_adult_without_any_record_has_no_reduction(committed_db: str, office: Callable) -> None:
    staff = office("川口市")
    person(1, 10, date(1990, 5, 5), head=True)
    person(2, 20, date(1990, 5, 5), head=True)
    income(2)
    person(3, 20, date(2015, 5, 5))
    levied(staff)
    assert decision(10).reduction == 0
    assert decision(20).reduction == 7


def test_the_whole_job_by_two_persons(committed_db: str, town: Callable, office: Callable, deliver: Callable) -> None:
    from kokuho.core.actions.approvals import ApprovalError
    from kokuho.core.models import Approval, AuditRecord
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import Decision, TrialDecision
    from kokuho.desks.collection.models import Account, Posting
    from kokuho.law.premium.assess import prepare
    from kokuho.law.premium.explain import explain
    from kokuho.law.premium.ordinance import load_ordinance

    staff = office("川口市")
    deliver(staff, town())
    trial = levied(staff)
    assert not trial.checks.filter(level="stop").exists()
    assert set(trial.checks.values_list("code", flat=True)) == {f"C{n:02d}" for n in range(1, 17)}
    assert Decision.objects.count() == 0

    with pytest.raises(levy.LevyError) as early:
        levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk)
    assert early.value.code == "L04"
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    both = type(staff.assessor)(**{f: getattr(staff.assessor, f) for f in staff.assessor.__slots__} | {
        "capabilities": staff.assessor.capabilities | {"levy.approve"}})  # fmt: skip
    with pytest.raises(ApprovalError) as own:
        levy.decide_approval(by=both, approval_id=approval.pk, approve=True)
    assert own.value.code == "ENTRY-02"
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    from kokuho.jobs import levy as job

    final = job.run(levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk).pk, by=staff.assessor, processes=2)
    assert final.frozen_at is not None
    assert final.result_hash == trial.result_hash

    columns = ("id", "total", "components", "instalments", "trace", "payer_no", "notice_no")
    assert list(Decision.objects.order_by("id").values_list(*columns)) == list(
        TrialDecision.objects.order_by("id").values_list(*columns)
    )
    plan = prepare(load_ordinance("112038", YEAR), YEAR)
    posted: dict[int, dict[int, int]] = {}
    for p in Posting.objects.all():
        assert (p.kind, p.debit, p.credit) == (Posting.LEVY, Account.RECEIVABLE, Account.REVENUE)
        assert p.due_on == final.due_dates[p.term - 1]
        posted.setdefault(p.decision_id, {})[p.term] = p.amount
    for d in Decision.objects.all():
        assert sum(d.instalments) == d.total
        assert posted.get(d.pk, {}) == {n: amount for n, amount in enumerate(d.instalments, 1) if amount}
        steps = explain(plan, json.loads(d.trace))
        assert steps[-1].value == d.total
    assert Approval.objects.get(pk=approval.pk).decided_by == "ap"
    assert AuditRecord.objects.filter(function="levy.final", staff_no="as").exists()

    with pytest.raises(levy.LevyError) as again:
        levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=YEAR)
    assert again.value.code == "L02"


def test_facts_that_come_after_the_trial_do_not_change_the_final_run(
    committed_db: str, town: Callable, office: Callable, deliver: Callable
) -> None:
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import Income
    from kokuho.jobs import levy as job

    staff = office("川口市")
    deliver(staff, town())
    trial = levied(staff)
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    known = Income.objects.filter(superseded_at__isnull=True, business_income=0, salary_income__gt=0).first()
    assert known is not None
    known.correct(recorded_by="x", origin="later", business_income=9_000_000, total_income=9_000_000, revision=9)
    final = job.run(levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk).pk, by=staff.assessor, processes=1)
    assert final.batch.results["total"] == trial.batch.results["total"]


def test_a_changed_ordinance_stops_the_final_run(
    committed_db: str, office: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.desks.assessment.actions import levy

    staff = office("川口市")
    person(1, 10, date(1990, 5, 5), head=True)
    trial = levied(staff)
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    monkeypatch.setattr(levy, "ordinance_hash", lambda ordinance: "another")
    with pytest.raises(levy.LevyError) as changed:
        levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk)
    assert changed.value.code == "L05"


def test_an_approved_trial_stays_as_it_is_until_a_new_one_takes_its_place(committed_db: str, office: Callable) -> None:
    from django.db import DatabaseError, connection

    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import LevyInput, TrialDecision

    staff = office("川口市")
    person(1, 10, date(1990, 5, 5), head=True)
    trial = levied(staff)
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    for rows in (LevyInput.objects.filter(run_id=trial.pk), TrialDecision.objects.filter(run_id=trial.pk)):
        with pytest.raises(DatabaseError, match="the trial is approved"):
            rows.delete()
        assert rows.exists()
    with pytest.raises(DatabaseError, match="the trial is approved"), connection.cursor() as cursor:
        copied = ", ".join(f'"{f.column}"' for f in LevyInput._meta.concrete_fields if f.column != "id")
        cursor.execute(f"INSERT INTO assessment_levyinput ({copied}) SELECT {copied} FROM assessment_levyinput")
    newer = levied(staff)
    assert not LevyInput.objects.filter(run_id=trial.pk).exists() and LevyInput.objects.filter(run_id=newer.pk).exists()
    for old, code in ((trial, "L03"), (newer, "L04")):
        with pytest.raises(levy.LevyError) as refused:
            levy.order_final(by=staff.assessor, on=DAY, trial_id=old.pk)
        assert refused.value.code == code


def test_a_household_without_a_head_stops_the_levy(committed_db: str, office: Callable) -> None:
    from kokuho.desks.assessment.actions import levy

    staff = office("川口市")
    person(1, 10, date(1990, 5, 5))
    person(2, 20, date(1990, 5, 5), head=True)
    trial = levied(staff)
    stopped = trial.checks.get(code="C06")
    assert (stopped.level, stopped.households) == ("stop", [10])
    with pytest.raises(levy.LevyError) as refused:
        levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    assert refused.value.code == "L08"


@pytest.mark.parametrize(
    ("decided", "level"),
    [(date(2026, 7, 21), "ok"), (date(2026, 7, 22), "warn"), (date(2026, 7, 30), "warn"), (date(2026, 7, 31), "stop")],
)
def test_no_instalment_falls_due_before_it_is_decided(database_name: str, decided: date, level: str) -> None:
    from kokuho.desks.assessment.levy import checks
    from kokuho.desks.assessment.models import LevyRun

    run = LevyRun(fiscal_year=YEAR, decided_on=decided, due_dates=[date(2026, 7, 31), date(2026, 8, 31)])
    assert checks.CHECKS["C14"](run, {}).level == level


def test_who_may_not_run_or_approve_is_refused(committed_db: str, office: Callable) -> None:
    from kokuho.core.access import Refused
    from kokuho.desks.assessment.actions import levy

    staff = office("川口市")
    person(1, 10, date(1990, 5, 5), head=True)
    with pytest.raises(Refused):
        levy.order_trial(by=staff.clerk, on=DAY, fiscal_year=YEAR)
    approval = levy.propose_approval(by=staff.assessor, run_id=levied(staff).pk)
    with pytest.raises(Refused):
        levy.decide_approval(by=staff.assessor, approval_id=approval.pk, approve=True)


def test_the_database_refuses_an_approval_by_the_one_who_proposed(committed_db: str, office: Callable) -> None:
    from django.db import IntegrityError, transaction

    from kokuho.core.models import Approval
    from kokuho.desks.assessment.actions import levy

    staff = office("川口市")
    person(1, 10, date(1990, 5, 5), head=True)
    approval = levy.propose_approval(by=staff.assessor, run_id=levied(staff).pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved", decided_by="as")


def test_the_recognised_head_owes_instead_of_the_head_who_is_not_insured(committed_db: str, office: Callable) -> None:
    """国保世帯主 (保発第291号) from 10 October: the father, employed, owes April to September with his income in the judgement; the
    daughter owes from October and is judged with hers alone. The last day of a month decides whose it is."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.assessment.models import TrialDecision
    from kokuho.desks.eligibility.models import InsuranceHead

    staff = office("川口市")
    person(1, 10, date(1970, 5, 5), head=True, insured_from=None)
    person(2, 10, date(2000, 5, 5))
    income(1, salary_receipts=6_000_000, salary_income=4_360_000, total_income=4_360_000)
    income(2)
    recognition = InsuranceHead.objects.create(
        household_no=10, atena_no=2, nominal_head_no=1, valid=DateRange(date(2026, 10, 10), None), recorded_by="t", origin="t"
    )
    levied(staff)
    father, daughter = TrialDecision.objects.filter(household_no=10).order_by("id")
    assert [(d.payer_no, d.reduction, d.reduction_income, d.insured_count) for d in (father, daughter)] == [
        (1, 0, 4_360_000, 1), (2, 7, 0, 1)]  # fmt: skip
    # 44,000 + 16,000 + 1,500 of the year: half each; hers with 7割軽減 (13,200 + 4,800 + 450 of the year).
    assert father.total == 22_000 + 8_000 + 700
    assert daughter.total == 6_600 + 2_400 + 200

    # Once the father is insured himself he is the head again, whatever was recognised.
    recognition.correct(recorded_by="t", origin="t2", valid=DateRange(date(2026, 4, 1), None))
    levied(staff)
    assert (decision(10).payer_no, decision(10).reduction, decision(10).total) == (2, 7, 13_200 + 4_800 + 400)
    from kokuho.desks.eligibility.models import InsuredPeriod

    InsuredPeriod.objects.create(
        atena_no=1, valid=DateRange(date(2026, 4, 1), None), acquired_on=date(2026, 4, 1), acquired_reason="104", recorded_by="t",
        origin="t",
    )  # fmt: skip
    levied(staff)
    assert (decision(10).payer_no, decision(10).insured_count, decision(10).reduction) == (1, 2, 0)


def test_joined_numbers_are_levied_as_one_person_and_separately_again(committed_db: str, office: Callable) -> None:
    """名寄せ: insurance and incomes recorded under the old number count for the surviving one; its own word comes first."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.assessment.models import LevyInput, TrialDecision
    from kokuho.desks.people.models import NumberJoin

    staff = office("川口市")
    left = date(2026, 8, 10)
    person(1, 10, date(1990, 5, 5), head=True, lived=DateRange(date(2015, 4, 1), left))  # insured under the old number only
    person(2, 20, date(1990, 5, 5), head=True, insured_from=None, lived=DateRange(date(2026, 6, 20), None))
    income(1, business_income=3_000_000, total_income=3_000_000)
    join = NumberJoin.objects.create(atena_no=1, joined_to=2, reason="本籍", valid=DateRange(DAY, None), recorded_by="t", origin="t")
    run = levied(staff)
    # Twelve months insured; in household 20 from 20 June, in household 10 on the last days of April and May.
    assert dict(TrialDecision.objects.values_list("household_no", "payer_no")) == {10: 2, 20: 2}
    assert (decision(10).reduction_income, run.batch.results["insured_months"]) == (3_000_000, 12)
    assert {row.lived_until for row in LevyInput.objects.filter(household_no=10)} == {date(2026, 6, 20)}
    assert not run.checks.filter(level="stop").exists()
    income(2, business_income=1_000_000, total_income=1_000_000)
    assert levied(staff).checks.get(code="C16").households == [10, 20]
    assert decision(20).reduction_income == 1_000_000, "the surviving number's own incomes come first"
    NumberJoin.objects.filter(pk=join.pk).update(superseded_at="2026-07-01T00:00:00Z")
    levied(staff)
    assert dict(TrialDecision.objects.values_list("household_no", "payer_no")) == {10: 1}


def test_a_household_under_a_stop_is_left_out_counted_and_listed(committed_db: str, office: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.assessment.models import LevyLeftOut, TrialDecision
    from kokuho.desks.people.models import ProcessingStop

    staff = office("川口市")
    for household in (10, 20):
        person(household + 1, household, date(1990, 5, 5), head=True)
        person(household + 2, household, date(1992, 5, 5))
    person(13, 10, date(1950, 5, 5), insured_from=None)  # 後期: nothing to do with the levy
    for atena, kind in ((22, 1), (11, 2), (13, 1)):
        ProcessingStop.objects.create(
            atena_no=atena, kind=kind, reason="裁決待ち", valid=DateRange(date(2026, 6, 1), None), recorded_by="t", origin="t"
        )
    run = levied(staff)
    assert list(TrialDecision.objects.values_list("household_no", flat=True)) == [10]
    assert list(LevyLeftOut.objects.values_list("run_id", "household_no", "atena_no", "reason")) == [(run.pk, 20, 22, "裁決待ち")]
    check = run.checks.get(code="C15")
    assert (check.level, check.actual, check.households) == ("warn", "1世帯", [20])
    assert run.checks.get(code="C01").level == "ok"
    ProcessingStop.objects.filter(atena_no=22).update(superseded_at="2026-07-01T00:00:00Z")
    assert levied(staff).checks.get(code="C15").level == "ok" and TrialDecision.objects.count() == 2

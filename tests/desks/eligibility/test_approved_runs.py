"""Approved runs of eligibility stay as they were approved: PostgreSQL refuses to change them, and where its triggers were off the content
tells; what is not what was approved is not carried out (ENTRY-08)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from certfacts import WORKER, fill, staff

pytestmark = pytest.mark.db
JULY, AUGUST = date(2026, 7, 15), date(2026, 8, 1)


@pytest.fixture
def desk(committed_db: str) -> tuple[Any, Any]:
    fill()
    return staff("a", "qualification"), staff("b", "qualification_approver")


def closed(model: Any, run_id: int) -> None:
    """Rows are neither taken away nor put to the run."""
    from django.db import DatabaseError, connection

    for refused in (
        lambda: model.objects.filter(run_id=run_id).delete(),
        lambda: model.objects.filter(run_id=run_id).update(household_no=0),
        lambda: copied(connection, model, run_id),
    ):
        with pytest.raises(DatabaseError, match=r"the run is approved|permission denied"):
            refused()
    assert model.objects.filter(run_id=run_id).exists()


def copied(connection: Any, model: Any, run_id: int) -> None:
    names = [f.column for f in model._meta.concrete_fields if f.column != "id"]
    others = {"household_no": "household_no + 7000000", "atena_no": "atena_no + 7000000", "seq": "seq + 1000"}
    values = [others.get(name, name) for name in names]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} WHERE run_id = {run_id}")


def by_owner(table: str, statement: str) -> None:
    """What an administrator does with the triggers off."""
    from kokuho.core.database import owner_address

    with owner_address().connect(autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(statement)
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def code_of(call: Callable[[], Any]) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as refused:
        call()
    return refused.value.code


def test_an_approved_renewal_stays_and_a_bent_one_is_not_issued(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.eligibility.models import Certificate, RenewalLine

    def planned() -> Any:
        made = renewal.plan(by=desk[0], run_id=renewal.order(by=desk[0], on=JULY, renew_on=AUGUST).pk)
        RenewalLine.objects.filter(run=made, seq=0).delete()  # before the approval the rows are the desk's
        renewal.decide(by=desk[1], approval=renewal.propose(by=desk[0], run_id=made.pk), approve=True)
        return made

    run = planned()
    closed(RenewalLine, run.pk)
    assert code_of(lambda: renewal.cancel(by=desk[0], run_id=run.pk, reason="x")) == "CRT65"
    by_owner("eligibility_renewalline", f"UPDATE eligibility_renewalline SET atena_no = atena_no + 1 WHERE atena_no = {WORKER}")
    assert code_of(lambda: renewal.issue(by=desk[0], run_id=run.pk)) == "CRT67" and not Certificate.objects.exists()
    renewal.cancel(by=desk[0], run_id=run.pk, reason="対象が書き換えられていた")
    assert renewal.issue(by=desk[0], run_id=planned().pk) == 5


def test_an_approved_judgement_stays_and_a_bent_one_does_not_hold(desk: tuple[Any, Any]) -> None:
    from django.db import connection, transaction

    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.assessment.burden import work
    from kokuho.desks.eligibility.models import BurdenJudgement, BurdenProposal

    def judged() -> Any:
        made = burden.order(by=desk[0], on=JULY, mode="annual")
        with transaction.atomic():
            connection.ensure_connection()
            burden._close(made, work.run_chunk(connection.connection, made.pk, 1, made.parameters["pieces"], made.parameters))
        burden.decide(by=desk[1], approval=burden.propose(by=desk[0], run_id=made.pk), approve=True)
        return made

    run, before = judged(), set(BurdenJudgement.objects.values_list("pk", flat=True))
    closed(BurdenProposal, run.pk)
    by_owner("eligibility_burdenproposal", "UPDATE eligibility_burdenproposal SET active = NOT active")
    assert code_of(lambda: burden.apply(by=desk[0], run_id=run.pk)) == "BUR08"
    assert set(BurdenJudgement.objects.values_list("pk", flat=True)) == before
    burden.cancel(by=desk[0], run_id=run.pk, reason="判定案が書き換えられていた")
    assert BurdenProposal.objects.filter(run=run).exists(), "what was approved stays to be looked into"
    assert burden.apply(by=desk[0], run_id=judged().pk) > 0


def test_approved_age_events_stay_and_bent_ones_are_not_carried_out(desk: tuple[Any, Any]) -> None:
    from kokuho.core.models import Approval
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.models import AgeEventRow
    from kokuho.desks.people.models import Person
    from kokuho.law.eligibility.months import Month

    Person.objects.filter(atena_no=WORKER).first().correct(recorded_by="t", origin="t", birth_date=date(1951, 8, 10))
    run = ages.order(by=desk[0], on=JULY, month=Month(2026, 8))
    ages.decide(by=desk[1], approval=Approval.objects.get(subject=ages.APPROVALS.subject(run)), approve=True)
    closed(AgeEventRow, run.pk)
    by_owner("eligibility_ageeventrow", "UPDATE eligibility_ageeventrow SET birth_date = '1951-08-11'")
    assert code_of(lambda: ages.execute(run.pk, by=desk[0], on=AUGUST)) == "AG5"

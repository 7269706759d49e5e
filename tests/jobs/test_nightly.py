"""定時処理: due at its time, once a date, taken up after a kill, tried again after an error, changed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def at(hour: int, minute: int = 0) -> datetime:
    from kokuho.core.clock import JAPAN

    return datetime(2026, 7, 1, hour, minute, tzinfo=JAPAN)


def test_each_work_runs_once_a_day_at_its_time(committed_db: str, office: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    from kokuho.core import schedule
    from kokuho.core.models import AuditRecord, BatchRun, ScheduledRun
    from kokuho.core.queries.orders import unordered
    from kokuho.jobs import nightly, queue  # noqa: F401

    office("川口市")
    monkeypatch.setenv("KOKUHO_BUSINESS_DATE", "2026-07-01")
    assert set(schedule.due(at(0, 59), DAY)) == set()
    assert "eligibility-checks" in schedule.due(at(1), DAY) and "age-events" not in schedule.due(at(1), DAY)
    assert set(schedule.due(at(23, 59), DAY)) == set(schedule.works())

    monkeypatch.setattr("kokuho.core.clock._standing", at(1, 5))
    queue.tick(0)
    queue.tick(0)
    waiting = ProcrastinateJob.objects.filter(task_name="scheduled", status="todo")
    assert [job.args["code"] for job in waiting] == ["eligibility-checks"]
    queue.run_scheduled("eligibility-checks", DAY.isoformat())
    queue.run_scheduled("eligibility-checks", DAY.isoformat())
    [run] = ScheduledRun.objects.all()
    assert (run.state, run.attempts, run.ordered_by) == ("done", 1, "定時処理")
    assert run.results["found"] == 0
    assert "eligibility-checks" not in schedule.due(at(9), DAY)
    assert "eligibility-checks" in schedule.due(datetime(2026, 7, 2, 2, tzinfo=at(1).tzinfo), date(2026, 7, 2))
    # Its batch is nobody's unordered work, and the record says that the machine did it.
    assert BatchRun.objects.count() == 1 and not unordered().exists()
    assert set(AuditRecord.objects.filter(function="eligibility.validate").values_list("staff_no", "terminal")) == {("定時処理", "worker")}


def test_a_killed_run_is_taken_up_and_a_failing_one_stops_after_three(committed_db: str, office: Callable) -> None:
    from kokuho.core import database, schedule
    from kokuho.core.models import BatchRun, ScheduledRun
    from kokuho.jobs import nightly  # noqa: F401

    office("川口市")
    # A process that was killed: its row says running, its batch too, its lock is free.
    ScheduledRun.objects.create(code="eligibility-checks", business_date=DAY, attempts=1, started_at=at(1), ordered_by="定時処理")
    cut = BatchRun.objects.create(
        kind="eligibility-checks", title="資格の点検", business_date=DAY, ordered_by="定時処理", state=BatchRun.RUNNING
    )
    assert "eligibility-checks" in schedule.due(at(2), DAY)
    with database.owner_address().connect() as other:
        # While a process holds the lock, nobody else begins.
        other.execute("SELECT pg_advisory_lock(719, hashtext('eligibility-checks'))")
        assert "eligibility-checks" not in schedule.due(at(2), DAY)
        assert schedule.run("eligibility-checks", DAY).state == "running"
        other.execute("SELECT pg_advisory_unlock(719, hashtext('eligibility-checks'))")
    assert schedule.run("eligibility-checks", DAY).attempts == 2
    cut.refresh_from_db()
    assert (cut.state, BatchRun.objects.count()) == ("done", 1)

    def broken(by: Any, on: date) -> dict[str, int]:
        raise RuntimeError("接続が切れました")

    schedule.register(schedule.Work("broken", "壊れた処理", "", time(1), frozenset(), broken, ()))
    try:
        for attempt in (1, 2, 3):
            assert "broken" in schedule.due(at(2), DAY)
            with pytest.raises(RuntimeError):
                schedule.run("broken", DAY)
            assert ScheduledRun.objects.get(code="broken").attempts == attempt
        assert "broken" not in schedule.due(at(2), DAY)
        assert ScheduledRun.objects.get(code="broken").message == "接続が切れました"
    finally:
        schedule._works.pop("broken")


def test_another_time_needs_the_right_and_a_reason(committed_db: str, office: Callable) -> None:
    from dataclasses import replace

    from kokuho.core import schedule
    from kokuho.core.access import Refused
    from kokuho.core.actions.schedule import change_time
    from kokuho.jobs import nightly  # noqa: F401

    staff = office("川口市")
    given = {"on": DAY, "code": "age-events", "at": time(5), "active": True}
    with pytest.raises(Refused):
        change_time(by=staff.clerk, reason="早い", **given)
    operator = replace(staff.clerk, capabilities=staff.clerk.capabilities | {"batch.schedule", "batch.start"})
    with pytest.raises(schedule.ScheduleError) as unsaid:
        change_time(by=operator, reason=" ", **given)
    assert unsaid.value.code == "SCH02"
    change_time(by=operator, reason="朝に変える", **given)
    assert "age-events" not in schedule.due(at(4, 59), DAY) and "age-events" in schedule.due(at(5), DAY)
    change_time(by=operator, reason="止める", **{**given, "active": False})
    assert "age-events" not in schedule.due(at(9), DAY)
    # A person may let it run outside its time all the same.
    assert schedule.run("age-events", DAY, by=operator).ordered_by == operator.staff_no
    with pytest.raises(Refused):
        schedule.run("age-events", DAY, by=staff.clerk)


def test_the_table_of_holidays_reaches_into_the_next_year_and_keeps_what_stands(committed_db: str, office: Callable) -> None:
    from kokuho.core import schedule
    from kokuho.core.models import Holiday
    from kokuho.desks.assessment.actions import levy
    from kokuho.jobs import nightly  # noqa: F401
    from kokuho.law.premium.ordinance import load_ordinance

    office("川口市")
    ordinance, later = load_ordinance("112038", 2026), date(2029, 6, 1)
    assert not Holiday.objects.filter(on__year=2030).exists(), "opened in 2026"
    with pytest.raises(levy.LevyError, match="休日の表"):
        levy.due_dates(ordinance, 2027)
    Holiday.objects.create(on=date(2029, 7, 31), name="市の休日")
    run = schedule.run("holidays", later)
    assert run.state == "done" and run.results["added"] > 30
    assert Holiday.objects.filter(on=date(2030, 12, 31)).exists()
    assert Holiday.objects.get(on=date(2029, 7, 31)).name == "市の休日"
    due = levy.due_dates(ordinance, 2029)
    assert due[0] == date(2029, 8, 1), "the last day of July is a holiday of the city now"
    assert schedule.run("holidays", date(2029, 6, 2)).results["added"] == 0

"""The queue: work that a screen orders is done by a worker process (`kokuho worker`), on this machine or another one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.tasks import Task

from kokuho.core import clock, writing
from kokuho.core.access import Actor, actor_for

QUEUE = "batch"


@contextlib.contextmanager
def _on_behalf(name: str, staff_no: str, on: str) -> Iterator[tuple[Actor, date]]:
    """The one who ordered the work, with the rights as they are now, and the business date of the order."""
    day = date.fromisoformat(on)
    by = actor_for(staff_no, on=day, terminal="worker")
    with writing.acting(by, f"batch.{name}"):
        yield by, day


@dataclass(frozen=True, slots=True)
class Handed:
    """The job of some work in the queue. `again`: the same work waits or runs already, and this is its job."""

    job: int
    again: bool


def _once(task: Task, lock: str, **arguments: int | str) -> Handed:
    """Put work into the queue, unless the same work (`lock`) waits there or is being done: then its job is the answer."""
    with transaction.atomic():
        # Two orders of one moment come here one after the other. Of waiting work the queue itself holds one a lock.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"queue:{lock}",))
        first = ProcrastinateJob.objects.filter(queueing_lock=lock, status__in=("todo", "doing")).order_by("pk").first()
        if first is not None:
            return Handed(first.pk, again=True)
        return Handed(task.configure(queueing_lock=lock).defer(**arguments), again=False)


def _hand(task: Task, number: int | None, by: Actor, **arguments: int) -> Handed:
    """Put work into the queue for today's business date. Work of one number is there once: asked again, its job is the answer."""
    lock = task.name if number is None else f"{task.name}-{number}"
    return _once(task, lock, staff_no=by.staff_no, on=clock.business_date().isoformat(), **arguments)


class Start(Protocol):
    """Hands an ordered run to a worker; while it waits or runs nothing is added."""

    def __call__(self, number: int, /, *, by: Actor) -> Handed: ...


def _ordered(name: str, work: Callable[[int, Actor, date], object], key: str = "batch_id") -> Start:
    """Make the task that does an ordered run on behalf of the one who ordered it, and what hands a run to it.

    `key` is what the run's number is called in the queue: jobs that wait there while the product is upgraded carry it.
    """

    @app.task(queue=QUEUE, name=name, lock=name, pass_context=False)
    def task(staff_no: str, on: str, **number: int) -> None:
        with _on_behalf(name, staff_no, on) as (by, day):
            work(number[key], by, day)

    def start(number: int, /, *, by: Actor) -> Handed:
        return _hand(task, number, by, **{key: number})

    return start


def _levy(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import levy

    levy.run(number, by=by)


def _notices(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import notices

    notices.run(number, by=by)


def _ages(number: int, by: Actor, on: date) -> None:
    from kokuho.desks.eligibility.actions import ages

    ages.execute(number, by=by, on=on)


def _age_letters(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import age_letters

    age_letters.run(number, by=by)


def _hearing_letters(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import hearing_letters

    hearing_letters.run(number, by=by)


def _certificates(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import certificates

    certificates.work(number, by=by)


def _federation(number: int, by: Actor, on: date) -> None:
    from kokuho.exchange.federation import report

    report.execute(number, by=by)


def _registration(number: int, by: Actor, on: date) -> None:
    from kokuho.exchange import registration

    registration.execute(number, by=by)


def _package(number: int, by: Actor, on: date) -> None:
    from kokuho.jobs import packages

    packages.run(number, by=by)


start_levy = _ordered("levy", _levy, key="levy_id")  # trial or final
start_notices = _ordered("notices", _notices)
start_ages = _ordered("age-events", _ages)  # approved
start_age_letters = _ordered("age-letters", _age_letters)
start_hearing_letters = _ordered("hearing-letters", _hearing_letters)
start_certificates = _ordered("certificates", _certificates)  # certificates and 負担割合
start_federation = _ordered("federation", _federation)
start_registration = _ordered("registration", _registration)  # with 団体内統合宛名
start_package = _ordered("print-package", _package)  # for a printer outside


@app.task(queue=QUEUE, name="erasure", lock="erasure", pass_context=False)
def run_erasure(order_id: int, physical: bool, staff_no: str, on: str) -> None:
    """Erase by an approved order, or remove physically what it put aside, on behalf of the one who started it."""
    from kokuho.core.retention import orders

    with _on_behalf("erasure", staff_no, on) as (by, day):
        (orders.purge if physical else orders.run)(by=by, order_id=order_id, on=day)


@app.task(queue=QUEUE, name="extract", lock="extract", pass_context=False)
def run_extract(extract_id: int, staff_no: str, on: str) -> None:
    """Run an approved extract on behalf of the one who started it. It runs once: a job that is put back is refused."""
    from kokuho.jobs import extracts

    with _on_behalf("extract", staff_no, on) as (by, day):
        extracts.run(by=by, on=day, extract_id=extract_id)


@app.task(queue=QUEUE, name="eligibility-checks", lock="eligibility-checks", pass_context=False)
def run_checks(staff_no: str, on: str) -> None:
    """The nightly checks of eligibility on behalf of the one who ordered them."""
    from kokuho.desks.eligibility.actions import differences

    with _on_behalf("eligibility-checks", staff_no, on) as (by, day):
        differences.validate(by=by, on=day)


@app.periodic(cron="*/5 * * * *")
@app.task(queue=QUEUE, name="schedule", queueing_lock="schedule", pass_context=False)
def tick(timestamp: int) -> None:
    """Every five minutes: begin the scheduled works whose time has come (定時処理), let go of what nobody came back to, and write
    down which accounts of the database are at work."""
    from kokuho.core import forgotten, schedule, system_accounts
    from kokuho.jobs import nightly  # noqa: F401 -- registers the works

    forgotten.end(clock.now())
    forgotten.forget_receipts(clock.now())
    system_accounts.note(clock.now())
    day = clock.business_date()
    for code in schedule.due(clock.now(), day):
        start_scheduled(code, day)


@app.task(queue=QUEUE, name="scheduled", pass_context=False)
def run_scheduled(code: str, on: str, staff_no: str = "") -> None:
    """Do one scheduled work for a business date, once; for a person when somebody asked for it outside its time."""
    from kokuho.core import schedule
    from kokuho.jobs import nightly  # noqa: F401 -- registers the works

    day = date.fromisoformat(on)
    by = actor_for(staff_no, on=day, terminal="worker") if staff_no else None
    schedule.run(code, day, by=by)


def start_scheduled(code: str, on: date, *, by: Actor | None = None) -> Handed:
    """Hand a scheduled work to a worker; asked again while it waits or runs, nothing is added. A person needs `batch.start`."""
    if by is not None:
        by.require("batch.start")
    return _once(run_scheduled, f"scheduled-{code}", code=code, on=on.isoformat(), staff_no=by.staff_no if by else "")


def start_erasure(order_id: int, *, physical: bool, by: Actor) -> Handed:
    """Hand an erasure order to a worker. Needs `keep.order`; whether it may run is asked when it runs."""
    by.require("keep.order")
    return _hand(run_erasure, order_id, by, order_id=order_id, physical=physical)


def start_extract(extract_id: int, *, by: Actor) -> Handed:
    """Hand an approved extract to a worker. Needs `extract.run`; whether it may run is asked when it runs."""
    by.require("extract.run")
    return _hand(run_extract, extract_id, by, extract_id=extract_id)


def start_checks(*, by: Actor) -> Handed:
    """Let a worker run the checks of eligibility now; asked again while they wait or run, nothing is added."""
    return _hand(run_checks, None, by)


def requeue_stalled() -> int:
    """Put work back whose worker was killed; batches go on where they were. Returns how many jobs."""

    async def put_back() -> int:
        manager = app.job_manager
        stalled = list(await manager.get_stalled_jobs(queue=QUEUE))
        for job in stalled:
            await manager.retry_job(job, retry_at=clock.now())
        return len(stalled)

    return asyncio.run(put_back())

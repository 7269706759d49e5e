"""The queue: work that a screen orders is done by a worker process (`kokuho worker`), on this machine or another one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import date

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
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


def _hand(task: Task, number: int | None, by: Actor, **arguments: int) -> None:
    """Put work into the queue for today's business date. Work of one number waits at most once. Raises `AlreadyEnqueued`."""
    lock = task.name if number is None else f"{task.name}-{number}"
    day = clock.business_date().isoformat()
    task.configure(queueing_lock=lock).defer(staff_no=by.staff_no, on=day, **arguments)


@app.task(queue=QUEUE, name="levy", lock="levy", pass_context=False)
def run_levy(levy_id: int, staff_no: str, on: str) -> None:
    """Calculate an ordered levy on behalf of the one who ordered it."""
    from kokuho.jobs import levy

    with _on_behalf("levy", staff_no, on) as (by, _):
        levy.run(levy_id, by=by)


@app.task(queue=QUEUE, name="notices", lock="notices", pass_context=False)
def run_notices(batch_id: int, staff_no: str, on: str) -> None:
    """Print an ordered run of notices on behalf of the one who ordered it."""
    from kokuho.jobs import notices

    with _on_behalf("notices", staff_no, on) as (by, _):
        notices.run(batch_id, by=by)


@app.task(queue=QUEUE, name="age-events", lock="age-events", pass_context=False)
def run_ages(batch_id: int, staff_no: str, on: str) -> None:
    """Carry an approved run of age events out on behalf of the one who started it."""
    from kokuho.desks.eligibility.actions import ages

    with _on_behalf("age-events", staff_no, on) as (by, day):
        ages.execute(batch_id, by=by, on=day)


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


@app.task(queue=QUEUE, name="certificates", lock="certificates", pass_context=False)
def run_certificates(batch_id: int, staff_no: str, on: str) -> None:
    """Do what a run of certificates or of 負担割合 waits for, on behalf of the one who ordered it."""
    from kokuho.jobs import certificates

    with _on_behalf("certificates", staff_no, on) as (by, _):
        certificates.work(batch_id, by=by)


@app.task(queue=QUEUE, name="federation", lock="federation", pass_context=False)
def run_federation(batch_id: int, staff_no: str, on: str) -> None:
    """Make the report to the federation on behalf of the one who ordered it."""
    from kokuho.exchange.federation import report

    with _on_behalf("federation", staff_no, on) as (by, _):
        report.execute(batch_id, by=by)


@app.task(queue=QUEUE, name="registration", lock="registration", pass_context=False)
def run_registration(batch_id: int, staff_no: str, on: str) -> None:
    """Make the registration with 団体内統合宛名 on behalf of the one who ordered it."""
    from kokuho.exchange import registration

    with _on_behalf("registration", staff_no, on) as (by, _):
        registration.execute(batch_id, by=by)


@app.task(queue=QUEUE, name="age-letters", lock="age-letters", pass_context=False)
def run_age_letters(batch_id: int, staff_no: str, on: str) -> None:
    """Print an ordered run of letters of age events on behalf of the one who ordered it."""
    from kokuho.jobs import age_letters

    with _on_behalf("age-letters", staff_no, on) as (by, _):
        age_letters.run(batch_id, by=by)


def start_age_letters(number: int, /, *, by: Actor) -> None:
    """Hand an ordered run of letters to a worker."""
    _hand(run_age_letters, number, by, batch_id=number)


@app.periodic(cron="*/5 * * * *")
@app.task(queue=QUEUE, name="schedule", queueing_lock="schedule", pass_context=False)
def tick(timestamp: int) -> None:
    """Every five minutes: begin the scheduled works whose time has come (定時処理), and let go of what nobody came back to."""
    from kokuho.core import forgotten, schedule
    from kokuho.jobs import nightly  # noqa: F401 -- registers the works

    forgotten.end(clock.now())
    forgotten.forget_receipts(clock.now())
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


def start_scheduled(code: str, on: date, *, by: Actor | None = None) -> None:
    """Hand a scheduled work to a worker; asked again while it waits, nothing is added. A person needs `batch.start`."""
    if by is not None:
        by.require("batch.start")
    with contextlib.suppress(AlreadyEnqueued):
        run_scheduled.configure(queueing_lock=f"scheduled-{code}").defer(
            code=code, on=on.isoformat(), staff_no=by.staff_no if by else ""
        )


def start_registration(number: int, /, *, by: Actor) -> None:
    """Hand an ordered registration with 団体内統合宛名 to a worker."""
    _hand(run_registration, number, by, batch_id=number)


def start_federation(number: int, /, *, by: Actor) -> None:
    """Hand an ordered report to the federation to a worker."""
    _hand(run_federation, number, by, batch_id=number)


def start_levy(number: int, /, *, by: Actor) -> None:
    """Hand an ordered trial or final run to a worker."""
    _hand(run_levy, number, by, levy_id=number)


def start_notices(number: int, /, *, by: Actor) -> None:
    """Hand an ordered print run to a worker."""
    _hand(run_notices, number, by, batch_id=number)


def start_ages(number: int, /, *, by: Actor) -> None:
    """Hand an approved run of age events to a worker."""
    _hand(run_ages, number, by, batch_id=number)


def start_erasure(order_id: int, *, physical: bool, by: Actor) -> None:
    """Hand an erasure order to a worker. Needs `keep.order`; whether it may run is asked when it runs."""
    by.require("keep.order")
    _hand(run_erasure, order_id, by, order_id=order_id, physical=physical)


def start_certificates(number: int, /, *, by: Actor) -> None:
    """Hand a run of certificates or of 負担割合 to a worker."""
    _hand(run_certificates, number, by, batch_id=number)


def start_extract(extract_id: int, *, by: Actor) -> None:
    """Hand an approved extract to a worker. Needs `extract.run`; whether it may run is asked when it runs."""
    by.require("extract.run")
    _hand(run_extract, extract_id, by, extract_id=extract_id)


def start_checks(*, by: Actor) -> None:
    """Let a worker run the checks of eligibility now; asked again while they wait, nothing is added."""
    # What the database refuses must not take the caller's transaction with it.
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        _hand(run_checks, None, by)


def requeue_stalled() -> int:
    """Put work back whose worker was killed; batches go on where they were. Returns how many jobs."""

    async def put_back() -> int:
        manager = app.job_manager
        stalled = list(await manager.get_stalled_jobs(queue=QUEUE))
        for job in stalled:
            await manager.retry_job(job, retry_at=clock.now())
        return len(stalled)

    return asyncio.run(put_back())

"""The queue: work that a screen orders is done by a worker process (`kokuho worker`), on this machine or another one."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date

from procrastinate.contrib.django import app

from kokuho.core import clock, writing
from kokuho.core.access import Actor, actor_for

QUEUE = "batch"


@app.task(queue=QUEUE, name="levy", lock="levy", pass_context=False)
def run_levy(levy_id: int, staff_no: str, on: str) -> None:
    """Calculate an ordered levy on behalf of the one who ordered it."""
    from kokuho.jobs import levy

    by = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker")
    with writing.acting(by, "batch.levy"):
        levy.run(levy_id, by=by)


@app.task(queue=QUEUE, name="notices", lock="notices", pass_context=False)
def run_notices(batch_id: int, staff_no: str, on: str) -> None:
    """Print an ordered run of notices on behalf of the one who ordered it."""
    from kokuho.jobs import notices

    by = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker")
    with writing.acting(by, "batch.notices"):
        notices.run(batch_id, by=by)


@app.task(queue=QUEUE, name="age-events", lock="age-events", pass_context=False)
def run_ages(batch_id: int, staff_no: str, on: str) -> None:
    """Carry an approved run of age events out on behalf of the one who started it."""
    from kokuho.desks.eligibility.actions import ages

    day = date.fromisoformat(on)
    by = actor_for(staff_no, on=day, terminal="worker")
    with writing.acting(by, "batch.age-events"):
        ages.execute(batch_id, by=by, on=day)


@app.task(queue=QUEUE, name="erasure", lock="erasure", pass_context=False)
def run_erasure(order_id: int, physical: bool, staff_no: str, on: str) -> None:
    """Erase by an approved order, or remove physically what it put aside, on behalf of the one who started it."""
    from kokuho.core.retention import orders

    by, day = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker"), date.fromisoformat(on)
    with writing.acting(by, "batch.erasure"):
        (orders.purge if physical else orders.run)(by=by, order_id=order_id, on=day)


@app.task(queue=QUEUE, name="extract", lock="extract", pass_context=False)
def run_extract(extract_id: int, staff_no: str, on: str) -> None:
    """Run an approved extract on behalf of the one who started it. It runs once: a job that is put back is refused."""
    from kokuho.jobs import extracts

    by = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker")
    with writing.acting(by, "batch.extract"):
        extracts.run(by=by, on=date.fromisoformat(on), extract_id=extract_id)


@app.task(queue=QUEUE, name="eligibility-checks", lock="eligibility-checks", pass_context=False)
def run_checks(staff_no: str, on: str) -> None:
    """The nightly checks of eligibility on behalf of the one who ordered them."""
    from kokuho.desks.eligibility.actions import differences

    day = date.fromisoformat(on)
    by = actor_for(staff_no, on=day, terminal="worker")
    with writing.acting(by, "batch.eligibility-checks"):
        differences.validate(by=by, on=day)


@app.task(queue=QUEUE, name="certificates", lock="certificates", pass_context=False)
def run_certificates(batch_id: int, staff_no: str, on: str) -> None:
    """Do what a run of certificates or of 負担割合 waits for, on behalf of the one who ordered it."""
    from kokuho.jobs import certificates

    by = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker")
    with writing.acting(by, "batch.certificates"):
        certificates.work(batch_id, by=by)


@app.task(queue=QUEUE, name="federation", lock="federation", pass_context=False)
def run_federation(batch_id: int, staff_no: str, on: str) -> None:
    """Make the report to the federation on behalf of the one who ordered it."""
    from kokuho.exchange.federation import report

    by = actor_for(staff_no, on=date.fromisoformat(on), terminal="worker")
    with writing.acting(by, "batch.federation"):
        report.execute(batch_id, by=by)


def start_federation(batch_id: int, *, by: Actor) -> None:
    """Hand an ordered report to the federation to a worker."""
    run_federation.configure(queueing_lock=f"federation-{batch_id}").defer(
        batch_id=batch_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_levy(levy_id: int, *, by: Actor) -> None:
    """Hand an ordered trial or final run to a worker."""
    run_levy.configure(queueing_lock=f"levy-{levy_id}").defer(
        levy_id=levy_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_notices(batch_id: int, *, by: Actor) -> None:
    """Hand an ordered print run to a worker."""
    run_notices.configure(queueing_lock=f"notices-{batch_id}").defer(
        batch_id=batch_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_ages(batch_id: int, *, by: Actor) -> None:
    """Hand an approved run of age events to a worker."""
    run_ages.configure(queueing_lock=f"age-events-{batch_id}").defer(
        batch_id=batch_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_erasure(order_id: int, *, physical: bool, by: Actor) -> None:
    """Hand an erasure order to a worker. Needs `keep.order`; whether it may run is asked when it runs."""
    by.require("keep.order")
    run_erasure.configure(queueing_lock=f"erasure-{order_id}").defer(
        order_id=order_id, physical=physical, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_certificates(batch_id: int, *, by: Actor) -> None:
    """Hand a run of certificates or of 負担割合 to a worker."""
    run_certificates.configure(queueing_lock=f"certificates-{batch_id}").defer(
        batch_id=batch_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_extract(extract_id: int, *, by: Actor) -> None:
    """Hand an approved extract to a worker. Needs `extract.run`; whether it may run is asked when it runs."""
    by.require("extract.run")
    run_extract.configure(queueing_lock=f"extract-{extract_id}").defer(
        extract_id=extract_id, staff_no=by.staff_no, on=clock.business_date().isoformat()
    )


def start_checks(*, by: Actor) -> None:
    """Let a worker run the checks of eligibility now; asked again while they wait, nothing is added."""
    from procrastinate.exceptions import AlreadyEnqueued

    with contextlib.suppress(AlreadyEnqueued):
        run_checks.configure(queueing_lock="eligibility-checks").defer(
            staff_no=by.staff_no, on=clock.business_date().isoformat()
        )


def requeue_stalled() -> int:
    """Put work back whose worker was killed; batches go on where they were. Returns how many jobs."""

    async def put_back() -> int:
        manager = app.job_manager
        stalled = list(await manager.get_stalled_jobs(queue=QUEUE))
        for job in stalled:
            await manager.retry_job(job, retry_at=clock.now())
        return len(stalled)

    return asyncio.run(put_back())

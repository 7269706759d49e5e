"""Batch runs cut into chunks that commit by themselves: many workers, progress, and resuming after a kill.

A worker takes the next open chunk under a row lock, does its work and marks it done in one transaction. What a killed
worker was doing is rolled back by PostgreSQL, and the chunk is simply open again.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from kokuho.core import clock, database, writing
from kokuho.core.access import Actor
from kokuho.core.actions import orders
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchChunk, BatchRun, Grant, Staff

# (done, total) chunks after each step.
Progress = Callable[[int, int], None]
# How often a long run asks whether the one who ordered it still may (RIGHTS-05: within minutes).
_ASK_SECONDS = 5.0


def cut(run: BatchRun, last_key: int, size: int, first_key: int = 1) -> int:
    """Cut the keys first…last into chunks. Returns their number; repeating it changes nothing."""
    ranges = [(low, min(low + size - 1, last_key)) for low in range(first_key, last_key + 1, size)]
    BatchChunk.objects.bulk_create(
        (BatchChunk(run=run, number=n, first_key=low, last_key=high) for n, (low, high) in enumerate(ranges, start=1)),
        ignore_conflicts=True,
    )
    run.chunks_total = len(ranges)
    run.save(update_fields=["chunks_total"])
    return len(ranges)


def start(run: BatchRun) -> None:
    """Mark a run as running (also when it is taken up again)."""
    run.state, run.started_at = BatchRun.RUNNING, run.started_at or clock.now()
    run.message = ""
    run.save(update_fields=["state", "started_at", "message"])


def finish(run: BatchRun, results: Mapping[str, Any]) -> None:
    """Mark a run as done with its totals."""
    run.state, run.ended_at, run.results = BatchRun.DONE, clock.now(), dict(results)
    run.save(update_fields=["state", "ended_at", "results"])


def fail(run: BatchRun, message: str) -> None:
    """Mark a run as failed; it can be taken up again."""
    run.state, run.ended_at, run.message = BatchRun.FAILED, clock.now(), message[:500]
    run.save(update_fields=["state", "ended_at", "message"])


def order(*, by: Actor, kind: str, title: str, business_date: Any, parameters: Mapping[str, Any]) -> BatchRun:
    """Write down what was ordered, by whom; the work order that waits for such a run is tied to it (LOG-04).

    Raises `OrderError` LOG-04-REQUIRED when such a run needs an approved order and none waits; then nothing is written down.
    """
    with transaction.atomic():
        run = BatchRun.objects.create(
            kind=kind, title=title, business_date=business_date, parameters=dict(parameters), ordered_by=by.staff_no
        )
        orders.started(by=by, run=run)
    return run


def unfinished(*kinds: str, **said: Any) -> QuerySet[BatchRun]:
    """Runs of these kinds that were ordered and are neither done nor cancelled (waiting, at work, cut off by a kill, failed), the
    oldest first; `said` narrows them by their fields."""
    return BatchRun.objects.filter(kind__in=kinds, **said).exclude(state__in=(BatchRun.DONE, BatchRun.CANCELLED)).order_by("pk")


@contextlib.contextmanager
def alone(run: BatchRun, lock: int, busy: CodedError) -> Iterator[CursorWrapper]:
    """Work on a run while no other process works on one of its lock's number; raises `busy` when one does.

    What raises inside marks the run as failed. The lock is the session's: PostgreSQL gives it back when the process dies.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (lock,))
        if not cursor.fetchone()[0]:
            raise busy
        try:
            start(run)
            yield cursor
        except Exception as error:
            fail(run, str(error))
            raise
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (lock,))


def work_off(
    run: BatchRun,
    work: str,
    parameters: Mapping[str, Any],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Do all open chunks of a run on N processes (default: one a core). Returns the summed counts of all chunks.

    `work` names a function ``module:function`` (see `chunkwork.Work`). While chunks commit, other readers see them.
    Raises RuntimeError when a worker ended with an error; its chunk stays open.
    """
    assert not connection.in_atomic_block, "chunks commit by themselves"
    total = run.chunks_total
    done = BatchChunk.objects.filter(run=run, done_at__isnull=False).count()
    workers = max(1, min(processes or os.cpu_count() or 1, total - done))
    if done < total:
        order = {"url": database.current_url(), "run_id": run.pk, "work": work, "parameters": dict(parameters),
                 "writer": writing.current().order()}  # fmt: skip
        _watch([_worker(order) for _ in range(workers)], run, progress)
        open_chunks = BatchChunk.objects.filter(run=run, done_at__isnull=True).count()
        if open_chunks:
            raise RuntimeError(f"{open_chunks} / {total} 区分が終わっていません。再開すると続きから実行します。")
    return totals(run)


def _worker(order: Mapping[str, Any]) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-m", "kokuho.core.chunkwork"], stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(order))  # by the pipe, not the command line: the URL may hold a password
    process.stdin.close()
    return process


def entitled(staff_no: str, on: date) -> bool:
    """False once the person in whose name a run works has left or lost every right (RIGHTS-05); a name that is no account, as of
    a measurement, is nobody's to take away."""
    staff = Staff.objects.filter(staff_no=staff_no).first()
    if staff is None:
        return True
    return staff.is_active and staff.valid_until >= on and Grant.objects.filter(staff=staff, valid_until__gte=on).exists()


def _watch(pool: list[subprocess.Popen[str]], run: BatchRun, progress: Progress | None) -> None:
    """Wait for the workers; when one fails, this process is interrupted, or the rights of the one who ordered end, all stop."""
    asked = time.monotonic()
    try:
        while any(process.poll() is None for process in pool):
            with contextlib.suppress(subprocess.TimeoutExpired):
                next(process for process in pool if process.poll() is None).wait(0.2)
            if progress:
                progress(BatchChunk.objects.filter(run=run, done_at__isnull=False).count(), run.chunks_total)
            if any(process.returncode for process in pool):
                break
            if time.monotonic() - asked > _ASK_SECONDS:
                asked = time.monotonic()
                if not entitled(writing.current().actor, run.business_date):
                    raise RuntimeError("この作業を命じた職員の権限が失効したため、止めました。権限のある職員が再開できます。")
    finally:
        for process in pool:
            if process.poll() is None:
                process.terminate()
            process.wait()


def totals(run: BatchRun) -> dict[str, Any]:
    """Counts of all finished chunks: numbers are summed, `peak_mb` is the largest, text is joined in order."""
    summed: dict[str, Any] = {}
    for counts in (
        BatchChunk.objects.filter(run=run, done_at__isnull=False).order_by("number").values_list("counts", flat=True)
    ):
        for key, value in counts.items():
            if key == "peak_mb":
                summed[key] = max(summed.get(key, 0), value)
            elif isinstance(value, str):
                summed.setdefault(key, []).append(value)
            else:
                summed[key] = summed.get(key, 0) + value
    return summed

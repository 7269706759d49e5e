"""Batch runs cut into chunks that commit by themselves: many workers, progress, and resuming after a kill.

A worker takes the next open chunk under a row lock, does its work and marks it done in one transaction. What a killed
worker was doing is rolled back by PostgreSQL, and the chunk is simply open again.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection

from kokuho.core import chunkwork, clock, database
from kokuho.core.access import Actor
from kokuho.core.models import BatchChunk, BatchRun

# (done, total) chunks after each step.
Progress = Callable[[int, int], None]


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
    """Write down what was ordered, by whom."""
    return BatchRun.objects.create(
        kind=kind, title=title, business_date=business_date, parameters=dict(parameters), ordered_by=by.staff_no
    )


def work_off(
    run: BatchRun, work: chunkwork.Work, parameters: Mapping[str, Any], *, processes: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Do all open chunks of a run on N processes (default: one a core). Returns the summed counts of all chunks.

    Raises RuntimeError when a worker ended with an error; its chunk stays open.
    """
    assert not connection.in_atomic_block, "chunks commit by themselves"
    total = run.chunks_total
    done = BatchChunk.objects.filter(run=run, done_at__isnull=False).count()
    workers = max(1, min(processes or os.cpu_count() or 1, total - done))
    url = connection_url()
    if done < total:
        # Clean processes: no inherited connections, and a module of work that needs no Django starts at once.
        context = multiprocessing.get_context("spawn")
        pool = [
            context.Process(target=chunkwork.work_off, args=(url, run.pk, work, dict(parameters)), daemon=True) for _ in range(workers)
        ]
        for process in pool:
            process.start()
        while any(process.is_alive() for process in pool):
            for process in pool:
                process.join(0.1)
            if progress:
                done = BatchChunk.objects.filter(run=run, done_at__isnull=False).count()
                progress(done, total)
            if any(process.exitcode for process in pool):
                for process in pool:
                    process.terminate()
                    process.join()
                break
        open_chunks = BatchChunk.objects.filter(run=run, done_at__isnull=True).count()
        if open_chunks:
            raise RuntimeError(f"{open_chunks} / {total} 区分が終わっていません。再開すると続きから実行します。")
    return totals(run)


def connection_url() -> str:
    """The URL of the database that this process's Django talks to."""
    entry = connection.settings_dict
    return database.Address(
        str(entry["HOST"]), str(entry["PORT"]), str(entry["NAME"]), str(entry["USER"]), str(entry["PASSWORD"]),
        str(entry["OPTIONS"].get("options", "")),
    ).url  # fmt: skip


def totals(run: BatchRun) -> dict[str, Any]:
    """Counts of all finished chunks: numbers are summed, `peak_mb` is the largest, text is joined in order."""
    summed: dict[str, Any] = {}
    for counts in BatchChunk.objects.filter(run=run, done_at__isnull=False).order_by("number").values_list("counts", flat=True):
        for key, value in counts.items():
            if key == "peak_mb":
                summed[key] = max(summed.get(key, 0), value)
            elif isinstance(value, str):
                summed.setdefault(key, []).append(value)
            else:
                summed[key] = summed.get(key, 0) + value
    return summed

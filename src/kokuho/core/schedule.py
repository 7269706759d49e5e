"""定時処理: work that the office wants done every day without anybody ordering it, at times that it sets.

The rooms above register their works (`register`); a worker asks every few minutes what is due (`due`) and does it (`run`). A
work is done at most once for a business date. A run whose process was killed holds its lock no longer and is taken up again;
one that ended with an error is tried again, `MOST_ATTEMPTS` times, and then waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, clock, writing
from kokuho.core.access import Actor, machine
from kokuho.core.coded import CodedError
from kokuho.core.models import ScheduledRun, ScheduledTime

MOST_ATTEMPTS = 3
_LOCK = 719


class ScheduleError(CodedError):
    """The scheduled work cannot be run or changed as asked. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Work:
    """A work of every day. `at` is the product's time (Japan); `may` are the rights with which it runs; `work` does it for a
    business date and returns figures; `figures` says them in words, in order."""

    code: str
    label: str
    help: str
    at: time
    may: frozenset[str]
    work: Callable[[Actor, date], Mapping[str, Any]]
    figures: Sequence[tuple[str, str]]
    link: str = ""  # name of the address where its results are worked with


@dataclass(frozen=True, slots=True)
class Planned:
    """A work with the time that holds now, and its last run."""

    work: Work
    at: time
    active: bool
    last: ScheduledRun | None

    @property
    def said(self) -> str:
        """The figures of the last run in words."""
        return said(self.work, self.last)


def said(work: Work, run: ScheduledRun | None) -> str:
    """The figures of a run in words."""
    results = run.results if run else {}
    return "　".join(f"{label} {results[key]:,}" for key, label in work.figures if isinstance(results.get(key), int))


_works: dict[str, Work] = {}


def register(work: Work) -> None:
    """Make a work known. Raises ValueError for a code that is taken."""
    if work.code in _works:
        raise ValueError(f"the scheduled work {work.code} is registered already")
    _works[work.code] = work


def works() -> Mapping[str, Work]:
    """Every registered work by code, in the order of registration."""
    return _works


def planned() -> list[Planned]:
    """Every work with its time and last run, in the order of their times."""
    times = {row.code: row for row in ScheduledTime.objects.all()}
    newest: dict[str, ScheduledRun] = {}
    for run in ScheduledRun.objects.order_by("code", "-business_date").distinct("code"):
        newest[run.code] = run
    found = []
    for work in _works.values():
        own = times.get(work.code)
        found.append(Planned(work, own.at if own else work.at, own.active if own else True, newest.get(work.code)))
    return sorted(found, key=lambda item: (item.at, item.work.code))


def due(moment: datetime, on: date) -> list[str]:
    """Codes of what is to be begun now: its time has come, it is not done for the date, and nobody is at it."""
    clocked = moment.astimezone(clock.JAPAN).time()
    found = []
    for item in planned():
        last = item.last if item.last and item.last.business_date == on else None
        if not item.active or clocked < item.at or (last and last.state == ScheduledRun.DONE):
            continue
        if last and last.state == ScheduledRun.FAILED and last.attempts >= MOST_ATTEMPTS:
            continue
        if last is None or last.state == ScheduledRun.FAILED or _free(item.work.code):
            found.append(item.work.code)
    return found


def run(code: str, on: date, *, by: Actor | None = None) -> ScheduledRun:
    """Do a work for a business date, once: done before, or being done by another process, the row comes back as it is.

    `by` is the person who asked for it outside its time (needs `batch.start`); it works with the work's own rights all the same.
    Raises `ScheduleError` SCH01 for an unknown work, and what the work raises, after it has been noted.
    """
    work = _works.get(code)
    if work is None:
        raise ScheduleError("SCH01", f"定時処理 {code} はありません。")
    if by is not None:
        by.require("batch.start")
    actor = machine(work.label, work.may)
    with _alone(code) as free, writing.acting(actor, f"schedule.{code}"):
        row = ScheduledRun.objects.filter(code=code, business_date=on).first()
        if row is not None and (row.state == ScheduledRun.DONE or not free):
            return row
        row = row or ScheduledRun(code=code, business_date=on)
        row.state, row.started_at, row.ended_at, row.message = ScheduledRun.RUNNING, clock.now(), None, ""
        row.attempts += 1
        row.ordered_by = by.staff_no if by else actor.staff_no
        row.save()
        audit.record(by or actor, function="schedule.run", operation="run", detail={"work": code, "on": on.isoformat()})
        try:
            results = dict(work.work(actor, on))
        except Exception as error:
            row.state, row.ended_at, row.message = ScheduledRun.FAILED, clock.now(), str(error)[:500]
            row.save()
            raise
        row.state, row.ended_at, row.results = ScheduledRun.DONE, clock.now(), results
        row.save()
    return row


def _free(code: str) -> bool:
    """Whether no process is at this work now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, code))
        return bool(cursor.fetchone()[0])


@contextmanager
def _alone(code: str) -> Iterator[bool]:
    """The session's lock of a work, which PostgreSQL gives back when the process dies. Says whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, code))
        free = bool(cursor.fetchone()[0])
    try:
        yield free
    finally:
        if free:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, code))

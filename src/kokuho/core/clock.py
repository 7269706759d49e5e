"""The business clock. Nothing else in the house asks what day it is: actions and batches are given their date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")


def business_date() -> date:
    """Today in Japan, or the day that `KOKUHO_BUSINESS_DATE` fixes. Called at the edges only: screens and commands."""
    if fixed := os.environ.get("KOKUHO_BUSINESS_DATE"):
        return date.fromisoformat(fixed)
    return datetime.now(JAPAN).date()


def now() -> datetime:
    """The moment of recording (処理日時), with its zone."""
    return _standing or datetime.now(UTC)


_standing: datetime | None = None


@contextmanager
def standing(at: datetime) -> Iterator[None]:
    """This process' clock stands at a moment, for a check that needs another hour of the day. Records keep the database server's time."""
    global _standing
    before, _standing = _standing, at
    try:
        yield
    finally:
        _standing = before


def fiscal_year(on: date) -> int:
    """The 年度 of a day, by its Western year: 2026-04-01 to 2027-03-31 is 2026."""
    return on.year if on.month >= 4 else on.year - 1


def midnight(day: date) -> datetime:
    """The first moment of a day in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN)


def months_later(day: date, months: int) -> date:
    """The same day some months on; the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(count // 12, count % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)

"""Counting of periods in months and years (民法138条〜143条): which day is the last, which the first after."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def last_day(start: date, months: int) -> date:
    """Last day of a period of `months` that starts on `start` (its first day counted).

    It is the day before the corresponding day; where the last month has no such day, the last day of that month.
    ``2021-06-01`` and one month end on ``2021-06-30``, ``2022-08-02`` and one month on ``2022-09-01``.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    length = monthrange(year, month)[1]
    if start.day > length:
        return date(year, month, length)
    return date(year, month, start.day) - ONE_DAY


def last_day_of_years(start: date, years: int) -> date:
    """Last day of a period of whole years that starts on `start`."""
    return last_day(start, years * 12)

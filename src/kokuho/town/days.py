"""Days of the town's life: office days, ages, birthdays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import jpholiday

from kokuho.law.eligibility.ages import age_on, birthday

ONE = timedelta(days=1)
ELDERLY_SYSTEM = date(2008, 4, 1)  # 後期高齢者医療 begins
FOREIGN_REGISTER = date(2012, 7, 9)  # foreign residents enter the resident register

__all__ = [
    "ELDERLY_SYSTEM", "FOREIGN_REGISTER", "ONE", "age_on", "birth_of_age", "birthday", "is_office_day", "iso",
    "next_office_day", "office_days",
]  # fmt: skip


@lru_cache(maxsize=4096)
def is_office_day(day: date) -> bool:
    """Monday to Friday, not a holiday, not 29 December to 3 January."""
    return day.weekday() < 5 and (day.month, day.day) not in _YEAR_END and not jpholiday.is_holiday(day)


_YEAR_END = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}


def next_office_day(day: date) -> date:
    """The day itself or the first office day after it."""
    while not is_office_day(day):
        day += ONE
    return day


@lru_cache(maxsize=64)
def office_days(after: date, until: date) -> tuple[date, ...]:
    """Office days after `after`, up to `until` included."""
    days = (date.fromordinal(n) for n in range(after.toordinal() + 1, until.toordinal() + 1))
    return tuple(day for day in days if is_office_day(day))


def birth_of_age(age: int, on: date, share: float) -> date:
    """A birth date of somebody who is `age` on a day; `share` 0 ≤ x < 1 places it within that year."""
    last = _same_day(on, on.year - age)
    first = _same_day(on, on.year - age - 1) + ONE
    return date.fromordinal(first.toordinal() + int(share * (last.toordinal() - first.toordinal() + 1)))


def _same_day(day: date, year: int) -> date:
    return date(year, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


@lru_cache(maxsize=65536)
def iso(day: date) -> str:
    """YYYY-MM-DD."""
    return day.isoformat()

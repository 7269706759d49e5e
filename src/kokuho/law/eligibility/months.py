"""Calendar months, fiscal years and the August-to-July years of the benefit law
(暦月・年度・8月から翌年7月までの年).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from kokuho.law.errors import LawError

_MONTH = re.compile(r"^([12][0-9]{3})-(0[1-9]|1[0-2])$")


class Month(NamedTuple):
    """A calendar month (月). Ordered in time; written ``2025-10``."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str, path: str = "month") -> Month:
        """Read ``2025-10``; `LawError` ``bad_month`` for anything else."""
        found = _MONTH.match(text)
        if found is None:
            raise LawError("bad_month", path, f"年月は 2025-10 の形で入力してください（{text}）。")
        return cls(int(found[1]), int(found[2]))

    @property
    def first(self) -> date:
        """月の初日."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """月の末日."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> Month:
        """The month so many months later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def minus(self, other: Month) -> int:
        """Months from `other` to this one."""
        return (self.year - other.year) * 12 + self.month - other.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """The months from `first` to `last`, both included; none when `last` is earlier."""
    current = first
    while current <= last:
        yield current
        current = current.plus(1)


def fiscal_year(day: date) -> int:
    """年度: April to March, named by the year of its April."""
    return day.year if day.month >= 4 else day.year - 1


def august_year(month: Month) -> int:
    """The year of the August in which the current one-year judgement began (8月から翌年7月まで)."""
    return month.year if month.month >= 8 else month.year - 1


def income_year(month: Month) -> int:
    """The calendar year whose income decides classes and ratios in a month: 前年、1月から7月までは前々年.

    国民健康保険法施行令27条の2第1項・29条の3第1項.
    """
    return august_year(month) - 1


def resident_tax_year(month: Month) -> int:
    """The fiscal year whose 市町村民税 decides 非課税 in a month: 4月から7月までは前年度 (施行令29条の3第1項5号)."""
    return august_year(month)


def period_end(start: date, *, years: int = 0, months: int = 0) -> date:
    """Last day of a period that begins at the start of `start` and runs for years and months (民法143条2項)."""
    target = Month.of(start).plus(years * 12 + months)
    if start.day > target.last.day:
        return target.last
    return date(target.year, target.month, start.day) - timedelta(days=1)

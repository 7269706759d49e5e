"""Interest by the day at the rates of the calendar years: the arithmetic that 延滞金 and 還付加算金 share."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY


class Segment(NamedTuple):
    """Days at one rate. `amount` is cut to the yen; `last` is included."""

    first: date
    last: date
    rate: Fraction
    days: int
    amount: int


def rate_on(name: str, day: date, path: str) -> tuple[Fraction, date]:
    """(rate of a day, last day for which it is registered). `LawError` ``no_rate`` for a year not registered yet."""
    try:
        row = table("collection").at(name, day)
    except LawError as error:
        raise LawError("no_rate", path, f"{day.year}年の割合が未登録です。告示を確かめてください。") from error
    return Fraction(row.value.removesuffix("%")) / 100, row.end or date.max


def segments(base: int, spans: list[tuple[str, date, date]], path: str, share: Fraction = Fraction(1)) -> list[Segment]:
    """Interest on `base` yen over spans (name of the rate, first day, last day), cut at each change of rate.

    A year counts 365 days also in leap years (福岡市・品川区の案内). `share` is what is charged of it (1, 1/2 or 0
    under a 猶予). Each segment's amount is cut to the yen.
    """
    pieces: list[tuple[date, date, Fraction]] = []
    for name, first, last in spans:
        day = first
        while day <= last:
            rate, end = rate_on(name, day, path)
            end = min(end, last)
            if pieces and pieces[-1][2] == rate and pieces[-1][1] + ONE_DAY == day:
                pieces[-1] = (pieces[-1][0], end, rate)
            else:
                pieces.append((day, end, rate))
            day = end + ONE_DAY
    found = []
    for first, last, rate in pieces:
        days = (last - first).days + 1
        found.append(Segment(first, last, rate, days, int(base * rate * days * share / 365)))
    return found


def cut(amount: int, unit: int, minimum: int) -> int:
    """`amount` cut to `unit` yen, nothing below `minimum` (地方税法20条の4の2)."""
    return 0 if amount < minimum else amount // unit * unit


def rate_text(rate: Fraction) -> str:
    """Fraction(25, 1000) → ``2.5%``."""
    tenths = rate * 1000
    whole = int(tenths)
    return f"{whole // 10}.{whole % 10}%"

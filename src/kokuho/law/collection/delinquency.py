"""延滞金: what a late payment costs (地方税法723条・附則3条の2、料は条例)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from kokuho.law.collection.interest import Segment, cut, segments
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY, last_day


class Payment(NamedTuple):
    """A payment on the principal: the day it was received (領収日) and yen."""

    day: date
    amount: int


class Grace(NamedTuple):
    """Days (both included) in which only `share` of the charge runs: 0 for full remission, 1/2 for half."""

    first: date
    last: date
    share: Fraction


class Charge(NamedTuple):
    """A delinquency charge. Yen; `raw` is the sum of the segments, `charge` what is due."""

    base: int
    segments: list[Segment]
    raw: int
    charge: int


def charge_base(principal: int, on: date) -> int:
    """The amount on which 延滞金 is counted: cut to 1,000円, nothing below 2,000円."""
    return cut(principal, 1000, table("collection").at("delinquency_minimum_base", on).value)


def delinquency_charge(
    principal: int,
    due_date: date,
    paid: Sequence[Payment],
    low_months: int,
    graces: Sequence[Grace] = (),
) -> Charge:
    """延滞金 of one instalment, from the day after the due date to the last payment.

    The low rate holds until one (or three, `low_months`) months from the day after the due date have passed. After each
    payment the charge runs on what is left. `due_date` is the day after moving over holidays, or the changed due date.
    `LawError` ``order`` for payments out of order, ``overpaid`` beyond the principal, ``no_rate`` for a year without
    rates.
    """
    if low_months not in (1, 3):
        raise LawError("not_allowed", "low_rate_months", "1・3 のいずれかでなければなりません。")
    start = due_date + ONE_DAY
    low_end = last_day(start, low_months)
    left, found = principal, []
    first = start
    previous = date.min
    for index, payment in enumerate(paid):
        if payment.day < previous:
            raise LawError("order", f"paid[{index}].day", "納付は日付の順に並べてください。")
        previous = payment.day
        if payment.amount > left:
            raise LawError("overpaid", f"paid[{index}].amount", "納付が未納額を超えています。")
        base = charge_base(left, due_date)
        if payment.day >= first:
            if base:
                found += _run(base, first, payment.day, low_end, graces)
            first = payment.day + ONE_DAY
        left -= payment.amount
    raw = sum(segment.amount for segment in found)
    return Charge(
        charge_base(principal, due_date), found, raw,
        cut(raw, 100, table("collection").at("delinquency_minimum", due_date).value),
    )  # fmt: skip


def _run(base: int, first: date, last: date, low_end: date, graces: Sequence[Grace]) -> list[Segment]:
    """The charge from `first` to `last`, split where a 猶予 begins or ends."""
    found = []
    day = first
    while day <= last:
        grace = next((g for g in graces if g.first <= day <= g.last), None)
        if grace is not None:
            end = min(grace.last, last)
        else:
            end = min([last, *(g.first - ONE_DAY for g in graces if day < g.first)])
        spans = []
        if day <= low_end:
            spans.append(("delinquency_low", day, min(end, low_end)))
        if end > low_end:
            spans.append(("delinquency_high", max(day, low_end + ONE_DAY), end))
        found += segments(base, spans, "paid_date", grace.share if grace else Fraction(1))
        day = end + ONE_DAY
    return found

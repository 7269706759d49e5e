"""期割: how a year's amount is split, when each part is due, and how a correction is spread over what is left."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kokuho.law.errors import LawError

IsHoliday = Callable[[date], bool]


def split(total: int, count: int, unit: int, remainder: str = "first") -> list[int]:
    """Split `total` yen into `count` instalments of whole `unit` yen, the odd yen in the first or the last one.

    地方税法20条の4の2第6項 and the ordinance. `LawError` ``out_of_range`` for a negative total or no instalment.
    """
    if total < 0:
        raise LawError("negative", "total", "負の値は使えません。")
    if count < 1:
        raise LawError("out_of_range", "count", "期数は1以上でなければなりません。")
    if unit < 1:
        raise LawError("out_of_range", "unit", "端数の単位は1以上でなければなりません。")
    if remainder not in ("first", "last"):
        raise LawError("not_allowed", "remainder", "first・last のいずれかでなければなりません。")
    each = total // count // unit * unit
    parts = [each] * count
    parts[0 if remainder == "first" else -1] += total - each * count
    return parts


def calendar_year(fiscal_year: int, month: int) -> int:
    """The calendar year in which a month of the fiscal year lies."""
    return fiscal_year if month >= 4 else fiscal_year + 1


def next_open_day(day: date, holidays: IsHoliday) -> date:
    """The day itself, or the next that is neither Saturday, Sunday nor `holidays(day)` (民法142条・地方税法20条の5)."""
    while day.weekday() >= 5 or holidays(day):
        day += timedelta(days=1)
    return day


def due_date(year: int, month: int, day: int | str, holidays: IsHoliday) -> date:
    """The due day of one month (`day` 1–31 or ``"end"``), moved over closed days, if need be into the next month."""
    last = monthrange(year, month)[1]
    return next_open_day(date(year, month, last if day == "end" else min(int(day), last)), holidays)


def due_dates(kiwari: Mapping[str, Any], fiscal_year: int, holidays: IsHoliday) -> list[date]:
    """Due dates of the year's instalments.

    `kiwari` is the ordinance's setting ``instalments`` (`months`, `due_day`, `december_day`); `holidays` says which
    days the office is closed besides weekends (国民の祝日, 12月29日〜1月3日).
    """
    return [
        due_date(
            calendar_year(fiscal_year, month), month,
            kiwari.get("december_day", "end") if month == 12 else kiwari.get("due_day", "end"), holidays,
        )
        for month in kiwari["months"]
    ]  # fmt: skip


def split_75_single(total: int, kiwari: Mapping[str, Any], fiscal_year: int, birthday_75: date) -> list[int]:
    """Instalments of a household that ends with its only member's 75th birthday.

    With ``split_75_single: until_previous_month`` the amount falls on the instalments due up to the month before the
    birthday (the others are 0); with ``all``, or when no instalment lies before it, on all of them.
    """
    months = list(kiwari["months"])
    open_count = sum(
        (calendar_year(fiscal_year, month), month) < (birthday_75.year, birthday_75.month) for month in months
    )
    if kiwari.get("split_75_single", "until_previous_month") == "all" or open_count == 0:
        open_count = len(months)
    parts = split(total, open_count, kiwari.get("unit", 100), kiwari.get("remainder", "first"))
    return parts + [0] * (len(months) - open_count)


def resplit(
    old: Sequence[int], new_total: int, first_open: int, unit: int, remainder: str = "first", decrease: str = "last"
) -> list[int]:
    """Instalments after a correction; those before `first_open` (already due) stay as they are.

    An increase is spread over the open instalments in whole `unit`, the odd yen in the first (or last) open one. A
    decrease is taken from the last open instalment backwards (`decrease` ``last``) or evenly (``even``); what the open
    ones cannot bear comes off the due ones from the last backwards, so that receipts exceed them and become 過誤納.
    With no open instalment an increase needs one of its own (随時期): `LawError` ``no_open_instalment``.
    """
    if new_total < 0:
        raise LawError("negative", "new_total", "負の値は使えません。")
    parts = list(old)
    difference = new_total - sum(parts)
    open_parts = range(first_open, len(parts))
    if difference > 0:
        if not open_parts:
            raise LawError(
                "no_open_instalment", "first_open", "納期の来ていない期がありません。随時期を設けてください。"
            )
        for index, more in zip(open_parts, split(difference, len(open_parts), unit, remainder), strict=True):
            parts[index] += more
        return parts
    left = -difference
    if left and decrease == "even" and open_parts:
        left = _take_evenly(parts, open_parts, left, unit)
    for index in (*reversed(open_parts), *reversed(range(first_open))):
        cut = min(left, parts[index])
        parts[index] -= cut
        left -= cut
    return parts


def correct(old: Sequence[int], new_total: int, first_open: int, kiwari: Mapping[str, Any]) -> list[int]:
    """`resplit` with the ordinance's unit, its place of the odd yen on a change, and its way of a decrease."""
    remainder = "first" if kiwari["on_change"] == "first_after" else "last"
    return resplit(old, new_total, first_open, kiwari["unit"], remainder, kiwari["decrease_from"])


def _take_evenly(parts: list[int], places: range, amount: int, unit: int) -> int:
    """Take `amount` off the places so that they stay equal in whole `unit`; returns what they could not bear."""
    have = sum(parts[index] for index in places)
    if amount >= have:
        for index in places:
            parts[index] = 0
        return amount - have
    for index, part in zip(places, split(have - amount, len(places), unit), strict=True):
        parts[index] = part
    return 0


def provisional_twelfth(previous_annual: int, count: int, unit: int = 100) -> list[int]:
    """暫定賦課 by last year's amount: a twelfth of it, cut to `unit`, for each provisional month (徳島・南伊勢)."""
    return [previous_annual // 12 // unit * unit] * count


def provisional_nagoya(previous_annual: int) -> list[int]:
    """April and May of 名古屋市 from fiscal 2026.

    The two months together are a sixth of last year's amount cut to 100円; May is half of that cut to 100円, April the
    rest.
    """
    both = previous_annual * 2 // 12 // 100 * 100
    may = both // 2 // 100 * 100
    return [both - may, may]


def provisional(setting: Mapping[str, Any], previous_annual: int, unit: int = 100) -> list[int]:
    """暫定賦課 as the ordinance's setting ``provisional`` has it; empty where there is none.

    `previous_annual` is last year's amount; a household that was not levied then has no provisional levy.
    """
    if previous_annual == 0 or setting["method"] == "none":
        return []
    if setting["method"] == "nagoya_r8":
        return provisional_nagoya(previous_annual)
    return provisional_twelfth(previous_annual, len(setting["months"]), unit)


def after_provisional(
    total: int, provisional: Sequence[int], count: int, unit: int, remainder: str = "first"
) -> tuple[list[int], int]:
    """(regular instalments, amount to refund) once the year's amount is known; the provisional ones are settled first.

    Where more was levied provisionally than the year comes to, the regular instalments are 0 and the rest is 過誤納.
    """
    rest = total - sum(provisional)
    if rest < 0:
        return [0] * count, -rest
    return split(rest, count, unit, remainder), 0

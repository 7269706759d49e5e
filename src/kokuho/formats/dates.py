"""Dates as files write them: ISO, compact, by era, and with a part that nobody knows (不詳).

An unknown month or day is written as 00 in every notation, an unknown year as 0000. A decoded date stays the text it
was (so that encoding gives the same bytes); `PartialDate` reads it where a program must calculate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

# First Gregorian year and first day of each era, by the digit that stands before YYMMDD.
ERAS: dict[str, tuple[str, str, date]] = {
    "1": ("M", "明治", date(1868, 1, 25)),
    "2": ("T", "大正", date(1912, 7, 30)),
    "3": ("S", "昭和", date(1926, 12, 25)),
    "4": ("H", "平成", date(1989, 1, 8)),
    "5": ("R", "令和", date(2019, 5, 1)),
}
_ERA_END = {
    "1": date(1912, 7, 30),
    "2": date(1926, 12, 25),
    "3": date(1989, 1, 7),
    "4": date(2019, 4, 30),
    "5": date.max,
}

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_ERA = re.compile(r"([1-5])(\d{2})(\d{2})(\d{2})", re.ASCII)
_MONTHS = {"iso": re.compile(r"(\d{4})-(\d{2})", re.ASCII), "compact": re.compile(r"(\d{4})(\d{2})", re.ASCII)}
_TIMES = {
    "iso": (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M:%S"),
    "compact": (re.compile(r"\d{14}", re.ASCII), "%Y%m%d%H%M%S"),
}


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which year, month or day may be unknown (None)."""

    year: int | None
    month: int | None
    day: int | None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read YYYY-MM-DD, YYYYMMDD or GYYMMDD, with 00 for an unknown part. ValueError when it cannot be a date."""
        match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
        if match:
            year, month, day = (int(g) for g in match.groups())
            return cls._checked(year or None, month or None, day or None)
        match = _ERA.fullmatch(text)
        if not match:
            raise ValueError("not a date")
        era, year_of_era, month, day = match.group(1), *(int(g) for g in match.groups()[1:])
        first = ERAS[era][2]
        if year_of_era == 0:
            if month or day:
                raise ValueError("a month or day without a year")
            return cls(None, None, None)
        found = cls._checked(first.year + year_of_era - 1, month or None, day or None)
        if found.latest() < first or found.earliest() > _ERA_END[era]:
            raise ValueError("outside the era")
        return found

    @classmethod
    def _checked(cls, year: int | None, month: int | None, day: int | None) -> PartialDate:
        if (year is None and (month or day)) or (month is None and day):
            raise ValueError("a day or month without what it belongs to")
        if year is not None:
            date(year, month or 1, day or 1)
        return cls(year, month, day)

    @property
    def exact(self) -> date | None:
        """The day, when all of it is known."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    def earliest(self) -> date:
        """The first day that it can be; date.min when the year is unknown."""
        return date.min if self.year is None else date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that it can be; date.max when the year is unknown."""
        if self.year is None:
            return date.max
        if self.day is not None:
            return date(self.year, self.month or 12, self.day)
        month = self.month or 12
        following = date(self.year + 1, 1, 1) if month == 12 and self.year < 9999 else None
        if month < 12:
            following = date(self.year, month + 1, 1)
        return following - timedelta(days=1) if following else date(9999, 12, 31)


def date_ok(text: str, *, compact: bool, unknown: bool) -> bool:
    """Whether the text is a date of the notation; `unknown` admits 00 for day, month and day, or everything."""
    match = (_COMPACT if compact else _ISO).fullmatch(text)
    return bool(match) and _partial_ok(text, unknown)


def era_date_ok(text: str, *, unknown: bool) -> bool:
    """Whether the text is GYYMMDD within its era (昭和64年1月7日 is the last day of 昭和)."""
    return bool(_ERA.fullmatch(text)) and _partial_ok(text, unknown)


def _partial_ok(text: str, unknown: bool) -> bool:
    try:
        found = PartialDate.parse(text)
    except ValueError:
        return False
    return unknown or found.exact is not None


def claim_date_ok(text: str) -> bool:
    """Whether the text is a date of a claim: YYYYMMDD, or GYYMMDD as claims before 2020 have it."""
    return date_ok(text, compact=True, unknown=False) or era_date_ok(text, unknown=False)


def claim_month_ok(text: str) -> bool:
    """Whether the text is a month of a claim: YYYYMM, or GYYMM as claims before 2020 have it."""
    return (
        month_ok(text, compact=True) if len(text) == 6 else era_date_ok(text + "00", unknown=True) and text[3:] != "00"
    )


def month_ok(text: str, *, compact: bool) -> bool:
    """Whether the text is a month YYYY-MM or YYYYMM."""
    match = _MONTHS["compact" if compact else "iso"].fullmatch(text)
    return bool(match) and match is not None and int(match.group(1)) > 0 and 1 <= int(match.group(2)) <= 12


def month_day_ok(text: str) -> bool:
    """Whether the text is MMDD of some year; 0229 is."""
    try:
        return bool(re.fullmatch(r"\d{4}", text, re.ASCII)) and bool(date(2000, int(text[:2]), int(text[2:])))
    except ValueError:
        return False


def short_date_ok(text: str) -> bool:
    """Whether the text is YYMMDD of the years 2000 to 2099."""
    return bool(re.fullmatch(r"\d{6}", text, re.ASCII)) and date_ok("20" + text, compact=True, unknown=False)


def datetime_ok(text: str, *, compact: bool) -> bool:
    """Whether the text is a local date and time to the second."""
    pattern, form = _TIMES["compact" if compact else "iso"]
    if not pattern.fullmatch(text):
        return False
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - local time on the wire carries no zone
    except ValueError:
        return False
    return True


def time_ok(text: str) -> bool:
    """Whether the text is HHMM or HHMMSS."""
    if not re.fullmatch(r"\d{4}(\d{2})?", text, re.ASCII):
        return False
    return int(text[:2]) < 24 and all(int(text[i : i + 2]) < 60 for i in range(2, len(text), 2))

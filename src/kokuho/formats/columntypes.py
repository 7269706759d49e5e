"""Item types whose values repeat or stand in a row (codes, dates, days of a month), and all types by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from kokuho.formats import dates
from kokuho.formats.characters import outside, show
from kokuho.formats.columns import (
    KNOWN_LIMIT,
    Column,
    DecimalColumn,
    EitherColumn,
    Fault,
    IntColumn,
    Problem,
    RawColumn,
    TextColumn,
)
from kokuho.formats.model import Field


class KnownColumn(Column):
    """Types whose values repeat (codes, dates, months): a value judged once is remembered."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._judge = _judge(field)
        self._known: set[str] = set()

    def type_fault(self, text: str) -> Fault | None:
        return self._judge(text)

    def type_sound(self, column: Sequence[str]) -> bool:
        new = set(column) - self._known
        new.discard("")
        if not new:
            return True
        if any(self._judge(text) for text in new):
            return False
        if len(self._known) + len(new) <= KNOWN_LIMIT:
            self._known |= new
        return True

    def text(self, value: Any) -> str:
        compact = self.field.format == "compact"
        if isinstance(value, datetime) and self.field.type == "datetime":
            return value.strftime("%Y%m%d%H%M%S" if compact else "%Y-%m-%dT%H:%M:%S")
        if isinstance(value, date) and not isinstance(value, datetime) and self.field.type == "date":
            return value.strftime("%Y%m%d") if compact else value.isoformat()
        return super().text(value)


class OpenCodeColumn(KnownColumn):
    """`code` with `open: true`: a value outside the list passes, and is a warning for the work list."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._listed = frozenset(field.codes or ())

    def strangers(self, column: Sequence[str]) -> list[Problem]:
        """Values that pass but are not in the list."""
        if set(column) - self._listed <= {""}:
            return []
        return [(i, "code", quoted(text)) for i, text in enumerate(column) if text and text not in self._listed]


class TailColumn(Column):
    """An item that repeats to the end of the line (31 days): one text on the wire, a tuple of values decoded."""

    def __init__(self, field: Field, element: Column, delimiter: str) -> None:
        super().__init__(field)
        self._element = element
        self._delimiter = delimiter
        self._known: dict[str, tuple[Any, ...]] = {}

    def fault(self, text: str) -> Fault | None:
        """The first fault of any element, or a wrong number of them."""
        parts = text.split(self._delimiter)
        if self.field.repeat and len(parts) != self.field.repeat:
            kind = "columns-missing" if len(parts) < self.field.repeat else "columns-extra"
            return (kind, f"{self.field.title}が{len(parts)}項目、正しくは{self.field.repeat}項目")
        return next((found for part in parts if (found := self._element.fault(part))), None)

    def sound(self, column: Sequence[str]) -> bool:
        for text in set(column) - self._known.keys():
            if self.fault(text):
                return False
            if len(self._known) >= KNOWN_LIMIT:
                self._known.clear()
            self._known[text] = self.value(text)
        return True

    def decode(self, column: Sequence[str]) -> tuple[Sequence[Any], list[Problem]]:
        """As for any column; an empty text is not an empty item here but one that lacks its elements."""
        if self.sound(column):
            return self.convert(column), []
        faults = [(i, found) for i, text in enumerate(column) if (found := self.fault(text))]
        bad = {i for i, _ in faults}
        values = [text if i in bad else self.value(text) for i, text in enumerate(column)]
        return values, [(i, *found) for i, found in faults]

    def value(self, text: str) -> Any:
        return tuple(self._element.value(part) for part in text.split(self._delimiter))

    def convert(self, column: Sequence[str]) -> Sequence[Any]:
        known = self._known
        return [known[text] if text in known else self.value(text) for text in column]

    def text(self, value: Any) -> str:
        if value is None:
            return self._delimiter * (self.field.repeat - 1)
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{self.field.name}: list expected, not {type(value).__name__}")
        return self._delimiter.join(self._element.text(part) for part in value)

    def texts(self, values: Sequence[Any]) -> list[str]:
        return [self.text(value) for value in values]


def quoted(text: str) -> str:
    """A short value for a message; longer ones may identify a person and are left out."""
    return f"（{text}）" if text.isprintable() and len(text) <= 10 else ""


def _judge(field: Field) -> Callable[[str], Fault | None]:
    """The test of one value for the types of KnownColumn."""
    compact = field.format == "compact"
    tests: dict[str, Callable[[str], bool]] = {
        "date": lambda t: dates.date_ok(t, compact=compact, unknown=field.unknown),
        "era-date": lambda t: dates.era_date_ok(t, unknown=field.unknown),
        "month": lambda t: dates.month_ok(t, compact=compact),
        "month-day": dates.month_day_ok,
        "short-date": dates.short_date_ok,
        "datetime": lambda t: dates.datetime_ok(t, compact=compact),
        "time": dates.time_ok,
        "claim-date": dates.claim_date_ok,
        "claim-month": dates.claim_month_ok,
    }
    if field.type in tests:
        test = tests[field.type]
        low = field.minimum if isinstance(field.minimum, str) else ""
        high = field.maximum if isinstance(field.maximum, str) else ""

        def dated(text: str) -> Fault | None:
            if not test(text):
                return ("date", quoted(text))
            if (low and text < low) or (high and text > high):
                return ("range", f"{low}〜{high}")
            return None

        return dated
    if field.type == "const":
        return lambda t: None if t == field.value else ("const", f"「{field.value}」であるべきです")
    if field.open:
        bad = outside("ank")
        return lambda t: ("character", show(found.group())) if (found := bad.search(t)) else None
    listed = frozenset(("0", "1") if field.type == "flag" else field.codes or ())
    return lambda t: None if t in listed else ("code", quoted(t))


_COLUMNS: dict[str, type[Column]] = {
    "text": TextColumn,
    "kana": TextColumn,
    "alnum": TextColumn,
    "digits": TextColumn,
    "ank": TextColumn,
    "wide": TextColumn,
    "either": EitherColumn,
    "int": IntColumn,
    "decimal": DecimalColumn,
    "raw": RawColumn,
}
_KNOWN_TYPES = (
    *("date", "era-date", "month", "month-day", "short-date", "datetime", "time", "claim-date", "claim-month"),
    *("code", "flag", "const"),
)
TYPES = (*_COLUMNS, *_KNOWN_TYPES, "filler", "group")


def column_for(field: Field, delimiter: str = ",") -> Column:
    """The checker of an item; one that repeats takes the rest of the line, cut at the delimiter."""
    if field.repeat != 1:
        return TailColumn(field, column_for(replace(field, repeat=1)), delimiter)
    if field.open:
        return OpenCodeColumn(field)
    return _COLUMNS.get(field.type, KnownColumn)(field)

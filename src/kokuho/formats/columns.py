"""Checks of one item, a whole column at a time.

A city's file has tens of millions of cells, so a column of a few thousand values is first tested as a whole with one
or two operations that run in C (joined characters, set of lengths, set of values already known to be good). Only when
such a test fails is each value looked at alone by `fault`, which is the one definition of what is right. A column test
may be stricter than `fault`, never weaker; a property test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from kokuho.formats.characters import CONTROLS, graphemes, outside, show
from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.model import Field

# (index in the column, kind of fault, detail for the message)
Problem = tuple[int, str, str]
Fault = tuple[str, str]

KNOWN_LIMIT = 100_000
_LEADING_ZERO = re.compile("\n-?0[0-9]|\n-0\n")
_INTEGER = re.compile(r"-?[0-9]+")
_HALF_WIDTH = re.compile("[\x20-\x7e\uff61-\uff9f]")
_HEX = re.compile("[0-9a-f]*")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
REQUIRED: Fault = ("required", "")


class Column:
    """Checks and converts the values of one item; subclasses know a type."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.required = field.required
        self._check: Callable[[str], bool] | None = CHECKS[field.check] if field.check else None
        self._checked: set[str] = set()
        self._pattern = re.compile(field.pattern) if field.pattern else None

    def decode(self, column: Sequence[str]) -> tuple[Sequence[Any], list[Problem]]:
        """Values of a column and what is wrong with some; a wrong cell stays the text it was."""
        if not self.required and not any(column):
            return [self.value("")] * len(column), []
        if self.sound(column):
            return self.convert(column), []
        values: list[Any] = []
        problems: list[Problem] = []
        for i, text in enumerate(column):
            fault = self.fault(text)
            if fault:
                problems.append((i, *fault))
                values.append(text)
            else:
                values.append(self.value(text))
        return values, problems

    def fault(self, text: str) -> Fault | None:
        """What is wrong with one value, None when nothing is."""
        if text == "":
            return REQUIRED if self.required else None
        found = self.type_fault(text)
        if found is None and self._pattern and not self._pattern.fullmatch(text):
            found = ("pattern", "")
        if found is None and self._check and not self._check(text):
            found = ("check-digit", "")
        return found

    def sound(self, column: Sequence[str]) -> bool:
        """Fast test of a column; False sends every value through `fault`."""
        if self.required and "" in column:
            return False
        if not self.type_sound(column):
            return False
        if self._pattern and not all(map(self._pattern.fullmatch, filter(None, column))):
            return False
        if self._check is not None:
            new = set(column) - self._checked
            new.discard("")
            if not all(map(self._check, new)):
                return False
            if len(self._checked) < KNOWN_LIMIT:
                self._checked |= new
        return True

    def type_fault(self, text: str) -> Fault | None:
        """What the type has against one value that is not empty."""
        raise NotImplementedError

    def type_sound(self, column: Sequence[str]) -> bool:
        """Fast test of the type over a column that may hold empty values."""
        raise NotImplementedError

    def value(self, text: str) -> Any:
        """The decoded value of a good text."""
        return text or None

    def convert(self, column: Sequence[str]) -> Sequence[Any]:
        """The decoded values of a good column."""
        return [text or None for text in column] if "" in column else column

    def text(self, value: Any) -> str:
        """The text that goes on the wire for a value; ValueError when it cannot be one of this type."""
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise ValueError(f"{self.field.name}: text expected, not {type(value).__name__}")

    def texts(self, values: Sequence[Any]) -> list[str]:
        """The texts of a column of values."""
        return [value if value.__class__ is str else self.text(value) for value in values]


class TextColumn(Column):
    """`text`, `kana`, `alnum`, `digits`, `ank`: a set of characters and a length."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        name = field.charset or {
            "kana": "kana",
            "alnum": "alnum",
            "digits": "digits",
            "ank": "ank",
            "wide": "wide",
        }.get(field.type)
        self._outside = outside(name, field.chars) if name else CONTROLS
        self._numeric = name == "digits" and not field.chars
        self._bad = "not-digits" if self._numeric else "character"
        self._longest = field.length
        self._shortest = field.min_length
        self._bytes = field.max_bytes
        lengths = None
        if self._longest is not None and self._shortest == self._longest:
            lengths = {self._longest} if field.required else {0, self._longest}
        self._lengths = lengths

    def type_fault(self, text: str) -> Fault | None:
        found = self._outside.search(text)
        if found:
            return (self._bad, show(found.group()))
        length = graphemes(text)
        if self._longest is not None and length > self._longest:
            return ("too-long", f"{length}文字、上限{self._longest}文字")
        if self._bytes is not None and len(text.encode("cp932", "replace")) > self._bytes:
            return ("too-long", f"上限{self._bytes}バイト")
        if length < self._shortest:
            return ("too-short", f"{length}文字、{self._shortest}文字以上")
        return None

    def type_sound(self, column: Sequence[str]) -> bool:
        joined = "".join(column)
        if self._numeric:
            if joined and not (joined.isascii() and joined.isdigit()):
                return False
        elif self._outside.search(joined):
            return False
        lengths = set(map(len, column))
        if self._lengths is not None:
            return lengths <= self._lengths
        if self._shortest > 1 and min(lengths - {0}, default=self._shortest) < self._shortest:
            return False
        longest = max(lengths, default=0)
        if self._bytes is not None and longest * 2 > self._bytes and (longest > self._bytes or not joined.isascii()):
            return False
        return self._longest is None or longest <= self._longest


class EitherColumn(TextColumn):
    """`either`: all half-width or all full-width, never mixed (names, 記号 and 番号 of a claim)."""

    def type_fault(self, text: str) -> Fault | None:
        if not text.isascii() and _HALF_WIDTH.search(text):
            return ("character", "半角と全角が混ざっています")
        return super().type_fault(text)

    def type_sound(self, column: Sequence[str]) -> bool:
        joined = "".join(column)
        mixed = not joined.isascii() and any(_HALF_WIDTH.search(t) and not t.isascii() for t in column)
        return not mixed and super().type_sound(column)


class IntColumn(Column):
    """`int`: decimal without leading zeros, or zero-padded to `size` bytes in a fixed-length record."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._low = field.minimum if isinstance(field.minimum, int) else 0
        self._high = field.maximum if isinstance(field.maximum, int) else None
        self._size = field.size
        self._zeros = field.leading_zeros

    def respelled(self, column: Sequence[str]) -> list[tuple[int, str]]:
        """Rows whose number was written with leading zeros, where the item admits them: (row, text as it was)."""
        if not self._zeros or "\n0" not in "\n" + "\n".join(column):
            return []
        return [(row, text) for row, text in enumerate(column) if text[:1] == "0" and len(text) > 1]

    def type_fault(self, text: str) -> Fault | None:
        if not _INTEGER.fullmatch(text) or (self._size and text[0] == "-"):
            return ("not-digits", "")
        if self._size:
            if len(text) != self._size:
                return ("too-short", f"{self._size}桁")
        elif not self._zeros and _LEADING_ZERO.search(f"\n{text}\n"):
            return ("not-digits", "")
        if len(text) > 30:
            return ("too-long", f"{len(text)}桁")
        number = int(text)
        if number < self._low or (self._high is not None and number > self._high):
            high = "" if self._high is None else f"{self._high:,}"
            return ("range", f"{self._low:,}〜{high}")
        return None

    def type_sound(self, column: Sequence[str]) -> bool:
        joined = "".join(column)
        if not (joined.isascii() and joined.isdigit()):
            return joined == ""
        if self._size:
            if not set(map(len, column)) <= {0, self._size}:
                return False
        else:
            if max(map(len, column)) > 30:
                return False
            lines = "" if self._zeros else "\n" + "\n".join(column)
            if "\n0" in lines and _LEADING_ZERO.search(lines):
                return False
        if self._low <= 0 and self._high is None:
            return True
        numbers = self.convert(column)
        present = [n for n in numbers if n is not None] if None in numbers else numbers
        return min(present) >= self._low and (self._high is None or max(present) <= self._high)

    def value(self, text: str) -> Any:
        return int(text) if text else None

    def convert(self, column: Sequence[str]) -> Sequence[Any]:
        if "" in column:
            return [int(text) if text else None for text in column]
        return list(map(int, column))

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{self.field.name}: int expected, not {type(value).__name__}")
        return str(value).zfill(self._size) if self._size else str(value)

    def texts(self, values: Sequence[Any]) -> list[str]:
        return [self.text(value) for value in values]


class RawColumn(Column):
    """`raw`: bytes of a fixed-length record that nobody interprets, as hexadecimal digits."""

    def type_fault(self, text: str) -> Fault | None:
        return None if len(text) == 2 * self.field.size and _HEX.fullmatch(text) else ("record-length", "")

    def type_sound(self, column: Sequence[str]) -> bool:
        return set(map(len, column)) <= {2 * self.field.size} and bool(_HEX.fullmatch("".join(column)))


class DecimalColumn(Column):
    """`decimal`: digits with an optional fraction, kept as text so that nothing is rounded."""

    def type_fault(self, text: str) -> Fault | None:
        if not _DECIMAL.fullmatch(text):
            return ("not-digits", "")
        places = len(text.partition(".")[2])
        if self.field.places is not None and places > self.field.places:
            return ("too-long", f"小数{places}桁、上限{self.field.places}桁")
        if self.field.length is not None and len(text) > self.field.length:
            return ("too-long", f"{len(text)}文字、上限{self.field.length}文字")
        return None

    def type_sound(self, column: Sequence[str]) -> bool:
        return all(self.type_fault(text) is None for text in set(column) if text)

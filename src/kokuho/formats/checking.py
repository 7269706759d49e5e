"""The checks of one record kind, applied to a block's records column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.columns import Column, IntColumn
from kokuho.formats.columntypes import OpenCodeColumn, column_for
from kokuho.formats.model import Condition, Field, RecordType
from kokuho.formats.reading import Group
from kokuho.formats.totals import Checked

# A condition with the items' positions instead of their names.
_Resolved = tuple[tuple[int, frozenset[str]], ...]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A fault of one cell; sorts by place in the block, then by item (`index` counts all items of the record)."""

    place: int
    index: int
    what: str
    detail: str


@dataclass(slots=True)
class Outcome:
    """What a block's records of one kind came to: values, rows (indexes) that may not be used, faults, warnings."""

    checked: Checked
    tainted: set[int]
    faults: list[Finding]
    warnings: list[Finding]


class KindChecker:
    """Compiled once for a record kind and an encoding, used for every block."""

    def __init__(self, record: RecordType, encoding: str) -> None:
        self.record = record
        self._at = [i for i, f in enumerate(record.fields) if f.type != "filler"]
        self.fields = [_in_encoding(record.fields[i], encoding) for i in self._at]
        self.names = tuple(f.name for f in self.fields)
        self.columns: list[Column] = [column_for(f) for f in self.fields]
        self.key = [self.names.index(k) for k in record.key]
        self._conditional = [
            (i, self._resolve(f.required_if), self._resolve(f.empty_if))
            for i, f in enumerate(self.fields)
            if f.required_if or f.empty_if
        ]
        self._numbers = [
            (i, c) for i, c in enumerate(self.columns) if isinstance(c, IntColumn) and c.field.leading_zeros
        ]
        self._whole = CHECKS[record.check] if record.check else None
        self._open = [(i, c) for i, c in enumerate(self.columns) if isinstance(c, OpenCodeColumn)]

    def _resolve(self, condition: Condition) -> _Resolved:
        return tuple((self.names.index(name), values) for name, values in condition)

    def check(self, group: Group) -> Outcome:
        """Decode and check a group of records."""
        raw = group.columns()
        places, at = group.places, self._at
        values: list[Sequence[Any]] = []
        warnings: list[Finding] = []
        bad: set[int] = set(group.unusable)
        faults: list[Finding] = []
        seen: set[tuple[int, int]] = set()
        for row, index, what, detail in group.faults:
            bad.add(row)
            seen.add((row, index))
            faults.append(Finding(places[row], index, what, detail))
        for i, (column, cells) in enumerate(zip(self.columns, raw, strict=True)):
            decoded, problems = column.decode(cells)
            values.append(decoded)
            for row, what, detail in problems:
                bad.add(row)
                if (row, at[i]) not in seen:
                    faults.append(Finding(places[row], at[i], what, detail))
        for i, column in self._numbers:
            for row, text in column.respelled(raw[i]):
                group.wire.setdefault(row, {}).setdefault("cells", {})[self.names[i]] = text
        for row, i, detail in self._conditions(raw):
            bad.add(row)
            faults.append(Finding(places[row], at[i], "condition", detail))
        for i, column in self._open:
            warnings += [Finding(places[row], at[i], what, detail) for row, what, detail in column.strangers(raw[i])]
        if self._whole is not None:
            last = len(self.record.fields) - 1
            for row, parts in enumerate(zip(*self._as_written(raw), strict=True)):
                if not self._whole("".join(parts)):
                    bad.add(row)
                    faults.append(Finding(places[row], last, "check-digit", ""))
        if group.unusable:
            known = {places[row] for row in group.unusable}
            faults = [f for f in faults if f.place not in known]
        return Outcome(Checked(self.names, values, places), bad, sorted(faults), warnings)

    def _as_written(self, raw: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
        """Columns with the value that stands for an empty one put back."""
        for item, column in zip(self.fields, raw, strict=True):
            blank = item.blank_value
            yield column if blank is None else [text or blank for text in column]

    def _conditions(self, raw: Sequence[Sequence[str]]) -> Iterator[tuple[int, int, str]]:
        """(row, item, detail) where an item is missing or present against its condition."""
        met: dict[_Resolved, list[bool]] = {}
        for index, required_if, empty_if in self._conditional:
            cells = raw[index]
            if required_if and "" in cells:
                holds = _rows_that_meet(required_if, raw, met)
                if "" in compress(cells, holds):
                    for row, text in enumerate(cells):
                        if text == "" and holds[row]:
                            yield row, index, "この場合は必須です"
            if empty_if and any(cells):
                holds = _rows_that_meet(empty_if, raw, met)
                if any(compress(cells, holds)):
                    for row, text in enumerate(cells):
                        if text != "" and holds[row]:
                            yield row, index, "この場合は空でなければなりません"


def _rows_that_meet(condition: _Resolved, raw: Sequence[Sequence[str]], met: dict[_Resolved, list[bool]]) -> list[bool]:
    """For each row whether the condition holds; remembered, because many items of a record share one condition."""
    found = met.get(condition)
    if found is None:
        (first, values), *others = condition
        found = [text in values for text in raw[first]]
        for index, values in others:
            found = [before and text in values for before, text in zip(found, raw[index], strict=True)]
        met[condition] = found
    return found


def _in_encoding(field: Field, encoding: str) -> Field:
    """An item whose value states the encoding (コード区分) must state the one the file is in."""
    if encoding in field.by_encoding:
        return replace(field, type="const", value=field.by_encoding[encoding])
    return field

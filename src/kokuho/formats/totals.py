"""Running counts and sums, compared with the numbers that the sender wrote into the file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kokuho.formats.model import Layout, Total


@dataclass(slots=True)
class Checked:
    """Decoded records of one kind and block, column-wise; `places` are their positions in the block, ascending."""

    names: Sequence[str]
    columns: Sequence[Sequence[Any]]
    places: Sequence[int]

    def column(self, name: str) -> Sequence[Any]:
        """The values of an item."""
        return self.columns[self.names.index(name)]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A declared number that is not what was found, and where (record number, byte offset) it was declared."""

    total: Total
    at: tuple[int, int]
    found: int
    declared: int


class Totals:
    """All totals of a layout while a file goes by."""

    def __init__(self, layout: Layout) -> None:
        self._totals = layout.totals
        self.counts: dict[str, int] = dict.fromkeys(layout.records, 0)
        self.sums: dict[str, int] = {}
        self._running = [0] * len(layout.totals)
        self._declared: list[tuple[int, int, tuple[int, int]]] = []
        self._closing = {t.record for t in layout.totals if not t.before}
        plain = {(t.of, t.sum): i for i, t in reversed(list(enumerate(self._totals))) if not (t.where or t.where_not)}
        self._shown = {i: f"{of}.{item}" for (of, item), i in plain.items() if item}

    def block(
        self, checked: dict[str, Checked], kinds: Sequence[str], at: Callable[[int], tuple[int, int]]
    ) -> list[Disagreement]:
        """Take in a block; returns what does not agree with the records that close a group.

        `at` gives (record number, byte offset) of a place in the block.
        """
        wrong: list[Disagreement] = []
        start = 0
        for place in sorted(p for kind in self._closing & checked.keys() for p in checked[kind].places):
            self._add(checked, start, place)
            wrong += self._close(checked[kinds[place]], kinds[place], place, at)
            start = place
        self._add(checked, start, len(kinds))
        for kind, found in checked.items():
            self.counts[kind] += len(found.places)
        for i, total in enumerate(self._totals):
            if total.before and total.record in checked:
                found = checked[total.record]
                for value, place in zip(found.column(total.field), found.places, strict=True):
                    if isinstance(value, int):
                        self._declared.append((i, value, at(place)))
        return wrong

    def _add(self, checked: dict[str, Checked], start: int, stop: int) -> None:
        for i, total in enumerate(self._totals):
            found = checked.get(total.of)
            if found is None:
                continue
            low, high = bisect_left(found.places, start), bisect_left(found.places, stop)
            if low < high:
                amount = _amount(total, found, low, high)
                self._running[i] += amount
                if i in self._shown:
                    self.sums[self._shown[i]] = self.sums.get(self._shown[i], 0) + amount

    def _close(self, found: Checked, kind: str, place: int, at: Callable[[int], tuple[int, int]]) -> list[Disagreement]:
        row = bisect_left(found.places, place)
        wrong = []
        for i, total in enumerate(self._totals):
            if total.record == kind and not total.before:
                declared = found.column(total.field)[row]
                if isinstance(declared, int) and declared != self._running[i]:
                    wrong.append(Disagreement(total, at(place), self._running[i], declared))
                if not total.whole_file:
                    self._running[i] = 0
        return wrong

    def finish(self) -> list[Disagreement]:
        """Totals declared at the top that do not agree with the whole file."""
        return [
            Disagreement(self._totals[i], at, self._running[i], declared)
            for i, declared, at in self._declared
            if declared != self._running[i]
        ]

    def as_json(self) -> dict[str, dict[str, int]]:
        """Counts by record kind, and the sums that the layout watches."""
        found = {kind: {"count": count} for kind, count in self.counts.items() if count}
        for name, value in self.sums.items():
            kind, _, item = name.partition(".")
            if kind in found:
                found[kind][item] = value
        return found


def _amount(total: Total, found: Checked, low: int, high: int) -> int:
    """Count or sum of rows low to high (exclusive) that meet the total's conditions."""
    rows: Sequence[int] = range(low, high)
    for conditions, wanted in ((total.where, True), (total.where_not, False)):
        for name, values in conditions:
            column = found.column(name)
            rows = [r for r in rows if (str(column[r]) in values) is wanted]
    if total.sum is None:
        return len(rows)
    column = found.column(total.sum)
    values_of_rows = column[low:high] if isinstance(rows, range) else [column[r] for r in rows]
    return sum(v for v in values_of_rows if isinstance(v, int))

"""Finds keys that stand twice in a file of any size, in twenty-four bytes a record.

A set of four million keys would take half a gigabyte. Here only a 64-bit hash and the place of each record are kept;
the hashes are compared at the end in slices. Python's hash of a string is keyed afresh in every process, so nobody can
prepare two keys that collide; by chance, one file of a million records in ten million has a pair that does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

_SLICE = 400_000


class KeyWatch:
    """Remembers the keys of one record kind."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._numbers = array("Q")
        self._offsets = array("Q")

    def add(self, keys: Iterable[object], numbers: Sequence[int], offsets: Sequence[int]) -> None:
        """Remember keys and where they stood."""
        self._hashes.extend(map(hash, keys))
        self._numbers.extend(numbers)
        self._offsets.extend(offsets)

    def duplicates(self) -> Iterator[tuple[int, int, int]]:
        """(record number, offset, number of the first record with that key) for every repetition, in file order."""
        slices = len(self._hashes) // _SLICE + 1
        twice: set[int] = set()
        for part in range(slices):
            mine = self._hashes if slices == 1 else array("q", (h for h in self._hashes if h % slices == part))
            seen: set[int] = set(mine)
            if len(seen) == len(mine):
                continue
            seen.clear()
            for value in mine:
                if value in seen:
                    twice.add(value)
                seen.add(value)
        if not twice:
            return
        first: dict[int, int] = {}
        for value, number, offset in zip(self._hashes, self._numbers, self._offsets, strict=True):
            if value in twice:
                if value in first:
                    yield number, offset, first[value]
                else:
                    first[value] = number

"""Finds keys that stand twice in a file of any size, in twenty bytes a record.

A set of four million keys would take half a gigabyte. Here only a 64-bit hash and the place of each record are kept, and
a bitmap tells at the end which hashes can stand twice at all. Python's hash of a string is keyed afresh in every process,
so nobody can prepare two keys that collide; by chance, one file of a million records in ten million has a pair that does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

# Bits of the bitmap for each key: with 64, one key in 128 is looked at twice.
_BITS_A_KEY = 64


class KeyWatch:
    """Remembers the keys of one record kind."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._numbers = array("I")
        self._offsets = array("Q")

    def add(self, keys: Iterable[object], numbers: Sequence[int], offsets: Sequence[int]) -> None:
        """Remember keys and where they stood."""
        self._hashes.extend(map(hash, keys))
        self._numbers.extend(numbers)
        self._offsets.extend(offsets)

    def duplicates(self) -> Iterator[tuple[int, int, int]]:
        """(record number, offset, number of the first record with that key) for every repetition, in file order."""
        suspects = self._suspects()
        if not suspects:
            return
        first: dict[int, int] = {}
        for value, number, offset in zip(self._hashes, self._numbers, self._offsets, strict=True):
            if value in suspects:
                if value in first:
                    yield number, offset, first[value]
                else:
                    first[value] = number

    def _suspects(self) -> set[int]:
        """Hashes whose bit was already set when they came: all that repeat, and a few more."""
        size = 1 << (len(self._hashes) * _BITS_A_KEY).bit_length()
        mask, seen = size - 1, bytearray(size >> 3 or 1)
        suspects: set[int] = set()
        for value in self._hashes:
            place = value & mask
            byte, bit = place >> 3, 1 << (place & 7)
            if seen[byte] & bit:
                suspects.add(value)
            else:
                seen[byte] |= bit
        return suspects

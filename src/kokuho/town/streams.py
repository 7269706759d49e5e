"""Random streams that give the same town on every machine.

Every household draws from its own stream, seeded by the town's seed and the household's place, so that the number of
processes and the order of work do not matter. Only `random()` is used underneath: it is the one method of the standard
generator whose sequence is promised to stay the same.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Things with weights, prepared once for many draws."""

    __slots__ = ("_ends", "_total", "items")

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        kept = [(item, weight) for item, weight in pairs if weight > 0]
        self.items: tuple[T, ...] = tuple(item for item, _ in kept)
        self._ends = list(accumulate(weight for _, weight in kept))
        self._total = self._ends[-1]

    def at(self, point: float) -> T:
        """The thing at a point of 0 ≤ point < 1."""
        return self.items[min(bisect_right(self._ends, point * self._total), len(self.items) - 1)]


class Stream(random.Random):
    """A stream of draws named by what it is for."""

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def percent(self, share: float) -> bool:
        """True with this probability, given in percent."""
        return self.random() * 100 < share

    def below(self, limit: int) -> int:
        """0 … limit − 1."""
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        """low … high, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def draw(self, items: Weighted[T]) -> T:
        """One of weighted things."""
        return items.at(self.random())

    def along(self, quantiles: Sequence[int]) -> int:
        """A number of the distribution given by its values at equally spaced shares of people; linear between."""
        place = self.random() * (len(quantiles) - 1)
        step = int(place)
        low = quantiles[step]
        return low + int((quantiles[step + 1] - low) * (place - step))

    def day(self, first: date, last: date) -> date:
        """A day from `first` to `last`, both included; `first` when the order is wrong."""
        start, end = first.toordinal(), last.toordinal()
        return first if end <= start else date.fromordinal(self.between(start, end))


def stream(*place: object) -> Stream:
    """The stream of one place of the town: seed, household, purpose."""
    return Stream(":".join(map(str, place)))

"""宛名番号, 世帯番号 and 個人番号 of people who do not exist.

A number is a permutation of the person's place in the town (the inverse modulo a prime, multiplied and shifted):
unique without a memory of those given, in no visible order, the same in any process.
"""

from __future__ import annotations

from dataclasses import dataclass

from kokuho.formats.checkdigits import my_number_digit
from kokuho.town.streams import stream

# Places of one household among person numbers, and its households (its own, one split off, one arriving, one departed).
PERSON_PLACES = 32
HOUSEHOLD_PLACES = 4
ARRIVING, DEPARTED = 16, 24  # first person places of the household arriving / gone beside a household

_TEN_DIGITS = 8_589_934_583  # prime 2^33 − 9: with the offset below always ten digits without a leading zero
_TEN_DIGITS_FROM = 1_000_000_000
_ELEVEN_DIGITS = 99_999_999_977  # largest prime of eleven digits


def _scatter(place: int, series: tuple[int, int], prime: int) -> int:
    """The number of a place 0 ≤ place < prime − 1: one to one, below the prime."""
    multiplier, shift = series
    return (multiplier * pow(place + 1, -1, prime) + shift) % prime


@dataclass(frozen=True, slots=True)
class Numbers:
    """The town's three series of numbers. Places must be below the primes: towns of some hundred million households."""

    person: tuple[int, int]
    household: tuple[int, int]
    mine: tuple[int, int]

    @classmethod
    def of(cls, seed: int) -> Numbers:
        """The series of a seed."""
        rng = stream(seed, "numbers")

        def series(prime: int) -> tuple[int, int]:
            return prime // 3 + rng.below(prime // 3), rng.below(prime)

        return cls(series(_TEN_DIGITS), series(_TEN_DIGITS), series(_ELEVEN_DIGITS))

    def atena_number(self, household: int, place: int) -> str:
        """宛名番号, ten digits, of the person at a place of a household (0 ≤ place < PERSON_PLACES)."""
        return str(_TEN_DIGITS_FROM + _scatter(household * PERSON_PLACES + place, self.person, _TEN_DIGITS))

    def household_number(self, household: int, place: int) -> str:
        """世帯番号, ten digits (0 ≤ place < HOUSEHOLD_PLACES)."""
        return str(_TEN_DIGITS_FROM + _scatter(household * HOUSEHOLD_PLACES + place, self.household, _TEN_DIGITS))

    def my_number(self, household: int, place: int) -> str:
        """個人番号, twelve digits with a valid check digit; invented."""
        body = f"{_scatter(household * PERSON_PLACES + place, self.mine, _ELEVEN_DIGITS):011d}"
        return body + my_number_digit(body)

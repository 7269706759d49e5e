"""按分: splitting one amount among payers in proportion, to the yen."""

from __future__ import annotations

from collections.abc import Sequence


def proportional(total: int, weights: Sequence[int], carrier: int) -> list[int]:
    """Split `total` yen by `weights`; each share is cut to the yen and the payer at index `carrier` bears the rest.

    The texts give no rounding for these shares; who carries the rest is the setting `share_remainder`.
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    shares[carrier] += total - sum(shares)
    return shares


def largest(weights: Sequence[int]) -> int:
    """Index of the largest weight, the first of equals."""
    return max(range(len(weights)), key=lambda index: (weights[index], -index))

"""負担割合 judged together with a notice, so that a certificate that shows it can be issued over the counter.

The judgement is the desk of assessment's, a floor above: it registers here how a household is judged. Without it, or where it
cannot judge, the certificate waits as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.desks.eligibility.models import BurdenJudgement


@dataclass(frozen=True, slots=True)
class Judging:
    """`judge(by, on, household_no, event_on, origin)` judges a household that has no judgement yet, or that a person of 70 or more has
    joined, and says what it came to; `basis(household_no)` changes when anything does that it would rest on."""

    judge: Callable[[Actor, date, int, date, str], tuple[BurdenJudgement, ...]]
    basis: Callable[[int], str]


_REGISTERED: list[Judging] = []


def register(judging: Judging) -> None:
    """Called once, when the desk that judges starts."""
    _REGISTERED[:] = [judging]


def judge(*, by: Actor, on: date, household_no: int, event_on: date, origin: str) -> tuple[BurdenJudgement, ...]:
    """Judge the household, where somebody can and it needs it. Inside the caller's transaction; also the rehearsal of the preview."""
    return tuple(row for found in _REGISTERED for row in found.judge(by, on, household_no, event_on, origin))


def basis(household_no: int) -> str:
    """What a judgement of the household would rest on, for the fingerprint of a preview."""
    return "".join(found.basis(household_no) for found in _REGISTERED)

"""From the surviving events of a person to the periods as insured: pure, no database, no clock.

Whatever order the events were recorded in, cancelled ones left out, the same events give the same periods. Intervals are
[適用開始, 適用終了). The database never says anything else about the periods than this function (`actions.engine.settle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kokuho.law.eligibility.changes import acquisition, loss
from kokuho.law.eligibility.reasons import DateRule, ReasonKind, reason
from kokuho.law.eligibility.settings import EligibilitySettings, eligibility_settings
from kokuho.law.errors import LawError
from kokuho.law.steps import Step


@dataclass(frozen=True, slots=True)
class Happening:
    """One surviving event. `no` is its place in the order of recording.

    `elsewhere` is the 転入日 at the new place; `acquired_on` the prefecture's 取得日 where it is known from elsewhere
    (県内転入の転出証明); `lost_on` a 喪失日 as the register has it.
    """

    no: int
    code: str
    on: date
    notified_on: date | None = None
    elsewhere: date | None = None
    acquired_on: date | None = None
    lost_on: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """One stay. `end` (適用終了日) is excluded; None = still insured. `provisional`: the 取得日 is not known yet."""

    start: date
    end: date | None
    acquired_on: date
    acquired_reason: str
    notified_on: date | None
    provisional: bool
    lost_on: date | None = None
    lost_event_on: date | None = None
    lost_reason: str = ""

    def covers(self, day: date) -> bool:
        """Whether the person is insured here on a day."""
        return self.start <= day and (self.end is None or day < self.end)


class Idle(StrEnum):
    """Why an event changes nothing."""

    NOT_INSURED = "not_insured"
    """喪失の届出だが、その日に資格がない."""
    ALREADY_INSURED = "already_insured"
    """取得の届出だが、その日に既に資格がある."""
    UNLAWFUL = "unlawful"
    """日付を法の規定に当てはめられない."""


@dataclass(frozen=True, slots=True)
class Life:
    """What the events of a person come to: periods in order of time, events without effect, the law's steps by event."""

    periods: tuple[Period, ...]
    idle: Mapping[int, Idle]
    steps: Mapping[int, tuple[Step, ...]]
    faults: Mapping[int, LawError]

    def on(self, day: date) -> Period | None:
        """The period that covers a day."""
        return next((period for period in self.periods if period.covers(day)), None)


@dataclass(frozen=True, slots=True)
class _Turn:
    """An event with its effective day. Losses come before acquisitions of the same day: a stay ends before another begins."""

    day: date
    rank: int
    event: Happening
    acquired: date | None = None
    lost: date | None = None


def replay(events: Iterable[Happening], overrides: Mapping[str, Any] | None = None) -> Life:
    """The periods that surviving events give. `overrides` are the municipality's own `EligibilitySettings`."""
    known: dict[date, EligibilitySettings] = {}
    idle: dict[int, Idle] = {}
    steps: dict[int, tuple[Step, ...]] = {}
    faults: dict[int, LawError] = {}
    turns: list[_Turn] = []
    for event in events:
        settings = known.get(event.on)
        if settings is None:
            settings = known[event.on] = eligibility_settings(event.on, overrides)
        try:
            turn = _turn(event, settings, steps)
        except LawError as fault:
            idle[event.no], faults[event.no] = Idle.UNLAWFUL, fault
            continue
        if turn is not None:
            turns.append(turn)
    periods = _walk(sorted(turns, key=lambda turn: (turn.day, turn.rank, turn.event.no)), idle)
    return Life(tuple(periods), idle, steps, faults)


def _turn(event: Happening, settings: EligibilitySettings, steps: dict[int, tuple[Step, ...]]) -> _Turn | None:
    """The event with its days by the law; None when it moves no period (世帯の異動)."""
    why = reason(event.code)
    if why.kind is ReasonKind.HOUSEHOLD or why.rule is DateRule.HOUSEHOLD:
        return None
    if why.kind is ReasonKind.ACQUISITION:
        gained = acquisition(event.code, event.on, settings)
        steps[event.no] = gained.steps
        assert gained.applied_from is not None  # only 世帯の異動 has none
        return _Turn(gained.applied_from, 1, event, acquired=gained.acquired)
    gone = loss(event.code, event.on, settings, moved_in_elsewhere=event.elsewhere)
    day, lost = gone.applied_until, gone.lost
    steps[event.no] = gone.steps
    if event.lost_on is not None and event.lost_on != day:
        text = f"{event.lost_on}（住民記録の資格の記載による）"
        steps[event.no] = (Step("喪失日・適用終了日", text, event.lost_on.isoformat(), why.article), *gone.steps[1:])
        day = event.lost_on
        lost = None if lost is None else day
    return _Turn(day, 0, event, lost=lost)


def _walk(turns: Sequence[_Turn], idle: dict[int, Idle]) -> list[Period]:
    periods: list[Period] = []
    for turn in turns:
        event = turn.event
        current = periods[-1] if periods and periods[-1].end is None else None
        if turn.rank == 1:
            if current is not None:
                idle[event.no] = Idle.ALREADY_INSURED
                continue
            acquired, provisional = turn.acquired, False
            if acquired is None:  # 県内転入: the prefecture's qualification goes on from before
                before = periods[-1] if periods and periods[-1].lost_reason and periods[-1].lost_on is None else None
                acquired = event.acquired_on or (before.acquired_on if before else turn.day)
                provisional = event.acquired_on is None
            periods.append(Period(turn.day, None, acquired, event.code, event.notified_on, provisional))
        elif current is None or turn.day <= current.start:
            idle[event.no] = Idle.NOT_INSURED
        else:
            periods[-1] = _ended(current, turn)
    return periods


def _ended(period: Period, turn: _Turn) -> Period:
    return Period(
        period.start, turn.day, period.acquired_on, period.acquired_reason, period.notified_on, period.provisional,
        turn.lost, turn.event.on, turn.event.code,
    )  # fmt: skip


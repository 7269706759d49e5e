"""徴収権の時効: until when an instalment can be collected, after everything that renewed or stopped the period.

料: two years from the day after the due date (国民健康保険法110条), 税: five years (地方税法18条). The plea need not be
raised (自治法236条2項・地方税法18条2項): when it is over, it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY, last_day, last_day_of_years


class EventKind(StrEnum):
    """What happens to a running period."""

    DEMAND = "督促"  # renews, the first only
    REMINDER = "催告"  # 民法150条: completion waits six months; a second reminder in that time adds nothing
    SEIZURE = "差押"  # stands still while it lasts, begins anew afterwards
    CLAIM_FOR_SHARE = "交付要求"  # as a seizure
    ACKNOWLEDGEMENT = "承認"  # 一部納付・分納誓約・猶予の申請: begins anew
    SUSPENSION = "猶予"  # 徴収猶予・換価猶予: does not run while it lasts
    EXECUTION_STOP = "執行停止"  # the period runs on
    SUCCESSION_NOTICE = "承継の告知"  # to an heir: does not renew (最判令和2年6月26日)


class Event(NamedTuple):
    """An event on `day`; `end` is the last day of what lasts, None while it still does.

    For a demand of 料 `arrived` is the day of its arrival (of 税 the day of sending counts).
    """

    kind: EventKind
    day: date
    end: date | None = None
    arrived: date | None = None


class Prescription(NamedTuple):
    """State of the period. `last_day` None: it stands still for now. Extinct from the day after `last_day`."""

    started: date
    last_day: date | None
    applied: list[Event]  # the events that had an effect, in order


def prescription(levy_kind: str, due_date: date, events: Iterable[Event]) -> Prescription:
    """The period of one instalment after its events, which are taken in order of their days.

    An event after completion has no effect. `LawError` ``not_allowed`` for a levy kind that is neither premium nor tax,
    ``missing_key`` for a demand of 料 without its arrival.
    """
    if levy_kind not in ("premium", "tax"):
        raise LawError("not_allowed", "levy_kind", "premium・tax のいずれかでなければなりません。")
    years = table("collection").at(f"prescription_years_{levy_kind}", due_date).value
    started = due_date + ONE_DAY
    last: date | None = last_day_of_years(started, years)
    applied: list[Event] = []
    demanded = False
    grace_until = date.min
    for event in sorted(events, key=lambda e: e.day):
        if last is None or event.day > last:
            continue
        kind = event.kind
        if kind is EventKind.DEMAND:
            if demanded:
                continue
            demanded = True
            started = _after_demand(levy_kind, event)
            last = last_day_of_years(started, years)
        elif kind is EventKind.ACKNOWLEDGEMENT:
            started = event.day + ONE_DAY
            last = last_day_of_years(started, years)
        elif kind in (EventKind.SEIZURE, EventKind.CLAIM_FOR_SHARE):
            if event.end is None:
                last = None
            else:
                started = event.end + ONE_DAY
                last = last_day_of_years(started, years)
        elif kind is EventKind.SUSPENSION:
            last = None if event.end is None else last + (event.end - event.day + ONE_DAY)
        elif kind is EventKind.REMINDER:
            wait = last_day(event.day + ONE_DAY, 6)
            if event.day <= grace_until or wait <= last:
                continue
            grace_until = last = wait
        else:
            continue
        applied.append(event)
    return Prescription(started, last, applied)


def _after_demand(levy_kind: str, event: Event) -> date:
    """First day of the period that a demand begins anew.

    税: the day after the tenth day has passed since sending (地方税法18条の2第1項); 料: the day after arrival.
    """
    if levy_kind == "tax":
        days = table("collection").at("seizure_after_demand", event.day).value
        return event.day + timedelta(days=days) + ONE_DAY
    if event.arrived is None:
        raise LawError("missing_key", "arrived", "料の督促は到達の日が必要です。")
    return event.arrived + ONE_DAY


def execution_stop_extinction(stopped: date, at_once: bool = False) -> date:
    """First day on which the claim is gone by 執行停止: after three years, or at once (地方税法15条の7第4項・5項)."""
    return stopped if at_once else last_day_of_years(stopped, 3) + ONE_DAY

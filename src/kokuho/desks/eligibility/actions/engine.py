"""The one way in which eligibility is written: events are recorded, and the periods are settled to what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.db.models.functions import Now

from kokuho.core.access import Actor
from kokuho.desks.eligibility import facts
from kokuho.desks.eligibility.actions.numbers import number_households, settle_branches
from kokuho.desks.eligibility.changes import Difference, difference
from kokuho.desks.eligibility.models import (
    BELIEVED,
    ElderlyPeriod,
    EligibilityChange,
    EligibilityEvent,
    InsuredPeriod,
    Status,
)
from kokuho.desks.eligibility.plan import Draft, Outcome, outcomes
from kokuho.desks.eligibility.reasons import TO_ELDERLY
from kokuho.desks.eligibility.replay import Period, replay
from kokuho.desks.eligibility.settings import OfficeSettings, office_settings
from kokuho.desks.people.models import Person


@transaction.atomic
def record(*, by: Actor, on: date, drafts: Sequence[Draft], origin: str) -> dict[int, Outcome]:
    """Write events and settle the persons they concern. Part of the caller's transaction, which has checked the right.

    Raises `NoticeError` (see `plan.outcomes`) and `NumberError`; nothing is changed then.
    """
    persons = sorted({draft.atena_no for draft in drafts})
    lock(persons)
    settings = office_settings()
    found = outcomes(drafts, settings, on=on)
    EligibilityEvent.objects.bulk_create(
        EligibilityEvent(
            atena_no=draft.atena_no, household_no=draft.household_no, kind=draft.kind, code=draft.code,
            event_on=draft.event_on, notified_on=draft.notified_on, recorded_by=by.staff_no, origin=origin,
            cancels_id=draft.cancels, detail=dict(draft.detail),
        )
        for draft in drafts
    )  # fmt: skip
    settle(by=by, persons=persons, origin=origin, settings=settings)
    household = {d.atena_no: ("household", d.event_on, None) for d in drafts if d.kind == EligibilityEvent.HOUSEHOLD}
    announce(by, household, origin)
    return found


def lock(persons: Iterable[int]) -> None:
    """One writer a person at a time, for the rest of the transaction."""
    with connection.cursor() as cursor:
        # In the order of numbers, so that two transactions never wait for each other.
        cursor.execute(
            "SELECT count(pg_advisory_xact_lock(718, hashint8(p.n))::text)"
            " FROM (SELECT DISTINCT n FROM unnest(%s::bigint[]) n ORDER BY n OFFSET 0) p",
            (list(persons),),
        )


@transaction.atomic
def settle(*, by: Actor, persons: Sequence[int], origin: str, settings: OfficeSettings | None = None) -> dict[int, Difference]:
    """Let the believed periods of persons be what their events come to: only differences are written, each with the range it
    affects (`EligibilityChange`). 記号番号 and 枝番 follow. Returns what changed, by person."""
    chosen = settings or office_settings()
    events: defaultdict[int, list[EligibilityEvent]] = defaultdict(list)
    for event in facts.surviving(persons):
        events[event.atena_no].append(event)
    held = facts.believed_periods(persons)
    changed: dict[int, Difference] = {}
    gone: list[int] = []
    for atena_no in persons:
        expected = replay((facts.happening(event) for event in events[atena_no]), chosen.law).periods
        rows = held.get(atena_no, [])
        differs = difference([facts.period_of(row) for row in rows], expected)
        if differs is None:
            continue
        changed[atena_no] = differs
        gone += [row.pk for row in rows if facts.period_of(row) in differs.gone]
    InsuredPeriod.objects.filter(pk__in=gone, superseded_at__isnull=True).update(superseded_at=Now())
    InsuredPeriod.objects.bulk_create(
        _believed(by, atena_no, period, origin) for atena_no, differs in changed.items() for period in differs.come
    )
    _follow_elderly(by, changed, origin)
    with connection.cursor() as cursor:
        number_households(cursor, chosen, by=by, origin=origin, persons=persons)
        settle_branches(cursor, chosen, by=by, origin=origin, persons=persons)
    announce(by, {atena_no: (d.kind, d.since, d.until) for atena_no, d in changed.items()}, origin)
    return changed


def _believed(by: Actor, atena_no: int, period: Period, origin: str) -> InsuredPeriod:
    return InsuredPeriod(
        atena_no=atena_no, valid=DateRange(period.start, period.end), acquired_on=period.acquired_on,
        acquired_reason=period.acquired_reason, notified_on=period.notified_on, provisional=period.provisional,
        lost_on=period.lost_on, lost_event_on=period.lost_event_on, lost_reason=period.lost_reason, recorded_by=by.staff_no,
        origin=origin,
    )  # fmt: skip


def announce(by: Actor, changes: Mapping[int, tuple[str, date, date | None]], origin: str) -> None:
    """Tell the desks above what changed: kind, first day and end of the range, by person; a row for every household that the
    person belonged to within the range."""
    lived = _lived(changes)
    told = []
    for atena_no, (kind, since, until) in changes.items():
        rows = lived.get(atena_no, [])
        touched = {row.household_no for row in rows if _meets(row, since, until)} or {row.household_no for row in rows[-1:]}
        told += [
            EligibilityChange(
                atena_no=atena_no, household_no=household_no, kind=kind, affected=DateRange(since, until), recorded_by=by.staff_no,
                origin=origin,
            )
            for household_no in sorted(touched)
        ]  # fmt: skip
    EligibilityChange.objects.bulk_create(told)


def _lived(persons: Iterable[int]) -> dict[int, list[Person]]:
    """Where persons lived as believed now, the earliest first."""
    found: defaultdict[int, list[Person]] = defaultdict(list)
    rows = Person.objects.filter(BELIEVED, atena_no__in=list(persons)).only("atena_no", "household_no", "valid")
    for row in rows.order_by("valid"):
        found[row.atena_no].append(row)
    return found


def _meets(row: Person, since: date, until: date | None) -> bool:
    """Whether a row holds on a day of [since, until)."""
    if until is not None and until <= since:
        return False
    return (until is None or row.valid.lower < until) and (row.valid.upper is None or since < row.valid.upper)


def _follow_elderly(by: Actor, changed: Mapping[int, Difference], origin: str) -> None:
    """国保 → 後期: the person is 特定同一世帯所属者 as long as the household stays together (令29条の7第2項). A move that is
    cancelled takes it back."""
    moved: dict[int, dict[date, date]] = {}
    for atena_no, differs in changed.items():
        left, was = _to_elderly(differs.come), _to_elderly(differs.gone)
        for day in was.keys() - left.keys():
            same = Q(BELIEVED, atena_no=atena_no, valid__startswith=day)
            Status.objects.filter(same, kind=Status.FORMER_INSURED).update(superseded_at=Now())
            # What the register itself says about 後期 stays.
            ElderlyPeriod.objects.filter(BELIEVED, atena_no=atena_no, valid__startswith=was[day]).exclude(
                origin__startswith="file:"
            ).update(superseded_at=Now())
        if fresh := {day: left[day] for day in sorted(left.keys() - was.keys())}:
            moved[atena_no] = fresh
    if not moved:
        return
    common = {"recorded_by": by.staff_no, "origin": origin}
    known = set(ElderlyPeriod.objects.filter(BELIEVED, atena_no__in=moved).values_list("atena_no", flat=True))
    ElderlyPeriod.objects.bulk_create(
        ElderlyPeriod(atena_no=atena_no, valid=DateRange(next(iter(days.values())), None), **common)
        for atena_no, days in moved.items() if atena_no not in known
    )  # fmt: skip
    lived = _lived(moved)
    held: defaultdict[int, list[Any]] = defaultdict(list)
    for row in Status.objects.filter(BELIEVED, atena_no__in=moved, kind=Status.FORMER_INSURED):
        held[row.atena_no].append(row.valid)
    fresh_rows = []
    for atena_no, days in moved.items():
        for day in days:
            home = next((row for row in lived[atena_no] if _covers(row.valid, day)), None)
            if home is None or any(_covers(valid, day) for valid in held[atena_no]):
                continue
            fresh_rows.append(
                Status(
                    atena_no=atena_no, kind=Status.FORMER_INSURED, kind_no=Status.NUMBERS[Status.FORMER_INSURED],
                    household_no=home.household_no, valid=DateRange(day, None), **common,
                )
            )  # fmt: skip
            held[atena_no].append(fresh_rows[-1].valid)
    Status.objects.bulk_create(fresh_rows)


def _covers(valid: Any, day: date) -> bool:
    return valid.lower <= day and (valid.upper is None or day < valid.upper)


def _to_elderly(periods: Iterable[Period]) -> dict[date, date]:
    """End of each stay that ended by moving to 後期, and the first day there: the day of the event (75歳の誕生日、障害認定日), which
    is the 喪失日 itself or the day before it, as the municipality's setting has it."""
    return {
        p.end: p.lost_event_on or p.end - timedelta(days=1) for p in periods if p.end and p.lost_reason in TO_ELDERLY
    }

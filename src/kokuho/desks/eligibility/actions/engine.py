"""The one way in which eligibility is written: events are recorded, and the periods are settled to what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

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
    for draft in drafts:
        EligibilityEvent.objects.create(
            atena_no=draft.atena_no, household_no=draft.household_no, kind=draft.kind, code=draft.code,
            event_on=draft.event_on, notified_on=draft.notified_on, recorded_by=by.staff_no, origin=origin,
            cancels_id=draft.cancels, detail=dict(draft.detail),
        )  # fmt: skip
    settle(by=by, persons=persons, origin=origin, settings=settings)
    household = {d.atena_no: ("household", d.event_on, None) for d in drafts if d.kind == EligibilityEvent.HOUSEHOLD}
    announce(by, household, origin)
    return found


def lock(persons: Iterable[int]) -> None:
    """One writer a person at a time, for the rest of the transaction."""
    with connection.cursor() as cursor:
        for atena_no in sorted(persons):
            cursor.execute("SELECT pg_advisory_xact_lock(718, hashint8(%s))", (atena_no,))


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
    for atena_no in persons:
        expected = replay((facts.happening(event) for event in events[atena_no]), chosen.law).periods
        rows = held.get(atena_no, [])
        differs = difference([facts.period_of(row) for row in rows], expected)
        if differs is None:
            continue
        gone = [row.pk for row in rows if facts.period_of(row) in differs.gone]
        InsuredPeriod.objects.filter(pk__in=gone, superseded_at__isnull=True).update(superseded_at=Now())
        for period in differs.come:
            _believe(by, atena_no, period, origin)
        changed[atena_no] = differs
        _follow_elderly(by, atena_no, differs, origin)
    with connection.cursor() as cursor:
        number_households(cursor, chosen, by=by, origin=origin, persons=persons)
        settle_branches(cursor, chosen, by=by, origin=origin, persons=persons)
    announce(by, {atena_no: (d.kind, d.since, d.until) for atena_no, d in changed.items()}, origin)
    return changed


def _believe(by: Actor, atena_no: int, period: Period, origin: str) -> None:
    InsuredPeriod.objects.create(
        atena_no=atena_no, valid=DateRange(period.start, period.end), acquired_on=period.acquired_on,
        acquired_reason=period.acquired_reason, notified_on=period.notified_on, provisional=period.provisional,
        lost_on=period.lost_on, lost_event_on=period.lost_event_on, lost_reason=period.lost_reason, recorded_by=by.staff_no,
        origin=origin,
    )  # fmt: skip


def announce(by: Actor, changes: Mapping[int, tuple[str, date, date | None]], origin: str) -> None:
    """Tell the desks above what changed: kind, first day and end of the range, by person; a row for every household that the
    person belonged to within the range."""
    for atena_no, (kind, since, until) in changes.items():
        affected = DateRange(since, until)
        lived = Person.objects.filter(BELIEVED, atena_no=atena_no)
        touched = set(lived.filter(valid__overlap=affected).values_list("household_no", flat=True))
        if not touched:
            touched = set(lived.order_by("-valid").values_list("household_no", flat=True)[:1])
        for household_no in sorted(touched):
            EligibilityChange.objects.create(
                atena_no=atena_no, household_no=household_no, kind=kind, affected=affected, recorded_by=by.staff_no,
                origin=origin,
            )  # fmt: skip


def _follow_elderly(by: Actor, atena_no: int, differs: Difference, origin: str) -> None:
    """国保 → 後期: the person is 特定同一世帯所属者 as long as the household stays together (令29条の7第2項). A move that is
    cancelled takes it back."""
    left, was = _to_elderly(differs.come), _to_elderly(differs.gone)
    for day in was.keys() - left.keys():
        same = Q(BELIEVED, atena_no=atena_no, valid__startswith=day)
        Status.objects.filter(same, kind=Status.FORMER_INSURED).update(superseded_at=Now())
        # What the register itself says about 後期 stays.
        ElderlyPeriod.objects.filter(BELIEVED, atena_no=atena_no, valid__startswith=was[day]).exclude(
            origin__startswith="file:"
        ).update(superseded_at=Now())
    for day in left.keys() - was.keys():
        common = {"recorded_by": by.staff_no, "origin": origin}
        if not ElderlyPeriod.objects.filter(BELIEVED, atena_no=atena_no).exists():
            ElderlyPeriod.objects.create(atena_no=atena_no, valid=DateRange(left[day], None), **common)
        lived = Person.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=day).first()
        if lived is None or Status.objects.filter(BELIEVED, atena_no=atena_no, kind=Status.FORMER_INSURED, valid__contains=day).exists():
            continue
        Status.objects.create(
            atena_no=atena_no, kind=Status.FORMER_INSURED, kind_no=Status.NUMBERS[Status.FORMER_INSURED],
            household_no=lived.household_no, valid=DateRange(day, None), **common,
        )  # fmt: skip


def _to_elderly(periods: Iterable[Period]) -> dict[date, date]:
    """End of each stay that ended by moving to 後期, and the first day there: the day of the event (75歳の誕生日、障害認定日), which
    is the 喪失日 itself or the day before it, as the municipality's setting has it."""
    return {
        p.end: p.lost_event_on or p.end - timedelta(days=1) for p in periods if p.end and p.lost_reason in TO_ELDERLY
    }

"""特定同一世帯所属者 end by themselves when the household is split or, by setting, gets another head (SHI-07)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions.engine import announce
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.settings import office_settings
from kokuho.law.eligibility.households import Membership, former_insured_household
from kokuho.law.eligibility.settings import eligibility_settings


def settle_former_insured(*, by: Actor, on: date, origin: str) -> int:
    """End the statuses that the law no longer gives on the day, on the first day on which it does not. Returns how many.

    All of the city, every night. Inside a transaction of its own.
    """
    by.require("eligibility.batch")
    head_change_ends = eligibility_settings(on, office_settings().law).former_insured_ends_on_head_change
    ended = 0
    with transaction.atomic():
        for status_id, atena_no, household_no, since in _suspects(on, head_change_ends):
            if since >= on:
                continue
            memberships = _memberships(atena_no, household_no)
            row = Status.objects.select_for_update().get(pk=status_id)
            # Counted from the day of the move (75歳の誕生日), the day before the status begins; whoever brought it from another
            # municipality has belonged to this household since it began here.
            counted = since if row.detail.get("entered") else since - timedelta(days=1)
            if former_insured_household(counted, memberships, on, head_change_ends=head_change_ends) == str(household_no):
                continue
            end = _last_day(counted, memberships, household_no, on, head_change_ends)
            valid = DateRange(row.valid.lower, max(end, row.valid.lower + timedelta(days=1)))
            row.correct(recorded_by=by.staff_no, origin=origin, valid=valid)
            announce(by, {atena_no: (f"status:{Status.FORMER_INSURED}", valid.upper, None)}, origin)
            ended += 1
        if ended:
            audit.record(by, function="eligibility.settle_former_insured", operation="update", row_count=ended)
    return ended


def _suspects(on: date, head_change_ends: bool) -> list[tuple[int, int, int, date]]:
    """Statuses in force whose person has left the household, or whose household has another head than when they began."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id, s.atena_no, s.household_no, lower(s.valid) FROM eligibility_status s
              LEFT JOIN people_person p ON p.atena_no = s.atena_no AND p.superseded_at IS NULL AND p.valid @> %(on)s::date
              LEFT JOIN LATERAL (SELECT h.atena_no FROM people_person h WHERE h.household_no = s.household_no AND h.is_head
                        AND h.superseded_at IS NULL AND h.valid @> lower(s.valid) LIMIT 1) was ON true
              LEFT JOIN LATERAL (SELECT h.atena_no FROM people_person h WHERE h.household_no = s.household_no AND h.is_head
                        AND h.resident_state = '1' AND h.superseded_at IS NULL AND h.valid @> %(on)s::date LIMIT 1) now ON true
             WHERE s.kind = %(kind)s AND s.superseded_at IS NULL AND s.valid @> %(on)s::date AND s.household_no IS NOT NULL
               AND (p.atena_no IS NULL OR p.resident_state <> '1' OR p.household_no <> s.household_no
                    {f"OR {_head('was', 'lower(s.valid)')} IS DISTINCT FROM {_head('now', '%(on)s::date')}" if head_change_ends else ""})
             ORDER BY s.id
            """,
            {"on": on, "kind": Status.FORMER_INSURED},
        )
        return list(cursor.fetchall())


def _head(register: str, day: str) -> str:
    """The 世帯主 of ``s`` on a day: the one recognised, else the register's."""
    recognised = f"(SELECT r.atena_no FROM {RECOGNISED} r WHERE r.household_no = s.household_no AND r.valid @> {day})"
    return f"coalesce({recognised}, {register}.atena_no)"


def _memberships(atena_no: int, household_no: int) -> list[Membership]:
    """Where the person lived and under which head, cut wherever either changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH homes AS (SELECT DISTINCT household_no FROM people_person WHERE atena_no = %(person)s AND superseded_at IS NULL),
            recognised AS (SELECT r.* FROM {RECOGNISED} r WHERE r.household_no IN (SELECT household_no FROM homes)),
            heads AS (
                SELECT h.household_no, h.atena_no, unnest(datemultirange(h.valid) - coalesce(
                           (SELECT range_agg(r.valid) FROM recognised r WHERE r.household_no = h.household_no), datemultirange())) AS valid
                  FROM people_person h JOIN homes USING (household_no)
                 WHERE h.is_head AND h.superseded_at IS NULL AND h.resident_state = '1'
                UNION ALL SELECT household_no, atena_no, valid FROM recognised)
            SELECT p.household_no, lower(p.valid * coalesce(h.valid, p.valid)), upper(p.valid * coalesce(h.valid, p.valid)),
                   coalesce(h.atena_no::text, '')
              FROM people_person p
              LEFT JOIN heads h ON h.household_no = p.household_no AND h.valid && p.valid
             WHERE p.atena_no = %(person)s AND p.superseded_at IS NULL AND p.resident_state = '1' ORDER BY 2
            """,
            {"person": atena_no},
        )
        return [Membership(str(no), start, end, head) for no, start, end, head in cursor.fetchall()]


def _last_day(
    moved_on: date, memberships: Sequence[Membership], household_no: int, on: date, head_change_ends: bool
) -> date:
    """The first day on which the person no longer counts in the household."""
    low, high = moved_on + timedelta(days=1), on
    while low < high:
        middle = low + (high - low) // 2
        holds = former_insured_household(moved_on, memberships, middle, head_change_ends=head_change_ends)
        low, high = (middle + timedelta(days=1), high) if holds == str(household_no) else (low, middle)
    return low

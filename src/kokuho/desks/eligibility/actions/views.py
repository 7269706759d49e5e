"""Fixing a month's view for levy or benefits (SHI-22)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, writing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.desks.eligibility.models import MonthView

# A month as the facts say it now: one row a person who is insured on a day of it, heads the household of one, or stays in it
# after moving on to 後期. The household is the one of the last insured day.
STATE = f"""
WITH insured AS (
    SELECT e.atena_no, sum(upper(e.valid * m.span) - lower(e.valid * m.span))::int AS days, max(upper(e.valid * m.span)) - 1 AS day
      FROM eligibility_insuredperiod e CROSS JOIN (SELECT daterange(%(month)s, %(next)s) AS span) m
     WHERE e.superseded_at IS NULL AND e.valid && m.span GROUP BY e.atena_no),
placed AS (
    SELECT i.*, p.household_no, CASE WHEN r.atena_no IS NULL THEN p.is_head ELSE p.atena_no = r.atena_no END AS is_head, p.birth_date
      FROM insured i
      CROSS JOIN LATERAL (SELECT atena_no, household_no, is_head, birth_date FROM people_person p
                           WHERE p.atena_no = i.atena_no AND p.superseded_at IS NULL
                           ORDER BY p.valid @> i.day DESC, lower(p.valid) DESC LIMIT 1) p
      LEFT JOIN {RECOGNISED} r ON r.household_no = p.household_no AND r.valid @> i.day),
beside AS (
    SELECT DISTINCT ON (p.atena_no) p.atena_no, p.household_no,
           p.is_head AND NOT EXISTS (SELECT 1 FROM {RECOGNISED} r WHERE r.household_no = p.household_no
                                       AND r.valid @> (%(next)s::date - 1)) AS is_head, p.birth_date,
           EXISTS (SELECT 1 FROM eligibility_status s WHERE s.atena_no = p.atena_no AND s.superseded_at IS NULL
                      AND s.kind = 'former_insured_same_household' AND s.valid @> %(month)s::date) AS former
      FROM people_person p
     WHERE p.superseded_at IS NULL AND p.resident_state = '1' AND p.valid && daterange(%(month)s, %(next)s)
       AND p.household_no IN (SELECT household_no FROM placed)
       AND NOT EXISTS (SELECT 1 FROM insured i WHERE i.atena_no = p.atena_no)
     ORDER BY p.atena_no, lower(p.valid) DESC),
everybody AS (
    SELECT atena_no, household_no, '1' AS standing, is_head, days, day = %(next)s::date - 1 AS last_day, birth_date FROM placed
    UNION ALL
    SELECT atena_no, household_no, CASE WHEN is_head THEN '2' ELSE '3' END, is_head, 0, false, birth_date FROM beside
     WHERE is_head OR former)
SELECT e.household_no, e.atena_no, e.standing, e.is_head, e.days AS insured_days, e.last_day,
       extract(year FROM age(%(month)s::date, e.birth_date))::int AS age,
       coalesce((SELECT string_agg(DISTINCT s.kind_no::text, ',' ORDER BY s.kind_no::text) FROM eligibility_status s
                  WHERE s.atena_no = e.atena_no AND s.superseded_at IS NULL AND s.valid && daterange(%(month)s, %(next)s)), '') AS statuses
  FROM everybody e
"""


class ViewError(CodedError):
    """The month cannot be fixed. `code` is stable."""


def span(month: date) -> dict[str, Any]:
    """Parameters of `STATE` for a month given by its first day."""
    return {"month": month, "next": (month + timedelta(days=31)).replace(day=1)}


def fix_month(*, by: Actor, on: date, purpose: str, month: date) -> MonthView:
    """Fix a month for a purpose as the facts say it now. What was fixed before stays, so that the difference can be shown.

    Raises `ViewError` MV01 for an unknown purpose, MV02 for a month that has not begun.
    """
    by.require("eligibility.batch")
    if purpose not in dict(MonthView.PURPOSES):
        raise ViewError("MV01", "目的は賦課か給付です。")
    month = month.replace(day=1)
    if month > on:
        raise ViewError("MV02", f"{month:%Y年%m月}はまだ始まっていません。")
    with transaction.atomic(), writing.acting(by, "eligibility.fix_month"), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE month_state ON COMMIT DROP AS {STATE}", span(month))
        cursor.execute("SELECT count(DISTINCT household_no), count(*) FILTER (WHERE standing = '1') FROM month_state")
        households, persons = cursor.fetchone()
        view = MonthView.objects.create(
            purpose=purpose, month=month, fixed_by=by.staff_no, business_date=on, households=households, persons=persons
        )
        cursor.execute(
            """
            INSERT INTO eligibility_monthviewrow (view_id, household_no, atena_no, standing, is_head, insured_days, last_day, age, statuses)
            SELECT %s, household_no, atena_no, standing, is_head, insured_days, last_day, age, statuses FROM month_state
             ORDER BY household_no, atena_no
            """,
            (view.pk,),
        )
        cursor.execute("DROP TABLE month_state")
        audit.record(
            by, function="eligibility.fix_month", operation="run", row_count=persons, detail={"view": view.pk, "month": f"{month:%Y-%m}"}
        )
    return view

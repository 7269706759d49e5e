"""What waits at the desk, counted in one statement: for the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from kokuho.core import territory
from kokuho.core.access import Actor
from kokuho.desks.eligibility.queries.status_list import NEAR_DAYS


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """Changes to decide and those past their day, differences and those nobody took, statuses to renew and those overdue,
    findings of another insurance, 在留期間 that end within `NEAR_DAYS`."""

    candidates: int
    overdue: int
    differences: int
    fresh: int
    reviews: int
    late: int
    findings: int
    residence: int


def work_counts(by: Actor, *, on: date) -> WorkCounts:
    """All counts of the desk."""
    by.require("eligibility.read")
    mine = territory.clause
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.waiting, c.overdue, d.open, d.fresh, s.near, s.late, f.open, r.near
              FROM (SELECT count(*) AS waiting, count(*) FILTER (WHERE due_on < %(on)s) AS overdue
                      FROM eligibility_changecandidate x WHERE state = 'open' AND {mine("x.atena_no")}) c,
                   (SELECT count(*) AS open, count(*) FILTER (WHERE state = 'new') AS fresh
                      FROM eligibility_difference x WHERE state IN ('new', 'known') AND {mine("x.atena_no")}) d,
                   (SELECT count(*) AS near, count(*) FILTER (WHERE review_on < %(on)s) AS late FROM eligibility_status x
                     WHERE {mine("x.atena_no")} AND superseded_at IS NULL AND review_on <= %(soon)s AND valid @> %(on)s::date) s,
                   (SELECT count(*) AS open FROM eligibility_otherinsurancefinding x WHERE state = 'open' AND {mine("x.atena_no")}) f,
                   (SELECT count(DISTINCT p.atena_no) AS near FROM people_person p
                     WHERE p.superseded_at IS NULL AND p.residence_until <= %(soon)s AND p.valid @> %(on)s::date
                       AND p.resident_state = '1' AND {mine("p.atena_no")}
                       AND EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = p.atena_no
                                      AND e.superseded_at IS NULL AND e.valid @> %(on)s::date)) r
            """,
            {"on": on, "soon": on + timedelta(days=NEAR_DAYS)},
        )
        return WorkCounts(*cursor.fetchone())

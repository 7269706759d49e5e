"""区間異動: found in the register's addresses, kept with their day, left to the desks as tasks (SHI-21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.actions import events
from kokuho.desks.people.wards import DISTRICTS, ward_of

# Two rows of one resident that follow each other without a gap, with another 行政区: the person stayed in the municipality.
_FIND = f"""
WITH {DISTRICTS},
moved AS MATERIALIZED (
    SELECT n.atena_no, n.household_no, lower(n.valid) AS moved_on, {ward_of("o")} AS from_ward, {ward_of("n")} AS to_ward, n.is_head
      FROM people_person n
      JOIN people_person o ON o.atena_no = n.atena_no AND o.superseded_at IS NULL AND upper(o.valid) = lower(n.valid)
     WHERE n.superseded_at IS NULL AND n.resident_state = '1' AND o.resident_state = '1' AND o.town <> n.town /*which*/),
wanted AS MATERIALIZED (SELECT * FROM moved WHERE from_ward <> '' AND to_ward <> '' AND from_ward <> to_ward),
gone AS (
    UPDATE people_wardmove m SET superseded_at = now()
     WHERE m.superseded_at IS NULL /*scope*/
       AND NOT EXISTS (SELECT FROM wanted w WHERE (w.atena_no, w.moved_on, w.from_ward, w.to_ward, w.household_no)
                                                = (m.atena_no, m.moved_on, m.from_ward, m.to_ward, m.household_no))
    RETURNING 1)
INSERT INTO people_wardmove (atena_no, household_no, moved_on, from_ward, to_ward, recorded_by, origin)
SELECT w.atena_no, w.household_no, w.moved_on, w.from_ward, w.to_ward, %(by)s, %(origin)s FROM wanted w
 WHERE NOT EXISTS (SELECT FROM people_wardmove m WHERE m.superseded_at IS NULL
                      AND (m.atena_no, m.moved_on, m.from_ward, m.to_ward, m.household_no)
                        = (w.atena_no, w.moved_on, w.from_ward, w.to_ward, w.household_no))
 ORDER BY hashint8(w.atena_no)
RETURNING atena_no, household_no, moved_on
"""


@transaction.atomic
def find(*, by: Actor, on: date, origin: str, atena_nos: Sequence[int] | None = None) -> int:
    """Bring the moves between 行政区 to what the register says: of these persons, or of everybody. New ones leave one task a
    household and day to the desks; what a correction of the register took back is no longer believed. Returns how many are new.
    """
    by.require("exchange.receive" if atena_nos is not None else "person.work")
    some = atena_nos is not None
    statement = _FIND.replace("/*which*/", "AND n.atena_no = ANY(%(who)s)" if some else "")
    statement = statement.replace("/*scope*/", "AND m.atena_no = ANY(%(who)s)" if some else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"on": on, "by": by.staff_no, "origin": origin, "who": list(atena_nos or ())})
        found = cursor.fetchall()
    households: dict[tuple[int, date], int] = {}
    for atena_no, household_no, moved_on in sorted(found):
        households.setdefault((household_no, moved_on), atena_no)
    for (_, moved_on), atena_no in households.items():
        events.happened(by=by, atena_no=atena_no, kind="ward", on=moved_on, origin=origin)
    audit.record(
        by, function="people.ward_moves", operation="update", persons=[row[0] for row in found], row_count=len(found),
        detail={"on": on.isoformat(), "origin": origin},
    )  # fmt: skip
    return len(found)

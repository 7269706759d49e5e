"""To whom the papers of a run go: the 世帯主, or the person alone where protection, an own 送付先 or the law wants it (DV-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kokuho.documents.decision_facts import Target

# `guarded` and `redirect` are among the sets of `destinations.sets`; whoever lives with a protected person is pulled.
_ADDRESSED = """
WITH {sets},
chosen AS MATERIALIZED ({chosen}),
shielded AS MATERIALIZED (
    SELECT DISTINCT p.household_no FROM people_person p JOIN guarded g ON g.atena_no = p.atena_no
     WHERE p.superseded_at IS NULL AND p.valid @> %(on)s AND p.household_no IN (SELECT household_no FROM chosen)),
addressed AS MATERIALIZED (
    SELECT DISTINCT ON (c.id) c.id, c.household_no,
           CASE WHEN {own} OR c.atena_no IN (SELECT atena_no FROM guarded) OR h.atena_no IS NULL THEN c.atena_no
                ELSE coalesce(k.atena_no, h.atena_no) END AS to_no
      FROM chosen c
      LEFT JOIN people_person h ON h.household_no = c.household_no AND h.is_head AND h.superseded_at IS NULL
           AND h.valid @> %(on)s AND h.resident_state = '1'
      LEFT JOIN {recognised} k ON k.household_no = c.household_no AND k.valid @> %(on)s
     ORDER BY c.id)
SELECT c.id, c.id, c.to_no, c.household_no IN (SELECT household_no FROM shielded), {columns}
  FROM addressed c {joins}
 ORDER BY c.id
"""


def targets(chosen: str, own: str, on: date, given: Mapping[str, Any]) -> Iterator[Target]:
    """The papers in the order of their numbers, each with its addressee and place on a day.

    `chosen` selects them: at least id, household_no and atena_no, with the values of `given`. `own` is the condition on ``c``, one
    of them, under which it goes to the person and not to the 世帯主; a protected person's own always does.
    """
    from django.db import connection

    from kokuho.desks.eligibility.heads import RECOGNISED
    from kokuho.desks.people import destinations

    statement = _ADDRESSED.format(
        chosen=chosen, own=own, sets=destinations.sets(destinations.ELIGIBILITY), columns=destinations.columns(),
        joins=destinations.joins("c.to_no"), recognised=RECOGNISED,
    )  # fmt: skip
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, {**given, "on": on})
        while rows := cursor.fetchmany(2000):
            for number, code, to_no, shielded, *place in rows:
                yield Target(number, code, to_no, shielded, destinations.Destination._make(place))

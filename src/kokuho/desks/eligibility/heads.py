"""Who is 世帯主 for national health insurance: the head in the register, or the insured person recognised instead of a head who
is not insured (国保世帯主, 施行規則第10条の2・保発第291号).

The recognition puts the recognised person in the place of the 擬制世帯主 in everything the law says of the 世帯主: 納付義務, notices,
軽減判定, 負担割合, 限度額区分. It holds while both live in the household, the one insured and the other still its head and not
insured; what the office recorded beyond that has no effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

# Django is imported where it is used: workers that calculate read this module without it.
# One row a household and span of days: `household_no`, `atena_no`, `valid`. To be joined like a table.
RECOGNISED = """
(SELECT k.household_no, k.atena_no,
        unnest(datemultirange(k.valid * p.valid * e.valid * n.valid)
               - coalesce((SELECT range_agg(x.valid) FROM eligibility_insuredperiod x
                            WHERE x.atena_no = k.nominal_head_no AND x.superseded_at IS NULL), datemultirange())) AS valid
   FROM eligibility_insurancehead k
   JOIN people_person p ON p.atena_no = k.atena_no AND p.household_no = k.household_no AND p.superseded_at IS NULL
        AND p.resident_state = '1' AND p.valid && k.valid
   JOIN eligibility_insuredperiod e ON e.atena_no = k.atena_no AND e.superseded_at IS NULL AND e.valid && k.valid
   JOIN people_person n ON n.atena_no = k.nominal_head_no AND n.household_no = k.household_no AND n.superseded_at IS NULL
        AND n.is_head AND n.resident_state = '1' AND n.valid && k.valid
  WHERE k.superseded_at IS NULL)
"""


def heads(households: Sequence[int], on: date) -> dict[int, int]:
    """宛名番号 of the 世帯主 of each of these households on a day; households without one are left out."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT ON (h.household_no) h.household_no, coalesce(r.atena_no, h.atena_no) FROM people_person h
              LEFT JOIN {RECOGNISED} r ON r.household_no = h.household_no AND r.valid @> %(on)s::date
             WHERE h.household_no = ANY(%(households)s) AND h.is_head AND h.superseded_at IS NULL AND h.resident_state = '1'
               AND h.valid @> %(on)s::date ORDER BY h.household_no, h.atena_no
            """,
            {"on": on, "households": list(households)},
        )
        return dict(cursor.fetchall())


def recognised(household_no: int, on: date) -> int | None:
    """宛名番号 of the 国保世帯主 recognised instead of the register's head on a day, None where there is none."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.atena_no FROM {RECOGNISED} r WHERE r.household_no = %s AND r.valid @> %s::date", [household_no, on]
        )
        row = cursor.fetchone()
    return row[0] if row else None

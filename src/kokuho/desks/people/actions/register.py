"""What the resident register says, taken in as a whole (全件). Daily changes are in `actions/changes.py`.

The caller (a door) has staged the file: a temporary table whose columns are `COLUMNS`. The register is the master of these
facts: they replace what was believed at once (ATENA-01); what follows for eligibility is proposed to staff, not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.models import Protection

# Staged column -> type. Dates that the file leaves partly unknown are resolved by the door.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("record", "int"), ("atena_no", "bigint"), ("household_no", "bigint"), ("resident_kind", "text"),
    ("resident_state", "text"), ("name", "text"), ("name_kana", "text"), ("former_family_name", "text"), ("former_family_kana", "text"),
    ("alias_name", "text"), ("alias_kana", "text"), ("roman_name", "text"), ("search_name", "text"), ("search_kana", "text"),
    ("search_other", "text"), ("search_place", "text"),
    ("birth_date", "date"), ("birth_date_as_given", "text"), ("sex", "text"), ("relation", "text"), ("postal_code", "text"),
    ("town", "text"), ("block", "text"), ("building", "text"), ("resident_since", "date"), ("resident_reason", "text"),
    ("address_since", "date"), ("left_on", "date"), ("previous_address", "text"), ("moved_to_address", "text"),
    ("nationality", "text"), ("residence_status", "text"), ("residence_until", "date"), ("nhi_state", "text"),
    ("nhi_acquired_on", "date"), ("nhi_lost_on", "date"), ("nhi_lost_reason", "text"), ("elderly_acquired_on", "date"),
    ("protection", "text"), ("protected_from", "date"), ("protected_until", "date"),
)  # fmt: skip
CHANGE_COLUMNS = (("sequence", "bigint"), ("event", "text"), ("event_date", "date"), ("notified_on", "date"), *COLUMNS)

# The columns of a person that come straight from the register.
PERSON = [
    "household_no", "resident_kind", "resident_state", "name", "name_kana", "former_family_name", "former_family_kana",
    "alias_name", "alias_kana", "roman_name", "search_name", "search_kana", "search_other", "search_place", "birth_date",
    "birth_date_as_given", "sex", "relation", "postal_code", "town", "block", "building", "resident_since",
    "resident_reason", "address_since", "left_on", "previous_address", "moved_to_address", "nationality", "residence_status",
    "residence_until",
]  # fmt: skip
HEAD_RELATION = "02"
RESIDENT = "1"


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A record that could not be applied: where, about whom, a stable code and what to do."""

    record: int
    atena_no: int | None
    code: str
    message: str


def apply_full_load(
    *, by: Actor, on: date, origin: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Take in the register as a whole, as of a day. New persons are added, changed ones change from that day.

    Runs inside the door's transaction. Returns counts (`added`, `changed`, `unchanged`, `protected`) and the records that
    staff must look at.
    """
    by.require("exchange.receive")
    with connection.cursor() as cursor:
        added = _add_new(cursor, staged, by.staff_no, origin)
        _find_changed(cursor, staged, origin)
        changed = _replace_from(cursor, "changed", f"'{on.isoformat()}'::date", by.staff_no, origin)
        protected = protect(cursor, staged, by.staff_no, origin)
        problems = _household_problems(cursor, staged)
        cursor.execute(f"SELECT count(*) FROM {staged}")
        total = cursor.fetchone()[0]
    audit.record(
        by,
        function="people.full_load",
        operation="update",
        row_count=total,
        detail={"origin": origin, "on": on.isoformat()},
    )
    counts = {"added": added, "changed": changed, "unchanged": total - added - changed, "protected": protected}
    return counts, problems


def _add_new(cursor: Any, staged: str, staff_no: str, origin: str) -> int:
    """The persons who are not known yet. Someone who has left was a resident before: the former life is kept as its own period,
    both parts in one statement, so that both look at the persons as they were before it.

    Rows go in by hash: a GiST index that is fed in ascending order degenerates (measured: 1.8 ms a row at 300,000 persons
    against 0.05 ms).
    """
    columns = ", ".join(PERSON)
    values = ", ".join(f"s.{column}" for column in PERSON)
    lived = values.replace("s.resident_state", "'1'").replace("s.left_on", "NULL::date")
    lived = lived.replace("s.moved_to_address", "''")
    cursor.execute(
        f"""
        WITH fresh AS MATERIALIZED (
            SELECT s.* FROM {staged} s
             WHERE NOT EXISTS (SELECT 1 FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL)
             ORDER BY hashint8(s.atena_no))
        INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {columns})
        SELECT s.atena_no, CASE WHEN s.resident_state = '1' THEN daterange(s.address_since, NULL)
                                ELSE daterange(s.left_on, NULL) END,
               s.relation = '{HEAD_RELATION}', %(by)s, %(origin)s, {values} FROM fresh s
        UNION ALL
        SELECT s.atena_no, daterange(s.address_since, s.left_on), s.relation = '{HEAD_RELATION}', %(by)s, %(origin)s, {lived}
          FROM fresh s WHERE s.resident_state <> '1' AND s.address_since < s.left_on
        """,
        {"by": staff_no, "origin": origin},
    )
    cursor.execute(
        f"SELECT count(*) FROM {staged} s JOIN people_person p ON p.atena_no = s.atena_no AND p.superseded_at IS NULL"
        " WHERE p.origin = %s AND upper_inf(p.valid)",
        (origin,),
    )
    return int(cursor.fetchone()[0])


def _find_changed(cursor: Any, staged: str, origin: str) -> None:
    """The temporary table `changed`: the records that say something else than what is believed, with the person's row and its first day."""
    values = ", ".join(f"s.{column}" for column in PERSON)
    # The name columns are NOT NULL text: an absent value is an empty string.
    differs = f"({', '.join('p.' + c for c in PERSON)}) IS DISTINCT FROM ({values})"
    cursor.execute("DROP TABLE IF EXISTS changed")
    cursor.execute(
        f"""
        CREATE TEMP TABLE changed ON COMMIT DROP AS
        SELECT s.*, p.id AS person_id, lower(p.valid) AS since FROM {staged} s
          JOIN people_person p ON p.atena_no = s.atena_no AND p.superseded_at IS NULL AND p.origin <> %(origin)s
           AND upper_inf(p.valid)
         WHERE {differs}
        """,
        {"origin": origin},
    )


def _replace_from(cursor: Any, table: str, start: str, staff_no: str, origin: str) -> int:
    """Let the rows of `table` (person_id, since, new values) hold from a day: close the old belief, keep its earlier part."""
    columns = ", ".join(PERSON)
    copied = ", ".join(f"p.{column}" for column in PERSON)
    values = ", ".join(f"s.{column}" for column in PERSON)
    parameters = {"by": staff_no, "origin": origin}
    cursor.execute(
        f"UPDATE people_person p SET superseded_at = now() FROM {table} s WHERE p.id = s.person_id AND p.superseded_at IS NULL"
    )
    count = cursor.rowcount
    cursor.execute(
        f"""
        INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {columns})
        SELECT p.atena_no, daterange(lower(p.valid), {start}), p.is_head, %(by)s, %(origin)s, {copied}
          FROM {table} s JOIN people_person p ON p.id = s.person_id WHERE lower(p.valid) < {start}
        """,
        parameters,
    )
    cursor.execute(
        f"""
        INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {columns})
        SELECT s.atena_no, daterange(greatest({start}, s.since), NULL), s.relation = '{HEAD_RELATION}', %(by)s, %(origin)s, {values}
          FROM {table} s
        """,
        parameters,
    )
    return int(count)


def protect(cursor: Any, staged: str, staff_no: str, origin: str) -> int:
    """支援措置 of the register holds at once. It is never lifted or shortened here: only two persons do that (DV-01).

    What the register's files told before follows their newest dates. What staff have registered keeps its kind and its office, and gives
    way only to a protection that reaches further.
    """
    parameters = {"by": staff_no, "origin": origin, "register": Protection.REGISTER, "file": origin.startswith("file:")}
    cursor.execute(
        f"""
        UPDATE people_protection p SET superseded_at = now() FROM {staged} s
         WHERE s.protection = '1' AND p.atena_no = s.atena_no AND p.superseded_at IS NULL
           AND p.valid && daterange(s.protected_from, NULL)
           AND (s.protected_from < lower(p.valid)
             OR CASE WHEN %(file)s AND p.origin LIKE 'file:%%' THEN s.protected_until <> p.until ELSE s.protected_until > p.until END)
        """,
        parameters,
    )
    cursor.execute(
        f"""
        INSERT INTO people_protection (atena_no, valid, until, kind, main_no, office, recorded_by, origin)
        SELECT s.atena_no, daterange(greatest(least(s.protected_from, o.since), b.ended), NULL),
               CASE WHEN %(file)s AND o.told THEN s.protected_until ELSE greatest(s.protected_until, o.until) END,
               coalesce(o.kind, %(register)s), o.main_no, coalesce(o.office, ''), %(by)s, %(origin)s
          FROM {staged} s
          CROSS JOIN LATERAL (
               SELECT min(lower(p.valid)) AS since, max(p.until) AS until, max(p.kind) AS kind, max(p.main_no) AS main_no,
                      max(p.office) AS office, bool_and(p.origin LIKE 'file:%%') AS told
                 FROM people_protection p WHERE p.atena_no = s.atena_no AND p.superseded_at = now()) o
          CROSS JOIN LATERAL (
               SELECT max(upper(p.valid)) AS ended, bool_or(upper_inf(p.valid)) AS open,
                      bool_or(p.valid && daterange(s.protected_from, NULL)) AS held
                 FROM people_protection p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL) b
         WHERE s.protection = '1' AND b.open IS NOT TRUE AND (o.since IS NOT NULL OR b.held IS NOT TRUE)
        """,
        parameters,
    )
    return int(cursor.rowcount)


def _household_problems(cursor: Any, staged: str) -> list[Unapplied]:
    cursor.execute(
        f"""
        SELECT min(record), household_no, count(*) FILTER (WHERE relation = '{HEAD_RELATION}') AS heads, min(atena_no)
          FROM {staged} WHERE resident_state = '1' GROUP BY household_no
        HAVING count(*) FILTER (WHERE relation = '{HEAD_RELATION}') <> 1 ORDER BY 1
        """
    )
    return [
        Unapplied(
            record, atena_no, "J12",
            f"世帯番号 {household_no} の世帯主が{heads}人です。納付義務者が決まりません。住民記録の担当に確かめてください。",
        )
        for record, household_no, heads, atena_no in cursor.fetchall()
    ]  # fmt: skip


def persons_of(staged: str) -> list[int]:
    """宛名番号 of everybody in a staged file."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT atena_no FROM {staged}")
        return [row[0] for row in cursor.fetchall()]


def rows_of(staged: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The staged rows in file order, as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {staged} ORDER BY record")
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

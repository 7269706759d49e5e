"""記号番号 of households and 枝番 of persons: given in order, never given to another, kept with their history (SHI-09, SHI-10).

Everything is set-based: for the opening of a city (`persons` None) and for the persons of one notice alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError

from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.settings import LOCAL, OfficeSettings

_LOCK = 718_001  # one giver of numbers at a time, for the length of a transaction
_DIGITS = 8

# Which household a person belongs to, by the register; the earliest row known reaches back, because the register says nothing
# about the time before it.
_LIFE = """
    life AS (
        SELECT p.atena_no, p.household_no, p.is_head, p.birth_date,
               daterange(CASE WHEN row_number() OVER (PARTITION BY p.atena_no ORDER BY lower(p.valid)) > 1 THEN lower(p.valid) END,
                         upper(p.valid)) AS valid
          FROM people_person p WHERE p.superseded_at IS NULL {of_persons})
"""


class NumberError(CodedError):
    """A number cannot be given; nothing was changed."""


def number_households(cursor: Any, settings: OfficeSettings, *, by: Actor, origin: str, persons: Sequence[int] | None = None) -> int:
    """Give every household with an insured person that has none a 記号番号, in the order of household numbers, from the first
    insured day. A number that begins too late for a retroactive acquisition is made to begin earlier. Returns how many are new."""
    scope, values = _scope("p", persons)
    parameters: dict[str, Any] = {"by": by.staff_no, "origin": origin, "symbol": settings.symbol, **values}
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor.execute("DROP TABLE IF EXISTS needing")
    cursor.execute(
        f"""
        CREATE TEMP TABLE needing ON COMMIT DROP AS
        WITH {_LIFE.format(of_persons=scope)}
        SELECT l.household_no, min(lower(e.valid * l.valid)) AS since FROM eligibility_insuredperiod e
          JOIN life l ON l.atena_no = e.atena_no AND l.valid && e.valid
         WHERE e.superseded_at IS NULL GROUP BY l.household_no
        """,
        parameters,
    )
    cursor.execute(
        """
        WITH late AS (
            SELECT n.id, h.since FROM needing h
              JOIN eligibility_insurednumber n ON n.household_no = h.household_no AND n.superseded_at IS NULL
             WHERE h.since < lower(n.valid)
               AND NOT EXISTS (SELECT 1 FROM eligibility_insurednumber o WHERE o.household_no = h.household_no
                                  AND o.superseded_at IS NULL AND lower(o.valid) < lower(n.valid)))
        UPDATE eligibility_insurednumber n SET superseded_at = now() FROM late WHERE late.id = n.id
        RETURNING n.household_no, n.symbol, n.number, upper(n.valid), late.since
        """
    )
    for household_no, symbol, number, until, since in cursor.fetchall():
        cursor.execute(
            """
            INSERT INTO eligibility_insurednumber (household_no, symbol, number, valid, recorded_by, origin)
            VALUES (%s, %s, %s, daterange(%s, %s), %s, %s)
            """,
            (household_no, symbol, number, since, until, by.staff_no, origin),
        )
    parameters["last"] = _last_number(cursor)
    cursor.execute(
        f"""
        INSERT INTO eligibility_insurednumber (household_no, symbol, number, valid, recorded_by, origin)
        SELECT h.household_no, %(symbol)s, lpad((%(last)s + row_number() OVER (ORDER BY h.household_no))::text, {_DIGITS}, '0'),
               daterange(h.since, NULL), %(by)s, %(origin)s
          FROM needing h
         WHERE NOT EXISTS (SELECT 1 FROM eligibility_insurednumber n
                            WHERE n.household_no = h.household_no AND n.superseded_at IS NULL)
         ORDER BY hashint8(h.household_no)
        """,
        parameters,
    )
    return int(cursor.rowcount)


def renumber(cursor: Any, settings: OfficeSettings, household_no: int, day: date, *, by: Actor, origin: str) -> bool:
    """Give a household a new 記号番号 from a day; the old one ends there and stays in the history. False when it has none."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor.execute(
        """
        UPDATE eligibility_insurednumber SET superseded_at = now()
         WHERE household_no = %s AND superseded_at IS NULL AND valid @> %s::date
        RETURNING symbol, number, lower(valid), upper(valid)
        """,
        (household_no, day),
    )
    held = cursor.fetchone()
    if held is None:
        return False
    symbol, number, since, until = held
    fresh = str(_last_number(cursor) + 1).zfill(_DIGITS)
    rows = [(symbol, number, since, day)] if since < day else []
    for of_symbol, of_number, first, end in [*rows, (settings.symbol, fresh, day, until)]:
        cursor.execute(
            """
            INSERT INTO eligibility_insurednumber (household_no, symbol, number, valid, recorded_by, origin)
            VALUES (%s, %s, %s, daterange(%s, %s), %s, %s)
            """,
            (household_no, of_symbol, of_number, first, end, by.staff_no, origin),
        )
    return True


def settle_branches(
    cursor: Any, settings: OfficeSettings, *, by: Actor, origin: str, persons: Sequence[int] | None = None
) -> int:
    """Let every insured day of these persons stand under the 記号番号 of the household of that day, with their 枝番.

    Heads come first, then the elder. Raises `NumberError` E20 when 99 are used. Returns how many rows are new.
    """
    scope, values = _scope("p", persons)
    own, _ = _scope("e", persons)
    cursor.execute("DROP TABLE IF EXISTS wanted")
    cursor.execute(
        f"""
        CREATE TEMP TABLE wanted ON COMMIT DROP AS
        WITH {_LIFE.format(of_persons=scope)}
        SELECT e.atena_no, l.household_no, n.symbol, n.number, unnest(range_agg(e.valid * l.valid * n.valid)) AS valid,
               bool_or(l.is_head) AS is_head, min(l.birth_date) AS birth_date
          FROM eligibility_insuredperiod e
          JOIN life l ON l.atena_no = e.atena_no AND l.valid && e.valid
          JOIN eligibility_insurednumber n ON n.household_no = l.household_no AND n.superseded_at IS NULL
                                          AND n.valid && (e.valid * l.valid)
         WHERE e.superseded_at IS NULL {own} GROUP BY e.atena_no, l.household_no, n.symbol, n.number
        """,
        values,
    )
    cursor.execute("ANALYZE wanted")
    if settings.branch_numbering == LOCAL:
        _give(cursor, origin)
    cursor.execute(
        f"""
        UPDATE eligibility_insuredbranch b SET superseded_at = now()
         WHERE b.superseded_at IS NULL {own.replace("e.", "b.")} AND NOT EXISTS (
            SELECT 1 FROM wanted w LEFT JOIN eligibility_branchgiven g USING (symbol, number, atena_no)
             WHERE (w.atena_no, w.household_no, w.symbol, w.number, coalesce(g.branch, ''), w.valid)
                 = (b.atena_no, b.household_no, b.symbol, b.number, b.branch, b.valid))
        """,
        values,
    )
    # Said of the same persons again: else the database may go through every branch of the city for each of them.
    cursor.execute(
        f"""
        INSERT INTO eligibility_insuredbranch (atena_no, household_no, symbol, number, branch, valid, recorded_by, origin)
        SELECT w.atena_no, w.household_no, w.symbol, w.number, coalesce(g.branch, ''), w.valid, %(by)s, %(origin)s
          FROM wanted w LEFT JOIN eligibility_branchgiven g USING (symbol, number, atena_no)
         WHERE NOT EXISTS (SELECT 1 FROM eligibility_insuredbranch b WHERE b.superseded_at IS NULL {own.replace("e.", "b.")}
            AND (w.atena_no, w.household_no, w.symbol, w.number, coalesce(g.branch, ''), w.valid)
              = (b.atena_no, b.household_no, b.symbol, b.number, b.branch, b.valid))
         ORDER BY hashint8(w.atena_no)
        """,
        {"by": by.staff_no, "origin": origin, **values},
    )
    return int(cursor.rowcount)


def record_branch(cursor: Any, *, symbol: str, number: str, atena_no: int, branch: str, origin: str) -> None:
    """Write down the 枝番 that the federation's side has given. Raises `NumberError` E21 when it contradicts one given before."""
    cursor.execute(
        "INSERT INTO eligibility_branchgiven (symbol, number, branch, atena_no, origin) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (symbol, number, branch, atena_no, origin),
    )
    cursor.execute(
        "SELECT count(*) FROM eligibility_branchgiven WHERE (symbol, number, branch, atena_no) = (%s, %s, %s, %s)",
        (symbol, number, branch, atena_no),
    )
    if cursor.fetchone()[0] == 0:
        raise NumberError("E21", f"枝番 {branch} は、同じ記号番号（{number}）で前に付けた枝番と合いません。付番元に確かめてください。")


def _give(cursor: Any, origin: str) -> None:
    try:
        cursor.execute(
            """
            INSERT INTO eligibility_branchgiven (symbol, number, branch, atena_no, origin)
            SELECT w.symbol, w.number,
                   to_char(coalesce(m.highest, 0) + row_number() OVER (PARTITION BY w.symbol, w.number
                                                                     ORDER BY w.is_head DESC, w.birth_date, w.atena_no), 'FM00'),
                   w.atena_no, %s
              FROM (SELECT symbol, number, atena_no, bool_or(is_head) AS is_head, min(birth_date) AS birth_date
                      FROM wanted GROUP BY symbol, number, atena_no) w
              LEFT JOIN (SELECT g.symbol, g.number, max(g.branch::int) AS highest FROM eligibility_branchgiven g
                          JOIN (SELECT DISTINCT symbol, number FROM wanted) d USING (symbol, number)
                          GROUP BY g.symbol, g.number) m USING (symbol, number)
             WHERE NOT EXISTS (SELECT 1 FROM eligibility_branchgiven g
                                WHERE (g.symbol, g.number, g.atena_no) = (w.symbol, w.number, w.atena_no))
            """,
            (origin,),
        )
    except IntegrityError as error:
        raise NumberError(
            "E20", "枝番が99まで使われています。世帯に新しい記号番号を付けてから、もう一度処理してください。"
        ) from error


def _last_number(cursor: Any) -> int:
    """The highest number ever given, also one whose row was corrected away: a number is not given twice."""
    cursor.execute(
        "SELECT number FROM eligibility_insurednumber WHERE number ~ %s ORDER BY number DESC LIMIT 1", (rf"^[0-9]{{{_DIGITS}}}$",)
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _scope(alias: str, persons: Sequence[int] | None) -> tuple[str, dict[str, Any]]:
    if persons is None:
        return "", {}
    return f"AND {alias}.atena_no = ANY(%(persons)s)", {"persons": list(persons)}

"""Bulk data: COPY into temporary tables, so that a city-sized file becomes a few set-based statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

# In COPY's text form only these need care; decoded values hold no control characters, addresses may hold a backslash.
_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


# Rows beyond which statements over a staged table are planned as bulk work.
LARGE = 20_000


def text_line(values: Sequence[Any]) -> str:
    """One row in COPY's text form; None is NULL."""
    return "\t".join(["\\N" if value is None else str(value).translate(_ESCAPE) for value in values]) + "\n"


def stage(name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> int:
    """Make a temporary table (dropped at the end of the transaction) and fill it. Returns the number of rows."""
    definition = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in columns)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(name), definition))
        count = copy_rows(name, [c for c, _ in columns], rows, cursor)
        if count > LARGE:
            # Tables that this transaction fills have no statistics yet; a nested loop over them would not end.
            cursor.execute("SET LOCAL enable_nestloop = off")
        return count


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], cursor: Any) -> int:
    """COPY rows into a table in blocks of some hundred kilobytes."""
    names = sql.SQL(", ").join(sql.Identifier(c) for c in columns)
    count, block, size = 0, [], 0
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in rows:
            line = text_line(row)
            block.append(line)
            size += len(line)
            count += 1
            if size > 400_000:
                copy.write("".join(block))
                block, size = [], 0
        copy.write("".join(block))
    return count


def content_hash(table: str, columns: Sequence[str], run_id: int) -> str:
    """SHA-256 over the rows of a run as they stand in its table now, whatever their order: what an approval is bound to."""
    names = sql.SQL(", ").join(sql.Identifier(c) for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "SELECT encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY h), ''::bytea)), 'hex') "
                "FROM (SELECT sha256(convert_to(ROW({})::text, 'UTF8')) FROM {} WHERE run_id = %s) rows(h)"
            ).format(names, sql.Identifier(table)),
            [run_id],
        )
        return str(cursor.fetchone()[0])


def analyze(table: str) -> None:
    """Statistics of a temporary table, without which the planner guesses."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))

"""Keeping erasures erased: a sealed journal outside the database, from which a restore repeats what an older backup lacks.

A journal names 宛名番号, households or days, and years only. It stays as long as a backup from before the erasure may be restored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from kokuho.core import config, sealing
from kokuho.core.access import Actor
from kokuho.core.retention import eraser

SUFFIX = ".erasure"


def path_of(order: int) -> Path:
    """Where the journal of an order lies."""
    return config.folder("erasures") / f"{order:08d}{SUFFIX}"


def write(order: int, facts: dict[str, Any], lines: Iterable[tuple[int, int]]) -> None:
    """Write the journal of an order anew: `facts` about it, and its lines (宛名番号, 年度)."""
    writer = sealing.SealedWriter(path_of(order))
    try:
        writer.write(json.dumps({"order": order, **facts, "lines": [list(line) for line in lines]}, ensure_ascii=False).encode())
    except BaseException:
        writer.discard()
        raise
    writer.commit()


def drop(order: int) -> None:
    """Forget the journal of an order that erased nothing."""
    path_of(order).unlink(missing_ok=True)


def journals(since: datetime) -> list[dict[str, Any]]:
    """The journals of erasures after a moment, oldest first."""
    found = []
    for path in sorted(config.folder("erasures").glob(f"*{SUFFIX}")):
        journal = json.loads(b"".join(sealing.unsealed(path)))
        if datetime.fromisoformat(journal["erased_at"]) > since:
            found.append(journal)
    return found


def _places(connection: psycopg.Connection, table: str, match: str, atena_nos: list[int], years: list[int]) -> list[str]:
    """Where the rows of a table lie that belong to these lines."""
    statement = sql.SQL("SELECT t.ctid::text FROM {} t JOIN unnest(%s::bigint[], %s::int[]) l(atena_no, fiscal_year) ON {}").format(
        sql.Identifier(*table.split(".")), sql.SQL(match)  # type: ignore[arg-type]
    )
    return [place for (place,) in connection.execute(statement, (atena_nos, years))]


def apply(connection: psycopg.Connection, *, since: str, by: Actor, home: Path | None = None) -> int:
    """Erase again, in a restored database and its files, what was erased after `since` (ISO moment). As the owner, in the
    caller's transaction, which is committed here. Returns the rows erased."""
    erased = 0
    eraser.install(connection)
    for journal in journals(datetime.fromisoformat(since)):
        counts: dict[str, int] = {}
        atena_nos = [line[0] for line in journal["lines"]]
        years = [line[1] for line in journal["lines"]]
        told = connection.execute(
            "SELECT relation, match FROM keep.target WHERE category = %s AND to_regclass(relation) IS NOT NULL ORDER BY seq",
            (journal["category"],),
        ).fetchall()
        # As at the erasure itself: every row is found before the first goes.
        picked = [(table, _places(connection, table, match, atena_nos, years)) for table, match in told]
        for table, places in picked:
            statement = sql.SQL("DELETE FROM {} WHERE ctid = ANY(%s::tid[])").format(sql.Identifier(*table.split(".")))
            counts[table] = counts.get(table, 0) + connection.execute(statement, (places,)).rowcount
        for name in journal["files"]:
            if home is not None:
                (home / name).unlink(missing_ok=True)
        connection.execute(
            """
            INSERT INTO core_erasurerecord (order_no, step, category, subjects, counts, files, content_hash, approval_id,
                                            entered_by, approved_by, operated_by, "left")
            VALUES (%s, 'again', %s, %s, %s, %s, %s, %s, %s, %s, %s, '{}')
            """,
            (
                journal["order"], journal["category"], len(atena_nos), Jsonb(counts), len(journal["files"]),
                journal["content_hash"], journal["approval"], journal["entered_by"], journal["approved_by"], by.staff_no,
            ),
        )  # fmt: skip
        erased += sum(counts.values())
    connection.commit()
    return erased

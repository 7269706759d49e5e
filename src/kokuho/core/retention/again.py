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


def apply(connection: psycopg.Connection, *, since: str, by: Actor, home: Path | None = None) -> int:
    """Erase again, in a restored database and its files, what was erased after `since` (ISO moment). As the owner, in the
    caller's transaction, which is committed here. Returns the rows erased."""
    erased = 0
    eraser.install(connection)
    for journal in journals(datetime.fromisoformat(since)):
        counts: dict[str, int] = {}
        atena_nos = [line[0] for line in journal["lines"]]
        years = [line[1] for line in journal["lines"]]
        for table, match in connection.execute(
            "SELECT relation, match FROM keep.target WHERE category = %s AND to_regclass(relation) IS NOT NULL ORDER BY seq",
            (journal["category"],),
        ).fetchall():
            statement = sql.SQL(
                "DELETE FROM {} t USING unnest(%s::bigint[], %s::int[]) l(atena_no, fiscal_year) WHERE {}"
            ).format(sql.Identifier(*table.split(".")), sql.SQL(match))  # type: ignore[arg-type]
            counts[table] = connection.execute(statement, (atena_nos, years)).rowcount
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

"""The database's side of erasure: a closed schema whose functions alone can delete issued acts (`eraser.sql`).

`install` runs as the owner at every preparation of the database; which tables belong to a category is written into a table
of the owner from `retention.yaml`, so the application cannot name a table to delete from.
"""

from __future__ import annotations

from importlib.resources import files

import psycopg

from kokuho.core.retention import targets
from kokuho.core.retention.rules import categories


def install(connection: psycopg.Connection) -> None:
    """Make or renew the schema `keep` and its list of tables (idempotent, in the caller's transaction)."""
    script = files("kokuho.core.retention").joinpath("eraser.sql").read_text("utf-8")
    connection.execute(script)  # type: ignore[arg-type]
    connection.execute("DELETE FROM keep.target")
    told = targets.statements(connection, categories())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO keep.target (category, seq, relation, match, direct, subject, day) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(s.category, number, s.relation, s.match, s.direct, s.subject, s.day) for number, s in enumerate(told, start=1)],
        )

"""What a database holds, in figures that two databases can be compared by without showing anybody's data."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql

# The text of a value must not depend on who asks.
_AS_TEXT = (
    "SET LOCAL timezone = 'UTC'", "SET LOCAL datestyle = 'ISO, YMD'", "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL extra_float_digits = 1", "SET LOCAL bytea_output = 'hex'",
)  # fmt: skip
RECORD = "core_auditrecord"


def measure(connection: psycopg.Connection) -> dict[str, Any]:
    """Rows and content checksum of every table, ledger sums in yen, digest of the operation record.

    Runs inside the caller's transaction, so that a snapshot can be measured. The checksum of a table is the sum of a
    64-bit hash of each row: independent of the order of rows. The operation record gets a SHA-256 over its rows in order.
    """
    for setting in _AS_TEXT:
        connection.execute(setting)
    tables = connection.execute(
        """
        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1, 2
        """
    ).fetchall()
    counted: dict[str, list[Any]] = {}
    for schema, table in tables:
        row = connection.execute(
            sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t").format(
                sql.Identifier(schema, table)
            )
        ).fetchone()
        assert row is not None
        counted[f"{schema}.{table}"] = [row[0], row[1]]
    return {"tables": counted, "ledger": _ledger(connection), "record": _record(connection)}


def _ledger(connection: psycopg.Connection) -> dict[str, list[int]]:
    """Of every double-entry table (debit, credit, amount): account → rows, debit yen, credit yen."""
    books = connection.execute(
        """
        SELECT table_schema, table_name FROM information_schema.columns
         WHERE column_name IN ('debit', 'credit', 'amount') AND table_schema = 'public'
         GROUP BY 1, 2 HAVING count(*) = 3 ORDER BY 1, 2
        """
    ).fetchall()
    sums: dict[str, list[int]] = {}
    for schema, table in books:
        name = sql.Identifier(schema, table)
        query = sql.SQL(
            """
            SELECT account, count(*), sum(d)::bigint, sum(c)::bigint FROM (
              SELECT debit AS account, amount AS d, 0 AS c FROM {0} UNION ALL SELECT credit, 0, amount FROM {0}) moves
             GROUP BY account ORDER BY account
            """
        ).format(name)
        for account, rows, debit, credit in connection.execute(query).fetchall():
            sums[f"{table}:{account}"] = [rows, debit, credit]
    return sums


def _record(connection: psycopg.Connection) -> dict[str, Any]:
    last = connection.execute(sql.SQL("SELECT count(*), max(id) FROM {}").format(sql.Identifier(RECORD))).fetchone()
    assert last is not None
    digest = sha256()
    query = sql.SQL("COPY (SELECT * FROM {} ORDER BY id) TO STDOUT").format(sql.Identifier(RECORD))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            digest.update(block)
    return {"rows": last[0], "last_id": last[1], "sha256": digest.hexdigest()}


def differences(kept: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What does not agree between two measurements, one line a table, account or record; empty when all is equal."""
    lines = []
    for part, title in (("tables", "表"), ("ledger", "勘定")):
        for name in sorted(kept[part].keys() | found[part].keys()):
            before, after = kept[part].get(name), found[part].get(name)
            if before != after:
                lines.append(f"{title} {name}: 控え {before} 復元 {after}")
    if kept["record"] != found["record"]:
        lines.append(f"操作記録: 控え {kept['record']} 復元 {found['record']}")
    return lines


def summary(state: Mapping[str, Any]) -> dict[str, Any]:
    """The measurement in a few figures, for the book and the screen."""
    return {
        "tables": len(state["tables"]),
        "rows": sum(rows for rows, _ in state["tables"].values()),
        "vault_rows": state["tables"].get("vault.my_number", [0])[0],
        "ledger": state["ledger"],
        "record": state["record"],
    }

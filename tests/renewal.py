"""Letting a database hold again what it held: in a tenth of a second, where making it anew costs a file for every table and index."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql

_FIRST = 16384  # below it stand the server's own
# What makes up the shape of a database: what stands in it, who may what, what is switched on.
_SHAPE = {
    "pg_class": ("relname, relnamespace, relowner, relkind, relacl, relrowsecurity, relforcerowsecurity, reloptions", f"oid >= {_FIRST}"),
    "pg_attribute": (
        "attrelid, attname, attnum, atttypid, attnotnull, attacl, attisdropped, attidentity, attgenerated", f"attrelid >= {_FIRST}",
    ),
    "pg_attrdef": ("adrelid, adnum, adbin", f"adrelid >= {_FIRST}"),
    "pg_trigger": ("tgrelid, tgname, tgfoid, tgtype, tgenabled, tgqual", f"tgrelid >= {_FIRST}"),
    "pg_constraint": ("conname, conrelid, contype, condeferrable, condeferred, convalidated, conbin, conkey", f"conrelid >= {_FIRST}"),
    "pg_proc": ("proname, pronamespace, prosrc, proacl, proowner, prosecdef, proconfig", f"oid >= {_FIRST}"),
    "pg_rewrite": ("rulename, ev_class, ev_enabled, ev_action", f"ev_class >= {_FIRST}"),
    "pg_policy": ("polname, polrelid, polcmd, polroles, polqual, polwithcheck", "true"),
    "pg_namespace": ("nspname, nspowner, nspacl", "nspname !~ '^pg_(toast_)?temp_'"),
}  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """The rows of a table as COPY writes them."""

    name: sql.Identifier
    rows: bytes


class Kept:
    """What a database holds now. `back` lets it hold that again."""

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        self._connect = connect
        with connect() as server:
            self._alone(server)
            self._shape = _shape(server)
            self._tables = {
                oid: _Table(sql.Identifier(schema, name), _copied(server, sql.Identifier(schema, name)))
                for oid, schema, name in server.execute(
                    "SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                    "WHERE c.relkind = 'r' AND c.oid >= %s", [_FIRST]
                ).fetchall()
            }  # fmt: skip
            self._sequences = _sequences(server)
            self._written = _written(server)

    def back(self) -> bool:
        """Put back the rows of every table that was written to, and the numbering. False when the shape is another one."""
        with self._connect() as server:
            self._alone(server)
            if _shape(server) != self._shape:
                return False
            now = _written(server)
            with server.transaction():
                server.execute("SET LOCAL session_replication_role = replica")
                for oid in (oid for oid, table in self._tables.items() if now.get(oid) != self._written.get(oid)):
                    table = self._tables[oid]
                    server.execute(sql.SQL("DELETE FROM {}").format(table.name))
                    if table.rows:
                        with server.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(table.name)) as copy:
                            copy.write(table.rows)
                for name, (last, called) in _sequences(server).items():
                    if (last, called) != self._sequences.get(name):
                        server.execute("SELECT setval(%s::regclass, %s, %s)", [name, *self._sequences[name]])
            self._written = _written(server)
        return True

    @staticmethod
    def _alone(server: psycopg.Connection) -> None:
        """Every other connection to this database ends: only then has everybody's writing been counted."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        until = time.monotonic() + 1
        while server.execute(f"SELECT 1 {others} LIMIT 1").fetchone():
            if time.monotonic() > until:
                server.execute(f"SELECT pg_terminate_backend(pid) {others}")
            time.sleep(0.002)


def _shape(server: psycopg.Connection) -> set[tuple[str, int, int]]:
    """The shape as numbers: which entries each catalogue has, in whatever order."""
    asked = [
        f"SELECT '{name}', count(*), sum(hashtextextended(({columns})::text, 0)) FROM {name} WHERE {own}"
        for name, (columns, own) in _SHAPE.items()
    ]
    return {*server.execute(" UNION ALL ".join(asked)).fetchall()}  # type: ignore[arg-type]


def _copied(server: psycopg.Connection, table: sql.Identifier) -> bytes:
    with server.cursor() as cursor, cursor.copy(sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
        return b"".join(bytes(part) for part in copy)


def _sequences(server: psycopg.Connection) -> dict[str, tuple[int, bool]]:
    """Sequence → (the last number or the first one, whether it was given out)."""
    rows = server.execute(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), coalesce(last_value, start_value), last_value IS NOT NULL "
        "FROM pg_sequences"
    ).fetchall()
    return {name: (last, called) for name, last, called in rows}


def _written(server: psycopg.Connection) -> dict[int, tuple[int, int]]:
    """Table → how often its rows were written so far, and the file that they are in."""
    server.execute("SELECT pg_stat_force_next_flush()")
    rows = server.execute(
        "SELECT c.oid, pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid), "
        "c.relfilenode FROM pg_class c WHERE c.relkind = 'r' AND c.oid >= %s", [_FIRST]
    ).fetchall()  # fmt: skip
    return {oid: (times, file) for oid, times, file in rows}

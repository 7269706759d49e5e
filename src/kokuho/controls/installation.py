"""The check installation: a database beside the real one with its very shape, rights and settings, and nobody's facts.

Shape, triggers, constraints and rights come from the running database itself (`pg_dump --schema-only`), so that what an
administrator switched off there is missing here too. Of the content only settings are copied. The installation has a folder and keys
of its own, and is dropped at the end.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from kokuho.core import clock, database, pgtools
from kokuho.core.database import Address

# Tables of settings: what a municipality chose, never whom it serves. The security parameters are handed over by value:
# their seal hangs on the installation's key.
SETTINGS = (
    "public.django_migrations",
    "public.django_content_type",
    "public.core_municipality",
    "public.core_holiday",
    "keep.target",
)


class NotReady(RuntimeError):
    """The installation cannot be checked yet; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CheckInstallation:
    """The database with the fixture (`filled`), the one that checks work in (`work`), and the folder."""

    filled: str
    work: str
    home: Path

    def environment(self) -> dict[str, str]:
        """What a process of the check installation is started with: nothing of the real one but where the server is."""
        app, owner, vault = (
            replace(address, name=self.work).url
            for address in (database.app_address(), database.owner_address(), database.vault_address())
        )
        own = ("KOKUHO_TRAINING", "KOKUHO_MASTER_KEY_NEXT", "KOKUHO_ANCHORS")
        kept = {key: value for key, value in os.environ.items() if key not in own}
        hosts = {*os.environ.get("KOKUHO_ALLOWED_HOSTS", "localhost,127.0.0.1").split(","), "localhost"}
        return {
            **kept, "KOKUHO_HOME": str(self.home), "DATABASE_URL": app, "KOKUHO_OWNER_URL": owner, "KOKUHO_VAULT_URL": vault,
            "KOKUHO_ADMIN_URL": pgtools.administrator().url, "KOKUHO_MASTER_KEY": secrets.token_hex(32),
            "KOKUHO_SECRET_KEY": secrets.token_urlsafe(32), "KOKUHO_BUSINESS_DATE": clock.business_date().isoformat(),
            "KOKUHO_ALLOWED_HOSTS": ",".join(sorted(hosts)), "PGAPPNAME": "kokuho controls",
        }  # fmt: skip


@contextmanager
def prepared() -> Iterator[CheckInstallation]:
    """The check installation of the running product; dropped afterwards, whatever happened. Raises `NotReady`."""
    real = database.owner_address()
    if not pgtools.tables_in(real.name):
        raise NotReady("データベースの準備ができていません。kokuho db prepare を先に行ってください。")
    name = f"kokuho_check_{secrets.token_hex(4)}"
    made = CheckInstallation(f"{name}_filled", f"{name}_work", Path(tempfile.mkdtemp(prefix="kokuho-check-")))
    try:
        pgtools.make_database(made.filled)
        _copy_shape(real, replace(real, name=made.filled))
        yield made
    finally:
        for database_name in (made.work, made.filled):
            _drop(database_name)
        shutil.rmtree(made.home, ignore_errors=True)


def _copy_shape(source: Address, target: Address) -> None:
    with source.connect() as connection:
        version = pgtools.server_version(connection)
    dump, restore = (pgtools.program(name, version) for name in ("pg_dump", "pg_restore"))
    command = [restore, "--no-owner", "--exit-on-error", f"--dbname={target.name}"]
    _pipe([dump, "--format=custom", "--schema-only"], source, command, target)
    with source.connect() as real, target.connect() as made:
        held = {row[0] for row in real.execute("SELECT schemaname || '.' || tablename FROM pg_tables").fetchall()}
        for table in SETTINGS:
            if table in held:
                _copy_rows(real, made, sql.Identifier(*table.split(".")), table)
        made.commit()


def _copy_rows(real: psycopg.Connection, made: psycopg.Connection, name: sql.Identifier, table: str) -> None:
    """The rows of one table of settings; its numbering goes on behind them."""
    with real.cursor() as out, made.cursor() as into:
        reading, writing = (sql.SQL(f"COPY {{}} {way}").format(name) for way in ("TO STDOUT", "FROM STDIN"))
        with out.copy(reading) as rows, into.copy(writing) as target:
            for row in rows:
                target.write(row)
        into.execute("SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id'", [table])
        if into.fetchone():
            last = sql.SQL(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest((SELECT max(id) FROM {}), 1))"
            ).format(name)
            into.execute(last, [table])


def _pipe(dump: list[str], source: Address, restore: list[str], target: Address) -> None:
    with subprocess.Popen(dump, stdout=subprocess.PIPE, env=pgtools.environment(source)) as taken:
        done = subprocess.run(
            restore, stdin=taken.stdout, capture_output=True, text=True, check=False, env=pgtools.environment(target)
        )
    if taken.returncode or done.returncode:
        raise NotReady(f"点検用のデータベースを作れません: {done.stderr.strip()[:300]}")


def renew(work: str, filled: str) -> None:
    """Make the working database anew as a copy of the filled one. Every connection to it is ended."""
    from django.db import connections

    connections.close_all()
    _drop(work)
    with pgtools.administrator().connect(autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(work), sql.Identifier(filled), sql.Identifier(database.OWNER_ROLE)
            )
        )


def _drop(name: str) -> None:
    with pgtools.administrator().connect(autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

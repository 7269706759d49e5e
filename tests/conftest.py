"""The test database: one bundled server for the whole run, one migrated template, a copy for every worker."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from renewal import Kept

# The tests' installation lives in a folder of its own; everything below reads it from the environment.
_HOME = Path(os.environ.get("KOKUHO_TEST_HOME", Path(tempfile.gettempdir()) / f"kokuho-test-{os.getuid()}"))
_HOME.mkdir(mode=0o755, exist_ok=True)
os.environ["KOKUHO_HOME"] = str(_HOME)
# The product sends temporary files to its own place and sweeps it; the folders of the tests do not belong there.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
os.environ.setdefault("KOKUHO_BUSINESS_DATE", "2026-07-01")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kokuho.core.settings")
os.environ.setdefault("KOKUHO_MASTER_KEY", "00" * 32)
os.environ.setdefault("KOKUHO_SECRET_KEY", "a key of the tests only")
os.environ.pop("DATABASE_URL", None)

TEST_SERVER = """
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 1GB
jit = off
timezone = 'Asia/Tokyo'
max_connections = 60
"""
# Properties try the same inputs in every run of the same commit, however busy the machine is.
settings.register_profile("kokuho", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kokuho")
SOURCE = Path(__file__).parents[1] / "src" / "kokuho"


def pytest_sessionstart(session: pytest.Session) -> None:
    """The server runs before any worker does, with the tests' settings, and as long as the last of them: whichever module asks for the
    database's address first would start it with the product's, which wait for the disk, and end it while others work."""
    if not hasattr(session.config, "workerinput"):
        _start_server()


def _start_server() -> Path:
    """Start the tests' server, or let a running one of an earlier run read the settings of now; returns its socket folder."""
    from kokuho.core import database

    socket, settings = database.start_bundled(_HOME / "pg", TEST_SERVER), _HOME / "pg" / "kokuho.conf"
    if settings.read_text("utf-8") != TEST_SERVER:
        settings.write_text(TEST_SERVER, "utf-8")
        with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as server:
            server.execute("SELECT pg_reload_conf()")
    return socket


def _shape() -> str:
    """Changes when a migration, a grant or a model changes."""
    digest = hashlib.sha256()
    for path in sorted([*SOURCE.rglob("migrations/*.py"), *SOURCE.rglob("models*.py"), *SOURCE.rglob("models/*.py"),
                        SOURCE / "core/grants.py", SOURCE / "core/past.py", SOURCE / "core/vault.py", SOURCE / "core/journal.py",
                        *SOURCE.glob("core/retention/*.*"), *SOURCE.glob("core/retention/data/*"),
                        *SOURCE.glob("core/data/*.yaml")]):  # fmt: skip
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def database_template() -> tuple[Path, str]:
    """(socket folder, name of a migrated template database). Made once and reused until the shape changes."""
    from kokuho.core import database

    with open(_HOME / ".template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        socket = _start_server()
        name = f"template_{_shape()}"
        with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                database.ensure_database(server, f"{name}_new")
                os.environ["DATABASE_URL"] = database.Address(str(socket), "", f"{name}_new", "kokuho_app", "").url
                os.environ["KOKUHO_OWNER_URL"] = database.Address(
                    str(socket), "", f"{name}_new", "kokuho_owner", ""
                ).url
                from kokuho.core.prepare import prepare

                prepare()
                from django.db import connections

                connections.close_all()
                server.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return socket, name


class Databases:
    """The databases of this worker, all of one server; Django talks to one of them at a time."""

    def __init__(self, socket: Path, template: str) -> None:
        self.socket, self.template = socket, template
        self.current = ""
        self.own = self._copy()
        self._empty = Kept(self.superuser)

    def _copy(self, name: str = "") -> str:
        name = name or f"test_{os.getpid()}_{secrets.token_hex(3)}"
        with self.server() as server, open(_HOME / ".template.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server.execute(f"CREATE DATABASE {name} TEMPLATE {self.template} OWNER kokuho_owner")
        return name

    def server(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket), user="postgres", dbname="postgres", autocommit=True)

    def superuser(self, name: str = "") -> psycopg.Connection:
        """A connection to one of the databases, this worker's own unless another is named, that nothing in it stops."""
        return psycopg.connect(host=str(self.socket), user="postgres", dbname=name or self.own, autocommit=True)

    def empty(self) -> None:
        """Take away what tests committed in this worker's own database; after one that changed its tables or rights, make it anew."""
        from django.db import connections

        connections.close_all()
        if not self._empty.back():
            with self.server() as server:
                server.execute(f"DROP DATABASE {self.own} WITH (FORCE)")
            self._copy(self.own)
            self._empty = Kept(self.superuser)

    def forget_records(self, name: str) -> None:
        """Take away the operation records: those of refusals are written apart from the transaction that a test undoes."""
        with self.superuser(name) as server:
            server.execute("SET session_replication_role = replica")
            server.execute("DELETE FROM core_auditrecord")

    def use(self, name: str) -> None:
        """Let everything that asks for the database's address be told this one."""
        from kokuho.core import database

        if name == self.current:
            return
        for role, variable in (("app", "DATABASE_URL"), ("owner", "KOKUHO_OWNER_URL"), ("vault", "KOKUHO_VAULT_URL")):
            os.environ[variable] = database.Address(str(self.socket), "", name, f"kokuho_{role}", "").url
        from kokuho.core import manage

        manage.setup()
        from django.conf import settings
        from django.db import connections

        connections["default"].close()
        connections["default"].settings_dict.update(
            {**settings.DATABASES["default"], **database.app_address().django()}
        )
        self.current = name

    def another(self, build: Callable[[], Any]) -> tuple[str, Any]:
        """One more database, filled by `build`: (its name, what was built). Costs a second; for what many tests begin with."""
        name = self._copy()
        self.use(name)
        return name, build()

    def drop(self) -> None:
        from django.db import connections

        connections.close_all()
        with self.server() as server:
            for (name,) in server.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"test_{os.getpid()}_%",)
            ).fetchall():
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


_databases: list[Databases] = []


@pytest.fixture(scope="session")
def databases(database_template: tuple[Path, str]) -> Iterator[Databases]:
    """The databases of this worker. Django talks to its own, which every test finds empty."""
    found = Databases(*database_template)
    _databases.append(found)
    found.use(found.own)
    _without_orders()
    _cheap_passwords()
    yield found
    found.drop()


@pytest.fixture(scope="session")
def database_name(databases: Databases) -> str:
    """The database of this worker's own, copied from the template."""
    return databases.own


@pytest.fixture(autouse=True)
def _own_database(request: pytest.FixtureRequest) -> None:
    """A test begins with the empty database, whatever the one before began with; `city` brings its own."""
    for found in _databases:
        if "city" not in request.fixturenames:
            found.use(found.own)


def _cheap_passwords() -> None:
    """The same way of hashing with a low cost: a fifth of a second for every member of staff that a test registers adds up."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    ScryptPasswordHasher.work_factor, ScryptPasswordHasher.parallelism = 16, 1


def _without_orders() -> None:
    """Batches run without a work order, except in the tests that are about work orders: they set `log.ordered_kinds`."""
    from dataclasses import replace

    from kokuho.core import parameters

    known = parameters.catalogue()
    known["log.ordered_kinds"] = replace(known["log.ordered_kinds"], default=[])


@pytest.fixture
def db(database_name: str) -> Iterator[None]:
    """A database whose changes are undone after the test. For code that works in one connection."""
    from django.db import transaction

    atomic = transaction.atomic()
    atomic.__enter__()
    try:
        yield
    finally:
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def committed_db(databases: Databases) -> Iterator[str]:
    """A database in which transactions really commit; emptied after the test. For code with its own processes."""
    yield databases.own
    databases.empty()


DAY = date(2026, 7, 1)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`town("川口市", 60)` → folder with the neighbours' files of a small synthetic town, built once."""
    built: dict[tuple[str, int, int], Path] = {}

    def build(municipality: str = "川口市", households: int = 60, seed: int = 1) -> Path:
        key = (municipality, households, seed)
        if key not in built:
            from kokuho.town.cli import main

            folder = tmp_path_factory.mktemp("town")
            assert main(["build", "--households", str(households), "--seed", str(seed), "--municipality", municipality,
                         "--out", str(folder), "--business-date", DAY.isoformat()]) == 0  # fmt: skip
            built[key] = folder
        return built[key]

    return build


def connect_neighbours() -> None:
    """The systems of the proposed registry, as two persons would have confirmed them before the year began."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import Municipality
    from kokuho.exchange import registry
    from kokuho.exchange.models import ConnectedSystem
    from kokuho.exchange.models.registry import subject

    Municipality.objects.update(settings={"insurer_number": "119008"})
    let(fed__route="line")
    ConnectedSystem.objects.bulk_create(
        ConnectedSystem(
            **line, subject_no=subject("system", line["code"]), valid=DateRange(date(2020, 4, 1), None), recorded_by="chief",
            origin="entry:0",
        )
        for line in registry.proposal()["systems"]
    )  # fmt: skip


def let(**wanted: Any) -> None:
    """Change parameters (`fed__route="line"`) as two persons would."""
    from kokuho.core import parameters
    from kokuho.core.access import Actor
    from kokuho.core.actions import entries
    from kokuho.core.actions import parameters as changing

    rights = frozenset({"parameter.read", "parameter.request", "parameter.approve"})
    first, second = (Actor(number, number, "情報課", rights, "T1") for number in ("asks", "approves"))
    changes = {key.replace("__", "."): value for key, value in wanted.items()}
    entry = changing.request(by=first, on=DAY, changes=changes, reason="試験の設定")
    entries.confirm(by=second, on=DAY, entry_id=entry.pk)
    parameters.forget()


@pytest.fixture(name="let")
def changed_parameters() -> Callable[..., None]:
    """`let(fed__route="line")` changes parameters as two persons would."""
    return let


@dataclass(frozen=True)
class Office:
    """The people of a small office, as actors."""

    operator: Any
    assessor: Any
    approver: Any
    clerk: Any


@pytest.fixture
def office(request: pytest.FixtureRequest) -> Callable[..., Office]:
    """`office("川口市")` opens the city and its staff in the database of the test (`db` or `committed_db`)."""

    def build(municipality: str = "川口市") -> Office:
        from kokuho.commands.office import open_city
        from kokuho.core.access import actor_for
        from kokuho.core.actions.staff import register

        open_city(municipality, DAY)
        roles = {"op": ("operation",), "as": ("assessment",), "ap": ("assessment_approver", "exchange_approver"), "cl": ("qualification",)}
        for number, held in roles.items():
            register(
                staff_no=number, name=f"職員{number}", unit_code="01", unit_name="国保課", password=PASSWORD, roles=held,
                applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
            )  # fmt: skip
        connect_neighbours()
        return Office(*(actor_for(number, on=DAY, terminal="test") for number in roles))

    return build


@pytest.fixture
def deliver() -> Callable[..., None]:
    """`deliver(office, folder)` brings a town's files through the doors in their order."""

    def bring(office: Office, folder: Path, *, incomes: bool = True) -> None:
        from kokuho.exchange import doors

        paths = [folder / "juki-full.csv", *sorted(folder.glob("juki-changes-*.csv"))]
        for path in [*paths, *(sorted(folder.glob("zei-*.csv")) if incomes else [])]:
            doors.receive_path(by=office.operator, on=DAY, path=path)

    return bring

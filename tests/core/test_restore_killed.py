"""A restore that is killed, wherever it was, leaves nothing that could be taken for a whole database; the next one begins anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

pytestmark = pytest.mark.db

# In a process of its own, killed at a set point: when half of a piece of the dump has gone to pg_restore, or just before a step.
KILLED = """
import os, signal, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
from kokuho.core import manage; manage.setup()
from kokuho.core import evidence, pgtools, restore
from kokuho.core.access import Actor, catalogue
from kokuho.core.retention import again

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

class Half(subprocess.Popen):
    def __init__(self, command, **more):
        super().__init__(command, **more)
        if "--single-transaction" in command:
            pipe = self.stdin
            self.stdin = SimpleNamespace(write=lambda data: (pipe.write(data[: len(data) // 2]), pipe.flush(), die()))

point, path, target, home = sys.argv[1:]
module, name = {"load": (subprocess, "Popen"), "count": (evidence, "measure"), "erase": (again, "apply"),
                "name": (pgtools, "rename_database"), "book": (restore, "_book")}[point]
setattr(module, name, Half if point == "load" else die)
by = Actor("b1", "b1", "国保課", frozenset(catalogue()["roles"]["restore"]["may"]), "test")
if target:
    restore.into(by=by, path=Path(path), name=target, home=Path(home))
else:
    restore.drill(by=by, path=Path(path))
"""


@pytest.fixture
def made(
    database_template: tuple[Path, str], committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """A backup with a file of the house, and who restores; the databases made here are dropped afterwards."""
    from kokuho.core import backup, config, database
    from kokuho.core.access import Actor, catalogue
    from kokuho.core.models import Municipality

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    monkeypatch.setenv("KOKUHO_HOME", str(tmp_path))
    socket = str(database_template[0])
    monkeypatch.setenv("KOKUHO_ADMIN_URL", database.Address(socket, "", "postgres", "postgres", "").url)
    Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.sealed").write_bytes(b"x")
    may = frozenset(item for role in ("backup", "restore") for item in catalogue()["roles"][role]["may"])
    by, target = Actor(staff_no="b1", name="b1", unit="国保課", capabilities=may, terminal="test"), f"killed_{os.getpid()}"
    yield SimpleNamespace(by=by, path=backup.take(by=by).path, target=target, home=tmp_path / "new")
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as server:
        for name in databases(target):
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def databases(target: str) -> set[str]:
    """Those of this test, without the drills of others."""
    from kokuho.core.pgtools import administrator

    with administrator().connect() as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
    return {name for (name,) in names if name.startswith(target)}


def killed(made: SimpleNamespace, point: str, target: str) -> str:
    """The number of the process that was killed at this point."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, point, str(made.path), target, str(made.home)], env=dict(os.environ), stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read().decode()
    assert process.wait() == -signal.SIGKILL, told
    settle()
    return str(process.pid)


def settle() -> None:
    """Wait for what the killed process had begun: PostgreSQL gives its locks back when it has noticed."""
    from kokuho.core.pgtools import administrator

    with administrator().connect(autocommit=True) as connection:
        while connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname LIKE 'killed_%' OR application_name = 'pg_restore' "
            "UNION ALL SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 720"
        ).fetchone():
            continue


def test_wherever_it_is_killed_nothing_half_has_the_name(made: SimpleNamespace) -> None:
    from kokuho.core import restore
    from kokuho.core.backup import BackupError

    working = f"{made.target}_restoring"
    for point in ("load", "count", "erase"):
        killed(made, point, made.target)
        assert databases(made.target) == {working} and not made.home.exists(), point
    killed(made, "name", made.target)
    assert databases(made.target) == {working} and made.home.exists(), "its folder stands, marked, and nothing has the database's name"
    heard: list[str] = []
    done = restore.into(by=made.by, path=made.path, name=made.target, home=made.home, say=heard.append)
    assert done.differences == [] and heard[0] == "途中で止まった前の復元の作りかけを消します"
    assert databases(made.target) == {made.target}
    assert sorted(path.name for path in made.home.iterdir()) == ["inbox"] and not list(made.home.parent.glob("new_*"))
    with restore.replace(restore.database.owner_address(), name=made.target).connect() as restored:
        assert restored.execute("SELECT kind FROM core_environmentmark ORDER BY id DESC LIMIT 1").fetchone() == ("copy",)
    with pytest.raises(BackupError) as refused:
        restore.into(by=made.by, path=made.path, name=made.target, home=made.home.with_name("other"))
    assert refused.value.code == "B07"


def test_what_is_replaced_stays_until_the_new_one_is_whole(made: SimpleNamespace) -> None:
    from kokuho.core import pgtools, restore

    pgtools.make_database(made.target)
    with restore.replace(pgtools.administrator(), name=made.target).connect(autocommit=True) as old:
        old.execute("CREATE TABLE old (id int)")
    script = KILLED.replace("home=Path(home))", "home=Path(home), replace_filled=True)")
    told = subprocess.run(
        [sys.executable, "-c", script, "erase", str(made.path), made.target, str(made.home)], env=dict(os.environ), check=False,
        capture_output=True,
    )  # fmt: skip
    assert told.returncode == -signal.SIGKILL, told.stderr.decode()
    settle()
    assert pgtools.tables_in(made.target) == 1


def test_a_killed_drill_is_cleared_by_the_next(made: SimpleNamespace) -> None:
    from kokuho.core import restore

    number = killed(made, "count", "")
    left = f"kokuho_drill_{number}_"
    assert len(databases(left)) == 1
    assert restore.drill(by=made.by, path=made.path).differences == [] and not databases(left)


def test_two_restores_of_one_name_do_not_meet(made: SimpleNamespace) -> None:
    from kokuho.core import restore
    from kokuho.core.backup import BackupError

    with restore._alone(made.target) as free, pytest.raises(BackupError) as refused:
        assert free
        restore.into(by=made.by, path=made.path, name=made.target, home=made.home)
    assert refused.value.code == "B10" and not databases(made.target)

"""Restoring a backup into another database, and proving that what came back equals what was kept (BACKUP-04).

A database gets its name, and a folder its place, only when everything is in it, erasures that were made since are done again, and it
knows that it is a copy: until then both stand under names of work. Whenever the process is killed, nothing half stands where somebody
would take it for whole; the next restore of the same name clears away what the killed one left.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import OperationalError

from kokuho.core import audit, backup, database, environment, evidence, pgtools
from kokuho.core.access import Actor
from kokuho.core.backup import BackupError, Generation, Say
from kokuho.core.models import BackupEvent
from kokuho.core.retention import again

_WORKING, _DRILL, _LOCK = "_restoring", "kokuho_drill_", 720


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore or drill found. `differences` is empty when the restored database equals the kept figures."""

    database: str
    generation: Generation
    differences: list[str]
    state: dict[str, Any]
    erased_again: int
    seconds: float


def into(
    *, by: Actor, path: Path, name: str, home: Path, replace_filled: bool = False, say: Say = lambda _: None
) -> Restored:
    """Restore a backup into the database `name` and its files into the new folder `home`.

    Erasures made after the backup was taken are done again before anyone can work with it (KEEP-07). Needs
    `backup.restore`. Raises `BackupError`: B04/B05 the file is refused before anything is touched, B06 the name, B07 the
    database or folder is not empty or in use, B08 pg_restore failed, B10 another restore of the name is at work.
    """
    by.require("backup.restore")
    audit.record(by, function="backup.restore", operation="run", detail={"file": path.name, "database": name})
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", name):
        raise BackupError("B06", "データベース名は英小文字で始まる英小文字・数字・下線（50字まで）です。")
    with _alone(name) as free:
        if not free:
            raise BackupError("B10", f"データベース {name} への復元が進行中です。終わるのを待ってください。")
        return _into(by, path, name, home, replace_filled, say)


def _into(by: Actor, path: Path, name: str, home: Path, replace_filled: bool, say: Say) -> Restored:
    working, files = f"{name}{_WORKING}", home.with_name(f"{home.name}{_WORKING}")
    _clear(working, files, home, say)
    if home.exists() and any(home.iterdir()):
        raise BackupError("B07", f"{home} は空ではありません。新しいフォルダーを指定してください。")
    started = time.monotonic()
    say("ファイルを最後まで読んで確かめます")
    generation = backup.verify(path)
    filled = pgtools.tables_in(name)
    if filled and not replace_filled:
        raise BackupError("B07", f"データベース {name} には {filled} 個の表があります。上書きはしません。")
    if filled is not None and pgtools.in_use(name):
        raise _busy(name)
    found = _load(generation, working, say)
    _files(generation, files)
    differing = evidence.differences(generation.manifest["state"], found)
    with replace(database.owner_address(), name=working).connect() as connection:
        repeated = again.apply(connection, since=generation.manifest["taken_at"], by=by, home=files)
        reason = f"バックアップ {path.name} の復元"[:200]
        environment.write(connection, "copy", reason=reason, made_by=by.staff_no, rules=environment.sign_in_rules())
        connection.commit()
    _into_place(working, name, files, home)
    return _book("restore", by, Restored(name, generation, differing, found, repeated, time.monotonic() - started))


def _busy(name: str) -> BackupError:
    return BackupError("B07", f"データベース {name} は使用中です。接続を終えてから実行してください。")


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """The lock of whoever fills a database, which PostgreSQL gives back when the process dies. Says whether it was free."""
    with pgtools.administrator().connect(autocommit=True) as server:
        row = server.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, name)).fetchone()
        yield bool(row and row[0])


def _clear(working: str, files: Path, home: Path, say: Say) -> None:
    """Take away what a killed restore of the same name left. Its folder came into place just before its database would have."""
    if pgtools.tables_in(working) is None:
        shutil.rmtree(files, ignore_errors=True)
        return
    say("途中で止まった前の復元の作りかけを消します")
    if (home / _WORKING).exists():
        shutil.rmtree(home)
    shutil.rmtree(files, ignore_errors=True)
    try:
        pgtools.drop_database(working)
    except OperationalError as error:
        raise _busy(working) from error


def _into_place(working: str, name: str, files: Path, home: Path) -> None:
    """The folder first, marked as unfinished, then the database: where that stands under its name, all is done."""
    (files / _WORKING).touch()
    if home.exists():
        home.rmdir()
    files.rename(home)
    try:
        pgtools.drop_database(name)
        pgtools.rename_database(working, name)
    except OperationalError as error:
        raise _busy(name) from error
    (home / _WORKING).unlink()


def _clear_drills() -> int:
    """Drop the databases of drills that were killed: the data of everybody is in them. Returns how many."""
    with pgtools.administrator().connect(autocommit=True) as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{_DRILL}%",)).fetchall()
    count = 0
    for (name,) in rows:
        with _alone(name) as free:
            if free:
                pgtools.drop_database(name)
                count += 1
    return count


def drill(*, by: Actor, path: Path, say: Say = lambda _: None) -> Restored:
    """Restore into a temporary database, compare, drop it, and keep the evidence. Needs `backup.restore`."""
    by.require("backup.restore")
    audit.record(by, function="backup.drill", operation="run", detail={"file": path.name})
    started = time.monotonic()
    say("ファイルを最後まで読んで確かめます")
    generation = backup.verify(path)
    _clear_drills()
    name = f"{_DRILL}{os.getpid()}_{secrets.token_hex(3)}"
    with _alone(name):
        try:
            found = _load(generation, name, say)
            with replace(database.owner_address(), name=name).connect() as connection:
                repeated = again.apply(connection, since=generation.manifest["taken_at"], by=by)
        finally:
            pgtools.drop_database(name)
    differing = evidence.differences(generation.manifest["state"], found)
    return _book("drill", by, Restored(name, generation, differing, found, repeated, time.monotonic() - started))


def _load(generation: Generation, name: str, say: Say) -> dict[str, Any]:
    pgtools.make_database(name)
    target = replace(database.owner_address(), name=name)
    say(f"データベース {name} に復元します")
    with target.connect(autocommit=True) as connection:
        version = pgtools.server_version(connection)
    command = [
        pgtools.program("pg_restore", version), "--format=custom", f"--dbname={name}", "--no-owner", "--exit-on-error",
        "--single-transaction", "--no-password",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=pgtools.environment(target)
    ) as process:
        assert process.stdin is not None and process.stderr is not None
        try:
            with backup.opened(generation.path) as archive:
                for member in archive:
                    if member.name.startswith("database/"):
                        stream = archive.extractfile(member)
                        assert stream is not None
                        process.stdin.write(stream.read())
            process.stdin.close()
        except BrokenPipeError:
            pass  # pg_restore gave up; its own message follows
        complaint = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupError("B08", f"pg_restore が失敗しました: {complaint.strip()[:400]}")
    say("復元したデータベースを数えて比べます")
    with target.connect() as connection:
        return evidence.measure(connection)


def _files(generation: Generation, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with backup.opened(generation.path) as archive:
        for member in archive:
            if not member.name.startswith("home/"):
                continue
            # Names come from the sealed file, and still none of them may lead out of the folder.
            target = (home / member.name.removeprefix("home/")).resolve()
            if not target.is_relative_to(home.resolve()):
                raise BackupError("B05", f"目録の外を指す名前があります: {member.name}")
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            stream = archive.extractfile(member)
            assert stream is not None
            with open(target, "wb") as file:
                target.chmod(0o600)
                while block := stream.read(1 << 20):
                    file.write(block)


def _book(kind: str, by: Actor, done: Restored) -> Restored:
    BackupEvent.objects.create(
        kind=kind, file_name=done.generation.path.name, sha256=done.generation.sha256, size=done.generation.size,
        ok=not done.differences, seconds=done.seconds, staff_no=by.staff_no,
        evidence={
            **evidence.summary(done.state), "database": done.database, "taken_at": done.generation.manifest["taken_at"],
            "differences": done.differences[:50], "erased_again": done.erased_again,
        },
    )  # fmt: skip
    return done

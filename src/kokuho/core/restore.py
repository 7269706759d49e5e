"""Restoring a backup into another database, and proving that what came back equals what was kept (BACKUP-04)."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import OperationalError

from kokuho.core import audit, backup, database, environment, evidence, pgtools
from kokuho.core.access import Actor
from kokuho.core.backup import BackupError, Generation, Say
from kokuho.core.models import BackupEvent
from kokuho.core.retention import again


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
    database or folder is not empty, B08 pg_restore failed.
    """
    by.require("backup.restore")
    audit.record(by, function="backup.restore", operation="run", detail={"file": path.name, "database": name})
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise BackupError("B06", "データベース名は英小文字で始まる英小文字・数字・下線（60字まで）です。")
    if home.exists() and any(home.iterdir()):
        raise BackupError("B07", f"{home} は空ではありません。新しいフォルダーを指定してください。")
    started = time.monotonic()
    say("ファイルを最後まで読んで確かめます")
    generation = backup.verify(path)
    filled = pgtools.tables_in(name)
    if filled and not replace_filled:
        raise BackupError("B07", f"データベース {name} には {filled} 個の表があります。上書きはしません。")
    if filled:
        try:
            pgtools.drop_database(name)
        except OperationalError as error:
            raise BackupError("B07", f"データベース {name} は使用中です。接続を終えてから実行してください。") from error
    found = _load(generation, name, say)
    _files(generation, home)
    differing = evidence.differences(generation.manifest["state"], found)
    with replace(database.owner_address(), name=name).connect() as connection:
        repeated = again.apply(connection, since=generation.manifest["taken_at"], by=by, home=home)
        reason = f"バックアップ {path.name} の復元"[:200]
        environment.write(connection, "copy", reason=reason, made_by=by.staff_no, rules=environment.sign_in_rules())
        connection.commit()
    return _book("restore", by, Restored(name, generation, differing, found, repeated, time.monotonic() - started))


def drill(*, by: Actor, path: Path, say: Say = lambda _: None) -> Restored:
    """Restore into a temporary database, compare, drop it, and keep the evidence. Needs `backup.restore`."""
    by.require("backup.restore")
    audit.record(by, function="backup.drill", operation="run", detail={"file": path.name})
    started = time.monotonic()
    say("ファイルを最後まで読んで確かめます")
    generation = backup.verify(path)
    # With the process in the name: whoever finds one left over knows whether somebody is still at it.
    name = f"kokuho_drill_{os.getpid()}_{secrets.token_hex(3)}"
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

"""Backups: the database and the kept files as one sealed file a generation (BACKUP-01 to -04, NET-04).

A generation is a tar stream inside `core.sealing`: the dump in pieces (`database/000001` …), the files of
`KOKUHO_HOME` (`home/…`) and at the end `manifest.json`. Dump and figures come from one snapshot of the database, so work
may go on meanwhile. Nothing lies open on the disk at any moment. The master key is not in it: without the key the file
is noise, and a restore needs the key that was in use on the day of the backup.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import transaction

from kokuho import __version__
from kokuho.core import audit, clock, config, database, evidence, parameters, pgtools, sealing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import BackupEvent, Municipality

SUFFIX = ".backup"
PIECE = 8 << 20
# The kept files of an installation. Keys are kept apart from the data; the server's own files are in the dump.
FOLDERS = ("inbox", "outbox", "anchors", "prints", "erasures")
MANIFEST = "manifest.json"
FORMAT = 1
# The longest age of a copy elsewhere is the longest time that an erased record survives: eight sets are kept there.
OFFSITE_SETS = 8

Say = Callable[[str], None]


class BackupError(CodedError):
    """A backup was refused or is not what it should be. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A backup file that was read through and found whole."""

    path: Path
    size: int
    sha256: str
    manifest: dict[str, Any]


def take(*, by: Actor, out: Path | None = None, keep: int | None = None, say: Say = lambda _: None) -> Generation:
    """Take one generation, read it back, and only then remove generations beyond `keep` (default and least: the parameter
    `backup.onsite_generations`).

    Needs `backup.run`. Raises `BackupError` (B01 too few generations, B02 the dump failed, B03 what was read back is not
    what was written); a failed backup leaves no file and removes none.
    """
    by.require("backup.run")
    least = parameters.value("backup.onsite_generations")
    keep = least if keep is None else keep
    if keep < least:
        raise BackupError("B01", f"バックアップは{least}世代以上を残します（BACKUP-01、設定 backup.onsite_generations）。")
    folder = out or config.folder("backups")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    started = time.monotonic()
    audit.record(by, function="backup.run", operation="run", detail={"folder": folder.name, "keep": keep})
    stamp = clock.now().astimezone(UTC)
    name = f"kokuho-{_city()}-{stamp:%Y%m%dT%H%M%S%fZ}-{sealing.key_id()}{SUFFIX}"
    try:
        written = _write(folder / name, stamp, say)
        say("読み戻して確かめます")
        checked = verify(folder / name)
        if checked.manifest != written:
            raise BackupError("B03", "読み戻した内容が書いた内容と一致しません。")
    except (BackupError, pgtools.ToolMissing, OSError) as error:
        # A file that cannot be read back is worse than none: it would count as a generation.
        (folder / name).unlink(missing_ok=True)
        BackupEvent.objects.create(
            kind="backup", file_name=name, sha256="", size=0, ok=False, staff_no=by.staff_no,
            seconds=time.monotonic() - started, evidence={"error": str(error)[:400]},
        )  # fmt: skip
        raise
    BackupEvent.objects.create(
        kind="backup", file_name=name, sha256=checked.sha256, size=checked.size, ok=True, staff_no=by.staff_no,
        seconds=time.monotonic() - started,
        evidence={**evidence.summary(written["state"]), "files": len(written["files"]), "key_id": written["key_id"]},
    )  # fmt: skip
    for old in generations(folder)[keep:]:
        size = old.stat().st_size
        old.unlink()
        BackupEvent.objects.create(
            kind="removed", file_name=old.name, sha256="", size=size, ok=True, seconds=0, staff_no=by.staff_no,
            evidence={"newer": name},
        )  # fmt: skip
    return checked


def generations(folder: Path) -> list[Path]:
    """The backup files of a folder for this municipality, newest first."""
    return sorted(folder.glob(f"kokuho-{_city()}-*{SUFFIX}"), reverse=True)


def _city() -> str:
    city = Municipality.objects.first()
    return city.code if city else "000000"


def _write(path: Path, stamp: datetime, say: Say) -> dict[str, Any]:
    writer = sealing.SealedWriter(path)
    try:
        with database.owner_address().connect() as connection:
            # One snapshot for the dump and the figures: a backup under load holds no half transaction.
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert snapshot is not None
            say("件数・合計・操作記録の要約を数えます")
            state = evidence.measure(connection)
            with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
                say("データベースを書き出します")
                dump = _dump(archive, snapshot[0], pgtools.server_version(connection))
                say("受信ファイル等を加えます")
                files = {name: _add_file(archive, name, path) for name, path in _kept_files()}
                manifest = {
                    "format": FORMAT, "taken_at": stamp.isoformat(), "software": __version__, "municipality": _city(),
                    "server_version": pgtools.server_version(connection), "key_id": sealing.key_id(), "dump": dump,
                    "files": files, "state": state,
                }  # fmt: skip
                _add(archive, MANIFEST, json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode())
    except BaseException:
        writer.discard()
        raise
    writer.commit()
    return manifest


def _dump(archive: tarfile.TarFile, snapshot: str, version: int) -> dict[str, Any]:
    command = [pgtools.program("pg_dump", version), "--format=custom", "--compress=6", "--no-password", f"--snapshot={snapshot}"]
    digest, size, pieces = sha256(), 0, 0
    environment = pgtools.environment(database.owner_address())
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None and process.stderr is not None
        while piece := process.stdout.read(PIECE):
            pieces += 1
            digest.update(piece)
            size += len(piece)
            _add(archive, f"database/{pieces:06d}", piece)
        complaint = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupError("B02", f"pg_dump が失敗しました: {complaint.strip()[:400]}")
    return {"sha256": digest.hexdigest(), "size": size, "pieces": pieces}


def _kept_files() -> Iterator[tuple[str, Path]]:
    home = config.home()
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.endswith((".part", ".lock")):
                yield path.relative_to(home).as_posix(), path


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))


def _add_file(archive: tarfile.TarFile, name: str, path: Path) -> list[Any]:
    entry = tarfile.TarInfo(f"home/{name}")
    with open(path, "rb") as file:
        entry.size, entry.mode = path.stat().st_size, 0o600
        hashing = Hashing(file)
        archive.addfile(entry, hashing)  # type: ignore[arg-type]
    return [entry.size, hashing.digest.hexdigest()]


class Hashing:
    """A readable stream that hashes what passes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        data: bytes = self._stream.read(size)
        self.digest.update(data)
        return data


@contextmanager
def opened(path: Path) -> Iterator[tarfile.TarFile]:
    """The members of a backup as a stream. Raises `BackupError` B04 for a file that was changed, cut, or sealed with
    another key, B05 for a file that is no backup."""
    try:
        with tarfile.open(fileobj=sealing.open_sealed(path), mode="r|") as archive:
            yield archive
    except InvalidTag as error:
        raise BackupError(
            "B04", f"{path.name} は壊れているか、途中で切れているか、別のマスター鍵で封印されています（今の鍵 {sealing.key_id()}）。"
        ) from error
    except (ValueError, tarfile.TarError, OSError) as error:
        raise BackupError("B05", f"{path.name} はバックアップとして読めません（{error}）。") from error


def verify(path: Path) -> Generation:
    """Read a backup to its last byte: every block's seal, the dump's hash, every file's hash. Changes nothing."""
    dump, size, pieces = sha256(), 0, 0
    files: dict[str, list[Any]] = {}
    manifest: dict[str, Any] | None = None
    with opened(path) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None or manifest is not None:
                raise BackupError("B05", f"{path.name} に想定しない項目 {member.name} があります。")
            if member.name == MANIFEST:
                manifest = json.loads(stream.read())
                continue
            hashing = Hashing(stream)
            while block := hashing.read(1 << 20):
                if member.name.startswith("database/"):
                    dump.update(block)
            if member.name.startswith("database/"):
                size, pieces = size + member.size, pieces + 1
            else:
                files[member.name.removeprefix("home/")] = [member.size, hashing.digest.hexdigest()]
    if manifest is None or manifest.get("format") != FORMAT:
        raise BackupError("B05", f"{path.name} に目録がないか、知らない版です。")
    found = {"sha256": dump.hexdigest(), "size": size, "pieces": pieces}
    if manifest["dump"] != found or manifest["files"] != files:
        raise BackupError("B04", f"{path.name} の中身が目録と一致しません。")
    with open(path, "rb") as file:
        whole = Hashing(file)
        while whole.read(1 << 20):
            pass
    return Generation(path, path.stat().st_size, whole.digest.hexdigest(), manifest)


@transaction.atomic
def offsite(*, by: Actor, file_name: str, sha256_there: str, place: str, transport: str, in_japan: bool) -> BackupEvent:
    """Record that a copy of a generation lies elsewhere, at a place declared to be in Japan (BACKUP-02). Needs `backup.run`.

    Only what this system sealed can be recorded: the SHA-256 that was computed at the other place has to be that of a generation
    that was read back whole. Raises `BackupError` B09.
    """
    by.require("backup.run")
    taken = BackupEvent.objects.filter(kind="backup", ok=True, file_name=file_name).order_by("-at").first()
    if taken is None or not place.strip() or not transport.strip():
        raise BackupError("B09", "読み戻しの済んだ世代、保管場所、運び方を入力してください。")
    if not in_japan:
        raise BackupError("B09", "遠隔地の写しは日本国内に置きます。国内であることを確かめて登録してください。")
    if taken.sha256 != sha256_there.strip().lower():
        raise BackupError("B09", "遠隔地で計算したSHA-256が、封印した世代のものと一致しません。暗号化されていない写しは登録できません。")
    made = BackupEvent.objects.create(
        kind="offsite", file_name=file_name, sha256=taken.sha256, size=taken.size, ok=True, seconds=0, staff_no=by.staff_no,
        evidence={"place": place.strip(), "transport": transport.strip(), "in_japan": True},
    )  # fmt: skip
    audit.record(by, function="backup.offsite", operation="update", row_count=1, detail={"file": file_name})
    return made


def copy_offsite(*, by: Actor, generation: Generation) -> BackupEvent | None:
    """Copy a generation to the folder `KOKUHO_OFFSITE` (a mount of the other place), hash it there and record it; None where none is set.

    `KOKUHO_OFFSITE_PLACE` says where that is. Needs `backup.run`. Raises `BackupError` B09: the place is not declared as in Japan
    (「日本国内」 at its beginning), or what arrived is not what was sealed. Copies beyond eight are removed.
    """
    by.require("backup.run")
    target, place = os.environ.get("KOKUHO_OFFSITE", ""), os.environ.get("KOKUHO_OFFSITE_PLACE", "")
    if not target:
        return None
    folder = Path(target)
    part = folder / f"{generation.path.name}.part"
    shutil.copyfile(generation.path, part)
    part.chmod(0o600)
    there = part.rename(folder / generation.path.name)
    with open(there, "rb") as file:
        whole = Hashing(file)
        while whole.read(1 << 20):
            pass
    made = offsite(
        by=by, file_name=generation.path.name, sha256_there=whole.digest.hexdigest(), place=place, transport="自動（KOKUHO_OFFSITE）",
        in_japan=place.startswith("日本国内"),
    )  # fmt: skip
    for old in generations(folder)[OFFSITE_SETS:]:
        old.unlink()
    return made

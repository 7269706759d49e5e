"""Migration work: decided by two persons, done step by step by two special IDs, every file sealed and destroyed (VENDOR-04)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import transaction

from kokuho.core import audit, clock, config, entries, sealing
from kokuho.core.access import Actor
from kokuho.core.actions import leaving
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry, Grant, MigrationFile, MigrationStep, MigrationWork, Staff

KIND, ROLE = "migration.work", "migration"
_ITEMS = ("title", "scope", "staff_nos", "valid_from", "valid_until")
FEWEST, MOST = 2, 4  # two act together; more than two pairs is no longer the least number of IDs


class MigrationError(CodedError):
    """The step is refused. `code` is stable."""


def path_of(file: MigrationFile) -> Path:
    """Where the sealed file lies."""
    return config.folder("migration") / f"{file.made_by_id}.kks"


def problem(file: MigrationFile) -> str:
    """What is wrong with a sealed file, as a sentence: gone, changed or not openable; empty when it is what was registered."""
    path = path_of(file)
    if not path.is_file():
        return "ファイルがありません。"
    with open(path, "rb") as stream:
        if file_digest(stream, "sha256").hexdigest() != file.sha256:
            return "登録したハッシュと違います。"
    try:
        for _ in sealing.unsealed(path):
            pass
    except (InvalidTag, ValueError):
        return "封印を開けません。"
    return ""


def request_work(*, by: Actor, on: date, reason: str, **payload: Any) -> Entry:
    """Ask for a migration: `title`, `scope`, `staff_nos` (special IDs), `valid_from`, `valid_until` (ISO days). Another confirms."""
    return submit(by=by, on=on, kind=KIND, title=f"データ移行: {payload.get('title', '')}"[:200], payload=payload, reason=reason)


def _running(by: Actor, on: date, work_id: int) -> MigrationWork:
    """The migration, for a special ID of it in its days. Raises `MigrationError` VENDOR-04-ID, recorded."""
    by.require("migration.work")
    work = MigrationWork.objects.select_for_update().filter(pk=work_id).first()
    if work is None or work.completed_at is not None or by.staff_no not in work.staff_nos or not work.valid_from <= on <= work.valid_until:
        audit.record(by, function="migration.step", operation="refuse", result="refused", detail={"migration": work_id})
        raise MigrationError("VENDOR-04-ID", "この移行の作業用IDではないか、作業の期間が終わっています。")
    return work


def ask(*, by: Actor, on: date, work_id: int, kind: str, content: str, file_id: int | None = None) -> MigrationStep:
    """Ask for a step with a special ID. `content`: of what; of a destruction its method. Needs `migration.work`.

    Raises `MigrationError` VENDOR-04-ID; VENDOR-04-STEP for an unknown step, no content, or a file that is not there any more.
    """
    with transaction.atomic():
        work = _running(by, on, work_id)
        file = MigrationFile.objects.filter(pk=file_id, made_by__work=work, destroyed_at__isnull=True).first() if file_id else None
        if kind not in dict(MigrationStep.KINDS) or not content.strip() or (kind == MigrationStep.EXTRACT) != (file is None):
            raise MigrationError("VENDOR-04-STEP", "工程と内容（廃棄は方法）を入力し、投入・廃棄は残っているファイルを選んでください。")
        step = MigrationStep.objects.create(work=work, kind=kind, file=file, what=content.strip(), asked_by=by.staff_no)
        told = {"migration": work.pk, "step": step.pk, "kind": kind}
        audit.record(by, function="migration.ask", operation="add", row_count=1, detail=told)
    return step


@transaction.atomic
def confirm(*, by: Actor, on: date, step_id: int) -> MigrationStep:
    """Confirm a step with another special ID. Raises `MigrationError` VENDOR-04-ID, -STATE, -SELF. Needs `migration.work`."""
    by.require("migration.work")
    step = _locked(step_id)
    _running(by, on, step.work_id)
    if step.confirmed_at is not None:
        raise MigrationError("VENDOR-04-STATE", "この工程は確認が済んでいます。")
    if by.is_person(step.asked_by):
        raise MigrationError("VENDOR-04-SELF", "申し出た本人は確認できません。もう一人の作業者が確認してください。")
    step.confirmed_by, step.confirmed_at = by.staff_no, clock.now()
    step.save(update_fields=["confirmed_by", "confirmed_at"])
    audit.record(by, function="migration.confirm", operation="approve", row_count=1, detail={"migration": step.work_id, "step": step.pk})
    return step


def _locked(step_id: int) -> MigrationStep:
    step = MigrationStep.objects.select_for_update(of=("self",)).select_related("file").filter(pk=step_id).first()
    if step is None:
        raise MigrationError("VENDOR-04-STATE", "その工程はありません。")
    return step


def _ready(by: Actor, on: date, step_id: int, kind: str) -> MigrationStep:
    by.require("migration.work")
    step = _locked(step_id)
    _running(by, on, step.work_id)
    if step.kind != kind or step.done_at is not None:
        raise MigrationError("VENDOR-04-STATE", "その工程ではないか、既に行っています。")
    if step.confirmed_at is None:
        audit.record(by, function="migration.step", operation="refuse", result="refused", detail={"step": step_id})
        raise MigrationError("VENDOR-04-ALONE", "もう一人の作業者の確認がまだです。確認を受けてから行ってください。")
    return step


def _done(by: Actor, step: MigrationStep, file: MigrationFile) -> None:
    step.done_by, step.done_at = by.staff_no, clock.now()
    step.save(update_fields=["done_by", "done_at"])
    audit.record(
        by, function=f"migration.{step.kind}", operation="remove" if step.kind == MigrationStep.DESTROY else "add", row_count=1,
        detail={"migration": step.work_id, "step": step.pk, "file": file.pk, "sha256": file.sha256},
    )  # fmt: skip


@transaction.atomic
def extract(*, by: Actor, on: date, step_id: int, source: Path) -> MigrationFile:
    """Seal and register what was extracted; the open file is removed. Raises `MigrationError` VENDOR-04-ID, -STATE, -ALONE."""
    step = _ready(by, on, step_id, MigrationStep.EXTRACT)
    target, size = config.folder("migration") / f"{step.pk}.kks", 0
    writer = sealing.SealedWriter(target)
    try:
        with open(source, "rb") as stream:
            while block := stream.read(sealing.BLOCK):
                size += len(block)
                writer.write(block)
        writer.commit()
    except BaseException:
        writer.discard()
        raise
    with open(target, "rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    file = MigrationFile.objects.create(made_by=step, name=source.name[:120], size=size, sha256=digest)
    _done(by, step, file)
    # Only when the register holds the sealed file is the open one removed.
    transaction.on_commit(lambda: source.unlink(missing_ok=True))
    return file


def load(*, by: Actor, on: date, step_id: int, take: Callable[[Path], None]) -> MigrationFile:
    """Verify a sealed file and let `take` (a door with transactions of its own) have it, opened for that moment only.

    Raises `MigrationError` VENDOR-04-ID, -STATE, -ALONE, VENDOR-04-SEAL for a file that is not what was registered.
    """
    with transaction.atomic():
        file = _ready(by, on, step_id, MigrationStep.LOAD).file
    assert file is not None
    if wrong := problem(file):
        audit.record(by, function="migration.load", operation="refuse", result="refused", detail={"file": file.pk, "why": wrong})
        raise MigrationError("VENDOR-04-SEAL", f"ファイル {file.pk} は投入できません。{wrong}")
    with tempfile.TemporaryDirectory(dir=config.folder("work")) as folder:
        opened = Path(folder) / file.name
        with open(os.open(opened, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            for block in sealing.unsealed(path_of(file)):
                stream.write(block)
        take(opened)
    with transaction.atomic():
        _done(by, _ready(by, on, step_id, MigrationStep.LOAD), file)
    return file


@transaction.atomic
def destroy(*, by: Actor, on: date, step_id: int) -> MigrationFile:
    """Remove a sealed file; the register keeps when and how. Raises `MigrationError` VENDOR-04-ID, -STATE, -ALONE."""
    step = _ready(by, on, step_id, MigrationStep.DESTROY)
    file = step.file
    assert file is not None
    if file.destroyed_at is not None:
        raise MigrationError("VENDOR-04-STATE", "このファイルは既に廃棄しています。")
    path_of(file).unlink(missing_ok=True)
    file.destroyed_at, file.method = clock.now(), step.what
    file.save(update_fields=["destroyed_at", "method"])
    _done(by, step, file)
    return file


@transaction.atomic
def complete(*, by: Actor, on: date, work_id: int, finding: str) -> MigrationWork:
    """Complete a migration after its records were looked at: the special IDs end with it. Needs `vendor.manage`, by none of them.

    Raises `MigrationError` VENDOR-04-FILES while a file is not destroyed, VENDOR-04-COMPLETE otherwise.
    """
    by.require("vendor.manage")
    work = MigrationWork.objects.select_for_update().get(pk=work_id)
    if work.completed_at is not None or by.staff_no in work.staff_nos or not finding.strip():
        raise MigrationError("VENDOR-04-COMPLETE", "作業者以外の職員が、操作記録を確かめた結果を入力して完了にします。")
    files = MigrationFile.objects.filter(made_by__work=work)
    if files.filter(destroyed_at__isnull=True).exists() or any(path_of(file).exists() for file in files):
        raise MigrationError("VENDOR-04-FILES", "廃棄していないファイルがあります。すべて廃棄してから完了にしてください。")
    work.completed_by, work.completed_at, work.finding = by.staff_no, clock.now(), finding.strip()
    work.save(update_fields=["completed_by", "completed_at", "finding"])
    for staff in Staff.objects.filter(staff_no__in=work.staff_nos, is_active=True):
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        leaving.revoke(staff, on=on, why=f"データ移行の完了: {work.title}", origin=f"migration:{work.pk}")
    audit.record(by, function="migration.complete", operation="approve", reason=finding[:200], row_count=1, detail={"migration": work.pk})
    return work


# --- the kind of entry --------------------------------------------------------------------------------------------------


def _days(payload: Mapping[str, Any]) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(str(payload.get(name, ""))) for name in ("valid_from", "valid_until"))
    except ValueError:
        raise MigrationError("VENDOR-04-WORK", "開始日と終了日を入力してください。") from None
    return first, last


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    first, last = _days(payload)
    numbers = list(payload.get("staff_nos") or ())
    if last < first or last < on or not str(payload.get("title", "")).strip() or not str(payload.get("scope", "")).strip():
        raise MigrationError("VENDOR-04-WORK", "件名、移行の範囲、今日以後に終わる期間を入力してください。")
    if not FEWEST <= len(set(numbers)) <= MOST or len(set(numbers)) != len(numbers):
        raise MigrationError("VENDOR-04-IDS", f"作業用IDは{FEWEST}〜{MOST}にしてください。")
    if by.staff_no in numbers:
        raise MigrationError("VENDOR-04-IDS", "作業用IDの本人は、移行の申請・承認ができません。")
    found = {staff.staff_no: staff for staff in Staff.objects.filter(staff_no__in=numbers, is_active=True)}
    if len({staff.person_no for staff in found.values()}) != len(numbers):
        raise MigrationError("VENDOR-04-IDS", "作業用IDは、登録された有効なIDで、別々の人のものにしてください。")
    for staff in found.values():
        roles = set(Grant.objects.filter(staff=staff, valid_until__gte=on).values_list("role", flat=True))
        if roles != {ROLE} or staff.valid_until > last:
            raise MigrationError(
                "VENDOR-04-IDS", f"{staff.staff_no}: 作業用IDの権限は「データ移行作業」だけ、利用終了日は移行の終了日までにしてください。"
            )


def _lines(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told = entry.payload
    names = dict(Staff.objects.filter(staff_no__in=told["staff_nos"]).values_list("staff_no", "name"))
    return [
        entries.Line("件名", "", told["title"]),
        entries.Line("移行の範囲", "", told["scope"]),
        entries.Line("作業用ID", "", "、".join(f"{names.get(n, '')}（{n}）" for n in told["staff_nos"]), "完了とともに使えなくなる"),
        entries.Line("期間", "", f"{told['valid_from']} 〜 {told['valid_until']}"),
    ]


def _apply(by: Actor, on: date, entry: Entry) -> None:
    told = entry.payload
    first, last = _days(told)
    # The database asks for the confirmed entry; the state is written with the same transaction, before the work.
    MigrationWork.objects.create(
        title=told["title"].strip(), scope=told["scope"].strip(), staff_nos=list(told["staff_nos"]), valid_from=first, valid_until=last,
        entry_no=entry.pk,
    )  # fmt: skip


def register_kind() -> None:
    """Make the kind of entry known; called when the groundwork is ready."""
    entries.register(entries.EntryKind(
        code=KIND, label="データ移行の作業", enter="vendor.manage", confirm="vendor.approve",
        items=frozenset(_ITEMS), check=_check, lines=_lines, apply=_apply, always=True,
    ))  # fmt: skip

"""Reads of backups: generations, their age, copies kept elsewhere, drills, and what of it is too old (BACKUP-01, -02, -04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kokuho.core import clock, parameters
from kokuho.core.access import Actor
from kokuho.core.models import BackupEvent
from kokuho.core.reads import seen


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """How the backups stand. `warnings`: what is wrong, a sentence each; empty when all is in order."""

    generations: Sequence[BackupEvent]
    last: BackupEvent | None
    last_failed: BackupEvent | None
    offsite: BackupEvent | None
    drill: BackupEvent | None
    warnings: Sequence[str]


def backup_status(by: Actor, *, at: datetime | None = None) -> BackupStatus:
    """The state of backups at a moment (default: now). Needs `backup.read`."""
    by.require("backup.read")
    found = status(at or clock.now())
    seen(by, "backup.status", row_count=len(found.generations))
    return found


def status(at: datetime) -> BackupStatus:
    """As `backup_status`, for the checks that have asked for their own right."""
    events = list(BackupEvent.objects.order_by("-at")[:500])
    removed = {e.file_name for e in events if e.kind == "removed"}
    good = [e for e in events if e.kind == "backup" and e.ok and e.file_name not in removed]
    failed = next((e for e in events if e.kind == "backup" and not e.ok), None)
    offsite = next((e for e in events if e.kind == "offsite" and e.ok), None)
    drill = next((e for e in events if e.kind == "drill"), None)
    chosen = parameters.current().value
    warnings = []
    last = good[0] if good else None
    if last is None or at - last.at > timedelta(hours=chosen("backup.max_age_hours")):
        warnings.append(f"最新のバックアップが{chosen('backup.max_age_hours')}時間以内にありません。")
    if last is not None and failed is not None and failed.at > last.at:
        warnings.append("最後に取ろうとしたバックアップが失敗しました。")
    if len(good) < chosen("backup.onsite_generations"):
        warnings.append(f"庁内の世代が{len(good)}世代です（{chosen('backup.onsite_generations')}世代が必要）。")
    if offsite is None or at - offsite.at > timedelta(days=chosen("backup.offsite_days")):
        warnings.append(f"遠隔地への写しが{chosen('backup.offsite_days')}日以内にありません。")
    if drill is None or at - drill.at > timedelta(days=31 * chosen("backup.drill_months")):
        warnings.append(f"復元訓練が{chosen('backup.drill_months')}か月以内に行われていません。")
    elif not drill.ok:
        warnings.append("最後の復元訓練で、控えと一致しませんでした。")
    return BackupStatus(good, last, failed, offsite, drill, warnings)


def backup_events(by: Actor, *, since: date) -> Sequence[BackupEvent]:
    """What was taken, removed, copied, restored and drilled since a day, newest first. Needs `backup.read`."""
    by.require("backup.read")
    found = list(BackupEvent.objects.filter(at__date__gte=since).order_by("-at")[:200])
    seen(by, "backup.events", row_count=len(found))
    return found

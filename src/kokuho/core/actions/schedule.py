"""Changing the time of a scheduled work, or letting it rest."""

from __future__ import annotations

from datetime import date, time

from django.db import transaction

from kokuho.core import audit, schedule, writing
from kokuho.core.access import Actor
from kokuho.core.models import ScheduledTime
from kokuho.core.schedule import ScheduleError


def change_time(*, by: Actor, on: date, code: str, at: time, active: bool, reason: str) -> ScheduledTime:
    """Set when a work runs, from the next time on. Raises `ScheduleError` SCH01 for an unknown work, SCH02 without a reason."""
    by.require("batch.schedule")
    if code not in schedule.works():
        raise ScheduleError("SCH01", f"定時処理 {code} はありません。")
    if not reason.strip():
        raise ScheduleError("SCH02", "変更の理由を入力してください。")
    with transaction.atomic(), writing.acting(by, "schedule.change", reason):
        row, _ = ScheduledTime.objects.update_or_create(
            code=code, defaults={"at": at, "active": active, "changed_by": by.staff_no, "reason": reason.strip()[:200]}
        )
        audit.record(
            by, function="schedule.change", operation="update", reason=reason.strip()[:200],
            detail={"work": code, "at": f"{at:%H:%M}", "active": active},
        )  # fmt: skip
    return row

"""定時処理: when work runs by itself, and what came of it on each business date."""

from __future__ import annotations

import pghistory
from django.db import models

from kokuho.core.models.base import Register


@pghistory.track()
class ScheduledTime(Register):
    """The municipality's own time of a scheduled work, or that it rests. Without a row the product's time holds."""

    code = models.CharField("定時処理", max_length=40, unique=True)
    at = models.TimeField("開始時刻")
    active = models.BooleanField("実行する", default=True)
    changed_by = models.CharField("変更者", max_length=20)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "定時処理の時刻"


class ScheduledRun(Register):
    """A scheduled work on one business date: at most once done. A run that was cut off is taken up again in the same row."""

    RUNNING, DONE, FAILED = "running", "done", "failed"
    STATES = ((RUNNING, "実行中"), (DONE, "終了"), (FAILED, "異常終了"))

    code = models.CharField("定時処理", max_length=40)
    business_date = models.DateField("処理日")
    state = models.CharField("状態", max_length=10, choices=STATES, default=RUNNING)
    attempts = models.IntegerField("実行の回数", default=0)
    started_at = models.DateTimeField("開始")
    ended_at = models.DateTimeField("終了", null=True)
    ordered_by = models.CharField("実行者", max_length=20)
    results = models.JSONField("結果", default=dict)
    message = models.CharField("メッセージ", max_length=500, blank=True)

    class Meta:
        verbose_name = "定時処理の実行"
        constraints = [models.UniqueConstraint(fields=["code", "business_date"], name="scheduledrun_once_a_day")]

"""Batch runs: what was ordered, how far it is, what it made. A run is cut into chunks; a chunk is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Func

from kokuho.core import clock
from kokuho.core.models.base import Register

BATCH_KINDS: Mapping[str, str] = {
    "levy-trial": "当初賦課 試算",
    "levy-final": "当初賦課 本算定",
    "levy-posting": "調定",
    "notices": "通知書",
    "federation-report": "資格情報（集約システム）",
    "atena-registration": "宛名情報の登録（統合宛名）",
    "age-events": "年齢到達",
    "age-letters": "年齢到達の通知",
    "hearing-letters": "特別療養費の事前通知",
    "eligibility-checks": "資格の点検",
    "join-candidates": "名寄せの候補",
    "burden": "負担割合の判定",
    "renewal": "証の一斉更新",
    "certificates": "証の印刷",
    "print-package": "印刷委託先への引渡しファイル",
}

# What runs by the schedule, or follows from another run by itself: nobody orders it.
SCHEDULED = frozenset({"eligibility-checks", "join-candidates", "levy-posting"})


class BatchRun(Register):
    """One run of a batch of the catalogue (LOG-04)."""

    KNOWN_WHEN = "t.ordered_at < {known}"
    # What was added to the results after the run ended, and its cancellation, carry their moment (`add`).
    KNOWN_AS = {
        "state": "CASE WHEN t.state = 'cancelled' AND (t.results #>> '{{added,at}}')::timestamptz >= {known} THEN "
                 "CASE WHEN t.ended_at < {known} THEN 'done' ELSE 'prepared' END WHEN t.ended_at < {known} THEN t.state "
                 "WHEN t.started_at < {known} THEN 'running' "
                 "WHEN t.ended_at IS NULL AND t.started_at IS NULL THEN t.state ELSE 'prepared' END",
        "started_at": "CASE WHEN t.started_at < {known} THEN t.started_at END",
        "ended_at": "CASE WHEN t.ended_at < {known} THEN t.ended_at END",
        "results": "CASE WHEN t.ended_at >= {known} THEN '{{}}'::jsonb WHEN (t.results #>> '{{added,at}}')::timestamptz >= {known} "
                   "THEN t.results - ARRAY(SELECT jsonb_array_elements_text(t.results #> '{{added,names}}')) - 'added' ELSE t.results END",
        "message": "CASE WHEN t.ended_at >= {known} OR (t.results #>> '{{added,at}}')::timestamptz >= {known} THEN '' ELSE t.message END",
    }  # fmt: skip

    PREPARED, RUNNING, DONE, FAILED, CANCELLED = "prepared", "running", "done", "failed", "cancelled"
    STATES = ((PREPARED, "準備済み"), (RUNNING, "実行中"), (DONE, "終了"), (FAILED, "異常終了"), (CANCELLED, "取消し"))

    kind = models.CharField("バッチ", max_length=40)
    title = models.CharField("件名", max_length=120)
    parameters = models.JSONField("条件", default=dict)
    state = models.CharField("状態", max_length=10, choices=STATES, default=PREPARED)
    ordered_by = models.CharField("実行者", max_length=20)
    ordered_at = models.DateTimeField("受付日時", db_default=Func(function="now"))
    business_date = models.DateField("処理日")
    started_at = models.DateTimeField("開始", null=True, blank=True)
    ended_at = models.DateTimeField("終了", null=True, blank=True)
    chunks_total = models.IntegerField("区分数", default=0)
    results = models.JSONField("結果", default=dict)
    message = models.CharField("メッセージ", max_length=500, blank=True)

    class Meta:
        verbose_name = "バッチ実行"
        indexes = [models.Index(fields=["kind", "-ordered_at"], name="batchrun_kind")]

    def __str__(self) -> str:
        return self.title

    def add(self, **results: Any) -> None:
        """Results that come after the end (issued, applied), or none with a cancellation; the caller saves them."""
        told = {"at": clock.now().isoformat(), "names": list(results)}
        self.results = {**self.results, **results, "added": told}


class BatchChunk(Register):
    """A part of a run that commits together with what it wrote. A finished chunk is never done again."""

    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, related_name="chunks")
    number = models.IntegerField("番号")
    first_key = models.BigIntegerField("先頭")
    last_key = models.BigIntegerField("末尾")
    done_at = models.DateTimeField("終了", null=True, blank=True)
    counts = models.JSONField("件数", default=dict)

    class Meta:
        verbose_name = "バッチ区分"
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="batchchunk_once")]

"""事前通知 of 特別療養費: the notice that gives a household the chance to be heard, and what came of it (国民健康保険法54条の3)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models import Act, BatchRun


class HearingNotice(Act):
    """A 事前通知 as issued, with the arrears that it tells (yen) as they were counted. `hearing_until` is the last day for a 弁明."""

    household_no = models.BigIntegerField("世帯番号")
    payer_no = models.BigIntegerField("納付義務者")
    notified_on = models.DateField("事前通知年月日")
    hearing_until = models.DateField("弁明の期限")
    arrears = models.BigIntegerField("納期限の過ぎた額（円）")
    overdue = models.BigIntegerField("うち期間を過ぎた額（円）")
    terms = models.IntegerField("期の数")
    oldest_due = models.DateField("最も古い納期限")
    counted_on = models.DateField("滞納を数えた日")
    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, verbose_name="通知を作成した実行")
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "特別療養費の事前通知"
        constraints = [
            models.CheckConstraint(condition=Q(hearing_until__gt=F("notified_on")), name="hearingnotice_time_to_answer")
        ]
        indexes = [
            models.Index(fields=["household_no", "-id"], name="hearingnotice_household"),
            models.Index(fields=["run", "id"], name="hearingnotice_run"),
        ]


class HearingStep(Act):
    """What came after a 事前通知. Several 弁明 may arrive; a notice is waived, withdrawn or decided upon once."""

    RECEIVED, WAIVED, WITHDRAWN, DECIDED = "received", "waived", "withdrawn", "decided"
    KINDS = {
        RECEIVED: "弁明を受けた", WAIVED: "弁明しない旨の申出を受けた", WITHDRAWN: "通知を取り下げた",
        DECIDED: "特別療養費への変更を決定した",
    }  # fmt: skip

    notice = models.ForeignKey(HearingNotice, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField("できごと", max_length=10, choices=tuple(KINDS.items()))
    on = models.DateField("年月日")
    note = models.CharField("内容", max_length=500, blank=True)
    entry_id = models.BigIntegerField("入力", null=True)
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "事前通知のできごと"
        constraints = [
            models.UniqueConstraint(fields=["notice", "kind"], condition=~Q(kind="received"), name="hearingstep_once"),
        ]
        indexes = [models.Index(fields=["notice", "id"], name="hearingstep_notice")]

"""集約システムとの連携: who is held back from the report and why, and what the federation did not accept."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, BatchRun, Register
from kokuho.exchange.models.inbox import InboxFile
from kokuho.exchange.models.outbox import OutboxFile


@pghistory.track()
class ReportIssue(Register):
    """保留: a person or household who should be reported to a receiver and cannot be as things are. A later run closes it by itself."""

    system = models.CharField("提供先", max_length=20, default="shuyaku")
    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, related_name="+", null=True, verbose_name="見つけた実行")
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号", null=True)
    code = models.CharField("番号", max_length=10)
    message = models.CharField("内容", max_length=300)
    found_on = models.DateField("見つけた日")
    closed_on = models.DateField("解消した日", null=True)

    class Meta:
        verbose_name = "送信の保留"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "atena_no", "code"], condition=Q(closed_on__isnull=True), name="reportissue_open_once"
            )
        ]
        indexes = [models.Index(fields=["found_on"], name="reportissue_open", condition=Q(closed_on__isnull=True))]


class OutboxRejection(Act):
    """A record that the receiver did not accept. It counts as not reported, so that the next difference holds it again."""

    file = models.ForeignKey(OutboxFile, on_delete=models.PROTECT, related_name="rejections")
    atena_no = models.BigIntegerField("宛名番号")
    code = models.CharField("相手の番号", max_length=20, blank=True)
    message = models.CharField("相手の文言", max_length=300, blank=True)
    at = models.DateTimeField("照合日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "受理されなかった記録"
        constraints = [models.UniqueConstraint(fields=["file", "atena_no"], name="outboxrejection_once")]
        indexes = [models.Index(fields=["atena_no"], name="outboxrejection_atena")]


class FederationAnswer(Register):
    """A matched record of the federation that waits for a person's confirmation before it becomes a fact (FED-04)."""

    DATES, MEMBER = "dates", "member"
    READY, APPLIED, DROPPED = "ready", "applied", "dropped"
    STATES = ((READY, "確認待ち"), (APPLIED, "反映済み"), (DROPPED, "反映しない"))

    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT, related_name="answers")
    record = models.IntegerField("行")
    kind = models.CharField("種類", max_length=6, choices=((DATES, "資格取得喪失年月日"), (MEMBER, "被保険者ID")))
    atena_no = models.BigIntegerField("宛名番号")
    member_id = models.CharField("市町村被保険者ID", max_length=20, blank=True)
    prefecture_id = models.CharField("都道府県被保険者ID", max_length=20, blank=True)
    acquired_on = models.DateField("県内資格取得年月日", null=True)
    lost_on = models.DateField("県内資格喪失年月日", null=True)
    judgement = models.CharField("判定区分", max_length=1, blank=True)
    told_at = models.DateTimeField("集約システムの処理日時", null=True)
    state = models.CharField("状態", max_length=8, choices=STATES, default=READY)

    class Meta:
        verbose_name = "集約システムからの記録"
        indexes = [
            models.Index(fields=["file", "state"], name="federationanswer_file"),
            models.Index(fields=["atena_no"], name="federationanswer_atena"),
        ]


@pghistory.track()
class ContinuationCandidate(Register):
    """継続候補世帯: a household that moved within the prefecture, and whether its 世帯の継続 was fixed (IF-19-7, IF-19-9)."""

    RESULTS = (("", "未確定"), ("1", "継続"), ("2", "非継続"))

    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT, related_name="+")
    list_number = models.CharField("リスト番号", max_length=10, unique=True)
    month = models.CharField("判定年月", max_length=7)
    from_municipality = models.CharField("転出元市町村", max_length=6)
    to_municipality = models.CharField("転入先市町村", max_length=6)
    from_household = models.BigIntegerField("転出元世帯番号")
    to_household = models.BigIntegerField("転入先世帯番号")
    members = models.IntegerField("世帯員数")
    result = models.CharField("確定結果", max_length=1, choices=RESULTS, blank=True)
    fixed_on = models.DateField("確定年月日", null=True)
    result_file = models.ForeignKey(InboxFile, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = "継続候補世帯"
        indexes = [
            models.Index(fields=["to_household"], name="continuation_to"),
            models.Index(fields=["from_household"], name="continuation_from"),
        ]

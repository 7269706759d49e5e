"""What makes the operation record hold: the record of writes, the seals of days, inspections and what they found."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Act, Register
from kokuho.core.models.staff import Staff


class WriteRecord(Act):
    """One statement that changed rows: who, where, why, which table, how many rows. Written by triggers only (LOG-03).

    The values themselves stand in the tables, whose rows are never overwritten, and in the history of the registers.
    """

    GRANTS = "SELECT"

    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    transaction = models.BigIntegerField("トランザクション")
    table_name = models.CharField("表", max_length=130)
    operation = models.CharField("操作", max_length=8)
    row_count = models.BigIntegerField("行数", null=True, help_text="TRUNCATE は空")
    first_id = models.BigIntegerField("最小の行番号", null=True)
    last_id = models.BigIntegerField("最大の行番号", null=True)
    staff_no = models.CharField("職員番号", max_length=20, help_text="空は、名乗らずに書き込まれたもの")
    terminal = models.CharField("端末", max_length=60)
    session = models.CharField("セッション", max_length=64)
    function = models.CharField("機能", max_length=60)
    reason = models.CharField("理由", max_length=200)
    database_role = models.CharField("データベースの役割", max_length=130)
    application = models.CharField("アプリケーション", max_length=64)

    class Meta:
        verbose_name = "書込み記録"
        indexes = [
            models.Index(fields=["at"], name="writerecord_at"),
            models.Index(fields=["staff_no", "at"], name="writerecord_staff"),
            models.Index(fields=["table_name", "first_id"], include=["id", "at"], name="writerecord_table"),
        ]


class DaySeal(Act):
    """The seal of a closed day: `payload` says what the day held and names the day before; `signature` is over it (LOG-08)."""

    day = models.DateField("日", unique=True)
    payload = models.TextField("封の内容")
    hash = models.CharField("ハッシュ", max_length=64)
    signature = models.CharField("署名", max_length=128)
    index = models.BinaryField("行の一覧", help_text="表・行番号・ハッシュの先頭。どの行が違うかを示すため")

    class Meta:
        verbose_name = "日次の封"


class Inspection(Act):
    """An inspection of the operation record that was carried out (LOG-06)."""

    period_from = models.DateField("対象期間（から）")
    period_until = models.DateField("対象期間（まで）")
    inspected_on = models.DateField("点検日")
    inspected_by = models.CharField("点検者", max_length=20)
    sample_size = models.IntegerField("標本の数")
    matched = models.IntegerField("書面と一致した数")
    findings = models.TextField("結果")
    follow_up = models.TextField("措置", blank=True)
    recorded_at = models.DateTimeField("記録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "操作記録の点検"
        constraints = [
            models.CheckConstraint(condition=Q(sample_size__gt=0), name="inspection_has_sample"),
            models.CheckConstraint(condition=~Q(findings__regex=r"^\s*$"), name="inspection_has_findings"),
            models.CheckConstraint(condition=Q(matched__gte=0, matched__lte=F("sample_size")), name="inspection_matched"),
            models.CheckConstraint(condition=Q(period_until__gte=F("period_from")), name="inspection_period"),
        ]


class AuditMark(Act):
    """Use that a rule of the daily analysis found worth a look (LOG-07)."""

    day = models.DateField("日")
    rule = models.CharField("規則", max_length=40)
    staff_no = models.CharField("職員番号", max_length=20)
    records = ArrayField(models.BigIntegerField(), verbose_name="操作記録")
    figure = models.IntegerField("数値", help_text="規則が数えたもの")
    detail = models.JSONField("内容", default=dict)
    made_at = models.DateTimeField("作成日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "要確認の印"
        constraints = [models.UniqueConstraint(fields=["day", "rule", "staff_no"], name="auditmark_once")]


class MarkDisposition(Act):
    """What somebody else than the marked person decided about a mark."""

    EXPLAINED, WARNED, INCIDENT = "explained", "warned", "incident"
    OUTCOMES = ((EXPLAINED, "業務上の利用"), (WARNED, "注意・指導"), (INCIDENT, "事故として調査"))

    mark = models.OneToOneField(AuditMark, on_delete=models.PROTECT, related_name="disposition")
    staff_no = models.CharField("印を受けた職員", max_length=20)
    outcome = models.CharField("判断", max_length=10, choices=OUTCOMES)
    reason = models.TextField("理由")
    decided_by = models.CharField("判断者", max_length=20)
    decided_at = models.DateTimeField("判断日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "印の処理"
        constraints = [
            models.CheckConstraint(condition=~Q(staff_no=F("decided_by")), name="disposition_by_another"),
            models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="disposition_has_reason"),
        ]


@pghistory.track()
class StaffResident(Register):
    """The 宛名番号 of a member of staff who is a resident, as declared, so that use of one's own household shows."""

    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="resident", verbose_name="職員")
    atena_no = models.BigIntegerField("宛名番号")

    class Meta:
        verbose_name = "職員の宛名番号"

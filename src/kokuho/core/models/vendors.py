"""Contractors: contracts, the roster of their workers, and the windows in which they may work (VENDOR-01, -02, -05)."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Register


@pghistory.track()
class Contract(Register):
    """A contract with a company, or a 再委託 that was consented to, with what is due."""

    number = models.CharField("契約番号", max_length=30, unique=True)
    company = models.CharField("会社", max_length=100)
    subject = models.CharField("委託の内容", max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, verbose_name="元の契約（再委託のとき）")
    consent = models.CharField("再委託の承諾", max_length=60, blank=True)
    valid_from = models.DateField("開始日")
    valid_until = models.DateField("終了日")
    statement_on = models.DateField("安全管理の書面を受けた日", null=True, blank=True)
    inspected_on = models.DateField("最後の監査・点検日", null=True, blank=True)
    inspect_by = models.DateField("次の監査・点検の期限", null=True, blank=True)
    certificate_on = models.DateField("返却・消去の証明を受けた日", null=True, blank=True)
    origin = models.CharField("登録者", max_length=60)

    class Meta:
        verbose_name = "委託契約"
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="contract_period"),
            models.CheckConstraint(condition=Q(parent__isnull=True) | ~Q(consent=""), name="contract_consent"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.company}"


@pghistory.track()
class ContractWorker(Register):
    """A person on the roster that the company handed in (作業従事者名簿)."""

    worker_no = models.CharField("作業従事者番号", max_length=20, unique=True)
    name = models.CharField("氏名", max_length=60)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="workers", verbose_name="契約")
    level = models.PositiveSmallIntegerField("再委託の段階", default=0, help_text="0は元請")
    pledge_on = models.DateField("誓約書の日", null=True, blank=True)
    trained_on = models.DateField("研修を受けた日", null=True, blank=True)
    valid_from = models.DateField("開始日")
    valid_until = models.DateField("終了日")
    is_active = models.BooleanField("有効", default=True)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "作業従事者"
        constraints = [models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="worker_period")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class VendorWindow(Register):
    """An approved time of work: who, why, what, where, from when to when; and what came of it. Open until the city confirms."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, verbose_name="契約")
    workers = ArrayField(models.CharField(max_length=20), verbose_name="作業従事者番号")
    reason = models.CharField("理由", max_length=200)
    scope = models.CharField("作業の範囲", max_length=200)
    place = models.CharField("場所", max_length=100)
    starts = models.DateTimeField("開始")
    ends = models.DateTimeField("終了")
    capabilities = ArrayField(models.CharField(max_length=40), verbose_name="この作業に限って認める権限", default=list)
    persons = ArrayField(models.BigIntegerField(), verbose_name="対象の宛名番号", default=list, help_text="空は限らない")
    entry = models.ForeignKey("core.Entry", on_delete=models.PROTECT, verbose_name="申請")
    approved_by = models.CharField("承認者", max_length=20)
    report = models.TextField("作業記録", blank=True)
    reported_by = models.CharField("記録者", max_length=20, blank=True)
    reported_at = models.DateTimeField("記録日時", null=True)
    confirmed_by = models.CharField("確認者", max_length=20, blank=True)
    confirmed_at = models.DateTimeField("確認日時", null=True)
    finding = models.CharField("確認したこと", max_length=200, blank=True)
    made_at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    GRANTS = (
        "SELECT, INSERT, UPDATE (ends, report, reported_by, reported_at, confirmed_by, confirmed_at, finding)"
    )

    class Meta:
        verbose_name = "委託先の作業"
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="window_period"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True)
                | (Q(reported_at__isnull=False) & ~Q(confirmed_by="") & ~Q(confirmed_by=F("reported_by"))),
                name="window_confirmed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["starts", "ends"], name="window_time")]

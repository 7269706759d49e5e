"""電子申請の受付簿: what an operator took in, when, from which file, and what the look at its bytes said (OUT-03, OUT-04)."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act


class ReceivedApplication(Act):
    """One file of an online application. It is unmatched: nothing is decided before the checks that paper goes through. A file
    that was stopped lies sealed in quarantine and is opened by nobody."""

    ACCEPTED, STOPPED = "accepted", "stopped"
    STATES = ((ACCEPTED, "受付・未照合"), (STOPPED, "隔離"))

    reception_no = models.CharField("受付番号（電子申請）", max_length=40)
    file_name = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField("バイト数")
    state = models.CharField("状態", max_length=8, choices=STATES)
    code = models.CharField("止めた理由の番号", max_length=10, blank=True)
    message = models.CharField("止めた理由", max_length=200, blank=True)
    form = models.CharField("様式", max_length=40, blank=True)
    automatic = models.BooleanField("自動取込み", default=False)
    parts = models.JSONField("中のファイル", default=list)
    taken_by = models.CharField("受付者", max_length=20)
    taken_at = models.DateTimeField("受付日時", db_default=Func(function="now"))
    business_date = models.DateField("処理日")

    class Meta:
        verbose_name = "電子申請の受付"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=Q(state="accepted"), name="receivedapplication_once"),
            models.CheckConstraint(
                condition=Q(state="accepted", code="") | (Q(state="stopped") & ~Q(code="")), name="receivedapplication_reason"
            ),
        ]
        indexes = [models.Index(fields=["-taken_at"], name="receivedapplication_at")]


class ApplicationMatch(Act):
    """受理: an application was found to be of this person: the four items compared, the identity checked, by two persons."""

    application = models.OneToOneField(ReceivedApplication, on_delete=models.PROTECT, related_name="match")
    atena_no = models.BigIntegerField("宛名番号")
    differs = models.JSONField("一致しない項目", default=list)
    entry_id = models.BigIntegerField("入力番号")
    matched_by = models.CharField("照合者", max_length=20)
    confirmed_by = models.CharField("確認者", max_length=20)
    at = models.DateTimeField("確認日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "電子申請の受理"
        constraints = [
            models.CheckConstraint(condition=~Q(confirmed_by=models.F("matched_by")), name="applicationmatch_two_persons"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="applicationmatch_atena")]

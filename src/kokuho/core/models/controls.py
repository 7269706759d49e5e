"""The evidence of checking the safety controls (OPS-01)."""

from __future__ import annotations

from django.db import models
from django.db.models import Func

from kokuho.core.models.base import Act


class ControlRun(Act):
    """One run of `kokuho controls`: what was checked, with which state, evidence and parameter values. Holds no person."""

    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    business_date = models.DateField("処理日")
    staff_no = models.CharField("職員番号", max_length=20)
    version = models.CharField("版", max_length=20)
    passed = models.PositiveIntegerField("適合")
    failed = models.PositiveIntegerField("不適合")
    not_applicable = models.PositiveIntegerField("該当なし")
    results = models.JSONField("結果", help_text="措置ごとの状態・理由・見たこと・設定値")

    class Meta:
        verbose_name = "安全管理措置の点検"
        indexes = [models.Index(fields=["-at"], name="controlrun_when")]

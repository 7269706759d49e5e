"""Security parameters: the running values, what two persons changed, and the sealed set that was approved (OPS-07)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Act, Register


@pghistory.track()
class Parameter(Register):
    """A running value. What counts is the approved one (`ParameterBaseline`); a difference between the two is drift."""

    key = models.CharField("項目", max_length=60, unique=True)
    value = models.JSONField("値", null=True)
    baseline = models.IntegerField("承認された値の版")

    class Meta:
        verbose_name = "設定値"


class ParameterChange(Act):
    """One value that was changed: before, after, by whom, approved by whom, why."""

    key = models.CharField("項目", max_length=60)
    before = models.JSONField("変更前", null=True)
    after = models.JSONField("変更後", null=True)
    requested_by = models.CharField("申請者", max_length=20)
    approved_by = models.CharField("承認者", max_length=20)
    reason = models.CharField("理由", max_length=200)
    origin = models.CharField("出所", max_length=60)
    baseline = models.IntegerField("承認された値の版")
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "設定の変更"
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="parameter_two_persons"),
            models.CheckConstraint(condition=~Q(approved_by="") & ~Q(requested_by=""), name="parameter_persons"),
            models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="parameter_reason"),
        ]
        indexes = [models.Index(fields=["-at"], name="parameterchange_at")]


class ParameterBaseline(Act):
    """An approved set of values: canonical text, the hash of the set before in it, and a seal under the master key."""

    number = models.IntegerField("版", unique=True)
    content = models.TextField("内容")
    seal = models.CharField("封", max_length=64)
    made_at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "承認された設定"
        constraints = [models.CheckConstraint(condition=Q(number__gte=1), name="parameterbaseline_number")]

"""Which forms of the screens have been taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Func

from kokuho.core.models.base import Register


class FormReceipt(Register):
    """A form that was sent and taken, by its own number: sent again, it changes nothing (`web.received`). Kept for two days, longer
    than any session that could send it."""

    GRANTS = "SELECT, INSERT, UPDATE, DELETE"

    number = models.CharField("画面の番号", max_length=40, unique=True)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    staff_no = models.CharField("職員番号", max_length=20)
    session = models.CharField("セッション", max_length=64)
    path = models.CharField("送り先", max_length=200)
    result = models.CharField("結果の画面", max_length=500)

    class Meta:
        verbose_name = "受け付けた画面"
        indexes = [models.Index(fields=["at"], name="formreceipt_at")]

"""The municipality itself: one database serves one city."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from kokuho.core.models.base import Register


@pghistory.track()
class Municipality(Register):
    """Which city this database serves. What is printed of its office stands in the print settings of `documents`."""

    code = models.CharField("団体コード", max_length=6, unique=True)
    name = models.CharField("団体名", max_length=40)
    prefecture = models.CharField("都道府県", max_length=10)
    levy_kind = models.CharField("料・税", max_length=8, choices=(("premium", "保険料"), ("tax", "保険税")))
    settings = models.JSONField("設定", default=dict)
    only = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = "団体"
        constraints = [
            models.UniqueConstraint(fields=["only"], name="municipality_only_one"),
            models.CheckConstraint(condition=Q(only=True), name="municipality_only_true"),
        ]

    def __str__(self) -> str:
        return self.name


class Holiday(Register):
    """Days on which banks and the town hall are closed besides Saturdays and Sundays. The table decides due dates."""

    on = models.DateField("日", primary_key=True)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "休日"

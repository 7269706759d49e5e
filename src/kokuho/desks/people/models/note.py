"""メモ・処理停止: what staff should know of a person or household, and what must not be done for them meanwhile."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kokuho.core.models import PeriodFact, no_overlap
from kokuho.desks.people.models.mail import BUSINESSES, EVERY


class Memo(PeriodFact):
    """A note about a person or a household over a period (記事・世帯メモ). Several may hold at once."""

    atena_no = models.BigIntegerField("宛名番号", null=True)
    household_no = models.BigIntegerField("世帯番号", null=True)
    business = models.SmallIntegerField("業務", choices=BUSINESSES, default=EVERY)
    text = models.CharField("内容", max_length=1000)

    class Meta:
        verbose_name = "メモ"
        constraints = [
            models.CheckConstraint(
                condition=Q(atena_no__isnull=True) ^ Q(household_no__isnull=True), name="memo_of_one_or_the_other"
            )
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="memo_atena"),
            models.Index(fields=["household_no"], name="memo_household"),
        ]


class ProcessingStop(PeriodFact):
    """処理停止: levy, printing, payment or linkage is not done for a person while this holds."""

    LEVY, PRINT, PAYMENT, LINKAGE = 1, 2, 3, 4
    KINDS = ((LEVY, "賦課"), (PRINT, "印刷・発送"), (PAYMENT, "収納・支払"), (LINKAGE, "連携・提供"))

    atena_no = models.BigIntegerField("宛名番号")
    kind = models.SmallIntegerField("止める処理", choices=KINDS)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "処理停止"
        constraints = [no_overlap("processingstop_one_at_a_time", "atena_no", "kind")]
        indexes = [models.Index(fields=["atena_no"], name="processingstop_atena")]

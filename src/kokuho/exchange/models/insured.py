"""被保険者情報等報告 (SHI-23): what the claims eligibility master of 国保連合会 was told at the end of each month."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kokuho.core.models import Register


class InsuredSnapshot(Register):
    """One record of a month's state. Only this month and the last one are kept: the difference of the two is the report."""

    GRANTS = "SELECT, INSERT, DELETE"

    HOUSEHOLD, PERSON, STAY = "1", "2", "3"
    KINDS = ((HOUSEHOLD, "世帯"), (PERSON, "個人"), (STAY, "得喪"))

    month = models.DateField("報告年月", help_text="月の初日")
    kind = models.CharField("データ種別", max_length=1, choices=KINDS)
    subject = models.BigIntegerField("世帯番号・宛名番号")
    since = models.DateField("適用開始", help_text="得喪では期間の初日、ほかは一律に1900-01-01")
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    symbol = models.CharField("記号", max_length=20)
    number = models.CharField("番号", max_length=20)
    branch = models.CharField("枝番", max_length=2, blank=True)
    name = models.CharField("氏名", max_length=400)
    name_kana = models.CharField("氏名カナ", max_length=240, blank=True)
    birth = models.CharField("生年月日", max_length=10)
    sex = models.CharField("性別", max_length=1)
    acquired_on = models.DateField("資格取得年月日", null=True)
    lost_on = models.DateField("資格喪失年月日", null=True)
    applied_from = models.DateField("適用開始年月日", null=True)
    applied_until = models.DateField("適用終了年月日", null=True)

    class Meta:
        verbose_name = "被保険者情報の月末の写し"
        constraints = [
            models.UniqueConstraint(fields=["month", "kind", "subject", "since"], name="insuredsnapshot_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="insuredsnapshot_month"),
            models.CheckConstraint(
                condition=Q(applied_until__isnull=True) | Q(applied_until__gt=F("applied_from")), name="insuredsnapshot_period"
            ),
        ]
        indexes = [models.Index(fields=["atena_no"], name="insuredsnapshot_atena")]

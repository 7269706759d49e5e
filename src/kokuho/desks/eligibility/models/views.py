"""賦課用・給付用の資格ビュー (SHI-22): who stood how in a month, fixed when a batch used it, so that a later correction shows."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act


class MonthView(Act):
    """One fixing of a month for one purpose. The newest one of a month and purpose counts; the earlier ones stay."""

    LEVY, BENEFIT = "levy", "benefit"
    PURPOSES = ((LEVY, "賦課"), (BENEFIT, "給付"))

    purpose = models.CharField("目的", max_length=8, choices=PURPOSES)
    month = models.DateField("対象年月", help_text="月の初日")
    fixed_at = models.DateTimeField("固定日時", db_default=Func(function="now"))
    fixed_by = models.CharField("処理者", max_length=20)
    business_date = models.DateField("処理日")
    households = models.IntegerField("世帯数")
    persons = models.IntegerField("被保険者数")

    class Meta:
        verbose_name = "月別資格ビュー"
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="monthview_first_day")]
        indexes = [models.Index(fields=["purpose", "month", "-id"], name="monthview_month")]


class MonthViewRow(Act):
    """A person of a household in a month: how they are insured, and whether they head the household."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.eligibility_monthview v WHERE v.id = t.view_id AND v.fixed_at < {known})"

    INSURED, HEAD_ONLY, FORMER = "1", "2", "3"
    STANDINGS = ((INSURED, "被保険者"), (HEAD_ONLY, "擬制世帯主"), (FORMER, "特定同一世帯所属者"))

    view = models.ForeignKey(MonthView, on_delete=models.PROTECT, related_name="rows", db_index=False)
    household_no = models.BigIntegerField("世帯番号")
    atena_no = models.BigIntegerField("宛名番号")
    standing = models.CharField("立場", max_length=1, choices=STANDINGS)
    is_head = models.BooleanField("世帯主")
    insured_days = models.SmallIntegerField("資格のある日数")
    last_day = models.BooleanField("月末に資格がある")
    age = models.SmallIntegerField("月の初日の年齢")
    statuses = models.CharField("特例", max_length=60, blank=True, help_text="種類番号をコンマでつなぐ")

    class Meta:
        verbose_name = "月別資格ビューの行"
        constraints = [models.UniqueConstraint(fields=["view", "atena_no"], name="monthviewrow_once")]
        indexes = [models.Index(fields=["view", "household_no"], name="monthviewrow_household")]

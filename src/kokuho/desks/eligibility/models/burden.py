"""負担割合と所得区分: what was judged for a household, what a run proposes, and the receipts that a household applied with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kokuho.core.models import BatchRun, PeriodFact, Register, no_overlap
from kokuho.desks.eligibility.models.approved import approved_stays

BELIEVED = Q(superseded_at__isnull=True)


class BurdenBase(models.Model):
    """A household's 負担割合 and 所得区分 as judged, with the facts that it was judged from. Yen.

    `facts` are the members as `law.benefit.income_class` took them, in compact form: the explanation is made from them again.
    """

    household_no = models.BigIntegerField("世帯番号")
    year = models.SmallIntegerField("判定年（8月の属する年）")
    cause = models.CharField("判定事由", max_length=20)
    cause_on = models.DateField("判定事由該当年月日")
    seniors = models.SmallIntegerField("70歳以上の被保険者数")
    active = models.BooleanField("現役並み（3割）")
    exemption = models.CharField("除外の要件", max_length=30, blank=True)
    application_needed = models.BooleanField("基準収入額適用申請があれば2割")
    under_70 = models.CharField("適用区分（70歳未満）", max_length=10)
    over_70 = models.CharField("適用区分（70歳以上）", max_length=10, blank=True)
    highest = models.BigIntegerField("世帯内最高の課税所得", null=True)
    base_total = models.BigIntegerField("基準所得額の合計")
    undeclared = models.BooleanField("未申告の人がいる")
    unknown = models.BooleanField("課税所得の分からない人がいる")
    facts = models.JSONField("判定のもと")
    judged_on = models.DateField("判定日")

    CAUSES = {
        "annual": "定期判定", "household_change": "世帯の異動", "new_household": "新しい世帯", "income_change": "所得の更正",
        "application": "基準収入額適用申請",
    }  # fmt: skip

    class Meta:
        abstract = True


class BurdenJudgement(BurdenBase, PeriodFact):
    """A judgement in force over `valid`, at longest to the next 1 August (AKASHI-08)."""

    class Meta:
        verbose_name = "負担割合・所得区分の判定"
        constraints = [no_overlap("burden_one_at_a_time", "household_no")]
        indexes = [
            models.Index(fields=["household_no", "year"], name="burden_household"),
            models.Index(
                fields=["year", "household_no"], name="burden_application",
                condition=BELIEVED & Q(application_needed=True),
            ),
        ]  # fmt: skip


class BurdenProposal(BurdenBase, Register):
    """What a run of the judgement came to, waiting for approval. `before` is the judgement in force that it would replace."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.run_id AND r.ended_at < {known})"

    GRANTS = "SELECT, INSERT, DELETE"

    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, db_index=False)
    effective = models.DateField("適用年月日")
    before_active = models.BooleanField("前回の現役並み", null=True)
    before_under_70 = models.CharField("前回の区分（70歳未満）", max_length=10, blank=True)
    before_over_70 = models.CharField("前回の区分（70歳以上）", max_length=10, blank=True)

    class Meta:
        verbose_name = "負担割合・所得区分の判定案"
        # What a list of a run sorts and filters by stands in the index: the rows carry the facts and are wide.
        constraints = [
            models.UniqueConstraint(
                fields=["run", "household_no"], name="burdenproposal_once",
                include=[
                    "id", "active", "under_70", "highest", "base_total", "cause", "effective", "unknown", "undeclared",
                    "application_needed",
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["run", "cause", "household_no"], include=["id"], name="burdenproposal_cause"),
            models.Index(fields=["run", "effective", "household_no"], include=["id"], name="burdenproposal_effective"),
            models.Index(fields=["run", "active", "household_no"], include=["id"], name="burdenproposal_ratio"),
            models.Index(fields=["run", "under_70", "household_no"], include=["id"], name="burdenproposal_classes"),
            models.Index(fields=["run", "highest", "household_no"], include=["id"], name="burdenproposal_highest"),
            models.Index(fields=["run", "base_total", "household_no"], include=["id"], name="burdenproposal_base"),
        ]
        triggers = approved_stays("burdenproposal", "burden-run")

    @property
    def changes(self) -> bool:
        """Whether the ratio differs from the one before."""
        return self.before_active is not None and self.before_active != self.active


class ReceiptsApplication(PeriodFact):
    """基準収入額適用申請 of a household (AKASHI-09): the receipts of its members, in yen by 宛名番号."""

    household_no = models.BigIntegerField("世帯番号")
    applied_on = models.DateField("申請年月日")
    basis = models.CharField("申請区分", max_length=10, choices=(("applied", "申請"), ("records", "公簿")))
    receipts = models.JSONField("収入額")

    class Meta:
        verbose_name = "基準収入額適用申請"
        constraints = [no_overlap("receipts_one_at_a_time", "household_no")]
        indexes = [models.Index(fields=["household_no"], name="receipts_household")]

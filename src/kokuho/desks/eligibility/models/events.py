"""資格異動の事実: what happened, as it was notified; 枝番; 国保世帯主; 適用除外.

The events are the surviving facts. The periods (`InsuredPeriod`) are always what `replay` says of them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kokuho.core.models import Act, PeriodFact, no_overlap

BELIEVED = Q(superseded_at__isnull=True)


class EligibilityEvent(Act):
    """One 異動 of a person: reason, day of the fact, day of the notice. Written once.

    A cancellation (取消し) is an event too: it names the event that no longer counts. A correction is a cancellation and a
    new event. `origin` is ``entry:N``, ``candidate:N`` or ``file:N``.
    """

    ACQUISITION, LOSS, HOUSEHOLD, CANCEL = "acquisition", "loss", "household", "cancel"
    KINDS = ((ACQUISITION, "取得"), (LOSS, "喪失"), (HOUSEHOLD, "世帯等の変更"), (CANCEL, "取消し"))

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=12, choices=KINDS)
    code = models.CharField("異動事由", max_length=3, blank=True)
    event_on = models.DateField("異動日")
    notified_on = models.DateField("届出日", null=True)
    recorded_at = models.DateTimeField("処理日時", db_default=models.Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)
    origin = models.CharField("出所", max_length=60)
    cancels = models.OneToOneField(
        "self", verbose_name="取り消す異動", null=True, on_delete=models.PROTECT, related_name="cancelled_by"
    )
    detail = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = "資格異動（事実）"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="cancel", cancels__isnull=False, code="")
                | (Q(kind__in=["acquisition", "loss", "household"], cancels__isnull=True) & ~Q(code="")),
                name="eligibilityevent_form",
            ),
            models.CheckConstraint(
                condition=Q(cancels__isnull=True) | ~Q(cancels=F("id")), name="eligibilityevent_not_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="eligibilityevent_atena"),
            models.Index(fields=["household_no"], name="eligibilityevent_household"),
            models.Index(fields=["origin"], name="eligibilityevent_origin"),
            models.Index(fields=["event_on"], name="eligibilityevent_elderly", condition=Q(code__in=["210", "211"])),
        ]


class BranchGiven(Act):
    """枝番 as it was given: within a 記号番号 a number belongs to one person for ever, and a person keeps it."""

    symbol = models.CharField("記号", max_length=20)
    number = models.CharField("番号", max_length=20)
    branch = models.CharField("枝番", max_length=2)
    atena_no = models.BigIntegerField("宛名番号")
    given_at = models.DateTimeField("付番日時", db_default=models.Func(function="now"))
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "枝番の付番"
        constraints = [
            models.UniqueConstraint(fields=["symbol", "number", "branch"], name="branchgiven_once"),
            models.UniqueConstraint(fields=["symbol", "number", "atena_no"], name="branchgiven_person"),
            models.CheckConstraint(condition=Q(branch__regex=r"^[0-9]{2}$"), name="branchgiven_two_digits"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="branchgiven_atena")]


class InsuredBranch(PeriodFact):
    """Under which 記号・番号・枝番 a person is insured, and when. The 枝番 is empty until the one who numbers has answered."""

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    symbol = models.CharField("記号", max_length=20)
    number = models.CharField("番号", max_length=20)
    branch = models.CharField("枝番", max_length=2, blank=True)

    class Meta:
        verbose_name = "記号・番号・枝番"
        constraints = [no_overlap("insuredbranch_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="insuredbranch_atena"),
            models.Index(fields=["number"], name="insuredbranch_number", condition=BELIEVED),
            models.Index(fields=["household_no"], name="insuredbranch_household"),
        ]


class InsuranceHead(PeriodFact):
    """国保世帯主 recognised instead of the 擬制世帯主 (施行規則第10条の2、保発第291号)."""

    household_no = models.BigIntegerField("世帯番号")
    atena_no = models.BigIntegerField("宛名番号")
    nominal_head_no = models.BigIntegerField("住民票の世帯主の宛名番号")
    detail = models.JSONField("要件の確認", default=dict)

    class Meta:
        verbose_name = "国保世帯主"
        constraints = [no_overlap("insurancehead_one_at_a_time", "household_no")]
        indexes = [models.Index(fields=["household_no"], name="insurancehead_household")]


class Exclusion(PeriodFact):
    """適用除外 of a person who lives here (国民健康保険法第6条): why not insured, and how that was confirmed."""

    atena_no = models.BigIntegerField("宛名番号")
    code = models.CharField("適用除外", max_length=6)
    confirmed_by = models.CharField("確認した資料", max_length=200)
    review_on = models.DateField("見直し日", null=True)

    class Meta:
        verbose_name = "適用除外"
        constraints = [no_overlap("exclusion_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="exclusion_atena")]

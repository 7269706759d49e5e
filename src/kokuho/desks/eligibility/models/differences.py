"""異動差異: what a nightly check of the whole desk found, who works on it and how it ended; and the steps of 適正化."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, Register
from kokuho.desks.eligibility.models.outside import OtherInsuranceFinding


@pghistory.track(meta={"indexes": [models.Index(fields=["household_no"], name="difference_then_household")]})
class Difference(Register):
    """One finding of a check about one subject. It lives until the check no longer finds it, or is accepted with a reason."""

    NEW, KNOWN, ACCEPTED, SOLVED = "new", "known", "accepted", "solved"
    STATES = ((NEW, "新規"), (KNOWN, "対応中"), (ACCEPTED, "差異のまま確認済み"), (SOLVED, "解消"))
    GONE = "gone"
    RESULTS = (
        (GONE, "次の点検で差異がなくなった"), ("corrected", "資格・特例を訂正した"), ("register", "住民記録の訂正を依頼し、訂正された"),
        ("notified", "届出を受けて処理した"), ("right", "調べた結果、このままで正しい"),
    )  # fmt: skip

    check_code = models.CharField("点検", max_length=10)
    key = models.CharField("対象", max_length=60, help_text="同じ差異を次の夜に見分けるためのもの")
    atena_no = models.BigIntegerField("宛名番号", null=True)
    household_no = models.BigIntegerField("世帯番号", null=True)
    detail = models.CharField("内容", max_length=300, blank=True)
    found_on = models.DateField("見つけた日")
    seen_on = models.DateField("最後に見つけた日")
    state = models.CharField("状態", max_length=10, choices=STATES, default=NEW)
    worker = models.CharField("担当", max_length=20, blank=True)
    result = models.CharField("結果", max_length=12, choices=RESULTS, blank=True)
    note = models.CharField("調べたこと", max_length=300, blank=True)
    ended_on = models.DateField("終わった日", null=True)

    class Meta:
        verbose_name = "異動差異"
        constraints = [
            models.UniqueConstraint(fields=["check_code", "key"], condition=~Q(state="solved"), name="difference_once"),
            models.CheckConstraint(
                condition=Q(state__in=["new", "known"], result="") | (Q(state__in=["accepted", "solved"]) & ~Q(result="")),
                name="difference_ends_with_result",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "check_code", "found_on"], name="difference_state"),
            models.Index(fields=["household_no"], name="difference_household", condition=~Q(state="solved")),
            models.Index(fields=["atena_no"], name="difference_atena"),
        ]


class FindingStep(Act):
    """適正化: one step with a person who seems to be in another insurance. Written once (SHI-20)."""

    CONFIRMED, REMINDED, ANSWERED, RETURNED = "confirmed", "reminded", "answered", "returned"
    KINDS = (
        (CONFIRMED, "他保険の資格を確認した"), (REMINDED, "届出の勧奨通知を送った"), (ANSWERED, "本人から回答があった"),
        (RETURNED, "通知が返戻された"),
    )  # fmt: skip

    finding = models.ForeignKey(OtherInsuranceFinding, on_delete=models.PROTECT, related_name="steps", verbose_name="突合")
    atena_no = models.BigIntegerField("宛名番号")
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    happened_on = models.DateField("日付")
    text = models.CharField("内容", max_length=200, blank=True)
    other_acquired = models.DateField("相手の資格取得日", null=True)
    continues = models.BooleanField("相手の資格が続いている", null=True)
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "適正化の経過"
        indexes = [models.Index(fields=["finding", "happened_on"], name="findingstep_finding")]

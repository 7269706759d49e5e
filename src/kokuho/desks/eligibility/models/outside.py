"""What others tell this desk: the prefecture's dates and IDs of a person, and signs of another health insurance."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Fact, PeriodFact, Register, no_overlap

_BELIEVED = Q(superseded_at__isnull=True)


class PrefectureStay(PeriodFact):
    """県内資格: acquisition and loss at the level of the prefecture, as 国保情報集約システム judged them (SHI-24).

    It stands beside `InsuredPeriod` and never replaces its 適用開始・適用終了. `valid` runs from the prefecture's 資格取得年月日 to
    its 資格喪失年月日 (exclusive).
    """

    JUDGEMENTS = {"1": "取得", "2": "喪失", "3": "継続"}

    atena_no = models.BigIntegerField("宛名番号")
    acquired_on = models.DateField("県内資格取得年月日")
    lost_on = models.DateField("県内資格喪失年月日", null=True)
    judgement = models.CharField("判定区分", max_length=1, choices=tuple(JUDGEMENTS.items()))
    told_at = models.DateTimeField("集約システムの処理日時")

    class Meta:
        verbose_name = "県内資格"
        constraints = [no_overlap("prefecturestay_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="prefecturestay_atena")]


class MemberId(Fact):
    """被保険者ID of a person for one stay (SHI-11). It is kept beside 宛名番号 and 記号番号 and is no key of this system."""

    atena_no = models.BigIntegerField("宛名番号")
    stay_from = models.DateField("適用開始年月日", help_text="どの期間のIDか")
    member_id = models.CharField("市町村被保険者ID", max_length=20)
    prefecture_id = models.CharField("都道府県被保険者ID", max_length=20, blank=True)

    class Meta:
        verbose_name = "被保険者ID"
        constraints = [
            models.UniqueConstraint(fields=["atena_no", "stay_from"], condition=_BELIEVED, name="memberid_once_a_stay"),
            models.UniqueConstraint(
                fields=["member_id", "stay_from", "atena_no"], condition=_BELIEVED, name="memberid_person"
            ),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="memberid_atena"),
            models.Index(fields=["member_id"], name="memberid_id", condition=_BELIEVED),
        ]


@pghistory.track()
class OtherInsuranceFinding(Register):
    """他保険との突合: a person who seems to have joined or left another insurance (SHI-20). Nothing follows by itself: the
    office writes to the person and decides."""

    JOINED, LEFT, OVERLAP = "joined", "left", "overlap"
    KINDS = ((JOINED, "他保険に加入した疑い"), (LEFT, "国保への加入漏れの疑い"), (OVERLAP, "資格の重複"))
    SOURCES = (
        ("nenkin-loss", "国民年金の資格喪失"), ("nenkin-relation", "年金関係情報"), ("shuyaku-overlap", "資格重複リスト"),
        ("inquiry", "情報照会の回答"), ("manual", "窓口・電話など（手入力）"),
    )  # fmt: skip
    OPEN, CLOSED = "open", "closed"
    STATES = ((OPEN, "未処理"), (CLOSED, "完了"))
    RESULTS = (
        ("notified", "届出があった"), ("ex_officio", "職権で処理した"), ("right", "今の資格で正しい"), ("other", "その他"),
    )  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    source = models.CharField("もと", max_length=20, choices=SOURCES)
    scheme = models.CharField("相手の制度", max_length=40, help_text="第2号被保険者 など")
    event_on = models.DateField("加入・離脱の日")
    origin = models.CharField("出所", max_length=60)
    found_at = models.DateTimeField("突合日時", db_default=Func(function="now"))
    found_on = models.DateField("処理日")
    state = models.CharField("状態", max_length=10, choices=STATES, default=OPEN)
    result = models.CharField("結果", max_length=12, choices=RESULTS, blank=True)
    decided_by = models.CharField("処理者", max_length=20, blank=True)
    decided_at = models.DateTimeField("処理日時", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "他保険との突合"
        constraints = [
            models.UniqueConstraint(fields=["atena_no", "kind", "event_on"], name="finding_once"),
            models.CheckConstraint(
                condition=Q(state="open", result="") | (Q(state="closed") & ~Q(result="")), name="finding_closed_with_result"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "event_on"], name="finding_state"),
            models.Index(fields=["household_no"], name="finding_household"),
        ]

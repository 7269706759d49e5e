"""資格: who is insured and since when, the household's 記号番号, statuses, and the changes that wait to be worked on."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models import PeriodFact, Register, no_overlap

BELIEVED = Q(superseded_at__isnull=True)


class InsuredPeriod(PeriodFact):
    """One stay as insured of this municipality. `valid` runs from 適用開始 to 適用終了 (exclusive).

    The prefecture's dates 取得 / 喪失 are kept apart: they differ when a person moves within the prefecture. `lost_on` is empty
    while insured and after 県内転出, where the prefecture's qualification goes on: who is insured, `valid` says. Rows are
    written by `actions.engine` only, from the events.
    """

    atena_no = models.BigIntegerField("宛名番号")
    acquired_on = models.DateField("資格取得年月日")
    acquired_reason = models.CharField("取得事由", max_length=3)
    lost_on = models.DateField("資格喪失年月日", null=True)
    lost_event_on = models.DateField("喪失異動日", null=True, help_text="事由の発生日。月割はこの日で決まることがある")
    lost_reason = models.CharField("喪失事由", max_length=3, blank=True)
    notified_on = models.DateField("届出年月日", null=True)
    provisional = models.BooleanField(
        "取得日は仮", default=False, help_text="県内転入で、都道府県の取得日がまだ届いていない"
    )

    class Meta:
        verbose_name = "国保資格"
        constraints = [no_overlap("insured_one_at_a_time", "atena_no")]
        # What a list of many persons asks of each stands in the index.
        indexes = [
            models.Index(fields=["atena_no"], include=["valid", "superseded_at", "recorded_at", "id"], name="insured_atena"),
        ]


class ElderlyPeriod(PeriodFact):
    """A stay in latter-stage elderly healthcare, as the register tells it. Needed for 特定同一世帯所属者."""

    atena_no = models.BigIntegerField("宛名番号")

    class Meta:
        verbose_name = "後期資格"
        constraints = [no_overlap("elderly_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="elderly_atena")]


class InsuredNumber(PeriodFact):
    """記号番号 of a household of insured persons."""

    household_no = models.BigIntegerField("世帯番号")
    symbol = models.CharField("記号", max_length=20)
    number = models.CharField("番号", max_length=20)

    class Meta:
        verbose_name = "記号番号"
        constraints = [
            no_overlap("insurednumber_one_at_a_time", "household_no"),
            models.UniqueConstraint(fields=["symbol", "number"], condition=BELIEVED, name="insurednumber_unique"),
        ]
        indexes = [
            models.Index(fields=["household_no"], name="insurednumber_household"),
            models.Index(fields=["number"], name="insurednumber_number"),
        ]


class Status(PeriodFact):
    """A status of a person over a period that changes the levy or the certificates (資格の特例)."""

    INVOLUNTARY_UNEMPLOYMENT = "involuntary_unemployment"
    MATERNITY = "maternity"
    FORMER_DEPENDENT = "former_dependent"
    FORMER_INSURED = "former_insured_same_household"
    CARE_EXEMPT = "care_exempt"
    SPECIAL_ADDRESS = "special_address"
    STUDENT = "student"
    WELFARE = "welfare"
    RETIRED = "retired"
    KINDS = {  # in this order numbered for good: a new kind goes to the end
        INVOLUNTARY_UNEMPLOYMENT: "非自発的失業",
        MATERNITY: "産前産後",
        FORMER_DEPENDENT: "旧被扶養者",
        FORMER_INSURED: "特定同一世帯所属者",
        CARE_EXEMPT: "介護適用除外",
        SPECIAL_ADDRESS: "住所地特例",
        STUDENT: "修学中（マル学）",
        WELFARE: "生活保護",
        RETIRED: "退職被保険者",
    }
    # What the levy calculates with; the others decide about qualification and mail only.
    LEVIED = (INVOLUNTARY_UNEMPLOYMENT, MATERNITY, FORMER_DEPENDENT, FORMER_INSURED, CARE_EXEMPT)

    atena_no = models.BigIntegerField("宛名番号")
    kind = models.CharField("種類", max_length=40, choices=tuple(KINDS.items()))
    kind_no = models.BigIntegerField("種類番号", help_text="重なり禁止の制約のための番号")
    household_no = models.BigIntegerField(
        "世帯番号", null=True, help_text="世帯に結び付く特例（特定同一世帯所属者）の世帯"
    )
    detail = models.JSONField("内容", default=dict)
    review_on = models.DateField("確認・更新の期限", null=True)

    NUMBERS = {kind: number for number, kind in enumerate(KINDS, start=1)}

    class Meta:
        verbose_name = "資格の特例"
        constraints = [no_overlap("status_one_at_a_time", "atena_no", "kind_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="status_atena"),
            models.Index(fields=["kind", "review_on"], name="status_review", condition=BELIEVED),
            models.Index(Func("valid", function="lower"), "id", name="status_start", condition=BELIEVED),
        ]


@pghistory.track(meta={"indexes": [models.Index(fields=["atena_no"], name="candidate_then_atena")]})
class ChangeCandidate(Register):
    """異動整理: a change that a neighbour reported and that staff decide. It never becomes an act by itself (SHI-03)."""

    OPEN, APPLIED, DISMISSED = "open", "applied", "dismissed"
    STATES = ((OPEN, "未処理"), (APPLIED, "処理済み"), (DISMISSED, "処理不要"))
    ACTS = {"acquire": "資格取得", "lose": "資格喪失", "change": "内容変更", "cancel": "異動の取消し", "status": "特例の登録"}
    RESULTS = {
        "as_proposed": "処理案のとおり反映", "notice": "届出の入力により処理", "ex_officio": "職権により処理",
        "done_before": "既に処理済み", "not_insured": "国保の対象外（他の保険など）", "no_effect": "資格に影響なし",
        "register_error": "住民記録の誤り・取消し", "other": "その他",
    }  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    act = models.CharField("処理案", max_length=10, choices=tuple(ACTS.items()))
    event = models.CharField("異動事由", max_length=40)
    event_date = models.DateField("異動日")
    notified_on = models.DateField("届出日", null=True)
    proposal = models.JSONField("処理案の内容", default=dict)
    origin = models.CharField("出所", max_length=60)
    created_at = models.DateTimeField("受付日時", auto_now_add=True)
    due_on = models.DateField("処理期限", null=True)
    state = models.CharField("状態", max_length=10, choices=STATES, default=OPEN)
    entered_by = models.CharField("入力者", max_length=20, blank=True)
    decided_by = models.CharField("確認者", max_length=20, blank=True)
    decided_at = models.DateTimeField("確認日時", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    result = models.CharField("結果", max_length=20, choices=tuple(RESULTS.items()), blank=True)

    class Meta:
        verbose_name = "異動整理"
        constraints = [
            models.UniqueConstraint(fields=["atena_no", "origin", "act"], name="candidate_once"),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(entered_by=F("decided_by")), name="candidate_two_persons"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "event_date"], name="candidate_state"),
            models.Index(fields=["state", "due_on", "-event_date", "-id"], name="candidate_due"),
            models.Index(fields=["atena_no"], name="candidate_atena"),
        ]


class EligibilityChange(models.Model):
    """異動: what changed in eligibility, in the order of recording. The assessment desk reads on from where it was."""

    KNOWN_WHEN = "t.recorded_at < {known}"

    GRANTS = "SELECT, INSERT"

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=40)
    affected = DateRangeField("影響する期間")
    recorded_at = models.DateTimeField("処理日時", auto_now_add=True)
    recorded_by = models.CharField("処理者", max_length=20)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "資格異動"
        indexes = [
            models.Index(fields=["household_no"], name="eligibilitychange_household"),
            models.Index(fields=["atena_no"], name="eligibilitychange_atena"),
            models.Index(fields=["recorded_at"], name="eligibilitychange_recorded"),
        ]

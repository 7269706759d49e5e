"""証・お知らせ: what was issued with what printed on it, what became of it, and the facts that decide who gets what."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, BatchRun, PeriodFact, Register, no_overlap
from kokuho.desks.eligibility.models.approved import approved_stays

BELIEVED = Q(superseded_at__isnull=True)


class Certificate(Act):
    """An issued certificate with everything printed on it, as issued (AKASHI-06, AKASHI-07). Never changed: the register goes
    on, the paper stays what it was. Another issue is another row."""

    kind = models.CharField("種類", max_length=30)
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    symbol = models.CharField("記号", max_length=20, blank=True)
    number = models.CharField("番号", max_length=20, blank=True)
    branch = models.CharField("枝番", max_length=2, blank=True)
    issued_on = models.DateField("交付年月日")
    reason = models.CharField("交付理由", max_length=20)
    method = models.CharField("交付方法", max_length=10)
    office = models.CharField("交付した窓口", max_length=60)
    valid_from = models.DateField("発効期日", null=True)
    valid_until = models.DateField("有効期限", null=True)
    name = models.CharField("券面の氏名", max_length=400)
    kana = models.CharField("券面の氏名の読み仮名", max_length=240, blank=True)
    real_name = models.CharField("通称名のときの本名", max_length=400, blank=True)
    real_kana = models.CharField("本名の読み仮名", max_length=240, blank=True)
    sex_on_back = models.BooleanField("裏面への性別記載", default=False)
    undisclosed = models.BooleanField("自己情報不開示の申出", default=False)
    printed = models.JSONField("そのほかの記載事項", default=dict)
    replaces_id = models.BigIntegerField("前の証", null=True)
    entry_id = models.BigIntegerField("起案", null=True)
    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, null=True, verbose_name="一斉交付")
    former_no = models.CharField("旧システムの交付番号", max_length=30, blank=True, default="", db_default="")
    origin = models.CharField("出所", max_length=60, blank=True, default="", db_default="", help_text="移行した履歴: file:12")
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "証"
        constraints = [
            models.UniqueConstraint(fields=["former_no"], condition=~Q(former_no=""), name="certificate_former_once")
        ]
        indexes = [
            models.Index(fields=["atena_no", "-id"], name="certificate_atena"),
            models.Index(fields=["household_no"], name="certificate_household"),
            models.Index(fields=["issued_on", "id"], include=["atena_no", "kind", "recorded_at"], name="certificate_issued"),
            models.Index(fields=["run", "id"], name="certificate_run"),
            models.Index(fields=["valid_until", "id"], include=["atena_no"], name="certificate_valid"),
            models.Index(fields=["kind", "id"], include=["atena_no", "recorded_at"], name="certificate_kind"),
        ]


class CertificateEvent(Act):
    """What happened to a certificate after it was issued: printed, sent back, sent again, lost, found, handed in."""

    PRINTED, REPRINTED, RETURNED, RESENT = "printed", "reprinted", "returned", "resent"
    LOST, FOUND, COLLECTED, DEMANDED, ENDED = "lost", "found", "collected", "demanded", "ended"
    KINDS = {
        PRINTED: "印刷", REPRINTED: "再印刷", RETURNED: "返戻", RESENT: "再送付", LOST: "紛失の届出", FOUND: "発見・返還",
        COLLECTED: "回収", DEMANDED: "返還の催告", ENDED: "失効",
    }  # fmt: skip

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField("できごと", max_length=10, choices=tuple(KINDS.items()))
    on = models.DateField("年月日")
    detail = models.JSONField("内容", default=dict)
    note = models.CharField("備考", max_length=200, blank=True)
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "証のできごと"
        indexes = [models.Index(fields=["certificate", "id"], name="certificateevent_of")]


@pghistory.track()
class CertificateHolding(Register):
    """Where an issued certificate is now. `cause_on` is the day on which the reason to hand it in arose (回収事由発生日)."""

    HELD, RETURNED, DUE_BACK, LOST, COLLECTED, ENDED = "held", "returned", "due_back", "lost", "collected", "ended"
    STATES = {
        HELD: "交付済み", RETURNED: "返戻・調査中", DUE_BACK: "未回収", LOST: "紛失", COLLECTED: "回収済み", ENDED: "失効",
    }  # fmt: skip

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, primary_key=True, related_name="holding")
    atena_no = models.BigIntegerField("宛名番号")
    kind = models.CharField("種類", max_length=30)
    state = models.CharField("状態", max_length=10, choices=tuple(STATES.items()), default=HELD)
    valid_until = models.DateField("有効期限", null=True)
    cause = models.CharField("回収の事由", max_length=20, blank=True)
    cause_on = models.DateField("回収事由発生日", null=True)
    changed_on = models.DateField("状態の変わった日")

    class Meta:
        verbose_name = "証の現況"
        indexes = [
            models.Index(fields=["atena_no"], name="holding_atena"),
            models.Index(fields=["state", "changed_on", "certificate"], name="holding_state"),
        ]


class CardUse(PeriodFact):
    """Whether a person can use the My Number card as insurance card (マイナ保険証), and what speaks for a 資格確認書 (LAW-05)."""

    atena_no = models.BigIntegerField("宛名番号")
    registered = models.BooleanField("利用登録がある")
    needs_support = models.BooleanField("要配慮者", default=False)
    applied = models.BooleanField("資格確認書の交付申請がある", default=False)
    basis = models.CharField("根拠", max_length=200, blank=True)

    class Meta:
        verbose_name = "マイナ保険証の利用状況"
        constraints = [no_overlap("carduse_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="carduse_atena")]


class LimitApproval(PeriodFact):
    """限度額適用・標準負担額減額の認定 of a person. `valid` runs from 発効期日 to the day after 有効期限 (AKASHI-10)."""

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    certificate_kind = models.CharField("認定の種類", max_length=30)
    income_class = models.CharField("適用区分", max_length=10)
    applied_on = models.DateField("申請年月日")
    long_stay_from = models.DateField("長期入院該当年月日", null=True)
    arrears = models.BooleanField("滞納あり", default=False)
    circumstances = models.CharField("特別の事情", max_length=200, blank=True)

    class Meta:
        verbose_name = "限度額適用認定"
        constraints = [no_overlap("limitapproval_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="limitapproval_atena")]


class DiseaseApproval(PeriodFact):
    """特定疾病の認定 of a person (AKASHI-11). `cap` is the monthly limit in yen."""

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    disease = models.SmallIntegerField("疾病")
    applied_on = models.DateField("申請年月日")
    opinion = models.CharField("医師の意見（医療機関・年月日）", max_length=200)
    cap = models.IntegerField("自己負担限度額")
    income_class = models.CharField("認定時の区分", max_length=10, blank=True)

    class Meta:
        verbose_name = "特定疾病の認定"
        constraints = [no_overlap("diseaseapproval_one_at_a_time", "atena_no", "disease")]
        indexes = [models.Index(fields=["atena_no"], name="diseaseapproval_atena")]


class SpecialBenefit(PeriodFact):
    """A household whose benefits are 特別療養費, and before it 短期証 or 資格証明書 as history (AKASHI-12, LAW-04).

    Decided case by case: the hearing and what was found of 特別の事情 stand beside the decision.
    """

    KINDS = {"short_term": "短期証", "certificate": "資格証明書", "special": "特別療養費"}

    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=12, choices=tuple(KINDS.items()))
    notified_on = models.DateField("事前通知年月日", null=True)
    hearing_until = models.DateField("弁明の期限", null=True)
    hearing = models.CharField("弁明の内容", max_length=500, blank=True)
    circumstances = models.CharField("特別の事情の有無と内容", max_length=500, blank=True)
    decision = models.CharField("決定の理由", max_length=500, blank=True)

    class Meta:
        verbose_name = "特別療養費・滞納者証の世帯"
        constraints = [no_overlap("specialbenefit_one_at_a_time", "household_no")]
        indexes = [models.Index(fields=["household_no"], name="specialbenefit_household")]


class CertificateDue(Register):
    """交付するもの: a certificate that somebody should have and does not, as the last count found. `review` asks for another
    decision first (認定の見直し)."""

    GRANTS = "SELECT, INSERT, DELETE"

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=30)
    reason = models.CharField("理由", max_length=20)
    review = models.BooleanField("見直しが要る", default=False)
    disease = models.SmallIntegerField("疾病", null=True)
    held_id = models.BigIntegerField("いまの証", null=True)
    counted_on = models.DateField("数えた日")

    class Meta:
        verbose_name = "交付するもの"
        constraints = [
            models.UniqueConstraint(
                fields=["atena_no", "kind", "disease"], name="certificatedue_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["household_no", "atena_no", "kind"], include=["id", "reason", "review"], name="certificatedue_list"),
            models.Index(fields=["reason", "household_no", "atena_no", "kind"], include=["id"], name="certificatedue_reason"),
            models.Index(fields=["kind", "household_no", "atena_no"], include=["id"], name="certificatedue_kind"),
            models.Index(
                fields=["household_no", "atena_no", "kind"], include=["id"], condition=Q(review=True), name="certificatedue_review"
            ),
        ]


class ArrearsHousehold(Register):
    """A household whose head owes a term that fell due longer ago than the law's period, as the last count found it (AKASHI-12).
    A list to work on, never a decision: 勧奨, 事前通知, 弁明 and the decision follow case by case. Yen."""

    GRANTS = "SELECT, INSERT, DELETE"
    OPEN = "open"
    STANDINGS = {
        OPEN: "候補", "entered": "変更を入力済み（確認待ち）", "special": "特別療養費に変更済み", "spared": "全員が対象外（子ども）",
        "gone": "被保険者がいない",
    }  # fmt: skip

    household_no = models.BigIntegerField("世帯番号", unique=True)
    payer_no = models.BigIntegerField("納付義務者")
    arrears = models.BigIntegerField("納期限の過ぎた額（円）")
    overdue = models.BigIntegerField("うち期間を過ぎた額（円）")
    terms = models.IntegerField("期の数")
    oldest_due = models.DateField("最も古い納期限")
    insured = models.IntegerField("被保険者の数")
    spared = models.IntegerField("うち対象外の子どもの数")
    standing = models.CharField("区分", max_length=10, choices=tuple(STANDINGS.items()))
    counted_on = models.DateField("数えた日")

    class Meta:
        verbose_name = "特別療養費の候補"
        indexes = [
            models.Index(fields=["standing", "oldest_due", "household_no"], name="arrearshousehold_standing"),
            models.Index(fields=["-overdue", "household_no"], name="arrearshousehold_overdue"),
        ]


class RenewalLine(Register):
    """One person of a mass renewal: what will be issued, or why not. The plan that is approved is the plan that is issued."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.run_id AND r.ended_at < {known})"

    ISSUE, EXCLUDED = "issue", "excluded"
    WHY = {
        "mail_stop": "発送停止（引抜）", "returned": "返戻が解決していない", "whereabouts": "居所不明・住民でない",
        "protected": "支援措置の安全な送付先がない", "no_number": "記号番号がない", "ratio": "負担割合が判定されていない",
        "held": "同じ内容の有効な証がある", "notice": "お知らせの対象（期限の更新なし）",
    }  # fmt: skip

    GRANTS = "SELECT, INSERT, DELETE"

    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, db_index=False)
    seq = models.IntegerField("順番")
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    kind = models.CharField("種類", max_length=30)
    outcome = models.CharField("扱い", max_length=10, choices=((ISSUE, "交付"), (EXCLUDED, "除外")))
    why = models.CharField("除外の理由", max_length=12, blank=True)
    area = models.CharField("区・地区", max_length=40, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    valid_until = models.DateField("有効期限", null=True)
    limited_by = models.CharField("期限の理由", max_length=40, blank=True)

    class Meta:
        verbose_name = "一斉更新の対象"
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="renewalline_once"),
            models.CheckConstraint(
                condition=Q(outcome="issue", why="") | (Q(outcome="excluded") & ~Q(why="")), name="renewalline_why"
            ),
        ]
        indexes = [
            # With what the list of a renewal sorts and filters by.
            models.Index(
                fields=["run", "outcome", "why", "seq"], name="renewalline_list",
                include=["id", "atena_no", "household_no", "kind", "area", "valid_until"],
            ),
            models.Index(fields=["run", "outcome", "seq"], include=["id", "atena_no"], name="renewalline_order"),
            models.Index(fields=["run", "outcome", "atena_no", "seq"], include=["id"], name="renewalline_person"),
            models.Index(fields=["run", "outcome", "kind", "seq"], include=["id", "atena_no"], name="renewalline_kind"),
            models.Index(fields=["run", "outcome", "valid_until", "seq"], include=["id", "atena_no"], name="renewalline_until"),
            models.Index(fields=["atena_no"], name="renewalline_atena"),
        ]
        triggers = approved_stays("renewalline", "renewal-run")

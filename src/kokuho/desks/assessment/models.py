"""賦課: incomes and assets of the year before, the annual runs, and the decisions that were issued."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, BatchRun, Fact, Register

BELIEVED = Q(superseded_at__isnull=True)


class Income(Fact):
    """A person's incomes that count for a fiscal year (前年中の所得), as the tax office decided them. All amounts in yen.

    A correction by the tax office is a new row; the former one keeps its moment of supersession.
    """

    DECLARATIONS = {
        "1": "確定申告", "2": "住民税申告", "3": "給与支払報告書のみ", "4": "公的年金等支払報告書のみ",
        "5": "未申告", "6": "申告不要（被扶養者等）", "7": "他市町村で課税", "8": "簡易申告",
    }  # fmt: skip
    atena_no = models.BigIntegerField("宛名番号")
    fiscal_year = models.SmallIntegerField("年度")
    revision = models.SmallIntegerField("更正回数", default=0)
    decided_on = models.DateField("決定・更正日")
    declaration = models.CharField("申告区分", max_length=1)
    taxation = models.CharField("課税区分", max_length=1)
    salary_receipts = models.BigIntegerField("給与収入", default=0)
    salary_income = models.BigIntegerField("給与所得", default=0)
    pension_receipts = models.BigIntegerField("公的年金等収入", default=0)
    pension_income = models.BigIntegerField("公的年金等雑所得", default=0)
    business_income = models.BigIntegerField("営業等所得", default=0)
    farm_income = models.BigIntegerField("農業所得", default=0)
    real_estate_income = models.BigIntegerField("不動産所得", default=0)
    interest_income = models.BigIntegerField("利子所得", default=0)
    dividend_income = models.BigIntegerField("配当所得", default=0)
    misc_income = models.BigIntegerField("その他雑所得", default=0)
    short_transfer_income = models.BigIntegerField("総合譲渡（短期）", default=0)
    long_transfer_income = models.BigIntegerField("総合譲渡（長期・2分の1前）", default=0)
    occasional_income = models.BigIntegerField("一時所得（2分の1前）", default=0)
    forestry_income = models.BigIntegerField("山林所得", default=0)
    family_employee_deduction = models.BigIntegerField("事業専従者控除・給与支払額", default=0)
    family_employee_salary = models.BigIntegerField("専従者給与受給額", default=0)
    income_adjustment = models.BigIntegerField("所得金額調整控除", default=0)
    sep_short_before = models.BigIntegerField("分離短期譲渡（特別控除前）", default=0)
    sep_short_after = models.BigIntegerField("分離短期譲渡（特別控除後）", default=0)
    sep_long_before = models.BigIntegerField("分離長期譲渡（特別控除前）", default=0)
    sep_long_after = models.BigIntegerField("分離長期譲渡（特別控除後）", default=0)
    stock_general = models.BigIntegerField("一般株式等譲渡", default=0)
    stock_listed = models.BigIntegerField("上場株式等譲渡", default=0)
    listed_dividend = models.BigIntegerField("上場株式等配当（申告分離）", default=0)
    futures = models.BigIntegerField("先物取引", default=0)
    net_loss_carried = models.BigIntegerField("純損失の繰越控除", default=0)
    casualty_loss_carried = models.BigIntegerField("雑損失の繰越控除", default=0)
    stock_loss_carried = models.BigIntegerField("上場株式等・先物の繰越控除", default=0)
    total_income = models.BigIntegerField("総所得金額等", default=0)
    aggregate_income = models.BigIntegerField("合計所得金額", default=0)
    taxable_income = models.BigIntegerField("課税所得（課税標準額）", null=True, help_text="空は届いていない。負担割合の判定に使う")
    receipts = models.BigIntegerField("収入金額の合計（退職を除く）", null=True, help_text="空は届いていない。基準収入額の判定に使う")

    class Meta:
        verbose_name = "所得"
        constraints = [
            models.UniqueConstraint(fields=["atena_no", "fiscal_year"], condition=BELIEVED, name="income_one_believed")
        ]
        indexes = [models.Index(fields=["atena_no"], name="income_atena")]

    @property
    def declaration_label(self) -> str:
        """申告区分 in words."""
        return self.DECLARATIONS.get(self.declaration, self.declaration)

    @classmethod
    def amounts(cls) -> dict[str, str]:
        """Every column of yen with its 日本語 name, in the order of the tax office's file."""
        names = [field for field in cls._meta.concrete_fields if isinstance(field, models.BigIntegerField)]
        return {field.name: str(field.verbose_name) for field in names if field.name not in ("id", "atena_no")}


class AssetTax(Fact):
    """固定資産税額 (土地・家屋) of one asset and owner, for the 資産割 of cities that levy it. Yen."""

    atena_no = models.BigIntegerField("宛名番号")
    fiscal_year = models.SmallIntegerField("年度")
    asset_no = models.BigIntegerField("資産番号")
    revision = models.SmallIntegerField("更正回数", default=0)
    decided_on = models.DateField("決定・更正日")
    land_tax = models.BigIntegerField("土地税額")
    building_tax = models.BigIntegerField("家屋税額")
    joint = models.BooleanField("共有", default=False)

    class Meta:
        verbose_name = "固定資産税額"
        constraints = [
            models.UniqueConstraint(
                fields=["atena_no", "fiscal_year", "asset_no"], condition=BELIEVED, name="assettax_one_believed"
            )
        ]
        indexes = [models.Index(fields=["atena_no"], name="assettax_atena")]


# A trial's rows are known when its run has ended.
OF_AN_ENDED_RUN = (
    "EXISTS (SELECT FROM public.assessment_levyrun l JOIN public.core_batchrun r ON r.id = l.batch_id "
    "WHERE l.id = t.run_id AND r.ended_at < {known})"
)


# A statement asks for all its rows at once: a snapshot has hundreds of thousands. Erasure runs as the owner of the tables.
_APPROVED_STAYS = """
    IF current_user = session_user AND EXISTS (
        SELECT FROM (SELECT DISTINCT run_id FROM changed) c
          JOIN assessment_levyrun o ON o.id = c.run_id
          JOIN core_approval a ON a.subject = 'levy-run:' || o.id AND a.state = 'approved'
         WHERE NOT EXISTS (SELECT FROM assessment_levyrun n WHERE n.fiscal_year = o.fiscal_year AND n.mode = 'trial' AND n.id > o.id)) THEN
        RAISE EXCEPTION 'the trial is approved: its rows cannot be changed, only a new trial takes its place'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
"""


def approved_stays(name: str, *, added: bool) -> list[pgtrigger.Trigger]:
    """Triggers of a table of trials: rows of an approved trial are not taken away, nor others put to them (`added`)."""

    def on(operation: pgtrigger.Operation, rows: pgtrigger.Referencing, ending: str) -> pgtrigger.Trigger:
        return pgtrigger.Trigger(
            name=f"{name}_{ending}", level=pgtrigger.Statement, when=pgtrigger.After, operation=operation, referencing=rows,
            func=_APPROVED_STAYS,
        )  # fmt: skip

    removed = on(pgtrigger.Delete, pgtrigger.Referencing(old="changed"), "stays")
    return [removed, on(pgtrigger.Insert, pgtrigger.Referencing(new="changed"), "closed")] if added else [removed]


class LevyRun(Register):
    """An annual levy (当初賦課): a trial that may be repeated, then one final run on the approved trial's facts."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.batch_id AND r.ordered_at < {known})"
    KNOWN_AS = {
        "result_hash": "CASE WHEN EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.batch_id AND r.ended_at < {known}) "
                       "THEN t.result_hash ELSE '' END",
        "frozen_at": "CASE WHEN t.frozen_at < {known} THEN t.frozen_at END",
    }  # fmt: skip

    TRIAL, FINAL = "trial", "final"

    batch = models.OneToOneField(BatchRun, on_delete=models.PROTECT, related_name="levy")
    mode = models.CharField("区分", max_length=5, choices=((TRIAL, "試算"), (FINAL, "本算定")))
    fiscal_year = models.SmallIntegerField("賦課年度")
    trial = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="finals", verbose_name="元の試算"
    )
    known_at = models.DateTimeField("事実の時点", help_text="この時点までに記録された事実で計算する")
    decided_on = models.DateField("決定日")
    ordinance_hash = models.CharField("条例設定のハッシュ", max_length=64)
    due_dates = ArrayField(models.DateField(), verbose_name="納期限")
    result_hash = models.CharField("結果のハッシュ", max_length=64, blank=True)
    frozen_at = models.DateTimeField("確定日時", null=True)

    class Meta:
        verbose_name = "当初賦課"
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year"], condition=Q(mode="final"), name="levyrun_one_final_a_year")
        ]


class LevyInput(Register):
    """The facts of one person in one household that a trial calculates with: a snapshot, in the order of households.

    The final run of an approved trial reads the same rows, so it cannot come to another result than what was approved.
    """

    KNOWN_WHEN = OF_AN_ENDED_RUN

    GRANTS = "SELECT, INSERT, DELETE"

    run_id = models.BigIntegerField("試算")
    seq = models.IntegerField("世帯の順番")
    household_no = models.BigIntegerField("世帯番号")
    atena_no = models.BigIntegerField("宛名番号")
    is_head = models.BooleanField("世帯主")
    birth_date = models.DateField("生年月日")
    lived_from = models.DateField("世帯にいた初日", null=True)
    lived_until = models.DateField("世帯を出た日", null=True)
    insured_from = models.DateField("適用開始", null=True)
    insured_until = models.DateField("月割の終わり", null=True)
    former_from = models.DateField("特定同一世帯所属者となった日", null=True)
    declaration = models.CharField("申告区分", max_length=1, null=True)
    amounts = ArrayField(models.BigIntegerField(), verbose_name="所得（計算用）", null=True)
    asset_tax = models.BigIntegerField("固定資産税額", default=0)
    statuses = models.TextField("特例", null=True)

    class Meta:
        verbose_name = "試算の入力"
        indexes = [
            models.Index(fields=["run_id", "seq"], name="levyinput_seq"),
            models.Index(fields=["atena_no"], name="levyinput_atena"),
        ]
        triggers = approved_stays("levyinput", added=True)


class LevyLeftOut(Register):
    """A household that a trial leaves out because somebody in it is under 処理停止（賦課）, one row a person."""

    KNOWN_WHEN = OF_AN_ENDED_RUN

    GRANTS = "SELECT, INSERT, DELETE"

    run_id = models.BigIntegerField("試算")
    household_no = models.BigIntegerField("世帯番号")
    atena_no = models.BigIntegerField("処理停止の人")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "処理停止で賦課しない世帯"
        constraints = [models.UniqueConstraint(fields=["run_id", "household_no", "atena_no"], name="levyleftout_once")]
        triggers = approved_stays("levyleftout", added=True)


class DecisionBase(models.Model):
    """What was decided for one payer: the amounts by component, the instalments and how every figure came about."""

    id = models.BigIntegerField(primary_key=True, help_text="年度×10^10＋世帯の順番×10＋納付義務者の順番")
    run_id = models.BigIntegerField("実行")
    fiscal_year = models.SmallIntegerField("賦課年度")
    basis_year = models.SmallIntegerField("相当年度")
    notice_no = models.BigIntegerField("通知書番号")
    household_no = models.BigIntegerField("世帯番号")
    payer_no = models.BigIntegerField("納付義務者")
    decided_on = models.DateField("決定日")
    reduction = models.SmallIntegerField("軽減割合")
    reduction_income = models.BigIntegerField("軽減判定所得")
    insured_count = models.SmallIntegerField("被保険者数")
    total = models.BigIntegerField("年額")
    components = models.JSONField("区分別", help_text="区分の並び。列を固定しない")
    instalments = ArrayField(models.BigIntegerField(), verbose_name="期別額")
    trace = models.TextField("計算過程", help_text="JSON。law.premium.explain が条文つきの説明に戻す")

    class Meta:
        abstract = True


def sorting(prefix: str, *known: str) -> list[models.Index]:
    """By what the list of a run is sorted and filtered, each with what its foot adds up, whose it is and since when it is `known`:
    通知書番号, 年額, 軽減."""
    whose = ["id", "payer_no", *known]
    return [
        models.Index(fields=["run_id", "notice_no"], include=[*whose, "total"], name=f"{prefix}_run_notice"),
        models.Index(fields=["run_id", "total", "notice_no"], include=whose, name=f"{prefix}_run_total"),
        models.Index(fields=["run_id", "reduction", "notice_no"], include=[*whose, "total"], name=f"{prefix}_run_reduction"),
    ]


class TrialDecision(DecisionBase):
    """A decision that a trial would make. Removed when its trial is repeated."""

    KNOWN_WHEN = OF_AN_ENDED_RUN

    GRANTS = "SELECT, INSERT, DELETE"

    class Meta:
        verbose_name = "試算結果"
        indexes = [
            models.Index(fields=["run_id", "household_no"], name="trial_household"),
            models.Index(fields=["payer_no"], name="trial_payer"),
            *sorting("trial"),
        ]
        triggers = approved_stays("trial", added=False)


class Decision(DecisionBase, Act):
    """An issued decision (賦課決定). Never changed: a correction is a new decision with the next version."""

    version = models.SmallIntegerField("更正回数", db_default=0)
    reason = models.CharField("事由", max_length=40, db_default="annual")
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "賦課決定"
        constraints = [models.UniqueConstraint(fields=["notice_no", "version"], name="decision_notice_version")]
        indexes = [
            models.Index(fields=["household_no", "fiscal_year"], name="decision_household"),
            models.Index(fields=["payer_no"], name="decision_payer"),
            *sorting("decision", "recorded_at"),
        ]


class LevyCheck(Register):
    """A line of the check list between the trial and the approval (FUKA-11): what was expected, what came out."""

    KNOWN_WHEN = OF_AN_ENDED_RUN

    OK, WARN, STOP = "ok", "warn", "stop"

    run = models.ForeignKey(LevyRun, on_delete=models.PROTECT, related_name="checks")
    code = models.CharField("番号", max_length=10)
    title = models.CharField("点検項目", max_length=120)
    level = models.CharField("判定", max_length=5, choices=((OK, "一致"), (WARN, "要確認"), (STOP, "不一致")))
    expected = models.CharField("見込み", max_length=60, blank=True)
    actual = models.CharField("結果", max_length=60)
    note = models.CharField("説明", max_length=300, blank=True)
    households = ArrayField(models.BigIntegerField(), verbose_name="世帯（最大50）", default=list)

    GRANTS = "SELECT, INSERT, UPDATE, DELETE"

    class Meta:
        verbose_name = "当初賦課の点検"
        constraints = [models.UniqueConstraint(fields=["run", "code"], name="levycheck_once")]

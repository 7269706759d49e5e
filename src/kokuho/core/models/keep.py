"""Keeping and giving up data: backups, retention plans, holds, erasure orders and the evidence that remains of them."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Act, Register


class BackupEvent(Act):
    """One backup, its check, the removal of an old generation, a restore or a drill, with its evidence (BACKUP-03, -04)."""

    KINDS = (("backup", "取得"), ("removed", "世代削除"), ("restore", "復元"), ("drill", "復元訓練"), ("offsite", "遠隔地保管"))

    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    file_name = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField("バイト数")
    ok = models.BooleanField("合否")
    seconds = models.FloatField("所要秒")
    staff_no = models.CharField("職員番号", max_length=20)
    evidence = models.JSONField("証跡", default=dict)

    class Meta:
        verbose_name = "バックアップの記録"
        indexes = [models.Index(fields=["kind", "-at"], name="backupevent_kind")]


class RetentionPlan(Act):
    """The retention rules as one version (KEEP-01). In force is the newest version that a second person approved."""

    profile = models.CharField("基にした型", max_length=20)
    levy_kind = models.CharField("料・税", max_length=8)
    mode = models.CharField("消去の方式", max_length=20)
    grace_days = models.PositiveIntegerField("物理消去までの日数")
    rules = models.JSONField("分類別の保存期間")
    reason = models.CharField("理由", max_length=200)
    review_on = models.DateField("見直し日")
    entered_by = models.CharField("起案者", max_length=20)
    entered_at = models.DateTimeField("起案日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "保存年限表"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="retentionplan_has_reason")]


@pghistory.track()
class RetentionHold(Register):
    """Nothing of a person is erased while a hold stands (KEEP-02); with a category only that category."""

    KINDS = {
        "appeal": "審査請求", "lawsuit": "訴訟", "arrears": "滞納処分", "disclosure": "開示請求", "audit": "監査",
        "incident": "漏えい調査", "protection": "支援措置",
    }  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    kind = models.CharField("種類", max_length=12, choices=tuple(KINDS.items()))
    category = models.CharField("分類", max_length=40, blank=True, help_text="空のときはすべての分類")
    set_on = models.DateField("開始日")
    lifted_on = models.DateField("解除日", null=True, blank=True)
    reason = models.CharField("理由", max_length=200)
    set_by = models.CharField("登録者", max_length=20)
    lifted_by = models.CharField("解除者", max_length=20, blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (lifted_on, lifted_by)"

    class Meta:
        verbose_name = "消去の保留"
        constraints = [
            models.CheckConstraint(condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("set_on")), name="hold_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="hold_atena", condition=Q(lifted_on__isnull=True))]


class ErasureOrder(Register):
    """A list of what is to be erased, put before a second person. The database erases by it only when it was approved."""

    PROPOSED, RUNNING, ERASED, PURGED, VOID = "proposed", "running", "erased", "purged", "void"
    STATES = ((PROPOSED, "起案済み"), (RUNNING, "消去中"), (ERASED, "論理消去済み"), (PURGED, "物理消去済み"), (VOID, "無効"))

    category = models.CharField("分類", max_length=40)
    plan = models.ForeignKey(RetentionPlan, on_delete=models.PROTECT, verbose_name="保存年限表")
    business_date = models.DateField("基準日")
    pressure = models.CharField("容量圧迫の認定理由", max_length=200, blank=True)
    content_hash = models.CharField("内容のハッシュ", max_length=64, blank=True)
    counts = models.JSONField("表別の件数", default=dict, help_text="起案時に数えたもの")
    files = models.JSONField("ファイル", default=list, help_text="KOKUHO_HOME からの位置。名前に個人の情報を含まない")
    state = models.CharField("状態", max_length=10, choices=STATES, default=PROPOSED)
    erased = models.JSONField("消去した件数", default=dict)
    purge_on = models.DateField("物理消去日", null=True)
    ordered_by = models.CharField("起案者", max_length=20)
    ordered_at = models.DateTimeField("起案日時", db_default=Func(function="now"))

    # Everything after the proposal is done by the database's own functions (`core/retention/eraser.py`).
    GRANTS = "SELECT, INSERT"

    class Meta:
        verbose_name = "消去の指示"
        indexes = [models.Index(fields=["state", "category"], name="erasureorder_state")]


class ErasureLine(Act):
    """One subject of an order: a person, or a person and a fiscal year. Removed with the order's physical erasure."""

    order = models.ForeignKey(ErasureOrder, on_delete=models.PROTECT, related_name="lines")
    atena_no = models.BigIntegerField("宛名番号")
    fiscal_year = models.SmallIntegerField("年度", default=0, help_text="年度によらない分類では 0")
    row_count = models.BigIntegerField("行数", default=0)
    digest = models.DecimalField("行の要約", max_digits=40, decimal_places=0, default=0)
    outcome = models.CharField("結果", max_length=10, blank=True, help_text="erased / held / changed")

    class Meta:
        verbose_name = "消去の対象"
        constraints = [models.UniqueConstraint(fields=["order", "atena_no", "fiscal_year"], name="erasureline_once")]


class ErasureRecord(Act):
    """消去記録: what was erased, without a person's data (KEEP-06). Only the database's own function writes it."""

    order_no = models.BigIntegerField("消去の指示", help_text="復元した古いデータベースには指示そのものがないことがある")
    step = models.CharField("段階", max_length=10, choices=(("erase", "論理消去"), ("purge", "物理消去"), ("again", "復元後の再消去")))
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    category = models.CharField("分類", max_length=40)
    subjects = models.IntegerField("対象数")
    left = models.JSONField("消去しなかった対象", default=dict, help_text="保留・内容の変化の件数")
    counts = models.JSONField("表別の件数")
    files = models.IntegerField("ファイル数", default=0)
    content_hash = models.CharField("内容のハッシュ", max_length=64)
    approval_id = models.BigIntegerField("承認")
    entered_by = models.CharField("起案者", max_length=20)
    approved_by = models.CharField("承認者", max_length=20)
    operated_by = models.CharField("実行者", max_length=20)

    GRANTS = "SELECT"

    class Meta:
        verbose_name = "消去記録"


class EnvironmentMark(Act):
    """What this database is: the office's own, a training town, a restored copy, a masked copy (AUTH-09). The newest row counts."""

    PRODUCTION, TRAINING, COPY, MASKED = "production", "training", "copy", "masked"
    KINDS = ((PRODUCTION, "本番環境"), (TRAINING, "研修環境"), (COPY, "復元した写し"), (MASKED, "仮名化した写し"))

    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    reason = models.CharField("理由", max_length=200)
    made_by = models.CharField("職員番号", max_length=20, blank=True)
    rules = models.JSONField("本番のログインの規則", default=dict, help_text="写しを作ったときの、認証の設定の値")

    class Meta:
        verbose_name = "環境の種類"
        triggers = [
            pgtrigger.Trigger(
                name="never_weaker",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # The application may say once what a new database is. Copies are marked by the owner's hand: by restore and mask.
                func="""
                IF EXISTS (SELECT FROM core_environmentmark) AND (NEW.kind = 'training' OR session_user = 'kokuho_app') THEN
                    RAISE EXCEPTION 'the kind of this database was said already';
                END IF;
                IF NEW.kind = 'masked' AND (SELECT kind FROM core_environmentmark ORDER BY id DESC LIMIT 1) IS DISTINCT FROM 'copy' THEN
                    RAISE EXCEPTION 'only a copy is masked';
                END IF;
                RETURN NEW;
                """,
            )
        ]


class ErasureArchive(Act):
    """退避: what an erasure removed, sealed apart before it went, with an end of its own (KEEP-04)."""

    order_no = models.BigIntegerField("消去の指示")
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    file_name = models.CharField("ファイル名", max_length=120, unique=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField("バイト数")
    counts = models.JSONField("表別の件数")
    keep_until = models.DateField("保管の終わり")
    made_by = models.CharField("職員番号", max_length=20)

    class Meta:
        verbose_name = "消去前の退避"


class ErasureArchiveEvent(Act):
    """An archive was read, with the reason, or destroyed."""

    KINDS = (("read", "閲覧"), ("destroyed", "廃棄"))

    archive = models.ForeignKey(ErasureArchive, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    staff_no = models.CharField("職員番号", max_length=20)
    reason = models.CharField("理由・方法", max_length=200)

    class Meta:
        verbose_name = "退避の閲覧・廃棄"
        constraints = [models.UniqueConstraint(fields=["archive"], condition=Q(kind="destroyed"), name="archive_destroyed_once")]

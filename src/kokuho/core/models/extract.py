"""Taking data out: applications for extracts, their single run, and the register of media (EXPORT-01 … -05)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.audit import Approval
from kokuho.core.models.base import Act, Register


@pghistory.track()
class Medium(Register):
    """A medium of the 電子媒体管理簿. A destroyed or lost one is never written again."""

    USABLE, LOST, DESTROYED = "usable", "lost", "destroyed"
    STATES = ((USABLE, "使用可"), (LOST, "紛失"), (DESTROYED, "廃棄"))
    KINDS = (("usb", "USBメモリ"), ("disk", "外付ディスク"), ("optical", "光ディスク"), ("tape", "磁気テープ"))

    code = models.CharField("媒体番号", max_length=20, unique=True)
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    serial = models.CharField("製造番号等", max_length=60)
    place = models.CharField("保管場所", max_length=60)
    keeper = models.CharField("保管責任者", max_length=20)
    state = models.CharField("状態", max_length=10, choices=STATES, default=USABLE)
    registered_on = models.DateField("登録日")
    registered_by = models.CharField("登録者", max_length=20)
    reason = models.CharField("用途", max_length=200)

    GRANTS = "SELECT, INSERT, UPDATE (place, keeper, state)"

    class Meta:
        verbose_name = "電子媒体"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="medium_has_reason")]

    def __str__(self) -> str:
        return self.code


@pghistory.track(exclude=["passphrase"])
class Extract(Register):
    """抽出処理依頼: what is asked for and by which right. After it was approved only its progress may change."""

    APPLIED, APPROVED, RETURNED, RUNNING, READY, WRITTEN, ERASED, FAILED = (
        "applied", "approved", "returned", "running", "ready", "written", "erased", "failed",
    )  # fmt: skip
    STATES = (
        (APPLIED, "承認待ち"), (APPROVED, "承認済み"), (RETURNED, "差戻し"), (RUNNING, "実行中"), (READY, "引渡し待ち"),
        (WRITTEN, "引渡し済み"), (ERASED, "引き渡さず消去"), (FAILED, "異常終了"),
    )  # fmt: skip

    definition = models.CharField("抽出定義", max_length=40)
    definition_hash = models.CharField("抽出定義のハッシュ", max_length=64)
    purpose = models.CharField("目的", max_length=300)
    legal_basis = models.CharField("法令の根拠", max_length=200)
    items = ArrayField(models.CharField(max_length=40), verbose_name="項目")
    conditions = models.JSONField("条件", default=dict)
    recipient = models.CharField("提供先", max_length=120)
    form = models.CharField("形式", max_length=10)
    medium = models.ForeignKey(Medium, on_delete=models.PROTECT, verbose_name="媒体")
    use_by = models.DateField("実行期限")
    content_hash = models.CharField("内容のハッシュ", max_length=64)
    applied_by = models.CharField("申請者", max_length=20)
    applied_at = models.DateTimeField("申請日時", db_default=Func(function="now"))
    state = models.CharField("状態", max_length=10, choices=STATES, default=APPLIED)
    row_count = models.IntegerField("行数", null=True)
    persons = models.IntegerField("人数", null=True)
    left_out = models.IntegerField("除いた支援措置対象者の行", null=True)
    masked = models.IntegerField("伏せた行", null=True)
    suspended = models.IntegerField("利用停止により除いた行", null=True)
    sha256 = models.CharField("SHA-256（暗号化後）", max_length=64, blank=True)
    size = models.BigIntegerField("バイト数", null=True)
    ready_at = models.DateTimeField("完成日時", null=True)
    erase_by = models.DateTimeField("消去期限", null=True)
    passphrase = models.BinaryField("パスフレーズ（封印）", null=True)
    passphrase_shown_to = models.CharField("パスフレーズを受け取った者", max_length=20, blank=True)
    passphrase_shown_at = models.DateTimeField("パスフレーズの表示日時", null=True)
    written_by = models.CharField("媒体に書き込んだ者", max_length=20, blank=True)
    written_at = models.DateTimeField("書込み日時", null=True)
    erased_at = models.DateTimeField("ファイルの消去日時", null=True)
    message = models.CharField("メッセージ", max_length=300, blank=True)

    GRANTS = (
        "SELECT, INSERT, UPDATE (state, row_count, persons, left_out, masked, suspended, sha256, size, ready_at, erase_by, passphrase, "
        "passphrase_shown_to, passphrase_shown_at, written_by, written_at, erased_at, message)"
    )

    class Meta:
        verbose_name = "抽出処理依頼"
        constraints = [
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(legal_basis=""), name="extract_has_purpose"),
            # Who carries the medium never knows what opens it.
            models.CheckConstraint(
                condition=Q(written_by="") | ~Q(written_by=F("passphrase_shown_to")), name="extract_keys_apart"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(row_count__isnull=False) & ~Q(sha256="")), name="extract_counted"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="extract_state")]


class ExtractRun(Act):
    """The one run of an extract. PostgreSQL refuses a second one, and one that nobody else approved (EXPORT-03)."""

    extract = models.OneToOneField(Extract, on_delete=models.PROTECT, related_name="run")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT)
    run_by = models.CharField("実行者", max_length=20)
    terminal = models.CharField("端末", max_length=60)
    business_date = models.DateField("処理日")
    started_at = models.DateTimeField("開始日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "抽出の実行"
        triggers = [
            pgtrigger.Trigger(
                name="only_as_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                PERFORM 1 FROM core_extract e JOIN core_approval a ON a.id = NEW.approval_id
                  WHERE e.id = NEW.extract_id AND a.kind = 'extract' AND a.subject = 'extract:' || e.id
                    AND a.state = 'approved' AND a.content_hash = e.content_hash AND a.entered_by <> a.decided_by
                    AND NEW.business_date <= e.use_by;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'extract % is not approved as it stands', NEW.extract_id;
                END IF;
                RETURN NEW;
                """,
            )
        ]


class MediumLine(Act):
    """A line of the 電子媒体管理簿: what happened to a medium (EXPORT-04)."""

    REGISTER, WRITE, HAND_OVER, GIVE_BACK, READ, ERASE, DESTROY, LOSE = (
        "register", "write", "hand_over", "give_back", "read", "erase", "destroy", "lose",
    )  # fmt: skip
    KINDS = (
        (REGISTER, "登録"), (WRITE, "書込み"), (HAND_OVER, "引渡し"), (GIVE_BACK, "返却"), (READ, "読取り"), (ERASE, "消去の確認"),
        (DESTROY, "廃棄"), (LOSE, "紛失"),
    )  # fmt: skip

    medium = models.ForeignKey(Medium, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField("出来事", max_length=10, choices=KINDS)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    on = models.DateField("処理日")
    staff_no = models.CharField("職員番号", max_length=20)
    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, null=True, related_name="medium_lines")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    row_count = models.IntegerField("件数", null=True)
    counterpart = models.CharField("相手", max_length=120, blank=True)
    due_on = models.DateField("消去・返却の期限", null=True)
    note = models.CharField("方法・備考", max_length=200, blank=True)

    class Meta:
        verbose_name = "電子媒体の出来事"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="write") | (~Q(sha256="") & Q(row_count__isnull=False) & Q(due_on__isnull=False)),
                name="mediumline_write",
            ),
            models.CheckConstraint(condition=~Q(kind="hand_over") | ~Q(counterpart=""), name="mediumline_counterpart"),
        ]
        indexes = [models.Index(fields=["medium", "-id"], name="mediumline_medium")]
        triggers = [
            pgtrigger.Trigger(
                name="only_empty_and_usable",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.kind = 'write'"),
                func="""
                PERFORM 1 FROM core_medium WHERE id = NEW.medium_id AND state = 'usable' FOR UPDATE;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'medium % is not usable', NEW.medium_id;
                END IF;
                PERFORM 1 FROM core_mediumline w WHERE w.medium_id = NEW.medium_id AND w.kind = 'write' AND NOT EXISTS
                    (SELECT 1 FROM core_mediumline e WHERE e.medium_id = w.medium_id AND e.kind = 'erase' AND e.id > w.id);
                IF FOUND THEN
                    RAISE EXCEPTION 'medium % still holds what was written before', NEW.medium_id;
                END IF;
                RETURN NEW;
                """,
            )
        ]

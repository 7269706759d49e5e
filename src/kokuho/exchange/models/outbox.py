"""送信ファイル: what goes out, who is in it, who released it, when it was handed over and what the receiver answered."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models import Act, BatchRun, Register
from kokuho.exchange.models.registry import ReleaseRule


@pghistory.track()
class OutboxFile(Register):
    """A file or message for a neighbour. Its bytes are kept sealed under their SHA-256.

    prepared → released (by another person) → handed (bytes written, then `delivered_at`) → answered; or withdrawn before
    it is handed over. The same content goes out once; a second time only as `resend_of`, with a reason.
    """

    PREPARED, RELEASED, HANDED, ANSWERED, WITHDRAWN = "prepared", "released", "handed", "answered", "withdrawn"
    STATES = (
        (PREPARED, "確認待ち"), (RELEASED, "送信待ち"), (HANDED, "送信済み・結果待ち"), (ANSWERED, "結果照合済み"), (WITHDRAWN, "取下げ"),
    )  # fmt: skip

    # Which bytes were made, from which line of the registry and for whom, stays as it was written (LINK-06).
    GRANTS = (
        "SELECT, INSERT, UPDATE (state, released_by, released_at, handed_by, handed_at, delivered_at, medium, receipt, answered_by, "
        "answered_at, accepted_count, rejected_count, reason)"
    )

    system = models.CharField("提供先", max_length=20)
    layout = models.CharField("レイアウト", max_length=60)
    rule = models.ForeignKey(ReleaseRule, on_delete=models.PROTECT, verbose_name="登録簿")
    sequence = models.IntegerField("通番")
    title = models.CharField("件名", max_length=120)
    file_name = models.CharField("ファイル名", max_length=200, unique=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    content_sha256 = models.CharField("内容のハッシュ", max_length=64)
    size = models.BigIntegerField("バイト数")
    record_count = models.IntegerField("件数")
    person_count = models.IntegerField("人数")
    withheld_count = models.IntegerField("引抜き件数", default=0)
    marked_count = models.IntegerField("支援措置の件数", default=0)
    counts = models.JSONField("内訳", default=dict)
    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, null=True, related_name="+")
    business_date = models.DateField("処理日")
    known_at = models.DateTimeField("どの時点の事実か")
    state = models.CharField("状態", max_length=10, choices=STATES, default=PREPARED)
    prepared_by = models.CharField("作成者", max_length=20)
    prepared_at = models.DateTimeField("作成日時", db_default=Func(function="now"))
    automatic = models.BooleanField("自動送信", default=False)
    released_by = models.CharField("確認者", max_length=20, blank=True)
    released_at = models.DateTimeField("確認日時", null=True)
    handed_by = models.CharField("送信者", max_length=20, blank=True)
    handed_at = models.DateTimeField("送信日時", null=True)
    delivered_at = models.DateTimeField("引渡し完了", null=True)
    medium = models.CharField("経路・媒体", max_length=60, blank=True)
    receipt = models.CharField("受領番号・受領者", max_length=100, blank=True)
    answered_by = models.CharField("結果の照合者", max_length=20, blank=True)
    answered_at = models.DateTimeField("結果の照合日時", null=True)
    accepted_count = models.IntegerField("受理件数", null=True)
    rejected_count = models.IntegerField("エラー件数", null=True)
    resend_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="resends")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "送信ファイル"
        constraints = [
            models.UniqueConstraint(fields=["system", "layout", "sequence"], name="outboxfile_sequence"),
            models.UniqueConstraint(
                fields=["system", "layout", "content_sha256"],
                condition=Q(resend_of__isnull=True) & ~Q(state="withdrawn"),
                name="outboxfile_content_once",
            ),
            models.CheckConstraint(
                condition=Q(released_by="") | ~Q(released_by=F("prepared_by")), name="outboxfile_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("prepared", "withdrawn")) | Q(automatic=True) | ~Q(released_by=""),
                name="outboxfile_released_by",
            ),
            models.CheckConstraint(condition=Q(resend_of__isnull=True) | ~Q(reason=""), name="outboxfile_resend_reason"),
        ]
        indexes = [
            models.Index(fields=["state"], name="outboxfile_state"),
            models.Index(fields=["system", "layout", "-id"], name="outboxfile_layout"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="outboxfile_states",
                field="state",
                transitions=[
                    ("prepared", "released"), ("prepared", "withdrawn"), ("released", "handed"), ("released", "withdrawn"),
                    ("handed", "answered"),
                ],
            ),
        ]  # fmt: skip


class OutboxRecord(Act):
    """One record of a file: about whom it is and what its content hashed to. What was last reported is read from here."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.exchange_outboxfile f WHERE f.id = t.file_id AND f.prepared_at < {known})"

    file = models.ForeignKey(OutboxFile, on_delete=models.PROTECT, related_name="records", db_index=False)
    record = models.IntegerField("行")
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号", null=True)
    digest = models.BinaryField("内容のハッシュ", max_length=32)
    update = models.CharField("更新区分", max_length=1, blank=True)
    role = models.CharField("載せた立場", max_length=1, blank=True, help_text="資格情報（個人）では被保険者区分")
    protected = models.BooleanField("支援措置対象者", default=False)

    class Meta:
        verbose_name = "送信ファイルの記録"
        indexes = [
            models.Index(fields=["file", "record"], name="outboxrecord_file"),
            models.Index(fields=["atena_no", "file"], name="outboxrecord_atena"),
            models.Index(fields=["household_no"], name="outboxrecord_household"),
            models.Index(fields=["file", "household_no", "record"], include=["id", "atena_no"], name="outboxrecord_by_household"),
            # What the releasing person asks for is rare in a file: 変更 and 取消, and the protected.
            models.Index(fields=["file", "update", "record"], name="outboxrecord_update", condition=models.Q(update__in=["2", "3"])),
            models.Index(fields=["file", "record"], name="outboxrecord_protected", condition=models.Q(protected=True)),
        ]


class Replacement(Act):
    """A character that the receiver of a file does not know and what stood in its place there (ATENA-18)."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.exchange_outboxfile f WHERE f.id = t.file_id AND f.prepared_at < {known})"

    file = models.ForeignKey(OutboxFile, on_delete=models.PROTECT, related_name="replacements", db_index=False)
    record = models.IntegerField("行")
    atena_no = models.BigIntegerField("宛名番号")
    item = models.CharField("項目", max_length=40)
    position = models.SmallIntegerField("位置", help_text="項目の何文字目か")
    original = models.CharField("元の文字", max_length=20)
    points = models.CharField("コードポイント", max_length=120)
    replacement = models.CharField("置換後", max_length=20)
    rule = models.CharField("根拠", max_length=40)

    class Meta:
        verbose_name = "文字の置換"
        indexes = [
            models.Index(fields=["file", "record", "position"], name="replacement_file"),
            models.Index(fields=["atena_no"], name="replacement_atena"),
            models.Index(fields=["-file", "record"], name="replacement_newest"),
        ]


class ProvisionRecord(Act):
    """One 移転・提供 that happened: who gave what about how many persons to whom, when, why, on which ground (LINK-04).

    Who the persons are is in the records of the file. The words of the registry are copied, so that they outlive it.
    """

    file = models.OneToOneField(OutboxFile, on_delete=models.PROTECT, related_name="provision")
    system = models.CharField("提供先", max_length=20)
    receiver = models.CharField("提供先の名称", max_length=60)
    duty = models.CharField("提供先の事務", max_length=100)
    kind = models.CharField("区分", max_length=10, choices=ReleaseRule.KINDS)
    items = ArrayField(models.CharField(max_length=40), verbose_name="項目")
    carries_number = models.BooleanField("個人番号を含む")
    basis = models.CharField("根拠", max_length=200)
    purpose = models.CharField("目的", max_length=200)
    approval_no = models.CharField("承認番号", max_length=60)
    at = models.DateTimeField("日時", db_default=Func(function="now"))
    business_date = models.DateField("処理日")
    medium = models.CharField("経路・媒体", max_length=60)
    record_count = models.IntegerField("件数")
    person_count = models.IntegerField("人数")
    prepared_by = models.CharField("作成者", max_length=20)
    released_by = models.CharField("確認者", max_length=20)
    handed_by = models.CharField("送信者", max_length=20)

    class Meta:
        verbose_name = "移転・提供の記録"
        indexes = [models.Index(fields=["-at"], name="provisionrecord_at")]

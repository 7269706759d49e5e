"""The doors' books: what came, in which state it is, what was wrong with it, and what waits to be worked off."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, Register


class InboxFile(Register):
    """A file that a neighbour delivered. Its bytes are kept sealed under their SHA-256; the same bytes are taken once."""

    RECEIVED, REFUSED, APPLIED = "received", "refused", "applied"
    STATES = ((RECEIVED, "受領・反映中"), (REFUSED, "受付拒否"), (APPLIED, "反映済み"))

    # What becomes known after the file was received; which bytes came, from whom and when, stays as it was written (LINK-06).
    LATER = (
        "sender", "created_at", "business_date", "state", "record_count", "applied_count", "error_count", "work_count", "counts",
        "finished_at",
    )  # fmt: skip
    GRANTS = f"SELECT, INSERT, UPDATE ({', '.join(LATER)})"

    neighbour = models.CharField("相手先", max_length=20)
    layout = models.CharField("レイアウト", max_length=60)
    file_name = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField("バイト数")
    sender = models.CharField("送付元", max_length=20, blank=True)
    created_at = models.CharField("作成日時", max_length=20, blank=True)
    received_at = models.DateTimeField("受領日時", db_default=Func(function="now"))
    received_by = models.CharField("受領者", max_length=20)
    business_date = models.DateField("処理日")
    state = models.CharField("状態", max_length=10, choices=STATES, default=RECEIVED)
    record_count = models.IntegerField("件数", default=0)
    applied_count = models.IntegerField("反映件数", default=0)
    error_count = models.IntegerField("誤り件数", default=0)
    work_count = models.IntegerField("要処理件数", default=0)
    counts = models.JSONField("内訳", default=dict)
    finished_at = models.DateTimeField("終了日時", null=True)

    class Meta:
        verbose_name = "受信ファイル"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=~Q(state="refused"), name="inboxfile_taken_once")
        ]
        indexes = [models.Index(fields=["-received_at"], name="inboxfile_when")]


class InboxError(Register):
    """One fault of a refused file, with its place. Values of persons are not repeated here."""

    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT, related_name="errors")
    code = models.CharField("番号", max_length=20)
    record = models.IntegerField("行", null=True)
    field = models.CharField("項目", max_length=60, blank=True)
    offset = models.BigIntegerField("位置（バイト）", null=True)
    message = models.CharField("内容", max_length=500)

    class Meta:
        verbose_name = "受信ファイルの誤り"


@pghistory.track()
class WorkItem(Register):
    """A well-formed record that could not be applied. Staff work it off; the other records have gone on."""

    OPEN, DONE, DISMISSED = "open", "done", "dismissed"
    STATES = ((OPEN, "未処理"), (DONE, "処理済み"), (DISMISSED, "処理不要"))

    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT, related_name="work_items")
    code = models.CharField("番号", max_length=20)
    record = models.IntegerField("行")
    atena_no = models.BigIntegerField("宛名番号", null=True)
    message = models.CharField("内容", max_length=500)
    state = models.CharField("状態", max_length=10, choices=STATES, default=OPEN)
    decided_by = models.CharField("処理者", max_length=20, blank=True)
    decided_at = models.DateTimeField("処理日時", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "要処理"
        indexes = [
            models.Index(fields=["state"], name="workitem_state"),
            models.Index(fields=["atena_no"], name="workitem_atena"),
        ]


class WorkContact(Act):
    """One exchange of words with the sender about a record that could not be applied (FED-04): whom, what was said."""

    item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="contacts")
    on = models.DateField("連絡日")
    counterpart = models.CharField("相手", max_length=60)
    text = models.CharField("内容", max_length=400)
    staff_no = models.CharField("職員番号", max_length=20)
    at = models.DateTimeField("記録日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "要処理の連絡記録"
        constraints = [
            models.CheckConstraint(condition=~Q(counterpart="") & ~Q(text=""), name="workcontact_said"),
        ]
        indexes = [models.Index(fields=["item", "id"], name="workcontact_item")]

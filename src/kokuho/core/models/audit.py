"""The record of every operation, and the decisions of second persons."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import TWO_PERSONS, Act, Register


class AuditRecord(Act):
    """Who, at which terminal, when, on whom, what, why and with which result (LOG-02). Holds no personal data itself."""

    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    staff_no = models.CharField("職員番号", max_length=20)
    staff_name = models.CharField("氏名", max_length=60)
    unit = models.CharField("所属", max_length=60)
    terminal = models.CharField("端末", max_length=60)
    session = models.CharField("セッション", max_length=64)
    duty = models.CharField("事務", max_length=40)
    function = models.CharField("機能", max_length=60)
    operation = models.CharField("操作", max_length=20)
    result = models.CharField("結果", max_length=20)
    persons = ArrayField(models.BigIntegerField(), verbose_name="宛名番号", default=list)
    row_count = models.IntegerField("件数", default=0)
    reason = models.CharField("理由", max_length=200, blank=True)
    detail = models.JSONField("条件・内容", default=dict)

    class Meta:
        verbose_name = "操作記録"
        indexes = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["staff_no", "at"], name="audit_staff"),
            GinIndex(fields=["persons"], name="audit_persons"),
            models.Index(
                fields=["at"], include=["function", "result", "row_count"], name="audit_prints", condition=Q(operation="print")
            ),
            models.Index(
                fields=["staff_no", "at"], name="audit_sign_ins", condition=Q(function="sign-in", operation="login", result="ok")
            ),
            models.Index(fields=["at"], name="audit_refusals", condition=Q(function="sign-in", result="refused")),
            # What was not done as asked is looked for, and rare.
            models.Index(fields=["result", "at"], name="audit_not_ok", condition=~Q(result="ok")),
        ]


class Approval(Register):
    """A thing that waits for a second person (ENTRY-02, ENTRY-08). The database refuses the one who entered it."""

    KNOWN_WHEN = "t.entered_at < {known}"
    KNOWN_AS = {
        "state": "CASE WHEN t.decided_at >= {known} THEN 'pending' ELSE t.state END",
        "decided_by": "CASE WHEN t.decided_at >= {known} THEN '' ELSE t.decided_by END",
        "decided_at": "CASE WHEN t.decided_at < {known} THEN t.decided_at END",
        "reason": "CASE WHEN t.decided_at >= {known} THEN '' ELSE t.reason END",
    }

    PENDING, APPROVED, RETURNED = "pending", "approved", "returned"
    STATES = ((PENDING, "承認待ち"), (APPROVED, "承認済み"), (RETURNED, "差戻し"))

    kind = models.CharField("種類", max_length=40)
    subject = models.CharField("対象", max_length=60, help_text="levy-run:3 のように、承認を待つものを示す")
    title = models.CharField("件名", max_length=200)
    content_hash = models.CharField("内容のハッシュ", max_length=64, help_text="承認後に内容が変われば承認は及ばない")
    summary = models.JSONField("合計", default=dict)
    entered_by = models.CharField("起案者", max_length=20)
    entered_at = models.DateTimeField("起案日時", db_default=Func(function="now"))
    state = models.CharField("状態", max_length=10, choices=STATES, default=PENDING)
    decided_by = models.CharField("決裁者", max_length=20, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (state, decided_by, decided_at, reason)"

    class Meta:
        verbose_name = "承認"
        constraints = [
            models.CheckConstraint(condition=~Q(entered_by=F("decided_by")), name="approval_two_persons"),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(decided_by="") & Q(decided_at__isnull=False)), name="approval_decided_by"
            ),
            models.UniqueConstraint(fields=["subject"], condition=Q(state="pending"), name="approval_one_pending"),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="approval_state")]
        triggers = [
            pgtrigger.Trigger(
                name="approval_of_two_persons", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=TWO_PERSONS,
                condition=pgtrigger.Condition("NEW.decided_by <> ''"),
            ),
            pgtrigger.Protect(
                name="approval_final", operation=pgtrigger.Update, condition=pgtrigger.Condition("OLD.state <> 'pending'")
            ),
        ]

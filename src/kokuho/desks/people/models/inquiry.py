"""照会: what is asked of other offices about a person, by whose decision, and what they answered (ENTRY-06)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, Entry, Register


@pghistory.track()
class Inquiry(Register):
    """An inquiry that was decided (決裁) and has its number. It may be printed; it is open until an answer is applied or it is closed.

    An answer that does not fit the person opens 問い合わせ: the inquiry stays open until somebody closes it with a result.
    """

    SENT, DOUBTFUL, ANSWERED, CLOSED = "sent", "doubtful", "answered", "closed"
    STATES = ((SENT, "回答待ち"), (DOUBTFUL, "問い合わせ（回答が本人と合わない）"), (ANSWERED, "回答済み"), (CLOSED, "終了"))

    number = models.CharField("文書番号", max_length=30, unique=True)
    kind = models.CharField("種類", max_length=20)
    atena_no = models.BigIntegerField("宛名番号")
    receiver = models.CharField("照会先", max_length=120)
    postal_code = models.CharField("照会先の郵便番号", max_length=7)
    receiver_place = models.CharField("照会先の所在地", max_length=200)
    items = models.JSONField("回答を求める項目", default=list)
    purpose = models.CharField("照会の理由", max_length=200)
    due_on = models.DateField("回答の期限")
    decided_on = models.DateField("決裁日")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", verbose_name="決裁した入力")
    printed_on = models.DateField("印刷日", null=True)
    reminded_on = models.DateField("督促日", null=True)
    state = models.CharField("状態", max_length=8, choices=STATES, default=SENT)
    result = models.CharField("終了の結果", max_length=200, blank=True)

    class Meta:
        verbose_name = "照会"
        constraints = [
            models.CheckConstraint(condition=~Q(state="closed") | ~Q(result=""), name="inquiry_result"),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="inquiry_atena"),
            models.Index(fields=["state", "due_on"], name="inquiry_due"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="inquiry_decided", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                IF NOT EXISTS (SELECT 1 FROM core_entry e WHERE e.id = NEW.entry_id AND e.state = 'confirmed' AND e.four_eyes
                                  AND e.decided_by <> '' AND NEW.atena_no = ANY (e.persons)) THEN
                    RAISE EXCEPTION 'INQUIRY-UNDECIDED: an inquiry needs the decision of a second person';
                END IF;
                RETURN NEW;
                """,
            ),
        ]  # fmt: skip


class InquiryAnswer(Act):
    """An answer as it came: the four items it names, whether they are the person's, and what it says."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="answers", verbose_name="照会")
    atena_no = models.BigIntegerField("宛名番号")
    received_on = models.DateField("回答の受付日")
    four = models.JSONField("4情報の照合", default=list)
    agrees = models.BooleanField("本人の回答である")
    values = models.JSONField("回答", default=dict)
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)

    class Meta:
        verbose_name = "照会の回答"
        constraints = [models.CheckConstraint(condition=Q(agrees=True) | Q(values={}), name="inquiryanswer_applies")]
        indexes = [models.Index(fields=["atena_no"], name="inquiryanswer_atena")]

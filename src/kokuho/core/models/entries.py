"""What staff entered and a second person has not yet confirmed (ENTRY-02, ENTRY-03)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from kokuho.core.models.base import TWO_PERSONS, Register


@pghistory.track(
    meta={
        "indexes": [
            models.Index(fields=["household_no"], name="entry_then_household", condition=Q(household_no__isnull=False)),
            GinIndex(fields=["persons"], name="entry_then_persons", fastupdate=False),
        ]
    }
)
class Entry(Register):
    """One entry of staff: what is to hold, about whom, on what evidence, and who confirmed it.

    Nothing of it is in force before it is confirmed; confirming writes the facts with `origin` ``entry:<id>``. What was entered
    never changes: another content is another entry (ENTRY-03). `lines` are before → after and what followed, as they stood when it
    was decided: the facts go on, the decision does not. One list for all who may see
    the entry; a second one where `protected.read` shows more.
    """

    PENDING, CONFIRMED, RETURNED, WITHDRAWN = "pending", "confirmed", "returned", "withdrawn"
    STATES = ((PENDING, "確認待ち"), (CONFIRMED, "確認済み"), (RETURNED, "差戻し"), (WITHDRAWN, "取下げ"))

    kind = models.CharField("種類", max_length=60)
    title = models.CharField("件名", max_length=200, help_text="氏名・住所は入れない")
    payload = models.JSONField("内容", default=dict)
    persons = ArrayField(models.BigIntegerField(), verbose_name="宛名番号", default=list)
    household_no = models.BigIntegerField("世帯番号", null=True)
    unit = models.CharField("所属", max_length=60, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    evidence = models.JSONField("本人確認・添付", default=dict)
    on = models.DateField("業務日")
    four_eyes = models.BooleanField("二者確認", default=True)
    entered_by = models.CharField("入力者", max_length=20)
    entered_at = models.DateTimeField("入力日時", db_default=Func(function="now"))
    state = models.CharField("状態", max_length=10, choices=STATES, default=PENDING)
    decided_by = models.CharField("確認者", max_length=20, blank=True)
    decided_at = models.DateTimeField("確認日時", null=True)
    decision = models.CharField("確認の意見", max_length=200, blank=True)

    lines = models.JSONField("決定したときの前と後", default=list, db_default=Value([], output_field=models.JSONField()))

    GRANTS = "SELECT, INSERT, UPDATE (state, decided_by, decided_at, decision, lines)"

    class Meta:
        verbose_name = "入力"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="withdrawn") | ~Q(entered_by=F("decided_by")), name="entry_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(four_eyes=False) | ~Q(state="confirmed") | ~Q(decided_by=""), name="entry_confirmed_by"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="entry_decided_once",
            ),
        ]
        indexes = [
            # What the list asks of an entry stands in the index: counting whose matter it is, now or as it was known, reads no rows.
            models.Index(fields=["state", "kind"], include=["id", "entered_by"], name="entry_state"),
            models.Index(fields=["household_no"], name="entry_household", condition=Q(household_no__isnull=False)),
            GinIndex(fields=["persons"], name="entry_persons", fastupdate=False),
        ]
        triggers = [
            pgtrigger.FSM(
                name="entry_states",
                field="state",
                transitions=[("pending", "confirmed"), ("pending", "returned"), ("pending", "withdrawn")],
            ),
            pgtrigger.Trigger(
                name="entry_of_two_persons", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=TWO_PERSONS,
                condition=pgtrigger.Condition("NEW.decided_by <> '' AND NEW.state <> 'withdrawn'"),
            ),
            pgtrigger.Protect(
                name="entry_final", operation=pgtrigger.Update, condition=pgtrigger.Condition("OLD.state <> 'pending'")
            ),
        ]

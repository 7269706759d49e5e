"""宛名異動整理: what changed about a person, what each module still has to do about it, and changes that wait for staff."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import Act, Register


class PersonChange(Act):
    """One change of what is registered about a person (宛名異動). Modules pull it by its number (ATENA-11)."""

    atena_no = models.BigIntegerField("宛名番号")
    kind = models.CharField("異動の種類", max_length=30)
    effective_on = models.DateField("異動日")
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "宛名異動"
        indexes = [models.Index(fields=["atena_no", "-id"], name="personchange_atena")]


@pghistory.track()
class ChangeTask(Register):
    """What one module still has to do about a change. Done by a person of that module, with what was done. The kind and the day are
    those of the change, which never change: the list of what is open is sorted and narrowed by them."""

    change = models.ForeignKey(PersonChange, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    kind = models.CharField("異動の種類", max_length=30)
    effective_on = models.DateField("異動日")
    module = models.CharField("業務", max_length=20)
    todo = models.CharField("すること", max_length=200)
    done_by = models.CharField("処理者", max_length=20, blank=True)
    done_at = models.DateTimeField("処理日時", null=True)
    note = models.CharField("処理の内容", max_length=200, blank=True)

    class Meta:
        verbose_name = "業務連動"
        constraints = [
            models.UniqueConstraint(fields=["change", "module"], name="changetask_once"),
            models.CheckConstraint(
                condition=Q(done_by="", done_at__isnull=True) | (~Q(done_by="") & Q(done_at__isnull=False)),
                name="changetask_done_by_someone",
            ),
        ]
        indexes = [
            models.Index(fields=["module", "id"], include=["kind"], name="changetask_open", condition=Q(done_at__isnull=True)),
            models.Index(
                fields=["effective_on", "id"], include=["module", "kind"], name="changetask_day", condition=Q(done_at__isnull=True)
            ),
        ]


@pghistory.track()
class HeldChange(Register):
    """A change of the register that is older than what is known and contradicts it: its after-image, until staff decide."""

    OPEN, APPLIED, DISMISSED = "open", "applied", "dismissed"

    atena_no = models.BigIntegerField("宛名番号")
    origin = models.CharField("出所", max_length=60)
    record = models.IntegerField("行")
    event = models.CharField("異動事由", max_length=2)
    event_date = models.DateField("異動日")
    image = models.JSONField("異動後の記載")
    state = models.CharField("状態", max_length=10, default=OPEN)
    received_at = models.DateTimeField("受付日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "保留中の住民異動"
        constraints = [models.UniqueConstraint(fields=["origin", "record"], name="heldchange_once")]
        indexes = [models.Index(fields=["atena_no"], name="heldchange_atena")]

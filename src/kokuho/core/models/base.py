"""The three kinds of table. The kind decides what the application's database role may do to a row (`core/grants.py`), and how
the row is shown as it was known at a moment (`core/past.py`): by its own moments, by its history, or by `KNOWN_WHEN`, an SQL
condition on the row ``t`` and the moment ``{known}``; `KNOWN_AS` shows single columns otherwise than they stand now.
"""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from kokuho.core.territory import TerritorialManager

# Two accounts of one person (AUTH-01 allows one of each class) are not two persons: whoever writes, the database refuses it.
TWO_PERSONS = """
    IF EXISTS (SELECT FROM core_staff a JOIN core_staff b ON a.person_no = b.person_no
                WHERE a.staff_no = NEW.entered_by AND b.staff_no = NEW.decided_by AND a.staff_no <> b.staff_no) THEN
        RAISE EXCEPTION 'entered and decided by one person under two accounts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
"""


class Act(models.Model):
    """An issued act, a posting or a record: written once, never changed, never deleted. Corrections are new rows."""

    GRANTS = "SELECT, INSERT"
    objects = TerritorialManager()

    class Meta:
        abstract = True


class Register(models.Model):
    """A working list or a master: rows change, and every change is kept by history triggers."""

    GRANTS = "SELECT, INSERT, UPDATE"
    objects = TerritorialManager()

    class Meta:
        abstract = True


class Fact(models.Model):
    """A dated fact. It holds over `valid` and is believed from `recorded_at` until `superseded_at`.

    A correction inserts the new belief and closes the old one: `superseded_at` is the only column that may ever be set
    on an existing row. "As it was known on a day" is a condition on the two moments (`core/past.py`).
    """

    GRANTS = "SELECT, INSERT, UPDATE (superseded_at)"
    objects = TerritorialManager()

    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    superseded_at = models.DateTimeField("訂正日時", null=True, blank=True)
    recorded_by = models.CharField("処理者", max_length=20)
    origin = models.CharField("出所", max_length=60, help_text="file:12 のように、事実が届いたファイル又は届出を示す")

    class Meta:
        abstract = True

    def correct(self, *, recorded_by: str, origin: str, **changes: Any) -> Self:
        """Believe something else from now on: closes this row and inserts its corrected copy. Call inside a transaction."""
        type(self)._base_manager.filter(pk=self.pk, superseded_at__isnull=True).update(superseded_at=Now())
        own = ("id", "recorded_at", "superseded_at")
        values = {f.name: getattr(self, f.name) for f in self._meta.concrete_fields if f.name not in own}
        return type(self)._base_manager.create(**{**values, **changes, "recorded_by": recorded_by, "origin": origin})


class PeriodFact(Fact):
    """A fact about one subject over a period of days, without overlaps within the subject."""

    valid = DateRangeField("有効期間")

    class Meta:
        abstract = True


def no_overlap(name: str, *subject: str) -> ExclusionConstraint:
    """At any day a subject has one believed row at most. Works without btree_gist: equality as a one-value range.

    `subject` are bigint columns; text keys cannot take part.
    """
    expressions = [
        (Func(F(column), F(column), Value("[]"), function="int8range"), RangeOperators.OVERLAPS) for column in subject
    ]
    return ExclusionConstraint(
        name=name,
        expressions=[*expressions, ("valid", RangeOperators.OVERLAPS)],
        condition=Q(superseded_at__isnull=True),
    )

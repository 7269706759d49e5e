"""When an account of the database or of the operating system was last seen at work (AUTH-09)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from kokuho.core.models.base import Register


@pghistory.track(exclude=["seen_at"])
class AccountSighting(Register):
    """An account that is no 利用者ID, and when it was last seen at work. PostgreSQL keeps no last login: the worker looks every five
    minutes who is connected and who has written since."""

    DATABASE, SYSTEM = "database", "system"
    KINDS = ((DATABASE, "データベースの役割"), (SYSTEM, "OSのアカウント"))
    GRANTS = "SELECT, INSERT, UPDATE (seen_at)"

    kind = models.CharField("種類", max_length=8, choices=KINDS)
    name = models.CharField("アカウント", max_length=63)
    seen_at = models.DateTimeField("最後に使われたのを見た日時")

    class Meta:
        verbose_name = "システムのアカウントの使用"
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="accountsighting_once"),
            models.CheckConstraint(condition=Q(kind__in=("database", "system")) & ~Q(name=""), name="accountsighting_whole"),
        ]

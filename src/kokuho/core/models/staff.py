"""Staff, units and the rights that were granted to them."""

from __future__ import annotations

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from kokuho.core.models.base import Register


class Unit(Register):
    """課・係: the affiliation of staff (所属)."""

    code = models.CharField("所属コード", max_length=10, unique=True)
    name = models.CharField("所属名", max_length=60)

    class Meta:
        verbose_name = "所属"

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by number; making one is `core.actions.staff.register`."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(staff_no=username)


@pghistory.track(exclude=["password", "last_login"])
class Staff(AbstractBaseUser, Register):
    """One person, one ID (AUTH-01). There is no superuser."""

    staff_no = models.CharField("職員番号", max_length=20, unique=True)
    name = models.CharField("氏名", max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, verbose_name="所属")
    valid_from = models.DateField("利用開始日")
    valid_until = models.DateField("利用終了日", null=True, blank=True, help_text="この日まで利用できる")
    is_active = models.BooleanField("利用可", default=True)

    USERNAME_FIELD = "staff_no"
    REQUIRED_FIELDS: list[str] = []
    objects = StaffManager()

    class Meta:
        verbose_name = "職員"

    def __str__(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are not used: rights are asked of `core.access`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


@pghistory.track()
class Grant(Register):
    """A role of the purpose table given to a person for a period, on application and approval (RIGHTS-04, -05)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="grants", verbose_name="職員")
    role = models.CharField("役割", max_length=40, help_text="core/data/rights.yaml の役割")
    valid_from = models.DateField("発効日")
    valid_until = models.DateField("失効日", null=True, blank=True, help_text="この日まで有効")
    applied_by = models.CharField("申請者", max_length=20)
    approved_by = models.CharField("承認者", max_length=20)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "権限"
        constraints = [
            models.CheckConstraint(condition=~Q(applied_by=F("approved_by")), name="grant_two_persons"),
            models.UniqueConstraint(fields=["staff", "role", "valid_from"], name="grant_once"),
        ]

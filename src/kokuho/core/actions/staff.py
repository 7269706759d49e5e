"""Registering units, staff and their rights."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from kokuho.core.access import catalogue
from kokuho.core.models import Grant, Staff, Unit


@transaction.atomic
def register(
    *,
    staff_no: str,
    name: str,
    unit_code: str,
    unit_name: str,
    password: str,
    roles: tuple[str, ...],
    applied_by: str,
    approved_by: str,
    on: date,
    reason: str,
) -> Staff:
    """Register one person with roles of the purpose table (applied for by one person, approved by another).

    Used by the command that opens an installation; raises ValueError for an unknown role and ValidationError for a
    password that breaks the rules.
    """
    if unknown := set(roles) - set(catalogue()["roles"]):
        raise ValueError(f"unknown roles {sorted(unknown)}")
    unit, _ = Unit.objects.get_or_create(code=unit_code, defaults={"name": unit_name})
    staff = Staff(staff_no=staff_no, name=name, unit=unit, valid_from=on)
    validate_password(password, staff)
    staff.set_password(password)
    staff.save()
    for role in roles:
        Grant.objects.create(
            staff=staff, role=role, valid_from=on, applied_by=applied_by, approved_by=approved_by, reason=reason
        )
    return staff

"""Registering the first units, staff and rights of an installation: by the command that opens it."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from kokuho.core import clock
from kokuho.core.access import catalogue, conflict
from kokuho.core.models import Entry, Grant, PasswordHistory, Staff, Unit

GRANT = "rights.grant"


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
    name_kana: str = "",
    person_no: str = "",
    account_class: str = Staff.STAFF,
    valid_until: date | None = None,
) -> Staff:
    """Register one person with roles of the purpose table (applied for by one person, approved by another, on paper).

    Used by the command that opens an installation; later accounts and rights come by application (`core.actions.accounts`).
    The unit may hold the roles from then on. The account ends with the fiscal year after this one unless a day is given.
    Raises ValueError for an unknown role and ValidationError for a password that breaks the rules.
    """
    if unknown := set(roles) - set(catalogue()["roles"]):
        raise ValueError(f"unknown roles {sorted(unknown)}")
    if together := conflict(roles):
        raise ValueError(together)
    unit, _ = Unit.objects.get_or_create(code=unit_code, defaults={"name": unit_name})
    if more := set(roles) - set(unit.roles):
        unit.roles = sorted({*unit.roles, *more})
        unit.save(update_fields=["roles"])
    staff = Staff(
        staff_no=staff_no, person_no=person_no or staff_no, name=name, name_kana=name_kana, account_class=account_class, unit=unit,
        valid_from=on, valid_until=valid_until or date(clock.fiscal_year(on) + 2, 3, 31),
    )  # fmt: skip
    validate_password(password, staff)
    staff.set_password(password)
    staff.password_changed_at = clock.now()
    staff.save()
    PasswordHistory.objects.create(staff=staff, encoded=staff.password)
    if roles:
        # What was signed on paper stands among the applications, so that the history of rights begins with it.
        entry = Entry.objects.create(
            kind=GRANT, title=f"開設時の権限: {staff_no}", reason=reason, on=on, entered_by=applied_by, state=Entry.CONFIRMED,
            decided_by=approved_by, decided_at=clock.now(),
            payload={
                "staff_no": staff_no, "roles": list(roles), "valid_from": on.isoformat(),
                "valid_until": staff.valid_until.isoformat(),
            },
        )  # fmt: skip
        Grant.objects.bulk_create(
            Grant(
                staff=staff, role=role, valid_from=on, valid_until=staff.valid_until, applied_by=applied_by,
                approved_by=approved_by, reason=reason, entry=entry,
            )
            for role in roles
        )  # fmt: skip
    return staff

"""What the applications about accounts, rights and places ask alike. Every refusal is an `AccountError` with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.validators import RegexValidator

from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import Staff, Unit
from kokuho.core.queries.accounts import own_unit

ID = RegexValidator(r"^[0-9A-Za-z_-]{2,20}\Z")


class AccountError(CodedError):
    """The application cannot be taken. `code` is stable."""


def staff_of(number: str) -> Staff:
    """The account of an ID. Raises `AccountError` RIGHTS-STAFF."""
    found = Staff.objects.select_related("unit").filter(staff_no=number).first()
    if found is None:
        raise AccountError("RIGHTS-STAFF", f"利用者ID {number} はありません。")
    return found


def unit_of(code: str) -> Unit:
    """The unit of a code. Raises `AccountError` RIGHTS-UNIT."""
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise AccountError("RIGHTS-UNIT", f"所属 {code} はありません。")
    return found


def day_of(payload: Mapping[str, Any], name: str) -> date:
    """A day of what was applied for. Raises `AccountError` RIGHTS-DATE."""
    try:
        return date.fromisoformat(str(payload.get(name, "")))
    except ValueError:
        raise AccountError("RIGHTS-DATE", "日付を入力してください。") from None


def period_of(payload: Mapping[str, Any], on: date) -> tuple[date, date]:
    """First and last day of what was applied for; not over yet. Raises `AccountError` RIGHTS-DATE, RIGHTS-PERIOD."""
    first, last = day_of(payload, "valid_from"), day_of(payload, "valid_until")
    if last < first or last < on:
        raise AccountError("RIGHTS-PERIOD", "終了日は開始日より後の、まだ来ていない日にしてください。")
    return first, last


def not_oneself(by: Actor, staff: Staff) -> None:
    """Nobody applies for, or approves, what is for the same person, under whichever account. Raises RIGHTS-SELF."""
    acting = Staff.objects.filter(staff_no=by.staff_no).values_list("person_no", flat=True).first() or by.staff_no
    if acting == staff.person_no:
        raise AccountError("RIGHTS-SELF", "自分のIDや権限は申請も承認もできません。別の職員が行ってください。")


def own_staff_only(by: Actor, staff: Staff) -> None:
    """The head of a unit applies for the unit's own staff (RIGHTS-07). Raises `AccountError` RIGHTS-07-UNIT."""
    if by.may("rights.apply") and not by.may("rights.approve") and own_unit(by) != staff.unit_id:
        raise AccountError("RIGHTS-07-UNIT", f"{staff.name}は{staff.unit.name}の職員です。申請できるのは自分の所属の職員だけです。")

"""Somebody moves or leaves: rights end, open work ends with them, and the terminal's own account is asked about (RIGHTS-05).

Also what another person does to an account at once, without a second person, because it takes something away or only restores
what was there: unlocking, a first password, suspending.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from kokuho.core import audit, clock, parameters
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import AccountEvent, AccountTask, Grant, PasswordHistory, Staff, Terminal, Unit
from kokuho.core.terminals import one_time_code


class LeavingError(CodedError):
    """Not possible. `code` is stable."""


def revoke(staff: Staff, *, on: date, why: str, origin: str) -> int:
    """End every right of an account with the day before, its session too; returns how many rights. Inside a transaction."""
    # What begins today or later ends before it begins, and is never in force.
    ended = Grant.objects.filter(staff=staff, valid_until__gte=on).update(valid_until=on - timedelta(days=1), ended_by=origin)
    Staff.objects.filter(pk=staff.pk).update(session_number="ended")
    if parameters.value("rights.stop_terminal_account"):
        AccountTask.objects.get_or_create(
            staff_no=staff.staff_no, done_at=None,
            defaults={
                "what": f"{staff.name}（{staff.staff_no}）の端末アカウントを停止したことを確かめる", "opened_on": on, "reason": why[:200],
            },
        )  # fmt: skip
    return ended


@dataclass(frozen=True, slots=True)
class Personnel:
    """A line of the personnel file: where somebody belongs from a day on, and until when somebody serves."""

    person_no: str
    unit_code: str
    unit_name: str
    valid_from: date
    valid_until: date | None


@transaction.atomic
def take_personnel(*, by: Actor, on: date, lines: Iterable[Personnel], origin: str) -> dict[str, int]:
    """Compare the accounts with the personnel file: who moved loses the rights of the former unit, who left the account.

    Staff that the file does not name stay as they are (the report of leftovers shows them). Returns counts.
    """
    by.require("exchange.receive")
    counts = {"moved": 0, "left": 0}
    newest: dict[str, Personnel] = {}
    for line in sorted(lines, key=lambda line: line.valid_from):
        if line.valid_from <= on:
            newest[line.person_no] = line
    own = Staff.objects.filter(person_no__in=newest).exclude(account_class=Staff.CONTRACTOR)
    for member in own:
        until = newest[member.person_no].valid_until
        # Who left is remembered with the account, so that an ID which is alive again shows among the leftovers.
        if (left := until if until is not None and until < on else None) != member.left_on:
            member.left_on = left
            member.save(update_fields=["left_on"])
    for member in own.select_related("unit").filter(is_active=True):
        line = newest[member.person_no]
        if line.valid_until is not None and line.valid_until < on:
            member.is_active = False
            member.save(update_fields=["is_active"])
            revoke(member, on=on, why=f"退職・離職（{line.valid_until}）", origin=origin)
            counts["left"] += 1
        elif line.unit_code != member.unit.code:
            former = member.unit.name
            member.unit, _ = Unit.objects.get_or_create(code=line.unit_code, defaults={"name": line.unit_name or line.unit_code})
            member.save(update_fields=["unit"])
            revoke(member, on=on, why=f"異動（{former}から{member.unit.name}へ {line.valid_from}）", origin=origin)
            counts["moved"] += 1
    audit.record(by, function="account.personnel", operation="update", row_count=sum(counts.values()), detail={**counts, "origin": origin})
    return counts


def _other(by: Actor, staff_no: str, reason: str) -> Staff:
    by.require("account.manage")
    if not reason.strip():
        raise LeavingError("RIGHTS-REASON", "理由を入力してください。")
    staff = Staff.objects.filter(staff_no=staff_no).first()
    if staff is None:
        raise LeavingError("RIGHTS-STAFF", f"利用者ID {staff_no} はありません。")
    acting = Staff.objects.filter(staff_no=by.staff_no).values_list("person_no", flat=True).first() or by.staff_no
    if acting == staff.person_no:
        audit.record(by, function="account.manage", operation="refuse", result="refused", detail={"account": staff_no})
        raise LeavingError("RIGHTS-SELF", "自分のIDを自分で取り扱うことはできません。別の職員が行ってください。")
    return staff


def _event(by: Actor, staff: Staff, kind: str, reason: str) -> None:
    AccountEvent.objects.create(staff_no=staff.staff_no, kind=kind, by=by.staff_no, reason=reason.strip())
    audit.record(by, function=f"account.{kind}", operation="update", reason=reason, detail={"account": staff.staff_no})


@transaction.atomic
def unlock(*, by: Actor, staff_no: str, reason: str) -> None:
    """Let a locked-out account try again. By another person (AUTH-04)."""
    _event(by, _other(by, staff_no, reason), AccountEvent.UNLOCK, reason)


@transaction.atomic
def issue_password(*, by: Actor, staff_no: str, reason: str) -> str:
    """A first password for an account, to be changed at the first sign-in. Returned once, stored only as a hash."""
    staff = _other(by, staff_no, reason)
    password = "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(5)) for _ in range(4))
    encoded = make_password(password)
    Staff.objects.filter(pk=staff.pk).update(password=encoded, must_change_password=True, session_number="ended")
    PasswordHistory.objects.create(staff=staff, encoded=encoded)
    _event(by, staff, AccountEvent.PASSWORD, reason)
    return password


@transaction.atomic
def reset_factors(*, by: Actor, staff_no: str, reason: str) -> int:
    """Take away the enrolled apps, keys and spare codes of somebody who lost them: the person enrols anew. Returns how many."""
    from allauth.mfa.models import Authenticator

    staff = _other(by, staff_no, reason)
    count, _ = Authenticator.objects.filter(user=staff).delete()
    Staff.objects.filter(pk=staff.pk).update(session_number="ended")
    _event(by, staff, AccountEvent.FACTORS, reason)
    return count


@transaction.atomic
def suspend(*, by: Actor, on: date, staff_no: str, reason: str) -> int:
    """Stop an account at once: no sign-in, no open session, no rights. Bringing it back takes an application."""
    staff = _other(by, staff_no, reason)
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    ended = revoke(staff, on=on, why=reason, origin=f"suspend:{by.staff_no}")
    _event(by, staff, AccountEvent.END, reason)
    return ended


@transaction.atomic
def issue_terminal_code(*, by: Actor, code: str) -> str:
    """The one-time code with which a registered terminal gets its key. Returned once, stored only as a hash.

    Raises `LeavingError` AUTH-05-TERMINAL for a terminal that is not registered or abolished.
    """
    by.require("account.manage")
    terminal = Terminal.objects.select_for_update().filter(code=code, is_active=True).first()
    if terminal is None:
        raise LeavingError("AUTH-05-TERMINAL", "その端末は登録されていないか、廃止されています。")
    audit.record(by, function="terminal.code", operation="update", detail={"terminal": code})
    return one_time_code(terminal, clock.now())


@transaction.atomic
def confirm_task(*, by: Actor, task_id: int, note: str) -> AccountTask:
    """Say that the terminal's own account was stopped. Raises `LeavingError` RIGHTS-TASK without a note, or when it was said already."""
    by.require("account.manage")
    task = AccountTask.objects.select_for_update().filter(pk=task_id, done_at__isnull=True).first()
    if task is None or not note.strip():
        raise LeavingError("RIGHTS-TASK", "確かめたことを入力してください。既に済んだものは変えられません。")
    task.done_by, task.done_at, task.note = by.staff_no, clock.now(), note.strip()
    task.save(update_fields=["done_by", "done_at", "note"])
    audit.record(by, function="account.task", operation="update", detail={"task": task_id})
    return task

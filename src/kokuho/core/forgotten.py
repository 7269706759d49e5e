"""What nobody came back to: sessions whose browser went away end by themselves, and their end stands in the operation record (LOG-01);
receipts of forms are forgotten once no session can send the form again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction

from kokuho.core import audit, parameters
from kokuho.core.access import Actor
from kokuho.core.models import FormReceipt, Staff

# Longer than any session lives: the seal of a form of a former session does not open.
RECEIPTS_KEPT = timedelta(days=2)


def end(at: datetime) -> int:
    """End the sessions that nobody has used for longer than `auth.idle_end_minutes`, each with a record of its end (cause
    `timeout`). The worker does this every five minutes. Returns how many."""
    open_now = {staff.session_number: staff for staff in Staff.objects.exclude(session_number__in=("", "ended")).select_related("unit")}
    if not open_now:
        return 0
    limits, ended = parameters.current(), 0
    for session in Session.objects.iterator():
        data = session.get_decoded()
        staff = open_now.pop(str(data.get("number", "")), None)
        if staff is None:
            continue
        minutes = limits.of_class("auth.idle_end_minutes", staff.account_class)
        if session.expire_date > at and at.timestamp() - data.get("seen_at", 0) <= minutes * 60:
            continue
        _end(staff, str(data.get("terminal", "")))
        session.delete()
        ended += 1
    for staff in open_now.values():  # the session is gone already: cleared, or of an installation that was restored
        _end(staff, "")
        ended += 1
    return ended


def forget_receipts(at: datetime) -> int:
    """Drop the receipts of forms that can no longer be sent (`RECEIPTS_KEPT`). Returns how many."""
    return FormReceipt.objects.filter(at__lt=at - RECEIPTS_KEPT).delete()[0]


def _end(staff: Staff, terminal: str) -> None:
    number = staff.session_number
    by = Actor(staff.staff_no, staff.name, staff.unit.name, frozenset(), terminal, number)
    with transaction.atomic():
        if Staff.objects.filter(pk=staff.pk, session_number=number).update(session_number=""):
            audit.record(by, function="sign-in", operation="logout", detail={"cause": "timeout"})

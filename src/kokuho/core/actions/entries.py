"""Entering, confirming, returning and withdrawing: the way of every manual entry from one person to another (ENTRY-02)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from kokuho.core import audit, entries, parameters, writing
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry

# Who may see where protected persons live sees more of some entries.
GUARD = "protected.read"


class EntryError(CodedError):
    """The entry cannot be taken or decided as asked; nothing was changed. `code` is stable."""


def needs_second_person(kind: str) -> bool:
    """True unless two persons have freed the kind from four eyes (parameter `entry.freed`, none by default)."""
    return entries.kind_of(kind).always or kind not in parameters.value("entry.freed")


def submit(
    *,
    by: Actor,
    on: date,
    kind: str,
    title: str,
    payload: Mapping[str, Any],
    persons: Iterable[int] = (),
    household_no: int | None = None,
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Entry:
    """Take an entry in. It waits for a second person, or holds at once when its kind is freed from four eyes.

    Raises `EntryError`: ENTRY-01 for an item that the kind does not have, ENTRY-05 without a complete record of the identity
    check, ENTRY-04 without one of the comparison of the four items, ENTRY-04-TWICE for the same application or event once more; and
    what the kind's own check raises.
    """
    registered = entries.kind_of(kind)
    by.require(registered.enter)
    if strange := set(payload) - registered.items:
        raise EntryError("ENTRY-01", f"この手続にない項目が含まれています（{'、'.join(sorted(strange))}）。")
    shown = dict(evidence or {})
    if registered.identity and (problem := entries.identity_problem(shown)):
        raise EntryError("ENTRY-05", problem)
    if registered.application and registered.application(payload) and (problem := entries.four_problem(shown)):
        raise EntryError("ENTRY-04", problem)
    concerned = list(dict.fromkeys(persons))
    with transaction.atomic(), writing.acting(by, f"entry.{kind}", reason):
        if (first := _same(registered, payload, concerned)) is not None:
            audit.record(
                by, function=f"entry.{kind}", operation="propose", result="refused", persons=concerned,
                detail={"code": "ENTRY-04-TWICE", "first": first.pk},
            )  # fmt: skip
            told = f"番号 {first.pk}、{first.on:%Y-%m-%d}、{first.get_state_display()}"
            raise EntryError("ENTRY-04-TWICE", f"同じ申請・届出が既に入力されています（{told}）。その入力を確かめてください。")
        registered.check(by, on, payload, concerned)
        entry = Entry.objects.create(
            kind=kind, title=title, payload=dict(payload), persons=concerned, household_no=household_no, unit=by.unit,
            reason=reason.strip(), evidence=shown, on=on, four_eyes=needs_second_person(kind), entered_by=by.staff_no,
        )  # fmt: skip
        audit.record(
            by, function=f"entry.{kind}", operation="propose", persons=concerned, reason=reason, detail={"entry": entry.pk}
        )  # fmt: skip
        if not entry.four_eyes:
            _settle(entry, Entry.CONFIRMED, "", "", lines=_told(registered, by, on, entry))
            registered.apply(by, on, entry)
            audit.record(
                by, function=f"entry.{kind}", operation="approve", persons=concerned,
                detail={"entry": entry.pk, "four_eyes": False},
            )  # fmt: skip
    return entry


def _same(kind: entries.EntryKind, payload: Mapping[str, Any], persons: list[int]) -> Entry | None:
    """The same application or event for these persons: one that waits, or a confirmed one with the very same content."""
    if kind.event is None or not persons:
        return None
    found = Entry.objects.filter(kind=kind.code, persons__overlap=persons, state__in=(Entry.PENDING, Entry.CONFIRMED)).order_by("pk")
    told = [payload.get(name) for name in kind.event]
    for entry in found:
        same = [entry.payload.get(name) for name in kind.event] == told
        if same and (entry.state == Entry.PENDING or entry.payload == dict(payload)):
            return entry
    return None


def confirm(*, by: Actor, on: date, entry_id: int, decision: str = "") -> Entry:
    """The second person's word: the entry is checked again and holds from now on.

    Raises `EntryError`: ENTRY-02 for the one who entered it, ENTRY-DONE when it is decided already; and what the kind's own
    check or writing raises.
    """
    with transaction.atomic():
        entry = _open(by, entry_id, deciding=True)
        registered = entries.kind_of(entry.kind)
        with writing.acting(by, f"entry.{entry.kind}", decision):
            registered.check(by, on, entry.payload, entry.persons)
            _settle(entry, Entry.CONFIRMED, by.staff_no, decision, lines=_told(registered, by, on, entry))
            registered.apply(by, on, entry)
        audit.record(
            by, function=f"entry.{entry.kind}", operation="approve", persons=entry.persons, reason=decision,
            detail={"entry": entry.pk},
        )  # fmt: skip
    return entry


def return_(*, by: Actor, on: date, entry_id: int, reason: str) -> Entry:
    """Send an entry back to the one who made it, with a reason. Raises `EntryError` (also ENTRY-REASON without one)."""
    return _end(by, on, entry_id, reason, Entry.RETURNED, deciding=True)


def withdraw(*, by: Actor, on: date, entry_id: int, reason: str) -> Entry:
    """Take back one's own entry before it is confirmed. Raises `EntryError` (ENTRY-OWN for somebody else's)."""
    return _end(by, on, entry_id, reason, Entry.WITHDRAWN, deciding=False)


def _end(by: Actor, on: date, entry_id: int, reason: str, state: str, *, deciding: bool) -> Entry:
    if not reason.strip():
        raise EntryError("ENTRY-REASON", "理由を入力してください。")
    with transaction.atomic():
        entry = _open(by, entry_id, deciding=deciding)
        if not deciding and entry.entered_by != by.staff_no:
            raise EntryError("ENTRY-OWN", "取り下げられるのは入力した本人だけです。確認する人は差し戻してください。")
        with writing.acting(by, f"entry.{entry.kind}", reason):
            _settle(entry, state, by.staff_no, reason, lines=_told_if_it_can_be(entries.kind_of(entry.kind), by, on, entry))
            if ended := entries.kind_of(entry.kind).ended:
                ended(by, entry)
        audit.record(
            by, function=f"entry.{entry.kind}", operation="return" if deciding else "withdraw", persons=entry.persons,
            reason=reason, detail={"entry": entry.pk},
        )  # fmt: skip
    return entry


def _open(by: Actor, entry_id: int, *, deciding: bool) -> Entry:
    """The entry, locked and still waiting, for one who may decide it (or enter it, when taking it back)."""
    entry = Entry.objects.select_for_update().get(pk=entry_id)
    registered = entries.kind_of(entry.kind)
    by.require(registered.confirm if deciding else registered.enter)
    if deciding and by.is_person(entry.entered_by):
        audit.record(
            by, function=f"entry.{entry.kind}", operation="approve", result="refused", persons=entry.persons,
            detail={"entry": entry.pk, "code": "ENTRY-02"},
        )  # fmt: skip
        raise EntryError("ENTRY-02", "入力した本人は確認できません。別の職員が確認してください。")
    if entry.state != Entry.PENDING:
        raise EntryError("ENTRY-DONE", f"この入力は既に{entry.get_state_display()}です。")
    return entry


Told = list[list[list[str]]]


def _told(kind: entries.EntryKind, by: Actor, on: date, entry: Entry) -> Told:
    """Before → after as things stand, to be kept with the decision: as everybody may see it, and more where the decider sees more."""

    def seen_by(actor: Actor) -> list[list[str]]:
        return [line.kept for line in kind.lines(actor, on, entry)]

    plain = seen_by(replace(by, capabilities=by.capabilities - {GUARD}))
    if not by.may(GUARD) or (more := seen_by(by)) == plain:
        return [plain]
    return [plain, more]


def _told_if_it_can_be(kind: entries.EntryKind, by: Actor, on: date, entry: Entry) -> Told:
    """The same for an entry that goes back, perhaps because it cannot hold any more: then there is nothing to tell."""
    try:
        with transaction.atomic():
            return _told(kind, by, on, entry)
    except CodedError:
        return []


def _settle(entry: Entry, state: str, decided_by: str, decision: str, *, lines: Told) -> None:
    entry.state, entry.decided_by, entry.decided_at, entry.decision = state, decided_by, now(), decision.strip()
    entry.lines = lines
    entry.save(update_fields=["state", "decided_by", "decided_at", "decision", "lines"])

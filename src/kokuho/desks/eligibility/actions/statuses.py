"""Writing statuses: every one comes by an entry that a second person confirmed (ENTRY-02), except what follows by law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import entries
from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.models import Entry
from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, Status
from kokuho.desks.eligibility.statuses import KINDS, Computed, StatusError, StatusKind, Subject
from kokuho.desks.eligibility.statuses.rules import changed_days, compute, difference, words
from kokuho.desks.eligibility.statuses.subjects import subject

ADD, CORRECT, CANCEL = "add", "correct", "cancel"
OPERATIONS = {ADD: "登録", CORRECT: "訂正", CANCEL: "取消し"}


def propose_status(
    *, by: Actor, on: date, kind: str, operation: str, atena_no: int, values: Mapping[str, str], status_id: int | None = None,
    reason: str = "", proposed: str = "", evidence: Mapping[str, Any] | None = None,
) -> Entry:  # fmt: skip
    """Enter a status of a person, its correction or its cancellation, for another person to confirm. A new one needs the record of the
    comparison of the application's four items in `evidence` (ENTRY-04).

    `values` are the items of the kind as text. `proposed` names the record of an authority (出生の記録、施設の通知) from which the office
    acts itself: that is nobody's application. Raises `StatusError` (STA21 without the
    reason of a correction, and what cannot hold) and `EntryError`.
    """
    found = _kind(kind)
    payload: dict[str, Any] = {item.name: values[item.name] for item in found.items if values.get(item.name)}
    payload["operation"] = operation
    if status_id is not None:
        payload["status"] = status_id
    if proposed:
        payload["proposed"] = proposed
    if operation != ADD and not reason.strip():
        raise StatusError("STA21", "訂正・取消しの理由を入力してください。")
    return submit(
        by=by, on=on, kind=found.entry, title=f"{found.label}の{OPERATIONS[operation]}", payload=payload, persons=[atena_no],
        household_no=subject(atena_no, on).household_no, reason=reason, evidence=evidence,
    )  # fmt: skip


def _kind(code: str) -> StatusKind:
    if code not in KINDS:
        raise StatusError("STA22", "この種類の特例はありません。")
    return KINDS[code]


def _held(kind: StatusKind, payload: Mapping[str, Any], atena_no: int) -> Status | None:
    """The status that an entry corrects or cancels, believed now. Raises `StatusError` STA23 when it is not."""
    if payload.get("operation") == ADD:
        return None
    row = Status.objects.filter(BELIEVED, pk=payload.get("status"), atena_no=atena_no, kind=kind.code).first()
    if row is None:
        raise StatusError(
            "STA23", "訂正・取消しする登録は、既に訂正されたか取り消されています。最新の登録から入力してください。"
        )
    return row


def _overlapping(kind: StatusKind, atena_no: int, held: Status | None, found: Computed) -> None:
    others = Status.objects.filter(
        BELIEVED, atena_no=atena_no, kind=kind.code, valid__overlap=DateRange(found.start, found.end)
    )
    if held is not None:
        others = others.exclude(pk=held.pk)
    if other := others.first():
        period = words(other.valid.lower, other.valid.upper)
        raise StatusError("STA24", f"同じ特例の期間（{period}）と重なります。先にその登録を訂正してください。")


def _registered(kind: StatusKind) -> entries.EntryKind:
    def check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
        held = _held(kind, payload, persons[0])
        if payload.get("operation") == CANCEL:
            return
        found = compute(kind, subject(persons[0], on), payload, on)
        if kind.code == Status.RETIRED and held is None:
            raise StatusError("STA25", "退職被保険者の新しい登録はできません。過去の履歴の訂正だけを扱います。")
        _overlapping(kind, persons[0], held, found)

    def lines(by: Actor, on: date, entry: Entry) -> Sequence[entries.Line]:
        return _lines(kind, on, entry)

    def apply(by: Actor, on: date, entry: Entry) -> None:
        _apply(kind, by, on, entry)

    names = frozenset(item.name for item in kind.items) | {"operation", "status", "proposed"}
    return entries.EntryKind(
        code=kind.entry, label=f"{kind.label}の登録・訂正", enter="eligibility.change", confirm="eligibility.confirm",
        items=names, check=check, lines=lines, apply=apply, event=("operation", "status"),
        application=lambda payload: payload.get("operation") == ADD and not payload.get("proposed"),
    )  # fmt: skip


def register_entries() -> None:
    """Make the entries of every kind of status known (called when the desk starts)."""
    for kind in KINDS.values():
        entries.register(_registered(kind))


def preview(
    kind: StatusKind, about: Subject, held: Status | None, operation: str, values: Mapping[str, str], on: date
) -> tuple[Computed | None, list[entries.Line]]:
    """What would follow: the computed period and before → after. Raises `StatusError`."""
    found = None if operation == CANCEL else compute(kind, about, values, on)
    if found is not None:
        _overlapping(kind, about.atena_no, held, found)
    return found, difference(kind, held, found, values, on)


def _lines(kind: StatusKind, on: date, entry: Entry) -> list[entries.Line]:
    payload = entry.payload
    held = Status.objects.filter(pk=payload.get("status")).first() if payload.get("status") else None
    found = None
    if payload.get("operation") != CANCEL:
        found = compute(kind, subject(entry.persons[0], entry.on), payload, entry.on)
    return difference(kind, held, found, payload, entry.on)


def _apply(kind: StatusKind, by: Actor, on: date, entry: Entry) -> None:
    atena_no, payload, origin = entry.persons[0], entry.payload, f"entry:{entry.pk}"
    held = _held(kind, payload, atena_no)
    about = subject(atena_no, entry.on)
    found = None if payload["operation"] == CANCEL else compute(kind, about, payload, entry.on)
    first, last = changed_days(held, found)
    try:
        with transaction.atomic():
            if held is not None:
                Status.objects.filter(pk=held.pk, superseded_at__isnull=True).update(superseded_at=Now())
            if found is not None:
                entered = {item.name: payload[item.name] for item in kind.items if payload.get(item.name)}
                Status.objects.create(
                    atena_no=atena_no, kind=kind.code, kind_no=Status.NUMBERS[kind.code],
                    household_no=held.household_no if held else about.household_no,
                    valid=DateRange(found.start, found.end), detail={**found.detail, "entered": entered},
                    review_on=found.review_on, recorded_by=by.staff_no, origin=origin,
                )  # fmt: skip
    except IntegrityError as error:
        raise StatusError("STA24", "同じ特例の期間と重なります。先にその登録を訂正してください。") from error
    EligibilityChange.objects.create(
        atena_no=atena_no, household_no=about.household_no, kind=f"status:{kind.code}", affected=DateRange(first, last),
        recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip

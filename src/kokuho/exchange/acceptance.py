"""電子申請の受理: an application is matched with a person like paper: the four items, the identity, and a second person (OUT-03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kokuho.core import entries
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.exchange.applications import opened
from kokuho.exchange.intake import IntakeError
from kokuho.exchange.models import ApplicationMatch, ReceivedApplication

KIND = "application.accept"
# The items that tell one event of a form from another.
EVENT = ("event_date", "due_date", "kind")
FOUR = ("name", "kana", "sex", "birth_date", "address")


def compare(by: Actor, on: date, application: ReceivedApplication, atena_no: int) -> list[people.FourItem]:
    """The four items of an application beside the register. Raises `IntakeError` APP20 for somebody who is not in it."""
    values = opened(by, application).values
    try:
        return people.compare_four(by, atena_no, {name: values.get(name, "") for name in FOUR}, on=on)
    except Person.DoesNotExist as error:
        raise IntakeError("APP20", f"宛名番号 {atena_no} の人は宛名にありません。") from error


def enter(
    *, by: Actor, on: date, application_id: int, atena_no: int, reason: str, identity: Mapping[str, Any]
) -> Entry:
    """Enter that an application is of this person. It waits for a second person.

    Raises `IntakeError` APP18 for one in quarantine, APP20 for nobody, APP21 when an item differs and no reason is given,
    APP22 for one that is matched already or waits, APP23 when the same person's application about the same event was taken
    on before (ENTRY-04);
    `EntryError` ENTRY-05 without the record of the identity check.
    """
    by.require("application.take")
    application = ReceivedApplication.objects.get(pk=application_id)
    waiting = Entry.objects.filter(kind=KIND, state=Entry.PENDING, payload__application=application_id)
    if waiting.exists():
        raise IntakeError("APP22", "この申請の照合は、別の職員の確認を待っています。")
    if (first := _first(by, application, atena_no)) is not None:
        said = f"同じ人の同じ事由の申請を既に受け付けています（受付番号 {first.reception_no}）。"
        raise IntakeError("APP23", f"{said}その申請を確かめてください。")
    differs = [item.name for item in compare(by, on, application, atena_no) if not item.agrees]
    if differs and not reason.strip():
        raise IntakeError("APP21", "一致しない項目があります。本人に確かめ、受け付ける理由を入力してください。")
    return pending.submit(
        by=by, on=on, kind=KIND, title=f"電子申請の受理 {application.reception_no}", persons=[atena_no], reason=reason,
        payload={"application": application_id, "atena_no": atena_no, "differs": differs}, evidence={"identity": dict(identity)},
    )  # fmt: skip


def _first(by: Actor, application: ReceivedApplication, atena_no: int) -> ReceivedApplication | None:
    """An earlier application of the person by the same form about the same event, matched or waiting for its second person."""
    waiting = Entry.objects.filter(kind=KIND, state=Entry.PENDING, persons__contains=[atena_no])
    known = [entry.payload["application"] for entry in waiting]
    known += ApplicationMatch.objects.filter(atena_no=atena_no).values_list("application_id", flat=True)
    told = _event(by, application)
    earlier = ReceivedApplication.objects.filter(pk__in=known, form=application.form).exclude(pk=application.pk).order_by("pk")
    return next((one for one in earlier if _event(by, one) == told), None)


def _event(by: Actor, application: ReceivedApplication) -> list[str | None]:
    values = opened(by, application).values
    return [values.get(name) for name in EVENT]


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    application = ReceivedApplication.objects.get(pk=payload["application"])
    if application.state != ReceivedApplication.ACCEPTED:
        raise IntakeError("APP18", "隔離したファイルは開けません。")
    if ApplicationMatch.objects.filter(application=application).exists():
        raise IntakeError("APP22", "この申請は既に受理されています。")


def _lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    application = ReceivedApplication.objects.get(pk=entry.payload["application"])
    told = [Line("様式", "", opened(by, application).form.title, f"受付番号 {application.reception_no}")]
    for item in compare(by, on, application, entry.payload["atena_no"]):
        told.append(Line(f"{item.label}（住民記録 → 申請）", item.registered, item.typed, item.words))
    return told


def _apply(by: Actor, on: date, entry: Entry) -> None:
    ApplicationMatch.objects.create(
        application_id=entry.payload["application"], atena_no=entry.payload["atena_no"], differs=entry.payload["differs"],
        entry_id=entry.pk, matched_by=entry.entered_by, confirmed_by=by.staff_no,
    )  # fmt: skip


def register_kind() -> None:
    """Make the entry known. No setting frees it from four eyes: what comes from the Internet is looked at by two."""
    entries.register(EntryKind(
        code=KIND, label="電子申請の受理", enter="application.take", confirm="application.confirm", identity=True, always=True,
        items=frozenset({"application", "atena_no", "differs"}), check=_check, lines=_lines, apply=_apply,
    ))  # fmt: skip

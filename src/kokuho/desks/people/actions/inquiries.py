"""Writing inquiries: entered by one, decided by another, printed, answered, reminded, closed (ENTRY-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import connection, transaction

from kokuho.core import audit, clock, entries, era, writing
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people.models import BELIEVED, Inquiry, InquiryAnswer, Person
from kokuho.desks.people.queries.four import DIFFERENT, compare_four

KIND = "people.inquiry"
_ITEMS = ("kind", "receiver", "postal_code", "receiver_place", "items", "purpose", "due_on")


class InquiryError(CodedError):
    """The inquiry cannot take this step. `code` is stable."""


@cache
def inquiry_kinds() -> Mapping[str, Any]:
    """The kinds of inquiry with the items that each may ask for (`data/inquiries.yaml`)."""
    read = yaml.safe_load(files("kokuho.desks.people").joinpath("data", "inquiries.yaml").read_text("utf-8"))
    found: Mapping[str, Any] = read["kinds"]
    return found


def enter(
    *, by: Actor, on: date, kind: str, atena_no: int, receiver: str, postal_code: str, receiver_place: str, items: Sequence[str],
    purpose: str, due_on: date | None = None,
) -> Entry:  # fmt: skip
    """Enter an inquiry about a person; nothing leaves before another person has decided it. Needs `inquiry.enter`."""
    known = inquiry_kinds().get(kind, {"due": 0})
    payload = {
        "kind": kind, "receiver": receiver.strip(), "postal_code": postal_code, "receiver_place": receiver_place.strip(),
        "items": list(items), "purpose": purpose.strip(), "due_on": (due_on or on + timedelta(days=known["due"])).isoformat(),
    }  # fmt: skip
    return pending.submit(by=by, on=on, kind=KIND, title="照会", payload=payload, persons=[atena_no], reason=purpose)


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    kind = inquiry_kinds().get(payload["kind"])
    if kind is None or not payload["items"] or set(payload["items"]) - set(kind["items"]):
        raise InquiryError("ENTRY-06-ITEMS", "この種類の照会で求められる項目から選んでください。")
    if not payload["receiver"] or not payload["receiver_place"] or not payload["purpose"]:
        raise InquiryError("ENTRY-06-ENTRY", "照会先、所在地、照会の理由を入力してください。")
    if date.fromisoformat(payload["due_on"]) <= on:
        raise InquiryError("ENTRY-06-DUE", "回答の期限は、今日より後の日にしてください。")
    if not Person.objects.filter(BELIEVED, atena_no__in=list(persons)).exists():
        raise InquiryError("ENTRY-06-PERSON", "この宛名番号の人はいません。")


def _lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    p = entry.payload
    kind = inquiry_kinds()[p["kind"]]
    return [
        Line("照会の種類", "", kind["label"], kind["basis"]),
        Line("照会先", "", f"{p['receiver']}　{p['receiver_place']}"),
        Line("照会先に示す項目", "", "宛名番号・氏名・生年月日・住所・性別"),
        Line("回答を求める項目", "", "、".join(kind["items"][item] for item in p["items"])),
        Line("照会の理由", "", p["purpose"]),
        Line("回答の期限", "", era.long(date.fromisoformat(p["due_on"])), "決裁すると文書番号が付き、照会文書を印刷できます。"),
    ]  # fmt: skip


def _apply(by: Actor, on: date, entry: Entry) -> None:
    p = entry.payload
    with connection.cursor() as cursor:  # one numbering at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('people.inquiry'))")
    year = clock.fiscal_year(on)
    count = Inquiry.objects.filter(number__startswith=f"{year}-").count()
    Inquiry.objects.create(
        number=f"{year}-{count + 1:05d}", kind=p["kind"], atena_no=entry.persons[0], receiver=p["receiver"], postal_code=p["postal_code"],
        receiver_place=p["receiver_place"], items=p["items"], purpose=p["purpose"], due_on=date.fromisoformat(p["due_on"]), decided_on=on,
        entry=entry,
    )  # fmt: skip


def _open(inquiry_id: int) -> Inquiry:
    found = Inquiry.objects.select_for_update().get(pk=inquiry_id)
    if found.state in (Inquiry.ANSWERED, Inquiry.CLOSED):
        raise InquiryError("ENTRY-06-STATE", f"この照会は「{found.get_state_display()}」です。")
    return found


def _changed(by: Actor, what: str, found: Inquiry, *fields: str, reason: str = "") -> None:
    found.save(update_fields=list(fields))
    audit.record(by, function=f"inquiry.{what}", operation="update", persons=[found.atena_no], reason=reason, detail={"inquiry": found.pk})


def printed(*, by: Actor, on: date, inquiry_id: int, reminder: bool) -> Inquiry:
    """Note that the letter (or its reminder) was made. Needs `inquiry.enter`. Raises `InquiryError` ENTRY-06-STATE, ENTRY-06-EARLY for a
    reminder before the due date or of a letter that was never made."""
    by.require("inquiry.enter")
    with transaction.atomic(), writing.acting(by, "inquiry.print"):
        found = _open(inquiry_id)
        if reminder:
            if found.printed_on is None or found.due_on >= on:
                raise InquiryError("ENTRY-06-EARLY", "督促は、照会文書を出した後、回答の期限を過ぎてから作ります。")
            found.reminded_on = on
        else:
            found.printed_on = found.printed_on or on
        _changed(by, "print", found, "reminded_on" if reminder else "printed_on")
    return found


def answer(
    *, by: Actor, on: date, inquiry_id: int, received_on: date, four: Mapping[str, str], values: Mapping[str, str]
) -> InquiryAnswer:
    """Record an answer. It is applied when its four items are the person's; else nothing of it is kept but the difference, and the
    inquiry becomes a 問い合わせ. Needs `inquiry.enter` and `person.read`.

    Raises `InquiryError`: ENTRY-06-STATE, ENTRY-06-ITEMS for an item that was not asked for, ENTRY-06-FOUR without name and birth date.
    """
    by.require("inquiry.enter")
    with transaction.atomic(), writing.acting(by, "inquiry.answer"):
        found = _open(inquiry_id)
        if set(values) - set(found.items):
            raise InquiryError("ENTRY-06-ITEMS", "照会していない項目の回答は入力できません。")
        if not four.get("name") or not four.get("birth_date") or received_on > on:
            raise InquiryError("ENTRY-06-FOUR", "回答に書かれた氏名と生年月日、今日までの受付日を入力してください。")
        items = compare_four(by, found.atena_no, four, on=on)
        agrees = not any(item.state == DIFFERENT for item in items)
        made = InquiryAnswer.objects.create(
            inquiry=found, atena_no=found.atena_no, received_on=received_on, four=[[item.label, item.typed, item.words] for item in items],
            agrees=agrees, values={key: value.strip() for key, value in values.items() if value.strip()} if agrees else {},
            recorded_by=by.staff_no,
        )  # fmt: skip
        found.state = Inquiry.ANSWERED if agrees else Inquiry.DOUBTFUL
        _changed(by, "answer", found, "state")
    return made


def close(*, by: Actor, on: date, inquiry_id: int, result: str) -> Inquiry:
    """Close an inquiry that gets no (right) answer, with the result. Needs `inquiry.enter`. Raises `InquiryError` ENTRY-06-STATE,
    -RESULT."""
    by.require("inquiry.enter")
    if not result.strip():
        raise InquiryError("ENTRY-06-RESULT", "問い合わせた結果を入力してください。")
    with transaction.atomic(), writing.acting(by, "inquiry.close", result):
        found = _open(inquiry_id)
        found.state, found.result = Inquiry.CLOSED, result.strip()
        _changed(by, "close", found, "state", "result", reason=result)
    return found


def register_kinds() -> None:
    """Make the entry known."""
    entries.register(EntryKind(
        code=KIND, label="照会", enter="inquiry.enter", confirm="inquiry.approve", items=frozenset(_ITEMS), check=_check, lines=_lines,
        apply=_apply, always=True, event=("kind", "receiver", "items"),
    ))  # fmt: skip

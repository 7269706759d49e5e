"""Reads of what staff should know: memos of households, and who is under 処理停止 (ATENA-15), who has set 自己情報提供不可 (DV-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.people.models import BELIEVED, Memo, Person, ProcessingStop, ProvisionRefusal
from kokuho.desks.people.queries.persons import PersonView, household_protection, persons
from kokuho.desks.people.registrations import HIDDEN

Note = TypeVar("Note", ProcessingStop, ProvisionRefusal)


@dataclass(frozen=True, slots=True)
class MemoView:
    """A memo of a household. `text` hides what the reader may not see."""

    id: int
    business: str
    text: str
    since: date | None
    until: date | None
    in_force: bool


def household_memos(by: Actor, household_no: int, *, on: date, everything: bool = False) -> list[MemoView]:
    """Memos of a household, newest first: those that hold on the day, or `everything` believed."""
    by.require("person.read")
    rows = Memo.objects.filter(BELIEVED, household_no=household_no)
    if not everything:
        rows = rows.filter(valid__contains=on)
    found = list(rows.order_by("-valid"))
    hidden = bool(found) and not by.may("protected.read") and bool(household_protection(by, household_no))
    seen(by, "people.household_memos", row_count=len(found), detail={"household": household_no})
    return [
        MemoView(
            row.pk, row.get_business_display(), HIDDEN if hidden else row.text, row.valid.lower, row.valid.upper, on in row.valid
        )
        for row in found
    ]  # fmt: skip


def household_memo(by: Actor, memo_id: int) -> tuple[int, str]:
    """(世帯番号, business in words) of a memo that is believed. Raises Memo.DoesNotExist."""
    by.require("person.read")
    memo = Memo.objects.get(BELIEVED, pk=memo_id, household_no__isnull=False)
    assert memo.household_no is not None
    seen(by, "people.household_memo", row_count=1, detail={"household": memo.household_no})
    return memo.household_no, memo.get_business_display()


def household_known(by: Actor, household_no: int) -> bool:
    """Whether the register knows a household."""
    by.require("person.read")
    return Person.objects.filter(BELIEVED, household_no=household_no).exists()


@dataclass(frozen=True, slots=True)
class NoteRow(Generic[Note]):
    """Something that is set for a person, and the person as the reader may see them."""

    note: Note
    person: PersonView | None


def stops(by: Actor, params: QueryDict, *, on: date) -> Listing[NoteRow[ProcessingStop]]:
    """Who is under 処理停止 on the day, by what is stopped: these are left out of levy, print, payment or linkage."""
    by.require("person.read")
    found: Listing[NoteRow[ProcessingStop]] = lists.listing(
        params,
        ProcessingStop.objects.filter(BELIEVED, valid__contains=on),
        columns=(
            Column("kind", "止める処理", ("kind", "atena_no")), Column("person", "対象", ("atena_no",)), Column("household", "世帯番号"),
            Column("reason", "理由"), Column("days", "期間", ("valid",)),
        ),
        filters=(
            lists.choice("kind", "止める処理", "kind", [(str(code), words) for code, words in ProcessingStop.KINDS]),
            lists.number("person", "宛名番号", "atena_no"),
        ),
        order=("kind", "atena_no"),
        convert=lambda rows: _with_persons(by, rows, on),
    )  # fmt: skip
    seen(by, "people.stops", persons=[row.note.atena_no for row in found.rows], row_count=len(found.rows))
    return found


_STANDING = (("now", "設定中"), ("later", "これから"), ("ended", "終了"), ("all", "すべて"))


def refusals(by: Actor, params: QueryDict, *, on: date) -> Listing[NoteRow[ProvisionRefusal]]:
    """Who has set 自己情報提供不可, on the day or ever: the list by which the setting is checked and ended. Needs `protected.read`."""
    by.require("protected.read")
    found: Listing[NoteRow[ProvisionRefusal]] = lists.listing(
        params,
        ProvisionRefusal.objects.filter(BELIEVED),
        columns=(
            Column("person", "対象", ("atena_no", "valid")), Column("household", "世帯番号"), Column("reason", "申出の内容"),
            Column("days", "期間", ("valid", "atena_no")), Column("recorded", "登録", ("recorded_at", "atena_no")),
        ),
        filters=(
            Filter("state", "状態", lambda rows, value: _standing(rows, value, on), _STANDING, "choice", default="now"),
            lists.number("person", "宛名番号", "atena_no"),
        ),
        order=("atena_no", "valid"),
        convert=lambda rows: _with_persons(by, rows, on),
    )  # fmt: skip
    seen(by, "people.provision_refusals", persons=[row.note.atena_no for row in found.rows], row_count=len(found.rows))
    return found


def _with_persons(by: Actor, rows: Sequence[Note], on: date) -> list[NoteRow[Note]]:
    who = persons(by, [row.atena_no for row in rows], on=on)
    return [NoteRow(row, who.get(row.atena_no)) for row in rows]


def _standing(rows: QuerySet[Any], value: str, on: date) -> QuerySet[Any]:
    conditions = {"now": Q(valid__contains=on), "later": Q(valid__startswith__gt=on), "ended": Q(valid__endswith__lte=on), "all": Q()}
    if value not in conditions:
        raise ValueError("状態の選択肢にありません。")
    return rows.filter(conditions[value])

"""世帯のメモ: what staff should know of a household over a period, entered by one and confirmed by another (ATENA-15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import entries, era
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people.models import BELIEVED, Memo, Person
from kokuho.desks.people.models.mail import BUSINESSES
from kokuho.desks.people.queries.persons import protected_among
from kokuho.desks.people.registrations import HIDDEN

KIND = "people.household_memo"


class MemoError(CodedError):
    """A memo of a household cannot be registered as asked. `code` is stable."""


def enter(*, by: Actor, on: date, household_no: int, business: int, text: str, since: date, last: date | None, reason: str) -> Entry:
    """Enter a memo of a household from a day on (`last`: its last day). Raises `MemoError` MEM01 without text, MEM02 for days in the
    wrong order, MEM03 for an unknown household."""
    payload = {
        "household_no": household_no, "business": business, "text": text.strip(), "since": since.isoformat(),
        "until": (last + timedelta(days=1)).isoformat() if last else None, "memo": None,
    }  # fmt: skip
    return pending.submit(
        by=by, on=on, kind=KIND, title="世帯メモの登録", payload=payload, household_no=household_no, reason=reason,
        persons=_members(household_no),
    )  # fmt: skip


def enter_end(*, by: Actor, on: date, memo_id: int, last: date | None, reason: str) -> Entry:
    """Enter that a memo ends with a day, or (None) that it never held. Raises `MemoError` MEM04 when it is no longer believed."""
    memo = _believed(memo_id)
    household_no = memo.household_no or 0
    payload = {
        "household_no": household_no, "business": memo.business, "text": memo.text, "since": None, "memo": memo_id,
        "until": (last + timedelta(days=1)).isoformat() if last else None,
    }  # fmt: skip
    return pending.submit(
        by=by, on=on, kind=KIND, title="世帯メモの終了" if last else "世帯メモの取消", payload=payload, household_no=household_no,
        reason=reason, persons=_members(household_no),
    )  # fmt: skip


def _members(household_no: int) -> list[int]:
    rows = Person.objects.filter(BELIEVED, household_no=household_no, resident_state=Person.RESIDENT)
    return sorted(set(rows.values_list("atena_no", flat=True)))


def _believed(memo_id: int) -> Memo:
    memo = Memo.objects.filter(BELIEVED, pk=memo_id, household_no__isnull=False).first()
    if memo is None:
        raise MemoError("MEM04", "この世帯メモは、入力の後に変わりました。もう一度登録の画面から入力してください。")
    return memo


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    since, until = _day(payload.get("since")), _day(payload.get("until"))
    if payload.get("memo"):
        since = _believed(payload["memo"]).valid.lower
    if since is not None and until is not None and until <= since:
        raise MemoError("MEM02", "期間の終わりは始まりより後の日にしてください。")
    if not payload["text"]:
        raise MemoError("MEM01", "メモの内容を入力してください。")
    if not Person.objects.filter(BELIEVED, household_no=payload["household_no"]).exists():
        raise MemoError("MEM03", f"世帯番号 {payload['household_no']} は登録されていません。")


def _lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    p = entry.payload
    hidden = not by.may("protected.read") and bool(protected_among(entry.persons))
    text = HIDDEN if hidden else p["text"]
    business = dict(BUSINESSES)[p["business"]]
    until = _day(p.get("until"))
    last = f"{era.long(until - timedelta(days=1))}まで" if until else ""
    told = [Line("世帯番号", "", str(p["household_no"]))]
    if p.get("memo"):
        return [*told, Line(f"メモ（{business}）", text, last or "取消（初めからなかったことにする）", "履歴は残ります。")]
    since = _day(p["since"])
    return [*told, Line("業務", "", business), Line("内容", "", text), Line("期間", "", f"{era.long(since) if since else ''}から{last}")]


def _apply(by: Actor, on: date, entry: Entry) -> None:
    p, origin = entry.payload, f"entry:{entry.pk}"
    until = _day(p.get("until"))
    if p.get("memo"):
        memo = _believed(p["memo"])
        if until is None:
            Memo.objects.filter(pk=memo.pk).update(superseded_at=Now())
        else:
            memo.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(memo.valid.lower, until))
        return
    Memo.objects.create(
        household_no=p["household_no"], business=p["business"], text=p["text"], valid=DateRange(_day(p["since"]), until),
        recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip


def register_kinds() -> None:
    """Make the entry known."""
    entries.register(EntryKind(
        code=KIND, label="世帯メモ", enter="note.change", confirm="note.confirm",
        items=frozenset({"household_no", "business", "text", "since", "until", "memo"}), check=_check, lines=_lines, apply=_apply,
    ))  # fmt: skip

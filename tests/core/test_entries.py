"""Entries under four eyes: nothing holds before the second person's word, and nobody gives it on an own entry (ENTRY-02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

DAY = date(2026, 7, 1)
IDENTITY = {"identity": {"method": "photo", "bringer": "self", "documents": ["driving_licence"]}}


@pytest.fixture
def kind() -> Iterator[list[dict[str, Any]]]:
    """A kind of entry that notes what was applied."""
    from kokuho.core import entries
    from kokuho.core.coded import CodedError

    applied: list[dict[str, Any]] = []

    def check(by: Any, on: date, payload: Any, persons: Any) -> None:
        if payload.get("text") == "impossible":
            raise CodedError("T01", "できません。")

    entries.register(
        entries.EntryKind(
            code="test.note", label="覚書", enter="mail.change", confirm="eligibility.confirm", identity=True,
            items=frozenset({"text"}), check=check, lines=lambda by, on, entry: [entries.Line("覚書", "", entry.payload["text"])],
            apply=lambda by, on, entry: applied.append({"by": by.staff_no, **entry.payload}),
        )
    )  # fmt: skip
    yield applied
    del entries._KINDS["test.note"]


@pytest.fixture
def two(db: None) -> tuple[Any, Any]:
    """Two clerks who may enter and confirm."""
    from kokuho.core.access import Actor
    from kokuho.core.actions.office import open_municipality

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    rights = frozenset({"mail.change", "eligibility.confirm"})
    return Actor("a", "甲", "国保課", rights, "T1"), Actor("b", "乙", "国保課", rights, "T2")


def _submit(by: Any, **changes: Any) -> Any:
    from kokuho.core.actions import entries

    given = {
        "kind": "test.note", "title": "覚書の登録", "payload": {"text": "後"}, "persons": [990001], "evidence": IDENTITY, "reason": "届出",
    }  # fmt: skip
    return entries.submit(by=by, on=DAY, **{**given, **changes})


def test_an_entry_holds_only_when_another_person_has_confirmed_it(kind: list[Any], two: Any) -> None:
    from kokuho.core.actions import entries
    from kokuho.core.coded import CodedError
    from kokuho.core.models import AuditRecord

    enterer, other = two
    entry = _submit(enterer)
    assert (entry.state, kind) == ("pending", [])
    with pytest.raises(CodedError) as refused:
        entries.confirm(by=enterer, on=DAY, entry_id=entry.pk)
    assert refused.value.code == "ENTRY-02" and kind == []
    entries.confirm(by=other, on=DAY, entry_id=entry.pk, decision="原本と一致")
    assert kind == [{"by": "b", "text": "後"}]
    entry.refresh_from_db()
    assert (entry.state, entry.entered_by, entry.decided_by, entry.decision) == ("confirmed", "a", "b", "原本と一致")
    with pytest.raises(CodedError) as again:
        entries.confirm(by=other, on=DAY, entry_id=entry.pk)
    assert again.value.code == "ENTRY-DONE" and len(kind) == 1
    records = AuditRecord.objects.filter(function="entry.test.note", detail__entry=entry.pk).order_by("pk")
    assert list(records.values_list("staff_no", "operation", "result")) == [
        ("a", "propose", "ok"), ("a", "approve", "refused"), ("b", "approve", "ok"),
    ]  # fmt: skip


def test_the_database_refuses_one_person_and_a_second_decision(kind: list[Any], two: Any) -> None:
    from django.db import DatabaseError, IntegrityError, transaction

    from kokuho.core.actions import entries
    from kokuho.core.clock import now
    from kokuho.core.models import Entry

    enterer, other = two
    waiting, done = _submit(enterer), _submit(enterer)
    entries.confirm(by=other, on=DAY, entry_id=done.pk)
    for state, person in (("confirmed", "a"), ("confirmed", ""), ("returned", "a")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.filter(pk=waiting.pk).update(state=state, decided_by=person, decided_at=now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=done.pk).update(state="pending", decided_by="", decided_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=done.pk).update(decision="書き換え")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=waiting.pk).update(payload={"text": "別"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payload": {"text": "後", "extra": 1}}, "ENTRY-01"),
        ({"payload": {"text": "impossible"}}, "T01"),
        ({"evidence": {}}, "ENTRY-05"),
        ({"evidence": {"identity": {"method": "two_without_photo", "bringer": "self", "documents": ["other"]}}}, "ENTRY-05"),
        ({"evidence": {"identity": {"method": "photo", "bringer": "agent", "documents": ["passport"]}}}, "ENTRY-05"),
        ({"evidence": {"identity": {"method": "questions", "bringer": "self", "documents": ["other"]}}}, "ENTRY-05"),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_refused_on_entering(kind: list[Any], two: Any, changes: dict[str, Any], code: str) -> None:
    from kokuho.core.coded import CodedError
    from kokuho.core.models import Entry

    with pytest.raises(CodedError) as refused:
        _submit(two[0], **changes)
    assert refused.value.code == code and not Entry.objects.exists()


def test_returning_and_withdrawing_need_a_reason_and_the_right_person(kind: list[Any], two: Any) -> None:
    from kokuho.core.actions import entries
    from kokuho.core.coded import CodedError

    enterer, other = two
    entry = _submit(enterer)
    for act, person, reason, code in (
        (entries.return_, other, " ", "ENTRY-REASON"),
        (entries.return_, enterer, "誤り", "ENTRY-02"),
        (entries.withdraw, other, "誤り", "ENTRY-OWN"),
    ):
        with pytest.raises(CodedError) as refused:
            act(by=person, on=DAY, entry_id=entry.pk, reason=reason)
        assert refused.value.code == code
    assert entries.withdraw(by=enterer, on=DAY, entry_id=entry.pk, reason="入力誤り").state == "withdrawn"
    second = _submit(enterer)
    assert entries.return_(by=other, on=DAY, entry_id=second.pk, reason="日付の誤り").decision == "日付の誤り"
    assert kind == []


def test_a_kind_freed_by_the_municipality_holds_at_once_and_says_so(kind: list[Any], two: Any) -> None:
    from kokuho.core import parameters
    from kokuho.core.access import Actor
    from kokuho.core.actions import entries
    from kokuho.core.actions.parameters import request
    from kokuho.core.models import Entry

    asking, approving = (Actor(c, c, "", frozenset({f"parameter.{w}"}), "T") for c, w in (("p", "request"), ("q", "approve")))
    asked = request(by=asking, on=DAY, changes={"entry.freed": ["test.note"]}, reason="規程")
    assert asked.four_eyes, "what frees is itself never freed"
    entries.confirm(by=approving, on=DAY, entry_id=asked.pk)
    assert parameters.value("entry.freed") == ["test.note"]
    entry = _submit(two[0])
    assert kind == [{"by": "a", "text": "後"}]
    assert Entry.objects.filter(pk=entry.pk, state="confirmed", four_eyes=False, decided_by="").exists()

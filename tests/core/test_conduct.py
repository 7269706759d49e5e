"""OPS-01 … -04: entries without a result are refused, what is overdue and who lacks training is said, the pack counts the logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

DAY = date(2026, 7, 1)


def actor(number: str = "sec", *capabilities: str) -> Any:
    from kokuho.core.access import Actor

    return Actor(number, number, "情報課", frozenset(capabilities or ("conduct.read", "conduct.write")), "t1", "s", "安全管理")


def test_a_self_inspection_comes_round_and_needs_a_result(db: None) -> None:
    from kokuho.core import conduct

    by = actor()
    common = {"by": by, "on": DAY, "kind": "self", "topic": "general", "done_on": DAY - timedelta(days=400)}
    with pytest.raises(conduct.ConductError, match="結果") as refused:
        conduct.record(**common, result=" ")
    assert refused.value.code == "OPS-02-RESULT"
    late = {(d.kind, d.topic) for d in conduct.schedule(by, on=DAY) if d.overdue}
    assert ("self", "general") in late and ("attestation", "server_room") in late
    conduct.record(**common, result="異常なし")
    due = next(d for d in conduct.schedule(by, on=DAY) if (d.kind, d.topic) == ("self", "general"))
    assert due.overdue and due.due_on == date(2026, 5, 27)
    conduct.record(**{**common, "done_on": DAY}, result="異常なし")
    assert not next(d for d in conduct.schedule(by, on=DAY) if (d.kind, d.topic) == ("self", "general")).overdue


def test_who_lacks_training_and_when_it_blocks_rights(db: None, office: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import conduct, parameters

    office()
    by = actor()
    assert {(lack.staff_no, lack.topic) for lack in conduct.lacking(by, on=DAY)} == {
        (number, topic) for number in ("op", "as", "ap", "cl") for topic in ("general", "test")
    }
    for topic in ("general", "test"):
        conduct.record(by=by, on=DAY, kind="training", topic=topic, done_on=DAY, result="修了", staff_no="cl")
    assert "cl" not in {lack.staff_no for lack in conduct.lacking(by, on=DAY)}
    assert "cl" in {lack.staff_no for lack in conduct.lacking(by, on=DAY + timedelta(days=366))}
    assert conduct.training_blocks("as", on=DAY) == []
    monkeypatch.setattr(parameters, "value", lambda key: key == "ops.training_blocks_rights")
    assert {lack.topic for lack in conduct.training_blocks("as", on=DAY)} == {"general", "test"}


def test_the_pack_counts_what_the_logs_hold(db: None) -> None:
    from kokuho.core import audit, clock, evidence_pack

    by = actor()
    today = clock.now().astimezone(clock.JAPAN).date()
    for number in range(5):
        audit.record(by, function="person", operation="view", persons=[number])
    audit.record(by, function="levy.run", operation="refuse", result="ok")
    sections = {s.title: dict(s.lines) for s in evidence_pack.pack(by, since=today, until=today, on=DAY)}
    from kokuho.core.models import AuditRecord

    assert sections["操作記録"]["閲覧"] == AuditRecord.objects.filter(operation="view", result="ok").count() >= 5
    assert sections["バックアップ"]["警告"] == 4
    record = AuditRecord.objects.latest("pk")
    assert (record.function, record.operation, record.persons) == ("conduct.pack", "print", [])

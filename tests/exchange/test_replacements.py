"""ATENA-18: a receiver that knows fewer characters gets a text that it knows; what was replaced by what is kept and shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import QueryDict

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
NAME = "\u9ad9\u6a4b\u3000\u845b\U000e0100\U0002a6b2"


def line_of(layout: str, office: Any, **changes: Any) -> None:
    """Enter and confirm a line of the proposed registry."""
    from kokuho.core.actions import entries
    from kokuho.exchange import registry

    line = next(rule for rule in registry.proposal()["rules"] if rule["layout"] == layout)
    payload = {**line, "approval_no": "令8-1", "approved_on": "2026-03-01", "valid_from": "2026-04-01", **changes}
    entry = entries.submit(by=office.operator, on=DAY, kind=registry.RULE, title="登録", payload=payload)
    entries.confirm(by=office.approver, on=DAY, entry_id=entry.pk)


def file_of(by: Any, *persons: tuple[int, str]) -> Any:
    from django.db import transaction

    from kokuho.exchange import outbox

    moment = datetime(2026, 7, 1, 6, tzinfo=UTC)
    rows = [
        outbox.Outgoing(
            n, ["1", str(n), name, "シケン", "1970-01-01", "2", None, "\U00020bb7町1", "04", DAY, None, "2026-07-01T06:00:00"], n
        )
        for n, name in persons
    ]
    made = outbox.make(by=by, on=DAY, system="jutogai", layout="jutogai", rows=rows, created_at=moment)
    with transaction.atomic():
        return outbox.enter(by=by, on=DAY, made=made, title="試験", known_at=moment, counts={"新規": 2})


def test_every_replaced_character_is_kept_and_the_receiver_gets_what_it_knows(db: None, office: Callable) -> None:
    from kokuho.core.access import Actor, Refused
    from kokuho.exchange import outbox, queries
    from kokuho.exchange.models import OutboxFile, Replacement
    from kokuho.formats import open_decode

    staff = office()
    line_of("jutogai", staff, characters="jisx0208")
    file = file_of(staff.clerk, (700_001, NAME), (700_002, "普通　花子"))
    told = {r.fields["atena_number"]: r.fields for r in open_decode("jutogai", outbox.reopen(file)).records() if r.kind == "data"}
    assert told["700001"]["name"] == "高橋　葛〓" and told["700002"]["name"] == "普通　花子"
    assert {row["address"] for row in told.values()} == {"吉町1"}
    kept = Replacement.objects.order_by("record", "item", "position").values_list(
        "atena_no", "item", "position", "original", "replacement", "rule"
    )
    assert list(kept.filter(item="name")) == [
        (700_001, "name", 1, "\u9ad9", "高", "異体字"),
        (700_001, "name", 4, "\u845b\U000e0100", "葛", "異体字セレクタ・結合文字"),
        (700_001, "name", 6, "\U0002a6b2", "〓", "対応なし"),
    ]
    assert file.counts == {"新規": 2, "置換した文字": 5, "対応のない文字": 1}
    assert queries.replaced_in(staff.clerk, file.pk) == 5
    shown = queries.replacements(staff.clerk, QueryDict(f"file={file.pk}&rule=missing"), on=DAY)
    assert [(row.row.points, row.item) for row in shown.rows] == [("U+2A6B2", "氏名")]
    # Whose address may not be seen: the characters of it neither.
    places = queries.replacements(staff.clerk, QueryDict(f"file={file.pk}&atena=700002"), on=DAY)
    assert [row.hidden for row in places.rows] == [True]
    operator = queries.replacements(Actor("x", "x", "課", frozenset({"exchange.read"}), "T"), QueryDict(""), on=DAY)
    assert {(row.hidden, row.person) for row in operator.rows} == {(True, None)}
    with pytest.raises(Refused):
        queries.replacements(Actor("x", "x", "課", frozenset({"person.read"}), "T"), QueryDict(""), on=DAY)

    # The same bytes again have the same replacements.
    outbox.release(by=staff.approver, on=DAY, file_id=file.pk)
    outbox.hand_over(by=staff.operator, on=DAY, file_id=file.pk)
    again = outbox.resend(by=staff.clerk, on=DAY, file_id=file.pk, reason="相手の依頼")
    assert queries.replaced_in(staff.clerk, again.pk) == 5 and OutboxFile.objects.count() == 2

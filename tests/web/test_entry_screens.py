"""確認待ち on the screen: the enterer sees it wait, the colleague confirms it, others do not see it at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from weboffice import DAY, HEAD, REFUGEE, City


@pytest.fixture
def kind() -> Iterator[list[str]]:
    from kokuho.core import entries

    applied: list[str] = []
    entries.register(
        entries.EntryKind(
            code="test.note", label="覚書", enter="eligibility.change", confirm="eligibility.confirm", items=frozenset({"text"}),
            check=lambda by, on, payload, persons: None,
            lines=lambda by, on, entry: [entries.Line("覚書", "前の覚え", entry.payload["text"], "台帳に載ります")],
            apply=lambda by, on, entry: applied.append(by.staff_no),
        )
    )  # fmt: skip
    yield applied
    del entries._KINDS["test.note"]


def _enter(staff_no: str, person: int = HEAD) -> Any:
    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries

    by = actor_for(staff_no, on=DAY, terminal="T1")
    return entries.submit(
        by=by, on=date(2026, 7, 1), kind="test.note", title="覚書の登録", payload={"text": "後の覚え"}, persons=[person], reason="届出"
    )  # fmt: skip


def test_a_colleague_confirms_and_the_enterer_cannot(
    city: City, kind: list[str], sign_in: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    entry = _enter("shikaku")
    own = sign_in("shikaku")
    text = opened(own, f"/entries/{entry.pk}/").content.decode()
    assert "後の覚え" in text and "取り下げる" in text and "確認する</button>" not in text
    forged = own.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""})
    assert forged.status_code == 422 and "入力した本人は確認できません" in forged.content.decode() and kind == []
    colleague = sign_in("hogo")
    assert "確認してください" in colleague.get("/entries/").content.decode()
    assert "前の覚え" in opened(colleague, f"/entries/{entry.pk}/").content.decode()
    missing = colleague.post(f"/entries/{entry.pk}/", {"act": "return", "reason": ""})
    assert missing.status_code == 422
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": "一致"}).status_code == 302
    assert kind == ["hogo"]


def test_other_desks_do_not_see_it(city: City, kind: list[str], sign_in: Callable[..., Any]) -> None:
    entry = _enter("shikaku")
    client = sign_in("shuno")
    assert "覚書" not in client.get("/entries/?state=").content.decode()
    assert client.get(f"/entries/{entry.pk}/").status_code == 404
    assert client.post(f"/entries/{entry.pk}/", {"act": "confirm"}).status_code == 404 and kind == []


def test_an_entry_about_a_protected_person_is_opened_with_a_reason(
    city: City, kind: list[str], sign_in: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    entry = _enter("shikaku", REFUGEE)
    client = sign_in("hogo")
    assert "後の覚え" not in client.get(f"/entries/{entry.pk}/").content.decode()
    assert "後の覚え" in opened(client, f"/entries/{entry.pk}/").content.decode()

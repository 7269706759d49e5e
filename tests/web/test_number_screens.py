"""MYNUM-05, MYNUM-06 at the counter: compare, enter, the second person's typing, and the 確認リスト; no page shows a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from weboffice import CHILD, DAY, HEAD, City, fill, lifted

NUMBER, OTHER = "123456789018", "987654321093"
PAPER = {"name": "渡辺 花", "sex": "2", "birth_date": "R4.5.5", "address": "青木2-1-1", "decision": ""}
IDENTITY = {"bringer": "household", "method": "my_number_card", "source": "card"}


@pytest.fixture
def counter(committed_db: str, training: None, sign_in: Any, hire: Any) -> Iterator[tuple[Any, Any]]:
    """Two clerks who may enter numbers, in a database where transactions commit."""
    from django.db import transaction

    with transaction.atomic():
        fill()
        lifted()
        for number in ("bango", "bango2"):
            hire(number, "qualification", "mynumber")
    yield sign_in("bango"), sign_in("bango2")


def test_a_number_is_compared_entered_and_typed_again_by_another(counter: tuple[Any, Any]) -> None:
    from kokuho.core import vault
    from kokuho.core.access import actor_for
    from kokuho.core.models import Entry

    first, second = counter
    address = f"/people/{CHILD}/number/"
    assert "個人番号：未登録" in first.get(address).content.decode()
    form = {**PAPER, **IDENTITY, "number": NUMBER, "act": "compare"}
    page = first.post(address, form).content.decode()
    assert "違いはありません" in page and "一致（表記の違い）" in page and NUMBER not in page
    assert vault.masks([CHILD])[CHILD] == vault.ABSENT and not Entry.objects.filter(kind="people.number").exists()
    page = first.post(address, {**form, "birth_date": "R3.5.5", "act": "save"})
    assert page.status_code == 422 and "同じ人と判断した理由" in page.content.decode()
    assert first.post(address, {**form, "number": NUMBER[:11] + "0", "act": "save"}).status_code == 422
    assert first.post(address, {**form, "act": "save"}).status_code == 302
    entry = Entry.objects.get(kind="people.number")
    assert NUMBER not in str(entry.payload) + str(entry.evidence) and len(entry.evidence["four"]) == 4
    confirm = f"/people/numbers/entries/{entry.pk}/"
    assert confirm in first.get("/entries/?whose=own").content.decode()
    assert "一致を確かめて登録する" not in first.get(confirm).content.decode()
    assert second.post(confirm, {"number": OTHER, "act": "confirm", "reason": ""}).status_code == 422
    # The general page of entries does not go past the typing either.
    assert second.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 422
    assert vault.masks([CHILD])[CHILD] == vault.ABSENT
    assert second.post(confirm, {"number": NUMBER, "act": "confirm", "reason": ""}).status_code == 302
    assert vault.reveal(actor_for("bango", on=DAY, terminal="T1"), CHILD, "試験") == NUMBER


def test_a_conflict_is_shown_and_listed_and_decided_by_two(counter: tuple[Any, Any], sign_in: Any) -> None:
    from kokuho.core import vault
    from kokuho.core.access import actor_for
    from kokuho.desks.people.models import NumberDoubt

    first, second = counter
    vault.store([(HEAD, NUMBER), (CHILD, OTHER)], by="densan", origin="file:1")
    address = f"/people/{CHILD}/number/"
    form = {**PAPER, **IDENTITY, "number": NUMBER, "act": "save"}
    answer = first.post(address, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and f"宛名番号 {HEAD}" in page and NUMBER not in page and "確認リストに載せる" in page
    assert first.post(address, {**form, "act": "list"}).status_code == 302
    doubt = NumberDoubt.objects.get()
    assert (doubt.atena_no, doubt.code, doubt.other_no, doubt.kept) == (CHILD, "MN-SHARED", HEAD, True)
    page = first.get("/control/mynumber/review/").content.decode()
    assert str(CHILD) in page and "MN-SHARED" in page
    case = f"/people/numbers/doubts/{doubt.pk}/"
    assert first.post(case, {"outcome": "take", "reason": ""}).status_code == 422
    assert first.post(case, {"outcome": "take", "reason": "住民記録に確かめた"}).status_code == 302
    entries = f"/entries/{first.get(case).context['sheet'].blocks[2].rows[0][0].url.split('/')[-2]}/"
    assert first.post(entries, {"act": "confirm", "reason": ""}).status_code == 422
    assert second.post(entries, {"act": "confirm", "reason": "住民記録と一致"}).status_code == 302
    by = actor_for("bango", on=DAY, terminal="T1")
    assert vault.reveal(by, CHILD, "試験") == NUMBER and vault.reveal(by, HEAD, "試験") is None
    assert list(NumberDoubt.objects.filter(state="open").values_list("atena_no", "code")) == [(HEAD, "MN-BLANK")]
    assert first.post("/control/mynumber/review/look/").status_code == 302
    assert sign_in("shikaku").get(case).status_code == 403


def test_the_pages_open_for_those_with_the_right_only(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for address in (f"/people/{CHILD}/number/", "/control/mynumber/review/", "/people/numbers/entries/1/"):
        assert client.get(address).status_code == 403

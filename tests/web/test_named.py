"""What the pages say before and after somebody types: whose number it is, what waits for a second person, what ran on the day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from weboffice import HOUSEHOLD, City

pytestmark = pytest.mark.db


def test_a_typed_number_is_answered_with_the_name(city: City, sign_in: Callable) -> None:
    client = sign_in("shikaku")
    told = {no: client.get("/people/named/", {"atena_no": no}).content.decode() for no in ("2000000001", "１", "x", "", "99999999999")}
    assert "生" in told["2000000001"] and "（" in told["2000000001"]
    assert "いません" in told["99999999999"] and "数字" in told["x"] and told[""] == ""
    assert 'hx-get="/people/named/' in client.get("/eligibility/findings/new/").content.decode()


def test_a_memo_of_a_household_waits_on_its_page(city: City, sign_in: Callable, opened: Callable) -> None:
    client = sign_in("shikaku")
    address = f"/people/households/{HOUSEHOLD}/memos/"
    page = opened(client, address)
    told = {"business": "0", "text": "窓口で説明済み", "since": "R8.7.1", "last": "", "reason": "申出", "act": "enter"}
    answer = client.post(address, told, follow=True).content.decode()
    assert page.status_code == 200 and "確認待ちの入力" in answer and "世帯メモの登録" in answer

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


def test_the_records_of_operations_are_told_in_words(city: City, sign_in: Callable) -> None:
    from kokuho.core import dossier
    from kokuho.core.functions import function_codes, function_title

    assert function_title("rights.state") == "権限の再点検の状況" and function_title("people:register") == "登録の入力"
    assert function_title("entry.people.household_memo") == "世帯メモの入力" and function_title("x.unknown") == "x.unknown"
    assert "search" in function_codes("検索") and "audit.search" in function_codes("audit.")
    assert dossier.words({"method": "mail", "household_no": 7}) == "方法 郵送、世帯番号 7" and dossier.words("medical") == "医療分"


def test_every_function_that_the_code_records_has_a_name() -> None:
    import ast
    from pathlib import Path

    import kokuho
    from kokuho.core.functions import function_title

    recorded = set()
    for path in Path(kokuho.__file__).parent.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            told = [word.value for word in call.keywords if word.arg == "function" and called == "record"]
            told += call.args[1:2] if called in ("seen", "page", "printed") else []
            recorded |= {one.value for one in told if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert len(recorded) > 300 and not sorted(code for code in recorded if function_title(code) == code)

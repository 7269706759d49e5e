"""Opening an installation: the first staff and the first terminal. What cannot be is said in a sentence, nothing is left behind."""

from __future__ import annotations

from typing import Any

import pytest

GOOD = "mado-hirunoame-19-tsuki"
ASKED = ["--staff", "70001", "--name", "山田 太郎", "--unit", "0101:国民健康保険課", "--applied-by", "90001", "--approved-by", "90002"]


@pytest.mark.parametrize(
    ("role", "typed", "status", "said"),
    [
        ("keisan", [], 1, "役割 keisan はありません。あるもの: qualification（資格担当）"),
        ("assessment", [GOOD, "mado-hirunoame-19-tsukl"], 1, "二度のパスワードが違います"),
        ("assessment", ["short", "short"], 1, "パスワードは12文字以上にしてください。"),
        ("assessment", [], 1, "パスワードは端末から入力してください"),
        ("assessment", [GOOD, GOOD], 0, "職員 70001 を登録しました。"),
    ],
)
def test_the_first_staff_are_registered_or_it_is_said_why_not(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: Any, role: str, typed: list[str], status: int, said: str
) -> None:
    from kokuho.commands import office
    from kokuho.core.models import Staff

    answers = iter(typed)

    def ask(prompt: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(office.getpass, "getpass", ask)
    assert office.main([*ASKED, "--role", role]) == status
    assert said in capsys.readouterr().err
    assert Staff.objects.filter(staff_no="70001").count() == 1 - status
    if status == 0:
        assert office.main([*ASKED, "--role", role]) == 1
        assert "登録済みです" in capsys.readouterr().err


def test_the_first_terminal_is_there_before_anybody_can_sign_in(db: None, capsys: Any) -> None:
    from kokuho.commands import office
    from kokuho.core import clock, terminals
    from kokuho.core.models import Entry, Terminal, Unit

    Unit.objects.create(code="0101", name="国民健康保険課")
    asked = ["--terminal", "T-0101-01", "--place", "1階 窓口1番", "--unit", "0101"]
    assert office.main([*asked, "--applied-by", "90001", "--approved-by", "90001"]) == 1
    assert "申請者と承認者は別の職員に" in capsys.readouterr().err and not Terminal.objects.exists()
    assert office.main([*asked, "--applied-by", "90001", "--approved-by", "90002"]) == 0
    code = capsys.readouterr().out.strip()
    assert Entry.objects.get(kind="terminal.register").state == Entry.CONFIRMED
    key = terminals.enrol("T-0101-01", code, clock.now())
    assert key and terminals.recognise(cookie=key, certificate="", address="127.0.0.1", on=clock.business_date()).terminal
    assert office.main([*asked, "--applied-by", "90001", "--approved-by", "90002"]) == 1
    assert "登録された端末が既にあります" in capsys.readouterr().err, "later terminals come by application"

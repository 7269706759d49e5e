"""Registering the first staff of an installation from the terminal: what cannot be is said in a sentence, nothing is left behind."""

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

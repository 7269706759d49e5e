"""Days and origins within texts, as staff read them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("資格情報（個人） 2026-07-01", "資格情報（個人） R8.7.1"),
        ("2026-07-01T20:00:00", "R8.7.1 20:00"),
        ("生年月日 1951-06-29", "生年月日 S26.6.29"),
        ("levy-2026-07-01.csv", "levy-2026-07-01.csv"),
        ("2026-07-01-2", "2026-07-01-2"),
        ("2026-13-45", "2026-13-45"),
    ],
)
def test_days_in_a_text_are_of_the_japanese_calendar(text: str, shown: str) -> None:
    from kokuho.core import era

    assert era.in_text(text) == shown


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("file:60#3", "受信ファイル60の3件目"),
        ("entry:37", "入力37"),
        ("ages:8", "年齢到達の処理8"),
        ("counter", "窓口"),
        ("other", "other"),
        ("", "—"),
    ],
)
def test_an_origin_is_told_in_words(origin: str, shown: str) -> None:
    from kokuho.core.templatetags import ja

    assert ja.origin(origin) == shown


def test_a_moment_is_typed_as_a_day_is() -> None:
    from kokuho.core.clock import JAPAN
    from kokuho.web.screens.fields import EraMoment

    found = EraMoment().clean("Ｒ8.11.21　19:00")
    assert (found.year, found.month, found.day, found.hour, found.tzinfo) == (2026, 11, 21, 19, JAPAN)


def test_figures_and_dashes_stand_in_one_column() -> None:
    from kokuho.core.screens import sheet

    lines = sheet.table("", ("世帯", "所得"), [("1", 1200), ("2", None)]).lines
    assert [cell.numeric for row in lines for cell in row] == [False, True, False, True]


def test_an_empty_field_is_told_what_to_do(db: None) -> None:
    from django import forms

    class Form(forms.Form):
        name = forms.CharField()
        kind = forms.ChoiceField(choices=(("1", "一"),))

    assert Form({}).errors == {"name": ["入力してください。"], "kind": ["選んでください。"]}

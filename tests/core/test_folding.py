"""What is typed and what is registered meet in one form."""

import pytest

from kokuho.core import folding


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("葛\U000e0100城　太郎", "葛城太郎"),
        ("渡邉 邊子", "渡辺辺子"),
        ("𠮷田", "吉田"),
        ("髙橋", "高橋"),
        ("NGUYEN VAN A", "nguyenvana"),
        ("マリア・サントス", "マリアサントス"),
    ],
)
def test_names_with_variants_are_found_by_the_common_form(registered: str, typed: str) -> None:
    assert folding.name(registered) == folding.name(typed)


@pytest.mark.parametrize("typed", ["ｲﾄｳ ﾕｳｼﾞ", "いとうゆうじ", "イトウ　ユウジ", "イトウ・ユウヂ"])
def test_kana_in_every_width_and_script(typed: str) -> None:
    assert folding.kana(typed) == "イトウユウジ"


def test_small_kana_and_long_marks_do_not_separate() -> None:
    assert folding.kana("キョーコ") == folding.kana("キヨコ")


@pytest.mark.parametrize(
    "typed", ["西青木一丁目２番３号", "西青木１丁目2-3", "西青木1-2-3", "西青木１－２－３", "西青木1丁目2の3"]
)
def test_addresses_meet_in_hyphens(typed: str) -> None:
    assert folding.place(typed) == "西青木1-2-3"


def test_tens_of_chome() -> None:
    assert folding.place("本町二十一丁目5番地") == "本町21-5"

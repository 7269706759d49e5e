"""カスタマバーコード against the examples that 日本郵便 publishes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.formats.customer_barcode import (
    CHARACTERS,
    CustomerBarcodeError,
    address_number,
    check_digit,
    customer_barcode,
    customer_barcode_ok,
    for_address,
    read_bars,
)

# 郵便番号・バーコードマニュアル p17, p19, p20 and p25: postal code, address behind the town, address number.
PUBLISHED = [
    ("100-0013", "1丁目3番2号　郵便プラザ503室", "1-3-2-503"),
    ("263-0023", "3丁目30-8　郵便ビル403号", "3-30-8-403"),
    ("014-0113", "南田茂木　添60-1", "60-1"),
    ("110-0016", "5-6-3　ABCビル10F", "5-6-3-10"),
    ("060-0906", "4丁目　郵便センター6号館", "4-6"),
    ("065-0006", "8丁目　郵便センター10号館", "8-10"),
    ("407-0033", "韮崎400", "400"),
    ("273-0102", "東3丁目-20-5　郵便・A&bコーポB604号", "3-20-5B604"),
    ("198-0036", "十一丁目六番地一号　郵便タワー601", "11-6-1-601"),
    ("027-0203", "第二十一地割大淵川480", "21-480"),
    ("590-0016", "四丁六番十九号", "4-6-19"),
    ("080-0831", "南七線　西28", "7-28"),
    ("317-0055", "6丁目7-14　ABCビル2F", "6-7-14-2"),
    ("650-0046", "9丁目7-6　郵便シティA棟1F1号", "9-7-6A1-1"),
    ("623-0011", "綾部6-7　LプラザB106", "6-7LB106"),
    ("064-0804", "29丁目1524-23　第2郵便ハウス501", "29-1524-23-2-501"),
    ("910-0067", "3丁目80-25　J1ビル2-B", "3-80-25J1-2B"),
]

# Postal code, number, the 13 characters, check digit: p17 and p20, the rest computed by the published rule.
CHECKED = [
    ("1000013", "1-3-2-503", "1 - 3 - 2 - 5 0 3 CC4 CC4 CC4 CC4", "9"),
    ("3170055", "6-7-14-2", "6 - 7 - 1 4 - 2 CC4 CC4 CC4 CC4 CC4", "CC1"),
    ("0640804", "29-1524-23-2-501", "2 9 - 1 5 2 4 - 2 3 - 2 -", "3"),
    ("9100067", "3-80-25J1-2B", "3 - 8 0 - 2 5 CC1 9 1 - 2 CC1", "9"),
    ("2750026", "3-29-2-401", "3 - 2 9 - 2 - 4 0 1 CC4 CC4 CC4", "CC8"),
    ("9000015", "", " ".join(["CC4"] * 13), "CC2"),
]


@pytest.mark.parametrize(("zip_code", "address", "number"), PUBLISHED)
def test_published_address_numbers(zip_code: str, address: str, number: str) -> None:
    assert address_number(address) == number


@pytest.mark.parametrize(("zip_code", "number", "characters", "digit"), CHECKED)
def test_characters_and_check_digit(zip_code: str, number: str, characters: str, digit: str) -> None:
    code = customer_barcode(zip_code, number)
    assert code.address == tuple(characters.split())
    assert code.check_digit == digit
    assert len(code.bars) == 67
    assert read_bars(code.bars) == code


def test_full_width_digits_and_kanji_numbers_read_alike() -> None:
    assert address_number("３丁目３０−８") == address_number("三丁目三十番八号") == "3-30-8"
    assert address_number("二四番百五号") == "24-105"


def test_a_kanji_number_in_a_name_is_no_number() -> None:
    assert address_number("八雲ハイツ3") == "3"


def test_a_letter_cut_at_the_end_keeps_its_control_character() -> None:
    code = customer_barcode("9100067", "3-80-25J1-2B")
    assert code.address[-1] == "CC1"
    assert code.address_number == "3-80-25J1-2"


def test_a_postal_code_of_a_whole_municipality_carries_no_bars() -> None:
    assert for_address("263-0000", "1-2") is None
    assert for_address("263-0023", "1-2") is not None


@pytest.mark.parametrize(
    "value", ["1000013 1-3-2-503 9", "10000131-3-2-503CC4CC4CC4CC49", "9100067:3-80-25J1-2CC1:9", "9000015 CC2"]
)
def test_written_out_codes_are_right(value: str) -> None:
    assert customer_barcode_ok(value)


@pytest.mark.parametrize(
    "value", ["", "9", "1000013 1-3-2-503 8", "100001 1 9", "1000013 1-3-2-503 あ", "LD" + "T" * 63 + "DL"]
)
def test_written_out_codes_that_are_wrong(value: str) -> None:
    assert not customer_barcode_ok(value)


@pytest.mark.parametrize(
    ("zip_code", "number"), [("123456", ""), ("12345678", ""), ("1234567", "あ"), ("1234567", "a")]
)
def test_refused_input(zip_code: str, number: str) -> None:
    with pytest.raises(CustomerBarcodeError):
        customer_barcode(zip_code, number)


@settings(max_examples=150, deadline=None)
@given(st.from_regex(r"[0-9]{7}", fullmatch=True), st.text(alphabet="0123456789-ABCKTUZ", max_size=20))
def test_bars_read_back_and_every_single_change_is_noticed(zip_code: str, number: str) -> None:
    code = customer_barcode(zip_code, number)
    assert read_bars(code.bars) == code
    characters = list(code.characters)
    for i, old in enumerate(characters):
        characters[i] = CHARACTERS[(CHARACTERS.index(old) + 1) % 19]
        assert check_digit(characters) != code.check_digit
        characters[i] = old


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_address_gives_a_number_that_can_be_printed(address: str) -> None:
    customer_barcode("1000013", address_number(address))

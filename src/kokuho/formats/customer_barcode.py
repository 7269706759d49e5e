"""カスタマバーコード: the 4-state bars under an address by which the post office sorts a letter.

Source: 日本郵便「郵便番号・バーコードマニュアル」 https://post.japanpost.jp/zipcode/zipmanual/ p11 (characters),
p12 (size), p17 to p25 (extraction of the address number). A code is START, the 7 digits of the postal code, 13
characters of the address number, a check digit and STOP: 67 bars. A letter takes two characters, a control character
and a digit.

A bar is one letter: L long, U semi-long upwards, D semi-long downwards, T timing (short, in the middle).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

ADDRESS_LENGTH = 13
_FILL = "CC4"
# Bars of each character, in the order of its value in the check sum: 0 to 9, hyphen 10, CC1 to CC8 11 to 18.
_PATTERNS = {
    "0": "LTT", "1": "LLT", "2": "LDU", "3": "DLU", "4": "LUD",
    "5": "LTL", "6": "DUL", "7": "ULD", "8": "UDL", "9": "TLL", "-": "TLT",
    "CC1": "DUT", "CC2": "DTU", "CC3": "UDT", "CC4": "TDU", "CC5": "UTD", "CC6": "TUD", "CC7": "TTL", "CC8": "LLL",
}  # fmt: skip
CHARACTERS = tuple(_PATTERNS)
_VALUES = {character: value for value, character in enumerate(CHARACTERS)}
_BY_PATTERN = {bars: character for character, bars in _PATTERNS.items()}
_START, _STOP = "LD", "DL"
_LETTERS = {chr(65 + i): (f"CC{i // 10 + 1}", str(i % 10)) for i in range(26)}

_KANJI_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
# Kanji numbers count only in front of one of these (p19, supplementary rule 1).
_KANJI_NUMBER = re.compile(r"([〇一二三四五六七八九十百千]+)(?=丁目|丁|番地|番|号|地割|線|の|ノ)")
_DROPPED = re.compile(r"[&/・.]")
_WORD = re.compile(r"[A-Z]{2,}")
_FLOOR = re.compile(r"(?<=[0-9])F(?![A-Z])")
_OTHER = re.compile(r"[^0-9A-Z]+")
_CHARACTER = re.compile(r"CC[1-8]|[0-9-]")
_TOKEN = re.compile(r"CC[1-8]|[0-9A-Z-]")


class CustomerBarcodeError(ValueError):
    """The postal code, the address number or the bars cannot be a customer barcode."""


@dataclass(frozen=True, slots=True)
class CustomerBarcode:
    """A complete code: 7 digits, 13 characters (each a digit, `-` or `CCn`) and the check digit."""

    zip_code: str
    address: tuple[str, ...]
    check_digit: str

    @property
    def characters(self) -> tuple[str, ...]:
        """The 20 characters that the check digit covers."""
        return (*self.zip_code, *self.address)

    @property
    def bars(self) -> str:
        """The 67 bars, left to right, each L, U, D or T."""
        body = "".join(_PATTERNS[c] for c in (*self.characters, self.check_digit))
        return _START + body + _STOP

    @property
    def address_number(self) -> str:
        """The address number as digits, hyphens and letters; a letter cut at its control character is left out."""
        text: list[str] = []
        control = 0
        for character in self.address:
            if control:
                text.append(chr(65 + (control - 1) * 10 + int(character)) if character.isdigit() else "")
                control = 0
            elif character in ("CC1", "CC2", "CC3"):
                control = int(character[2])
            elif character != _FILL:
                text.append(character)
        return "".join(text)


def address_number(address: str) -> str:
    """住所表示番号: what the bars say of an address, from the part behind the town (町域名以降), not cut to length.

    Digits, hyphens and single letters stay; kanji numbers before 丁目, 番, 号 and the like become digits; an F after a
    digit (a floor) goes; everything else separates. `3丁目80-25 J1ビル2-B` gives `3-80-25J1-2B`.
    """
    text = unicodedata.normalize("NFKC", address).upper()
    text = _KANJI_NUMBER.sub(lambda m: _kanji_number(m.group(1)), text)
    text = _DROPPED.sub("", text)
    text = _WORD.sub("-", text)
    text = _FLOOR.sub("-", text)
    text = _OTHER.sub("-", text)
    text = re.sub(r"-?([A-Z])-?", r"\1", text)
    return text.strip("-")


def _kanji_number(text: str) -> str:
    """`二十一` is 21, `二四` is 24, `百五` is 105."""
    if not any(c in _KANJI_UNITS for c in text):
        return "".join(str(_KANJI_DIGITS[c]) for c in text)
    total, digits = 0, 0
    for c in text:
        if c in _KANJI_UNITS:
            total += (digits or 1) * _KANJI_UNITS[c]
            digits = 0
        else:
            digits = digits * 10 + _KANJI_DIGITS[c]
    return str(total + digits)


def check_digit(characters: tuple[str, ...] | list[str]) -> str:
    """The character that makes the sum of the 20 characters and itself a multiple of 19."""
    if len(characters) != 7 + ADDRESS_LENGTH or any(c not in _VALUES for c in characters):
        raise CustomerBarcodeError("20 characters are needed")
    return CHARACTERS[-sum(_VALUES[c] for c in characters) % 19]


def customer_barcode(zip_code: str, number: str = "") -> CustomerBarcode:
    """The code of a postal code (7 digits, a hyphen is allowed) and an address number as `address_number` gives it.

    Longer numbers are cut at 13 characters; a letter cut in the middle keeps its control character (p12). An empty
    number serves large-volume addresses and post-office boxes.
    """
    digits = zip_code.replace("-", "")
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise CustomerBarcodeError("a postal code has 7 digits")
    if not re.fullmatch(r"[0-9A-Z-]*", number):
        raise CustomerBarcodeError("an address number holds digits, hyphens and capital letters")
    characters = [part for c in number for part in _LETTERS.get(c, (c,))][:ADDRESS_LENGTH]
    characters += [_FILL] * (ADDRESS_LENGTH - len(characters))
    return CustomerBarcode(digits, tuple(characters), check_digit([*digits, *characters]))


def for_address(zip_code: str, address: str) -> CustomerBarcode | None:
    """The code for a letter, from the postal code and the address behind the town.

    None when the postal code stands for a whole municipality (its last two digits are 00): such letters carry no code.
    """
    if zip_code.replace("-", "").endswith("00"):
        return None
    return customer_barcode(zip_code, address_number(address))


def read_bars(bars: str) -> CustomerBarcode:
    """The code that 67 bars stand for; CustomerBarcodeError when they are no code or the check digit is wrong."""
    if len(bars) != 67 or not bars.startswith(_START) or not bars.endswith(_STOP):
        raise CustomerBarcodeError("67 bars with START and STOP are needed")
    try:
        characters = [_BY_PATTERN[bars[i : i + 3]] for i in range(2, 65, 3)]
    except KeyError as error:
        raise CustomerBarcodeError("bars that are no character") from error
    zip_code = "".join(characters[:7])
    if not (zip_code.isascii() and zip_code.isdigit()):
        raise CustomerBarcodeError("the first seven characters are not a postal code")
    if characters[20] != check_digit(characters[:20]):
        raise CustomerBarcodeError("the check digit is wrong")
    return CustomerBarcode(zip_code, tuple(characters[7:20]), characters[20])


def customer_barcode_ok(value: str) -> bool:
    """Whether a written-out code is right: postal code, address number and check digit, separators allowed.

    `1000013 1-3-2-503 9` and `10000131-3-2-503CC4CC4CC4CC49` are both right; a number shorter than 13 characters is
    filled with CC4. The 67 bars (L, U, D, T) are taken too.
    """
    if len(value) == 67 and set(value) <= set("LUDT"):
        try:
            return bool(read_bars(value))
        except CustomerBarcodeError:
            return False
    text = re.sub(r"[\s,:/]", "", value)
    if _TOKEN.sub("", text):
        return False
    tokens = [part for token in _TOKEN.findall(text) for part in _LETTERS.get(token, (token,))]
    body, digit = tokens[:-1], tokens[-1:]
    if not 7 <= len(body) <= 7 + ADDRESS_LENGTH or not all(c.isdigit() for c in body[:7]):
        return False
    body += [_FILL] * (7 + ADDRESS_LENGTH - len(body))
    return digit == [check_digit(body)]


def number_within(characters: str) -> str:
    """The address number of a code's 20 characters written one after the other; empty without a code."""
    found = tuple(_CHARACTER.findall(characters))
    return CustomerBarcode("".join(found[:7]), found[7 : 7 + ADDRESS_LENGTH], "").address_number

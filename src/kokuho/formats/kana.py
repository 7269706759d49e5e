"""Half-width kana as banks take it.

Banks count bytes: ガ is two (ｶ and ﾞ), small kana become large, the long mark becomes a hyphen, letters capitals. Which
signs are admitted depends on the item; see `characters.CLASSES`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from kokuho.formats.characters import outside

_HALF = [chr(c) for c in range(0xFF66, 0xFF9E)]
_MARKS = {"\u3099": "ﾞ", "\u309a": "ﾟ", "゛": "ﾞ", "゜": "ﾟ", "ﾞ": "ﾞ", "ﾟ": "ﾟ"}
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶｧｨｩｪｫｬｭｮｯ", "アイウエオツヤユヨワカケｱｲｳｴｵﾔﾕﾖﾂ")
_LONG = dict.fromkeys("ーｰ−‐‑‒–—―－", "-")
_TO_HALF = {unicodedata.normalize("NFKC", half): half for half in _HALF} | {"ヲ": "ｦ", "。": "｡", "「": "｢", "」": "｣"}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The narrowed text and what could not be narrowed: (position in the original, character)."""

    text: str
    refused: tuple[tuple[int, str], ...]


class KanaError(ValueError):
    """A text holds characters that the item does not admit."""


def narrow(text: str, charset: str = "party-name") -> Narrowed:
    """Half-width form of a kana text for a bank file, without what the named character set does not admit.

    ガ becomes ｶﾞ, ャ becomes ﾔ, ー becomes `-`, full-width letters, digits and spaces become half-width capitals;
    hiragana is read as katakana. Nothing is guessed: a character without a rule is left out and reported.
    """
    refuse = outside(charset)
    result: list[str] = []
    refused: list[tuple[int, str]] = []
    for position, char in enumerate(text):
        narrowed = _one(char)
        if narrowed == "" or refuse.search(narrowed):
            refused.append((position, char))
        else:
            result.append(narrowed)
    return Narrowed("".join(result), tuple(refused))


def _one(char: str) -> str:
    if char in _LONG:
        return _LONG[char]
    if char in _MARKS:
        return _MARKS[char]
    if "ぁ" <= char <= "ゖ":
        char = chr(ord(char) + 0x60)
    parts = unicodedata.normalize("NFD", char.translate(_SMALL))
    narrowed = ""
    for part in parts:
        half = _MARKS.get(part) or _TO_HALF.get(part) or part
        if not "\uff61" <= half <= "\uff9f":
            half = unicodedata.normalize("NFKC", half).upper()
            if not half.isascii():
                return ""
        narrowed += half
    return narrowed


def bank_kana(text: str, size: int, charset: str = "party-name") -> str:
    """The text of a bank item of `size` bytes, cut to fit. KanaError when a character has no half-width form there."""
    narrowed = narrow(text, charset)
    if narrowed.refused:
        shown = "、".join(f"{position + 1}文字目「{char}」" for position, char in narrowed.refused[:5])
        raise KanaError(f"この項目に使えない文字があります: {shown}")
    return cut(narrowed.text, size)


def cut(text: str, size: int) -> str:
    """At most `size` half-width characters, never parting a kana from its ﾞ or ﾟ."""
    if len(text) <= size:
        return text
    end = size
    while end > 0 and text[end] in "ﾞﾟ":
        end -= 1
    return text[:end]

"""What a password may not be (AUTH-04): regular, a word, the ID, the owner's name, one that was in use lately."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

import jaconv
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from kokuho.core import parameters

# The password of the staff who do not exist in a training town (`kokuho demo`); it must be nobody's in an office (AUTH-01).
SAMPLE = "kokuho-kenshu-machi"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz")
_LEET = str.maketrans("013457@$!", "oieastasi")
_KUNREI = (("shi", "si"), ("sh", "sy"), ("chi", "ti"), ("ch", "ty"), ("tsu", "tu"), ("ji", "zi"), ("j", "zy"), ("fu", "hu"))
_RUN = 4  # letters in a row of the keyboard or the alphabet that make a regular string


@cache
def _words() -> frozenset[str]:
    """Words of the office in romaji, and the English ones that stand alone in the list of common passwords."""
    text = files("kokuho.core").joinpath("data", "words.txt").read_text("utf-8")
    own = {line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")}
    common = {word for word in CommonPasswordValidator().passwords if word.isalpha() and len(word) >= 3}
    return frozenset(own | common)


def problem(password: str, staff: Any = None) -> str:
    """What is wrong with a password, as a sentence for the screen; empty when it may be used."""
    least = parameters.value("auth.password.min_length")
    if len(password) < least:
        return f"パスワードは{least}文字以上にしてください。"
    plain = normalize("NFKC", password).casefold()
    if _regular(plain):
        return "同じ文字の繰返しや、キーボード・アルファベットの並びの多い文字列は使えません。"
    if staff is not None and (told := _about(plain, staff)):
        return told
    letters = re.sub(r"[^a-z]", "", plain)
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain).translate(_LEET)
    if _made_of_words(letters) or _made_of_words(re.sub(r"[^a-z]", "", core)):
        return "辞書にある言葉だけのパスワードは使えません。関係のない三つ以上の言葉か、意味のない文字列にしてください。"
    return ""


def _regular(plain: str) -> bool:
    """A short piece repeated, few different characters, or runs that cover half of it."""
    if len(set(plain)) <= 4 or re.fullmatch(r"(.{1,6}?)\1+", plain):
        return True
    covered, place = 0, 0
    while place < len(plain):
        length = max(_run(plain[place:]), 1)
        covered += length if length >= _RUN else 0
        place += length
    return covered * 2 >= len(plain)


def _run(text: str) -> int:
    """How many characters at the beginning follow a row, forwards or backwards, or repeat one character."""
    best = len(text) - len(text.lstrip(text[0]))
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        start, length = row.find(text[0]), 0
        while start >= 0 and length < len(text) and start + length < len(row) and row[start + length] == text[length]:
            length += 1
        best = max(best, length)
    return best


def _about(plain: str, staff: Any) -> str:
    squeezed = re.sub(r"[\s\-_.]", "", plain)
    for number in (staff.staff_no, staff.person_no):
        if len(number) >= 3 and number.casefold() in squeezed:
            return "利用者ID・職員番号を含むパスワードは使えません。"
    for part in names(staff):
        if len(part) >= 3 and part in squeezed:
            return "氏名を含むパスワードは使えません。"
    return ""


def names(staff: Any) -> set[str]:
    """The parts of a name as they may stand in a password: kanji, kana, romaji in both spellings."""
    parts = {part for text in (staff.name, staff.name_kana) for part in normalize("NFKC", text).casefold().split() if part}
    kana = [part for part in normalize("NFKC", staff.name_kana).split() if part]
    for part in kana:
        hiragana = jaconv.kata2hira(part)
        romaji = re.sub(r"[^a-z]", "", jaconv.kana2alphabet(hiragana))
        kunrei = romaji
        for hepburn, other in _KUNREI:
            kunrei = kunrei.replace(hepburn, other)
        for spelled in (romaji, kunrei):
            parts |= {spelled, spelled.replace("ou", "o").replace("oo", "o").replace("uu", "u")}
        parts.add(hiragana)
    return parts - {""}


def _made_of_words(letters: str) -> bool:
    """True when one or two words (one of them repeated, too) are all there is."""
    words = _words()
    if letters in words or ((whole := re.fullmatch(r"(.{3,}?)\1+", letters)) is not None and whole[1] in words):
        return True
    return any(letters[:cut] in words and letters[cut:] in words for cut in range(3, len(letters) - 2))


def used_before(password: str, staff: Any) -> bool:
    """True for one of the last passwords (`auth.password.history`)."""
    if staff is None or staff.pk is None:
        return False
    last = staff.former_passwords.order_by("-pk").values_list("encoded", flat=True)[: parameters.value("auth.password.history")]
    return any(check_password(password, encoded) for encoded in last)


class Rules:
    """Django's validator: asks the rules of the house wherever a password is set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with the reason."""
        if found := problem(password, user):
            raise ValidationError(found, code="AUTH-04")
        if used_before(password, user):
            count = parameters.value("auth.password.history")
            raise ValidationError(f"最近使ったパスワード（{count}個前まで）は使えません。", code="AUTH-04")

    def get_help_text(self) -> str:
        """For the form that asks for a new password."""
        return f"{parameters.value('auth.password.min_length')}文字以上。利用者ID・氏名・辞書にある言葉・規則的な文字列は使えません。"

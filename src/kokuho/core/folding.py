"""Folded forms for searching: what a clerk types and what a register holds meet in one form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import jaconv

_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NOT_WORD = re.compile(r"[\s・．.,，'’＝=\-‐－ｰ()（）]+")

# Characters that one family writes in several forms. The search form is the common one; the name itself is untouched.
_SAME = {
    "邉": "辺", "邊": "辺", "齋": "斎", "齊": "斎", "斉": "斎", "髙": "高", "﨑": "崎", "嵜": "崎", "碕": "崎", "𠮷": "吉", "𡈽": "土",
    "澤": "沢", "濱": "浜", "濵": "浜", "廣": "広", "國": "国", "嶋": "島", "嶌": "島", "櫻": "桜", "淺": "浅", "黑": "黒", "惠": "恵",
    "德": "徳", "曾": "曽", "兒": "児", "檜": "桧", "藪": "薮", "龍": "竜", "瀨": "瀬", "渕": "淵", "舘": "館", "圓": "円", "會": "会",
    "條": "条", "壽": "寿", "實": "実", "榮": "栄", "眞": "真", "靜": "静", "萬": "万", "彌": "弥", "爲": "為", "禮": "礼", "豐": "豊",
    "鷗": "鴎", "𣘺": "橋", "槗": "橋", "冨": "富", "埜": "野", "峯": "峰",
}  # fmt: skip
_TABLE = str.maketrans(_SAME)
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")


@lru_cache(maxsize=65536)
def name(text: str) -> str:
    """A name in its search form: NFKC, no variation selectors, no spaces or dots, common characters, upper case."""
    folded = unicodedata.normalize("NFKC", _VARIATION.sub("", text))
    return _NOT_WORD.sub("", folded).translate(_TABLE).upper()


@lru_cache(maxsize=65536)
def kana(text: str) -> str:
    """Kana in its search form: full-width katakana, large letters, without ー, spaces and dots."""
    folded = jaconv.hira2kata(unicodedata.normalize("NFKC", text)).translate(_SMALL)
    return _NOT_WORD.sub("", folded).replace("ー", "").replace("ヂ", "ジ").replace("ヅ", "ズ").upper()


_KANJI_DIGITS = "〇一二三四五六七八九"
_CHOME = re.compile(r"([〇一二三四五六七八九]?十?[〇一二三四五六七八九]?)(?=丁目)")
_MARKS = re.compile(r"丁目|番地の?|番|号|の(?=\d)|[‐－ー−―]")


def _number(match: re.Match[str]) -> str:
    text = match[1]
    if not text:
        return ""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return "".join(str(_KANJI_DIGITS.index(c)) for c in text)
    return str((_KANJI_DIGITS.index(tens) if tens else 1) * 10 + (_KANJI_DIGITS.index(ones) if ones else 0))


@lru_cache(maxsize=65536)
def place(text: str) -> str:
    """An address in its search form: half-width digits, numbers of 丁目 in digits, 丁目・番地・番・号 as hyphens.

    西青木一丁目２番３号 and 西青木1-2-3 meet in ``西青木1-2-3``.
    """
    form = _CHOME.sub(_number, unicodedata.normalize("NFKC", text).replace(" ", ""))
    return re.sub(r"-+", "-", _MARKS.sub("-", form)).strip("-")

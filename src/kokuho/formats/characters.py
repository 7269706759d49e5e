"""Characters: how many a text has, and which a kind of item admits.

A reader of a form counts one character where Unicode counts two code points (base and variation selector), so lengths
are counted in grapheme clusters. Nothing here normalises: a name goes through exactly as its owner writes it.
"""

from __future__ import annotations

import re

# Code points that belong to the character before them: combining marks, joiners, variation selectors.
_EXTENDERS = re.compile("[\u0300-\u036f\u3099\u309a\u200d\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]")

# Never part of a value: controls, line separators, byte order marks, lone surrogates.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")

# Half-width kana without the small ones and without the long mark, which banks refuse.
_BANK = "0-9A-Z \uff71-\uff9f"

# Sets named by `charset:` of an item; each value is the inside of a regular-expression character class.
CLASSES: dict[str, str] = {
    "digits": "0-9",
    "alnum": "0-9A-Za-z",
    "ank": "\x20-\x7e\uff61-\uff9f",
    "bank-name": _BANK + "\\-",
    "party-name": _BANK + "()\\-.",
    # what one bank on record admits beyond the strict set; switched on per bank, never by default
    "party-name-wide": _BANK + "\uff66()\\-./,\\\\\uff62\uff63",
    "edi": _BANK + "\uff66\\\\\uff62\uff63()\\-/.",
    "kana": "ァ-ヾ\u3000 0-9A-Za-z０-９Ａ-Ｚａ-ｚ（）．－−’，＆()\\-.,&'",
    "wide": "\u0080-\uff60\uffa0-\uffff\U00010000-\U0010ffff",
}


def graphemes(text: str) -> int:
    """Number of characters a reader sees: a base with its variation selector or combining mark is one."""
    if text.isascii():
        return len(text)
    return len(text) - len(_EXTENDERS.findall(text))


def outside(name: str, chars: str = "") -> re.Pattern[str]:
    """A pattern that finds the first character outside the named set and `chars`."""
    return re.compile(f"[^{CLASSES[name]}{re.escape(chars)}]")


def show(char: str) -> str:
    """A character for a message: itself when it can be seen, and its code point."""
    point = f"U+{ord(char):04X}"
    return f"「{char}」{point}" if char.isprintable() else point

"""What the functions of the record of operations and of the record of writes are called on the screens."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from kokuho.core import entries
from kokuho.core.access import catalogue
from kokuho.core.printing import forms


@cache
def _words() -> dict[str, str]:
    """`core/data/functions.yaml`, by the whole code."""
    read = yaml.safe_load(files("kokuho.core").joinpath("data", "functions.yaml").read_text("utf-8"))
    return {f"{room}.{rest}" if rest else room: title for room, rests in read.items() for rest, title in rests.items()}


def function_title(code: str) -> str:
    """A function in words; a code that nobody named stays as it is."""
    plain = code.replace(":", ".")
    if found := _words().get(plain):
        return found
    room, _, rest = plain.partition(".")
    if room == "entry" and rest in entries.kinds():
        return f"{entries.kind_of(rest).label}の入力"
    if room == "approval":
        return f"承認（{_words().get(rest, '')}）" if rest in _words() else "承認"
    if plain in forms():
        return str(forms()[plain]["title"])
    return str(catalogue()["capabilities"].get(plain, code))


def function_codes(typed: str) -> list[str]:
    """The functions that somebody means who types a part of their name or code."""
    known = {*_words(), *forms(), *catalogue()["capabilities"], *(f"entry.{kind}" for kind in entries.kinds())}
    return sorted(code for code in known if typed in function_title(code) or code.startswith(typed))

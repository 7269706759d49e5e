"""SQL keeps to the floors too: a desk names no table of a room above it, where the import linter sees nothing."""

from __future__ import annotations

import re
from pathlib import Path

import kokuho

HOUSE = Path(next(iter(kokuho.__path__)))
# From below: each names tables of its own and of those before it. What migrations did stays as it was done.
ROOMS = ("people", "eligibility", "assessment", "collection", "exchange", "documents")


def test_no_desk_names_a_table_of_a_room_above(database_name: str) -> None:
    from django.apps import apps

    tables = {room: [m._meta.db_table for m in apps.get_models() if m._meta.app_label == room] for room in ROOMS}
    found = []
    for place, room in enumerate(ROOMS[:4]):
        above = re.compile(r"\b(?:" + "|".join(table for name in ROOMS[place + 1 :] for table in tables[name]) + r")\b")
        for path in sorted((HOUSE / "desks" / room).rglob("*.py")):
            if "migrations" not in path.parts:
                found += [f"{path.relative_to(HOUSE)}: {name}" for name in above.findall(path.read_text("utf-8"))]
    assert tables["exchange"] and found == []

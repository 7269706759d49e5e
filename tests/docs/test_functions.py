"""`docs/functions.md`: every function of the catalogue stands there once, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GROUPS = {"SHI": 25, "AKASHI": 13, "ATENA": 20, "LAW": 8}
ROW = re.compile(r"^\| ([A-Z]+-\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|([^|]*)\|$", re.M)


def rows() -> list[tuple[str, str, str, str, str]]:
    """ID, name, state, what shows it, what is open."""
    text = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    return [tuple(part.strip() for part in found) for found in ROW.findall(text)]  # type: ignore[misc]


def test_every_function_stands_once_with_its_state() -> None:
    expected = [f"{group}-{number:02d}" for group, count in GROUPS.items() for number in range(1, count + 1)]
    found = rows()
    assert [row[0] for row in found] == expected
    for code, _, state, shown, rest in found:
        assert state in ("working", "part", "open"), code
        assert shown if state != "open" else rest, code
        assert rest or state != "part", code


def test_the_tests_and_screens_that_are_named_exist(database_name: str) -> None:
    from django.urls import get_resolver

    def names(resolver, prefix: str = "") -> set[str]:  # type: ignore[no-untyped-def]
        found: set[str] = set()
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                found |= names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            elif entry.name:
                found.add(f"{prefix}{entry.name}")
        return found

    known = names(get_resolver())
    for code, _, _, shown, _ in rows():
        for reference in re.findall(r"`([^`]+)`", shown):
            kind, _, name = reference.partition(":")
            if kind == "screen":
                assert name in known, f"{code}: {reference}"
                continue
            path, _, test = reference.partition("::")
            file = ROOT / path
            assert file.is_file(), f"{code}: {reference}"
            assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), f"{code}: {reference}"

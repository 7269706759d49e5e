"""Reading a town's files back, for the tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.formats import open_decode
from kokuho.town.plan import Plan

BASE, BUSINESS = date(2026, 4, 1), date(2026, 7, 1)
Row = dict[str, Any]


def plan_of(**given: Any) -> Plan:
    """川口市, seed 7, full load of 1 April 2026, changes until 1 July."""
    settings: dict[str, Any] = {
        "municipality": "川口市", "seed": 7, "households": 3000, "insured": None, "base_date": BASE,
        "business_date": BUSINESS,
    }  # fmt: skip
    return Plan(**{**settings, **given})


def read(path: Path, layout: str) -> list[Row]:
    """Every record of a file; fails when the decoder finds anything wrong with it."""
    with path.open("rb") as stream:
        decoding = open_decode(layout, stream)
        rows = [dict(record.fields) for record in decoding.records() if record.kind == "data"]
    assert decoding.ok, decoding.errors[:5]
    return rows


@dataclass
class Town:
    """A built town, read back through the decoder."""

    directory: Path
    plan: Plan
    description: dict[str, Any]
    full: dict[str, Row]  # by 宛名番号
    changes: list[Row]
    incomes: dict[str, Row]

    def after(self) -> dict[str, Row]:
        """The register after all changes, each row replacing the one before it."""
        state = dict(self.full)
        for change in self.changes:
            state[change["atena_number"]] = {name: change[name] for name in next(iter(self.full.values()))}
        return state


def open_town(directory: Path, plan: Plan) -> Town:
    """Read a town's files."""
    changes = [row for path in sorted(directory.glob("juki-changes-*.csv")) for row in read(path, "juki-changes")]
    return Town(
        directory,
        plan,
        json.loads((directory / "town.json").read_text(encoding="utf-8")),
        {row["atena_number"]: row for row in read(directory / "juki-full.csv", "juki-full")},
        changes,
        {row["atena_number"]: row for row in read(directory / "zei-income.csv", "zei-income")},
    )


def households_of(rows: dict[str, Row]) -> dict[str, list[Row]]:
    """現住 people by 世帯番号."""
    found: dict[str, list[Row]] = {}
    for row in rows.values():
        if row["resident_state"] == "1":
            found.setdefault(row["household_number"], []).append(row)
    return found

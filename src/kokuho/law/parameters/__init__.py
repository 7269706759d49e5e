"""Dated national values. A YAML file of `national/` holds named values, each with its history:

    salary_deduction_minimum:
      label: 給与所得控除の最低額
      unit: 円
      history:
        - {from: 2023-04-01, value: 550000, article: 所得税法28条3項, source: "https://…", certainty: S}
        - {from: 2026-04-01, value: 650000, article: …, source: …, certainty: T}

An entry holds from its date (inclusive) until the next entry's date (exclusive), or until its own `until` (inclusive).
Nothing is guessed before the first entry or after an `until`: the caller gets a `LawError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.law.errors import LawError
from kokuho.law.parameters.schema import CERTAINTY, check_national

__all__ = ["CERTAINTY", "Parameter", "Table", "table"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in force over a period, with where it comes from and how sure it is."""

    name: str
    label: str
    unit: str
    value: Any
    start: date
    end: date | None  # inclusive; None = until further notice
    article: str
    source: str
    certainty: str
    note: str = ""


class Table:
    """The named values of one file, asked for by day."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        """From a file read from YAML; `LawError` with the place when it breaks the schema."""
        check_national(name, raw)
        self.name = name
        self._history: dict[str, list[Parameter]] = {}
        for key, entry in raw.items():
            rows = sorted(entry["history"], key=lambda row: row["from"])
            history: list[Parameter] = []
            for index, row in enumerate(rows):
                following = rows[index + 1]["from"] if index + 1 < len(rows) else None
                end = row.get("until")
                if end is None and following is not None:
                    end = date.fromordinal(following.toordinal() - 1)
                history.append(
                    Parameter(
                        key, entry["label"], entry.get("unit", ""), row["value"], row["from"], end,
                        row.get("article", ""), row.get("source", ""), row["certainty"], row.get("note", ""),
                    )
                )  # fmt: skip
            self._history[key] = history

    def at(self, key: str, on: date) -> Parameter:
        """The value in force on a day; `LawError` ``no_parameters`` when none is registered for it."""
        for row in reversed(self._history[key]):
            if row.start <= on and (row.end is None or on <= row.end):
                return row
        raise LawError("no_parameters", f"{self.name}.{key}", f"{on.isoformat()} に適用する値が登録されていません。")

    def __iter__(self) -> Any:
        return iter(self._history)

    def history(self, key: str) -> tuple[Parameter, ...]:
        """Every registered value of a name, oldest first."""
        return tuple(self._history[key])


@cache
def table(name: str) -> Table:
    """The national values of `national/NAME.yaml`, checked against the schema when first read."""
    text = files(__name__).joinpath("national", f"{name}.yaml").read_text(encoding="utf-8")
    return Table(name, yaml.safe_load(text))

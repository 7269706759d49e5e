"""The controls as data: `data/controls.yaml` (what there is) and `data/without.yaml` (why a control has no check)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

SOFTWARE, CONFIGURATION, ORGANISATION = "SW", "CFG", "ORG"
MARKS: Mapping[str, str] = {SOFTWARE: "ソフトウェア", CONFIGURATION: "設置の条件", ORGANISATION: "組織の措置"}


@dataclass(frozen=True, slots=True)
class Control:
    """One control. `without` is the reason why nothing is checked; empty when checks are registered."""

    id: str
    group: str
    title: str
    mark: str
    without: str


def read_data(name: str) -> dict[str, Any]:
    """A data file of this room, read."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.controls").joinpath("data", name).read_text("utf-8"))
    return loaded


@cache
def groups() -> Mapping[str, str]:
    """Group → its title, in order."""
    found: dict[str, str] = read_data("controls.yaml")["groups"]
    return found


@cache
def controls() -> Mapping[str, Control]:
    """ID → control, in order. Raises ValueError for a control of an unknown group or mark."""
    reasons = read_data("without.yaml")
    found = {}
    for control_id, (mark, title) in read_data("controls.yaml")["controls"].items():
        group = control_id.rpartition("-")[0]
        if group not in groups() or mark not in MARKS:
            raise ValueError(f"{control_id}: unknown group or mark")
        found[control_id] = Control(control_id, group, title, mark, reasons.get(control_id, ""))
    if unknown := reasons.keys() - found.keys():
        raise ValueError(f"without.yaml names unknown controls {sorted(unknown)}")
    return found


@cache
def free() -> Mapping[str, str]:
    """Reads and writes that ask for no right of their own → why that is right."""
    return read_data("free.yaml")


@cache
def working() -> Mapping[str, str]:
    """Working tables from which the application deletes rows → why nothing of an entry or a decision is lost with them."""
    return read_data("working.yaml")

"""A whole run: the read-only checks here, the acting checks in the check installation, one result for every control."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date

from kokuho.controls.catalogue import controls
from kokuho.controls.framework import INSIDE, REAL, Evidence, Observation, Result, attempt, registry, result_of, undone
from kokuho.controls.installation import NotReady, prepared
from kokuho.core import parameters


def chosen(group: str = "", control: str = "") -> list[str]:
    """The controls of a group, one control, or all. Raises LookupError for an unknown name."""
    found = [
        entry.id
        for entry in controls().values()
        if (not group or entry.group == group) and (not control or entry.id == control)
    ]
    if not found:
        raise LookupError(f"{control or group} という措置又は区分はありません。")
    return found


def run(on: date, wanted: Sequence[str]) -> list[Result]:
    """Check the controls. Raises `NotReady` when the installation has no database yet."""
    seen: dict[str, Evidence] = {control: Evidence() for control in wanted if registry()[control]}
    for control, evidence in (_inside(on, wanted) if _any(wanted, INSIDE) else {}).items():
        seen[control] = evidence
    for control in wanted:
        for check in registry()[control]:
            if check.place == REAL:
                with undone():  # a check of this place only reads; should one write, it goes
                    attempt(check, seen[control])
    now = parameters.current()
    for key, entry in parameters.catalogue().items():
        if entry.control in seen and not entry.base:
            seen[entry.control].value(key, entry.shown(now.value(key)))
    return [result_of(controls()[control], seen.get(control)) for control in wanted]


def _any(wanted: Iterable[str], place: str) -> bool:
    return any(check.place == place for control in wanted for check in registry()[control])


def _inside(on: date, wanted: Sequence[str]) -> dict[str, Evidence]:
    with prepared() as made:
        now = parameters.current()
        order = {
            "filled": made.filled, "work": made.work, "on": on.isoformat(), "controls": list(wanted), "profile": now.profile,
            "values": dict(now.values), "exceptions": dict(now.exceptions),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "kokuho.controls.inside"], input=json.dumps(order), capture_output=True, text=True,
            env=made.environment(), check=False,
        )  # fmt: skip
    if done.returncode:
        told = done.stderr.strip().splitlines() or [str(done.returncode)]
        raise NotReady(f"点検用の環境で点検を始められません: {told[-1]}")
    return {
        control: Evidence(
            [Observation(**entry) for entry in told["observations"]], told["parameters"], told["inapplicable"]
        )
        for control, told in json.loads(done.stdout).items()
    }

"""手続案内: which steps of an event of life apply to a household, from what the desks know of it (ATENA-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.desks.eligibility.queries import Standing
from kokuho.desks.people.queries import PersonView, Registered
from kokuho.law.eligibility.ages import has_reached, preschool_end

FACTS = {
    "insured": "国保に入っている人がいる", "head_insured": "世帯主が国保に入っている", "senior": "70歳から74歳の人がいる",
    "infant": "未就学児がいる", "several": "世帯員が二人以上いる", "papers": "返す証を持っている人がいる",
    "former": "特定同一世帯所属者・旧被扶養者がいる", "student": "修学中の特例の人がいる", "levied": "この年度の決定がある",
    "account": "振替の口座がある", "no_account": "振替の口座がない", "mail": "送付先を登録している", "ward": "行政区がある",
}  # fmt: skip
"""What a step may ask of a household."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whose, what, what to bring, until when, at which desk, and why it is on the sheet."""

    who: str
    do: str
    bring: str
    by: str
    desk: str
    why: str


@cache
def events() -> Mapping[str, Mapping[str, Any]]:
    """Events of life with their steps (`data/guidance.yaml`). Raises ValueError for a condition that does not exist."""
    read = yaml.safe_load(files("kokuho.web").joinpath("data", "guidance.yaml").read_text("utf-8"))["events"]
    for code, event in read.items():
        for step in event["steps"]:
            if strange := set(step.get("when", ())) - set(FACTS):
                raise ValueError(f"guidance.yaml: {code} asks for {sorted(strange)}")
    found: Mapping[str, Mapping[str, Any]] = read
    return found


def facts(
    members: Sequence[PersonView], standing: Standing | None, registered: Sequence[Registered], *, on: date, levied: bool, papers: bool,
    wards: bool,
) -> set[str]:
    """Which of `FACTS` hold for a household on a day."""
    insured = {m.atena_no for m in members if standing is not None and standing.current(m.atena_no) is not None}
    kinds = {s.kind for m in members for s in (standing.statuses.get(m.atena_no, ()) if standing else ()) if s.in_force}
    accounts = any(row.registration.code == "account" and row.values.get("purpose") == 1 for row in registered)
    held = {
        "insured": bool(insured), "head_insured": any(m.is_head and m.atena_no in insured for m in members),
        "senior": any(has_reached(m.birth_date, 70, on) and not has_reached(m.birth_date, 75, on) for m in members),
        "infant": any(on <= preschool_end(m.birth_date) for m in members), "several": len(members) > 1, "papers": papers,
        "former": bool(kinds & {"former_insured", "former_dependent"}), "student": "student" in kinds, "levied": levied,
        "account": accounts, "no_account": not accounts,
        "mail": any(row.registration.code == "mail_destination" for row in registered), "ward": wards,
    }  # fmt: skip
    return {name for name, holds in held.items() if holds}


def steps(event: str, known: set[str]) -> list[Step]:
    """The steps of an event that apply to a household with these facts. KeyError for an unknown event."""
    found = []
    for step in events()[event]["steps"]:
        asked = step.get("when", ())
        if known.issuperset(asked):
            why = "、".join(FACTS[name] for name in asked) or "すべての世帯"
            found.append(Step(step["who"], step["do"], step["bring"], step["by"], step["desk"], why))
    return found

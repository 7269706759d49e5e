"""The kinds of record, and how long this municipality keeps them: data, versions, and what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core.retention.periods import Period


@dataclass(frozen=True, slots=True)
class Target:
    """A table of a category. `match` joins its row `t` to a line `l`; `direct` rows are not put aside, they go at once."""

    table: str
    match: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of record (記録の分類). `fixed`: the period may be lengthened only."""

    code: str
    title: str
    start: str
    legal: str
    certainty: str
    period: Period
    by_profile: Mapping[str, Period]
    by_levy_kind: Mapping[str, Period]
    targets: tuple[Target, ...]
    candidates: str
    files: str
    folder: str
    note: str
    fixed: bool

    def default(self, profile: str, levy_kind: str) -> Period | None:
        """The period that a profile and levy kind (premium, tax) start from; None: no rule."""
        if self.code in raw()["profiles"][profile].get("without", ()):
            return None
        if profile in self.by_profile:
            return self.by_profile[profile]
        return self.by_levy_kind.get(levy_kind, self.period)


@cache
def raw() -> dict[str, Any]:
    """`retention/data/retention.yaml`."""
    text = files("kokuho.core.retention").joinpath("data", "retention.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def categories() -> dict[str, Category]:
    """Every kind of record by its code, in the order of erasure (個人番号 first)."""
    found = {}
    for code, entry in raw()["categories"].items():
        if not entry.get("legal") or entry.get("certainty") not in ("S", "A", "B", "C"):
            raise ValueError(f"retention.yaml: {code} has no reason or certainty")
        found[code] = Category(
            code=code, title=entry["title"], start=entry["start"], legal=entry["legal"], certainty=entry["certainty"],
            period=Period(**entry["period"]),
            by_profile={key: Period(**value) for key, value in entry.get("by_profile", {}).items()},
            by_levy_kind={key: Period(**value) for key, value in entry.get("by_levy_kind", {}).items()},
            targets=tuple(Target(**target) for target in entry.get("tables", ())),
            candidates=entry.get("candidates", ""), files=entry.get("files", ""), folder=entry.get("folder", ""),
            note=entry.get("note", ""), fixed=entry.get("fixed", False),
        )  # fmt: skip
    return found


def profile_mode(profile: str) -> str:
    """How erasure is started in a profile (KEEP-02). Raises KeyError for an unknown profile."""
    return str(raw()["profiles"][profile]["mode"])


def profile_rules(profile: str, levy_kind: str) -> dict[str, dict[str, Any]]:
    """The rules that a profile starts from, as a plan keeps them. A category without a rule is left out."""
    profile_mode(profile)
    told = {}
    for code, category in categories().items():
        period = category.default(profile, levy_kind)
        if period is None:
            continue
        told[code] = {
            "unit": period.unit, "after": period.after, "reason": category.legal, "certainty": category.certainty,
        }  # fmt: skip
    return told


def check(rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with the rules of a plan, one line each (KEEP-01)."""
    wrong = []
    for code, rule in rules.items():
        category = categories().get(code)
        if category is None:
            wrong.append(f"分類 {code} はありません。")
            continue
        if not str(rule.get("reason", "")).strip():
            wrong.append(f"{category.title}: 理由がありません。")
        try:
            period = Period(rule["unit"], int(rule.get("after", 0)))
        except (KeyError, ValueError):
            wrong.append(f"{category.title}: 期間が読めません。")
            continue
        if category.fixed and (period.unit, period.after) != ("none", 0) and (
            period.unit != category.period.unit or period.after < category.period.after
        ):
            wrong.append(f"{category.title}: 期間を短くすることはできません。")
    return wrong

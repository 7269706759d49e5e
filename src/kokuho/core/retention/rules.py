"""The kinds of record, and how long this municipality keeps them: data, versions, and what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core.retention.periods import Period

# Of whom or what the lines of an erasure are: a person (宛名番号, 年度), a household, or everything of one day.
PERSON, HOUSEHOLD, DAY = "person", "household", "day"


@dataclass(frozen=True, slots=True)
class Target:
    """A table of a category. `match` joins its row `t` to a line `l`; `direct` rows are not put aside, they go at once.

    `since`: the column of the day from which a row counts that `candidates` of its category says nothing of.

    In a category by day: `day` of a row (date or moment), `only` when the row is closed, `persons` whose hold keeps it; or `of` a
    parent table with the `key` that names its row, and the parent's day counts.
    """

    table: str
    match: str = ""
    since: str = "recorded_at"
    direct: bool = False
    day: str = ""
    only: str = ""
    persons: str = ""
    of: str = ""
    key: str = ""


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
    subject: str
    candidates: str
    files: str
    folders: tuple[str, ...]
    note: str
    fixed: bool

    def words(self, number: int) -> str:
        """What a line of an erasure stands for, in words: 宛名番号, 世帯番号 or a day."""
        if self.subject == DAY:
            told = str(-number)
            return f"{told[:-4]}-{told[-4:-2]}-{told[-2:]}の記録"
        return f"{'世帯番号' if self.subject == HOUSEHOLD else '宛名番号'} {number}"

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
            targets=tuple(Target(**target) for target in entry.get("tables", ())), subject=entry.get("subject", PERSON),
            candidates=entry.get("candidates", ""), files=entry.get("files", ""), folders=tuple(entry.get("folders", ())),
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


def uncovered(tables: Iterable[str], histories: Mapping[str, str]) -> list[str]:
    """Tables without a kind of record: of no category, not erased by a procedure of their own, not said to be without persons.

    `histories`: register → its table of former rows, which goes with it.
    """
    known = {target.table for category in categories().values() for target in category.targets}
    known |= set(raw()["elsewhere"]["tables"]) | set(raw()["without_persons"])
    known |= {history for table, history in histories.items() if table in known}
    return sorted(set(tables) - known)

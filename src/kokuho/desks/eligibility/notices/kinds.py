"""The reasons as the counter sees them: groups, the name of the day, what is asked, which papers are looked at
(`data/notices.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.law.eligibility.reasons import Reason, ReasonKind, reason


@dataclass(frozen=True, slots=True)
class NoticeReason:
    """One reason of a notice. `notification` is the 届出 of the law whose period counts, None where there is none;
    `ex_officio`: usually processed without a notice (職権)."""

    code: str
    group: str
    day: str
    notification: str | None
    ask: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]
    ex_officio: bool
    law: Reason

    @property
    def label(self) -> str:
        """県外転入 …"""
        return self.law.label

    @property
    def kind(self) -> ReasonKind:
        """取得・喪失・世帯の異動."""
        return self.law.kind


@dataclass(frozen=True, slots=True)
class Group:
    """Reasons that stand together on the screen."""

    key: str
    label: str
    reasons: tuple[NoticeReason, ...]


@cache
def groups() -> tuple[Group, ...]:
    """All reasons that can be entered. Raises ValueError when the file names what does not exist."""
    text = files("kokuho.desks.eligibility").joinpath("data", "notices.yaml").read_text("utf-8")
    raw: Mapping[str, Any] = yaml.safe_load(text)
    labels = raw["documents"]
    found = []
    for group in raw["groups"]:
        rows = []
        for code in group["reasons"]:
            entry = raw["reasons"][code]
            papers = entry["documents"]
            if strange := set(papers) - set(labels):
                raise ValueError(f"notices.yaml: reason {code} names unknown documents {sorted(strange)}")
            rows.append(
                NoticeReason(
                    code, group["key"], entry["day"], entry.get("notification"), tuple(entry.get("ask", ())),
                    tuple((paper, labels[paper]) for paper in papers), bool(entry.get("ex_officio")), reason(code),
                )
            )  # fmt: skip
        found.append(Group(group["key"], group["label"], tuple(rows)))
    return tuple(found)


def place_label(code: str) -> str:
    """前住所地 or 転出先: what the other municipality of a reason is called; empty for a reason that has none."""
    entry = notice_reasons().get(code)
    if entry is None or "place" not in entry.ask:
        return ""
    return "前住所地の市区町村" if entry.kind is ReasonKind.ACQUISITION else "転出先の市区町村"


@cache
def notice_reasons() -> Mapping[str, NoticeReason]:
    """The reasons by code."""
    return {entry.code: entry for group in groups() for entry in group.reasons}

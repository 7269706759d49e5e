"""異動事由と適用除外: reason codes as data, each with its label, its date rule and its article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from kokuho.law.errors import LawError
from kokuho.law.parameters import table


class ReasonKind(StrEnum):
    """取得・喪失・世帯の異動."""

    ACQUISITION = "acquisition"
    LOSS = "loss"
    HOUSEHOLD = "household"


class DateRule(StrEnum):
    """How the dates of a change follow from its event day (事由発生日)."""

    RESIDENCE = "residence"
    """住所を有するに至つた日."""
    EXCLUSION_END = "exclusion_end"
    """適用除外に該当しなくなった日."""
    WELFARE_END = "welfare_end"
    """保護の廃止・停止の日 (翌日とする設定あり)."""
    DISABILITY_WITHDRAWAL = "disability_withdrawal"
    """障害認定の撤回の翌日 (撤回日とする設定あり)."""
    DEPARTURE = "departure"
    """住所を有しなくなった日の翌日; その日に他の都道府県に住所を有したときはその日."""
    IN_PREFECTURE = "in_prefecture"
    """都道府県の資格は続き、市町村の適用だけが変わる."""
    NEXT_DAY = "next_day"
    """該当した日の翌日 (法8条1項)."""
    SAME_DAY = "same_day"
    """該当した日 (法8条2項)."""
    ELDERLY = "elderly"
    """後期高齢者医療: 条文は翌日、当日とする設定あり."""
    HOUSEHOLD = "household"
    """資格の日付は動かない."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One 異動事由. `exclusion` is the 適用除外 it belongs to (``EX01``…), None where there is none."""

    code: str
    kind: ReasonKind
    label: str
    rule: DateRule
    exclusion: str | None
    article: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One 適用除外 of 法6条."""

    code: str
    label: str
    article: str


_ANY_DAY = date(2024, 12, 2)


@cache
def reasons() -> dict[str, Reason]:
    """All reason codes, by code."""
    rows = table("eligibility-reasons").at("reasons", _ANY_DAY).value
    return {
        row["code"]: Reason(
            row["code"],
            ReasonKind(row["kind"]),
            row["label"],
            DateRule(row["rule"]),
            None if row["exclusion"] == "none" else row["exclusion"],
            row["article"],
        )
        for row in rows
    }


def reason(code: str, path: str = "reason") -> Reason:
    """The reason of a code; `LawError` ``unknown_reason``."""
    found = reasons().get(code)
    if found is None:
        raise LawError("unknown_reason", path, f"異動事由 {code} はありません。")
    return found


def exclusions(on: date) -> tuple[Exclusion, ...]:
    """The 適用除外 in force on a day, among them those of a limited time."""
    known = table("eligibility-reasons")
    rows = list(known.at("exclusions", on).value)
    rows += [
        row.value
        for row in known.history("exposition_exclusion")
        if row.start <= on and (row.end is None or on <= row.end)
    ]
    return tuple(Exclusion(row["code"], row["label"], row["article"]) for row in rows)

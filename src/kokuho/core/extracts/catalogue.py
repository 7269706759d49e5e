"""The closed catalogue of extracts: what can be taken out at all, by which items and conditions (`data/extracts.yaml`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core import era, parameters
from kokuho.core.access import catalogue as rights
from kokuho.core.access import items as known_items
from kokuho.core.coded import CodedError

# A receiver who cannot decrypt gets an open file only by the setting and on an application of its own that says so (EXPORT-05).
OPEN = "csv_open"
FORMS = {"csv": "CSV（UTF-8、見出しつき）をパスフレーズで暗号化する", OPEN: "CSV（UTF-8、見出しつき）を暗号化しない（承認される例外）"}


def forms() -> list[str]:
    """The forms in which something may leave by the setting in force."""
    return [code for code in FORMS if code != OPEN or parameters.value("export.media_encryption") != "always"]


class ExtractError(CodedError):
    """The step is refused. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Item:
    """A column of an extract; `secret`: masked for protected persons."""

    code: str
    label: str
    sql: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A value that narrows an extract: ``date`` or ``year``."""

    code: str
    label: str
    type: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A registered extract. `person`: the column that says whose row it is; `statistic`: the item that is a count of persons,
    of which values under `minimum` are suppressed; `uses`: the 情報項目 of its columns, which the 事務 of the applicant must need."""

    code: str
    title: str
    about: str
    needs: str
    uses: tuple[str, ...]
    person: str
    protected: str
    statistic: str
    minimum: int
    items: Mapping[str, Item]
    source: str
    order: str
    conditions: Mapping[str, Condition]
    hash: str

    def read(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The conditions as the application keeps them. Raises `ExtractError` EXPORT-03-CONDITION."""
        read: dict[str, Any] = {}
        for code, condition in self.conditions.items():
            text = str(given.get(code, "")).strip()
            try:
                if condition.type == "date":
                    read[code] = era.parse(text).isoformat()
                elif text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100:
                    read[code] = int(text)
                else:
                    raise ValueError(text)
            except ValueError:
                hint = "R8.4.1 のように" if condition.type == "date" else "2026 のように西暦の年度で"
                raise ExtractError("EXPORT-03-CONDITION", f"{condition.label}を{hint}入力してください。") from None
        if unknown := sorted(set(given) - set(self.conditions)):
            raise ExtractError("EXPORT-03-CONDITION", f"この抽出にない条件です: {'、'.join(unknown)}")
        return read

    def statement(self, items: Sequence[str]) -> str:
        """The query: the person (or nothing) and the chosen items, in the catalogue's order."""
        columns = [self.person or "NULL::bigint", *(self.items[code].sql for code in self.items if code in items)]
        return f"SELECT {', '.join(columns)} FROM {self.source} ORDER BY {self.order}"  # all from the catalogue


@cache
def raw() -> dict[str, Any]:
    """`data/extracts.yaml`."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.core.extracts").joinpath("data", "extracts.yaml").read_text("utf-8"))
    return loaded


@cache
def definitions() -> dict[str, Definition]:
    """Every registered extract by its code, checked for what could leak."""
    found = {}
    for code, entry in raw()["definitions"].items():
        items = {k: Item(k, v["label"], v["sql"], v.get("secret", False)) for k, v in entry["items"].items()}
        statistic = entry.get("statistic", "")
        if entry["needs"] not in rights()["capabilities"]:
            raise ValueError(f"extracts.yaml: {code} needs an unknown capability")
        if not entry.get("uses") or set(entry["uses"]) - set(known_items()):
            raise ValueError(f"extracts.yaml: {code} does not say which 情報項目 it uses")
        if not statistic and (entry.get("protected") not in ("leave_out", "mask") or not entry.get("person")):
            raise ValueError(f"extracts.yaml: {code} does not say whose rows these are or what becomes of protected persons")
        if statistic and (statistic not in items or entry.get("minimum", 0) < 2):
            raise ValueError(f"extracts.yaml: {code} counts nothing, or shows single persons")
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        found[code] = Definition(
            code=code, title=entry["title"], about=entry["about"], needs=entry["needs"], uses=tuple(entry["uses"]),
            person=entry.get("person", ""),
            protected=entry.get("protected", ""), statistic=statistic, minimum=entry.get("minimum", 0), items=items,
            source=entry["source"], order=entry["order"],
            conditions={k: Condition(k, v["label"], v["type"]) for k, v in entry["conditions"].items()},
            hash=sha256(text.encode()).hexdigest(),
        )  # fmt: skip
    return found


def definition(code: str) -> Definition:
    """A registered extract. Raises `ExtractError` EXPORT-01 for one that is not registered."""
    if code not in definitions():
        raise ExtractError("EXPORT-01", f"抽出定義 {code} は登録されていません。登録された抽出だけを依頼できます。")
    return definitions()[code]


def condition_words(code: str, conditions: Mapping[str, Any]) -> str:
    """The conditions of an application in words."""
    known = definition(code).conditions
    words = []
    for name, value in conditions.items():
        condition = known.get(name)
        shown = era.short(date.fromisoformat(value)) if condition and condition.type == "date" else value
        words.append(f"{condition.label if condition else name} {shown}")
    return "、".join(words) or "なし"

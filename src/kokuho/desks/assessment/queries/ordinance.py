"""The ordinance of a year as it is set here: values, how sure they are, where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core.access import Actor
from kokuho.core.queries import municipality
from kokuho.core.reads import seen
from kokuho.desks.assessment.actions.levy import LevyError, due_dates
from kokuho.desks.assessment.words import setting_words
from kokuho.law.errors import LawError
from kokuho.law.premium.ordinance import COMPONENT_NAMES, load_ordinance, percent

# How sure a value is, from the surest down, in words for the page.
CERTAINTY = {
    "S": ("条文・市の公表で確認", "good"),
    "S-ex": ("公表された計算例で確認", "good"),
    "S2": ("公開の転記で確認", "attention"),
    "T": ("改正の案による", "attention"),
    "K-high": ("一般知識（確か）", "attention"),
    "K-mid": ("一般知識（要確認）", "attention"),
    "K-low": ("推定（要確認）", "bad"),
    "D": ("設計上の決め", "quiet"),
    "default": ("既定値（条例ファイルに定めなし）", "attention"),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """One component's rates. Yen; rates as the ordinance prints them."""

    name: str
    income_rate: str
    asset_rate: str
    per_capita: int
    per_capita_adult: int
    per_household: int
    cap: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with where it comes from."""

    name: str
    label: str
    value: str
    certainty: str
    certainty_label: str
    tone: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class OrdinanceView:
    """The ordinance of one year."""

    fiscal_year: int
    word: str
    rates: tuple[Rates, ...]
    rates_setting: Setting
    due_dates: tuple[date, ...]
    due_problem: str
    settings: tuple[Setting, ...]
    unsure: int
    years: tuple[int, ...]


def ordinance(by: Actor, fiscal_year: int) -> OrdinanceView | None:
    """The ordinance in force for a fiscal year; None when this municipality has none for it."""
    by.require("ordinance.read")
    code = municipality().code
    try:
        found = load_ordinance(code, fiscal_year)
    except LawError:
        return None
    problem = ""
    dues: tuple[date, ...] = ()
    try:
        dues = tuple(due_dates(found, fiscal_year))
    except LevyError as error:
        problem = str(error)
    settings = [
        _setting(name, found.settings[name], found.provenance[name])
        for name in found.settings
        if name in found.provenance
    ]
    rates = next(setting for setting in settings if setting.name == "components")
    others = tuple(setting for setting in settings if setting is not rates)
    view = OrdinanceView(
        fiscal_year=fiscal_year,
        word=found.word,
        rates=tuple(
            Rates(
                COMPONENT_NAMES[name], percent(c.income_rate), percent(c.asset_rate) if c.asset_rate else "", c.per_capita,
                c.per_capita_adult, c.per_household, c.cap,
            )
            for name, c in found.components.items()
        ),
        rates_setting=rates,
        due_dates=dues,
        due_problem=problem,
        settings=others,
        unsure=sum(setting.tone != "good" and setting.tone != "quiet" for setting in settings),
        years=years(code),
    )  # fmt: skip
    seen(by, "assessment.ordinance", row_count=len(settings), detail={"fiscal_year": fiscal_year})
    return view


def years(code: str) -> tuple[int, ...]:
    """Fiscal years that the city's ordinance file has, newest first."""
    place = files("kokuho.law.parameters").joinpath("ordinances", f"{code}.yaml")
    if not place.is_file():
        return ()
    raw = yaml.safe_load(place.read_text(encoding="utf-8"))
    return tuple(sorted((int(year) for year in raw["years"]), reverse=True))


def _setting(name: str, value: Any, provenance: Any) -> Setting:
    label, tone = CERTAINTY.get(provenance.certainty, (provenance.certainty, "attention"))
    words = (
        ""
        if name == "components"
        else setting_words()["unset"].get(name, "なし")
        if not value and value is not False
        else _words(value)
    )
    return Setting(
        name, setting_words()["settings"].get(name, name), words, provenance.certainty, label, tone,
        provenance.source, provenance.note,
    )  # fmt: skip


def _words(value: Any, depth: int = 0) -> str:
    """A setting's value in words, on one line: 所得割（単位 1・切捨て・世帯）／ …"""
    words = setting_words()
    if isinstance(value, Mapping):
        parts = []
        for key, item in value.items():
            name = words["keys"].get(key, words["values"].get(key, key))
            if isinstance(item, Mapping):
                parts.append(f"{name}（{_words(item, depth + 1)}）" if item else f"{name} なし")
            elif depth and isinstance(item, str):
                parts.append(_words(item, depth + 1))
            else:
                parts.append(f"{name} {_words(item, depth + 1)}")
        return ("・" if depth else "　／　").join(parts) or "なし"
    if isinstance(value, list | tuple):
        return "・".join(_words(item, depth + 1) for item in value) or "なし"
    if isinstance(value, bool):
        return "する" if value else "しない"
    if value is None:
        return "なし"
    return f"{value:,}" if isinstance(value, int) else words["values"].get(str(value), str(value))

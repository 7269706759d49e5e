"""Small facts the town is made from: days, numbers, kinship, draws."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.formats.checkdigits import my_number_ok
from kokuho.town.cases import reaches
from kokuho.town.days import age_on, birth_of_age, is_office_day
from kokuho.town.numbers import PERSON_PLACES, Numbers
from kokuho.town.streams import Weighted, stream
from kokuho.town.succession import relation_to


@given(st.integers(0, 110), st.dates(date(2026, 4, 1), date(2028, 3, 31)), st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None)
def test_birth_of_age_has_that_age_on_the_day(age: int, on: date, share: float) -> None:
    assert age_on(birth_of_age(age, on, share), on) == age


def test_offices_close_on_weekends_holidays_and_at_the_turn_of_the_year() -> None:
    assert is_office_day(date(2026, 4, 1))
    closed = [(2026, 4, 4), (2026, 4, 29), (2026, 5, 6), (2026, 7, 20), (2026, 12, 29), (2027, 1, 3), (2027, 1, 1)]
    assert not any(is_office_day(date(*day)) for day in closed)


def test_who_reaches_an_age_in_the_fiscal_year() -> None:
    assert reaches(75, 4, 1, 2026) == date(1951, 4, 1)
    assert reaches(75, 3, 31, 2026) == date(1952, 3, 31)
    assert reaches(75, 2, 29, 2026) == date(1952, 2, 29)
    assert reaches(14, 2, 29, 2026) == date(2012, 2, 29)


def test_numbers_never_meet() -> None:
    numbers = Numbers.of(5)
    places = [(household, place) for household in range(300) for place in range(PERSON_PLACES)]
    assert len({numbers.atena_number(*place) for place in places}) == len(places)
    mine = [numbers.my_number(*place) for place in places[:500]]
    assert len(set(mine)) == 500 and all(my_number_ok(number) for number in mine)
    assert len({numbers.household_number(n, place) for n in range(300) for place in range(4)}) == 1200
    assert Numbers.of(6).atena_number(0, 0) != numbers.atena_number(0, 0)


@pytest.mark.parametrize(
    ("successor", "person", "sex", "relation"),
    [
        ("12", "02", "1", "11"),  # the wife heads: the former head is her husband
        ("12", "20", "1", "20"),
        ("12", "52", "2", "80"),  # her husband's mother
        ("20", "02", "1", "51"),  # the son heads: the former head is his father
        ("20", "12", "2", "52"),
        ("20", "20", "2", "61"),
        ("20", "25", "2", "12"),
        ("20", "30", "1", "20"),
        ("51", "02", "1", "20"),
        ("61", "02", "2", "61"),
        ("99", "02", "1", "99"),
    ],
)
def test_kinship_to_the_new_head(successor: str, person: str, sex: str, relation: str) -> None:
    assert relation_to(successor, person, sex) == relation


def test_draws_are_the_same_on_every_machine() -> None:
    rng = stream(1, "x")
    assert [rng.below(1000) for _ in range(5)] == [855, 82, 188, 89, 704]
    weights = Weighted([("a", 1), ("b", 0), ("c", 3)])
    assert [weights.at(point) for point in (0, 0.2499, 0.25, 0.9999)] == ["a", "a", "c", "c"]
    assert stream(2, 7).along([10, 10, 10]) == 10

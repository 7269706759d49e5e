"""年齢計算ニ関する法律: birthdays on the 1st, on 1 April and on 29 February, and what each age begins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokuho.law.eligibility.ages import (
    AgeEventKind,
    age_events,
    age_events_between,
    age_on,
    birthday,
    child_end,
    compulsory_school_end,
    has_reached,
    is_senior,
    preschool_end,
    reached_on,
    senior_from,
)
from kokuho.law.eligibility.months import (
    Month,
    august_year,
    fiscal_year,
    income_year,
    months_between,
    period_end,
    resident_tax_year,
)
from kokuho.law.errors import LawError


@pytest.mark.parametrize(
    ("born", "age", "reached"),
    [
        (date(1955, 10, 1), 70, date(2025, 9, 30)),
        (date(1955, 10, 2), 70, date(2025, 10, 1)),
        (date(1956, 2, 29), 70, date(2026, 2, 28)),
        (date(1952, 2, 29), 72, date(2024, 2, 28)),
        (date(1956, 3, 1), 70, date(2026, 2, 28)),
        (date(1956, 3, 1), 68, date(2024, 2, 29)),
        (date(2000, 1, 1), 25, date(2024, 12, 31)),
    ],
)
def test_an_age_is_reached_on_the_day_before_the_birthday(born: date, age: int, reached: date) -> None:
    assert reached_on(born, age) == reached
    assert has_reached(born, age, reached) and not has_reached(born, age, reached - timedelta(days=1))


def test_the_birthday_of_29_february_is_1_march_in_other_years() -> None:
    born = date(1952, 2, 29)
    assert birthday(born, 75) == date(2027, 3, 1)
    assert birthday(born, 76) == date(2028, 2, 29)
    assert (age_on(born, date(2027, 2, 28)), age_on(born, date(2027, 3, 1))) == (74, 75)


@pytest.mark.parametrize(
    ("born", "end"),
    [
        (date(2019, 4, 1), date(2025, 3, 31)),
        (date(2019, 4, 2), date(2026, 3, 31)),
        (date(2020, 2, 29), date(2026, 3, 31)),
    ],
)
def test_preschool_ends_on_31_march(born: date, end: date) -> None:
    assert preschool_end(born) == end
    assert compulsory_school_end(born) == end.replace(year=end.year + 9)
    assert child_end(born) == end.replace(year=end.year + 12)


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1955, 10, 1), date(2025, 10, 1)),
        (date(1955, 10, 2), date(2025, 11, 1)),
        (date(1955, 10, 31), date(2025, 11, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
        (date(1955, 12, 2), date(2026, 1, 1)),
    ],
)
def test_70_begins_on_the_first_of_the_month_after(born: date, first: date) -> None:
    assert senior_from(born) == first
    assert is_senior(born, Month.of(first)) and not is_senior(born, Month.of(first).plus(-1))


def test_the_events_of_a_life() -> None:
    events = {event.kind: event.effective for event in age_events(date(1986, 5, 1))}
    assert events[AgeEventKind.CARE_SECOND_FROM] == date(2026, 4, 1), "1日生まれは前月から"
    assert events[AgeEventKind.CARE_FIRST_FROM] == date(2051, 4, 1)
    assert events[AgeEventKind.ELDERLY] == date(2061, 5, 1)
    assert [event.kind for event in age_events_between(date(1986, 5, 1), date(2026, 4, 1), date(2027, 3, 31))] == [
        AgeEventKind.CARE_SECOND_FROM
    ]


@given(st.dates(date(1920, 1, 1), date(2030, 12, 31)))
def test_events_come_in_order_and_each_once(born: date) -> None:
    days = [event.effective for event in age_events(born)]
    assert days == sorted(days) and days[0] > born
    assert birthday(born, 75) - reached_on(born, 75) == timedelta(days=1)
    assert senior_from(born).day == 1


@given(st.dates(date(1950, 1, 1), date(2030, 12, 31)), st.integers(0, 80))
def test_age_grows_by_one_on_each_birthday(born: date, age: int) -> None:
    day = birthday(born, age)
    assert age_on(born, day) == age
    if age:
        assert age_on(born, day - timedelta(days=1)) == age - 1


def test_the_years_of_the_law() -> None:
    assert (august_year(Month(2025, 7)), august_year(Month(2025, 8))) == (2024, 2025)
    assert (income_year(Month(2026, 7)), income_year(Month(2026, 8))) == (2024, 2025)
    assert (resident_tax_year(Month(2026, 7)), resident_tax_year(Month(2026, 8))) == (2025, 2026)
    assert (fiscal_year(date(2026, 3, 31)), fiscal_year(date(2026, 4, 1))) == (2025, 2026)


def test_months() -> None:
    month = Month.parse("2024-02")
    assert (str(month), month.last, month.plus(-2), month.plus(11)) == (
        "2024-02",
        date(2024, 2, 29),
        Month(2023, 12),
        Month(2025, 1),
    )
    assert list(months_between(Month(2024, 12), Month(2025, 1))) == [Month(2024, 12), Month(2025, 1)]
    assert Month(2025, 1).minus(Month(2023, 12)) == 13
    for text in ("2024-13", "2024-1", "202401", ""):
        with pytest.raises(LawError):
            Month.parse(text)


def test_periods_end_on_the_day_before_the_corresponding_day() -> None:
    """民法143条2項."""
    assert period_end(date(2024, 2, 29), years=1) == date(2025, 2, 28)
    assert period_end(date(2024, 1, 31), months=1) == date(2024, 2, 29)
    assert period_end(date(2025, 4, 1), years=5) == date(2030, 3, 31)

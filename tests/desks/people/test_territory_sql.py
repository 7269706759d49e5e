"""RIGHTS-02: the models and the lists in SQL let the same residents through, wherever they live and whatever the areas are called."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peoplefacts import DAY, person

pytestmark = pytest.mark.db
# Wards, offices and towns of which some begin like others, and signs that mean something to SQL.
AREAS = ("北区", "北", "南支所", "東区%", "o'西", "a\\_b", "中_区")
TOWNS = ("葛塚", "白根", *AREAS, *(f"{area}本町" for area in AREAS), "中央区本町")
days = st.integers(-40, 40).map(lambda n: DAY + timedelta(days=n))
# What the dictionary says of a town: (name, ward, office, since, whether it is still believed).
entries = st.lists(
    st.tuples(st.sampled_from(TOWNS), st.sampled_from(("", *AREAS)), st.sampled_from(("", *AREAS)), days, st.booleans()), max_size=6
)
# Where somebody lives until a day and from then on.
lives = st.lists(st.tuples(st.sampled_from(TOWNS), st.sampled_from(TOWNS), days), min_size=1, max_size=6)
limits = st.tuples(st.lists(st.sampled_from(AREAS), min_size=1, max_size=3, unique=True), days)


def expected(dictionary: list[Any], residents: list[Any], areas: list[str], on: date) -> set[int]:
    """Whose town of the day bears the name of an area or stands in the dictionary of the day under one."""
    listed = {name for name, ward, office, since, held in dictionary if held and since <= on and {ward, office} & set(areas)}
    towns = {number: before if on < moved else after for number, (before, after, moved) in enumerate(residents, start=1)}
    return {number for number, town in towns.items() if town in listed or town.startswith(tuple(areas))}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(dictionary=entries, residents=lives, limit=limits)
def test_models_and_statements_select_the_same_residents(db: None, dictionary: list[Any], residents: list[Any], limit: Any) -> None:
    from kokuho.core import territory
    from kokuho.desks.people.models import Person, Town
    from kokuho.desks.people.territory import AddressBook

    areas, on = limit
    known = {"recorded_by": "x", "origin": "x"}
    with transaction.atomic():
        for code, (name, ward, office, since, held) in enumerate(dictionary, start=1):
            Town.objects.create(
                code=code, name=name, search_name=name, postal_code="9503300", district=ward, office=office,
                valid=DateRange(since, None), **known,
            )  # fmt: skip
            Town._base_manager.filter(code=code).update(superseded_at=None if held else Now())
        for number, (before, after, moved) in enumerate(residents, start=1):
            person(number, name="北", kana="キタ", household_no=number, town=before, valid=DateRange(date(2020, 4, 1), moved))
            person(number, name="北", kana="キタ", household_no=number, town=after, valid=DateRange(moved, None))
        book, seen = AddressBook(), territory.Limit(tuple(areas), on)
        believed = Person._base_manager.filter(superseded_at__isnull=True)
        by_model = set(believed.filter(book.condition("atena_no", seen)).values_list("atena_no", flat=True))
        by_house = set(believed.filter(book.condition("household_no", seen)).values_list("household_no", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT p.atena_no FROM people_person p WHERE {book.sql('p.atena_no', seen)}", [])
            by_statement = {number for (number,) in cursor.fetchall()}
        everybody = set(range(1, len(residents) + 1))
        wanted = expected(dictionary, residents, areas, on)
        assert by_model == by_statement == by_house == wanted
        assert book.outside(sorted(everybody), seen) == everybody - wanted
        transaction.set_rollback(True)

"""RIGHTS-02: staff of a unit with an area handle the persons of that area only, where the setting says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from peoplefacts import DAY, person

pytestmark = pytest.mark.db
HERE, THERE = 11, 22


@pytest.fixture
def clerk(db: None) -> Any:
    """A clerk of 北区, where 11 lives; 22 lives in 南区. `clerk(True)`: with the limit in force."""
    from kokuho.core.access import actor_for
    from kokuho.core.actions.parameters import _write
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Unit
    from kokuho.desks.people.models import Town

    since = {"valid": DateRange(date(2020, 4, 1), None), "recorded_by": "x", "origin": "x"}
    for code, (name, district, office) in enumerate((("葛塚", "北区", "北支所"), ("白根", "南区", "南支所")), start=1):
        Town.objects.create(code=code, name=name, search_name=name, postal_code="9503300", district=district, office=office, **since)
    person(HERE, name="北　一郎", kana="キタ　イチロウ", household_no=1, town="葛塚")
    person(THERE, name="北　二郎", kana="キタ　ジロウ", household_no=2, town="白根")
    register(
        staff_no="kita", name="北", unit_code="11", unit_name="北区区民生活課", password="correct horse battery", roles=("qualification",),
        applied_by="a", approved_by="b", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip

    def limited(on: bool, *areas: str) -> Any:
        Unit.objects.update(areas=list(areas or ("北区",)))
        _write({"rights.territory": on}, profile="default", exceptions={}, requested_by="a", approved_by="b", reason="試験",
               origin="opening")  # fmt: skip
        return actor_for("kita", on=DAY, terminal="t", purpose="")

    return limited


def found(by: Any) -> list[int]:
    from kokuho.core import territory
    from kokuho.desks.people import search

    with territory.acting(by):
        parts = search.understand("北")
        return [match.atena_no for match in search.find(by, parts, households={}, on=DAY).matches]


def test_the_search_finds_only_the_own_area_and_all_without_the_limit(clerk: Any) -> None:
    assert found(clerk(False)) == [HERE, THERE]
    assert found(clerk(True)) == [HERE]
    assert found(clerk(True, "南支所")) == [THERE], "an office is an area too"
    assert found(clerk(True, "西区")) == []


def test_nothing_is_read_or_written_about_somebody_of_another_area(clerk: Any) -> None:
    from kokuho.core import audit, territory
    from kokuho.core.access import OutsideTerritory
    from kokuho.core.models import AuditRecord
    from kokuho.desks.people import queries
    from kokuho.desks.people.models import Person

    by = clerk(True)
    with territory.acting(by):
        assert set(queries.persons(by, [HERE, THERE], on=DAY)) == {HERE}
        with pytest.raises(Person.DoesNotExist):
            queries.household(by, 2, protected=[], on=DAY)
    with pytest.raises(OutsideTerritory):
        queries.persons(by, [HERE, THERE], on=DAY)
    with pytest.raises(OutsideTerritory):
        audit.record(by, function="x", operation="update", persons=[THERE])
    territory.require_household(by, 1)
    with pytest.raises(OutsideTerritory):
        territory.require_household(by, 2)
    assert AuditRecord.objects.filter(staff_no="kita", function="territory", result="refused").count() == 3


def test_who_is_limited_has_no_work_that_reaches_the_whole_city(clerk: Any) -> None:
    from kokuho.core.territory import whole_city

    assert clerk(False).may("eligibility.batch") and not clerk(True).capabilities & whole_city()
    assert clerk(True).may("eligibility.read")

"""People for the tests of the people desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor

DAY = date(2026, 7, 1)


def actor(*capabilities: str, staff_no: str = "a") -> Actor:
    return Actor(staff_no, "試験 職員", "国保課", frozenset(capabilities), "test", "s1", "試験", items=frozenset({"mail", "note"}))


def person(atena_no: int, *, name: str, kana: str, born: date = date(1980, 1, 1), household_no: int = 1, **more: Any) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import folding
    from kokuho.desks.people.models import Person

    values: dict[str, Any] = {
        "resident_kind": "1", "resident_state": "1", "sex": "1", "relation": "02", "is_head": True, "postal_code": "3320031",
        "town": "青木", "block": "１番地", "resident_since": date(2000, 1, 1), "resident_reason": "01",
        "address_since": date(2000, 1, 1), "valid": DateRange(date(2000, 1, 1), None), "recorded_by": "op", "origin": "file:1",
        **more,
    }  # fmt: skip
    return Person.objects.create(
        atena_no=atena_no, household_no=household_no, name=name, name_kana=kana, search_name=folding.name(name),
        search_kana=folding.kana(kana), search_place=folding.place(values["town"] + values["block"]), birth_date=born, **values,
    )  # fmt: skip

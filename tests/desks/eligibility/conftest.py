"""People, stays and two clerks for the tests of eligibility."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

DAY = date(2026, 7, 1)


@dataclass(frozen=True)
class Desk:
    """One who enters, another who confirms, one who approves, and the batch operator."""

    clerk: Any
    second: Any
    chief: Any
    operator: Any


@pytest.fixture
def desk(db: None, office: Callable[..., Any]) -> Desk:
    """The desk of 川口市 on 1 July 2026."""
    from kokuho.core.access import actor_for
    from kokuho.core.actions.staff import register

    staff = office("川口市")
    for number, role in (("c2", "qualification"), ("kc", "qualification_approver")):
        register(
            staff_no=number, name=f"職員{number}", unit_code="01", unit_name="国保課", password="correct horse battery",
            applied_by="head", roles=(role,), approved_by="chief", on=date(2026, 4, 1), reason="試験",
        )  # fmt: skip
    second, chief = (actor_for(number, on=DAY, terminal="test") for number in ("c2", "kc"))
    return Desk(staff.clerk, second, chief, staff.operator)


@pytest.fixture
def person() -> Callable[..., int]:
    """`person(1, 10, born, insured_from=…)` puts a resident into the registers."""

    def put(
        no: int, household: int, born: date, *, head: bool = False, insured_from: date | None = date(2020, 4, 1),
        lost: date | None = None, reason: str = "", lived: Any = None, **more: Any,
    ) -> int:  # fmt: skip
        from django.db.backends.postgresql.psycopg_any import DateRange

        from kokuho.core.access import actor_for
        from kokuho.desks.eligibility.actions.engine import record
        from kokuho.desks.eligibility.plan import Draft
        from kokuho.desks.people.models import Person

        values = {
            "resident_kind": "1", "resident_state": "1", "name": f"試験　{no}", "name_kana": "シケン", "search_name": f"試験{no}",
            "search_kana": "シケン", "sex": "1", "relation": "02" if head else "20", "resident_since": date(2015, 4, 1),
            "resident_reason": "01", "address_since": date(2015, 4, 1), "postal_code": "3320031", "town": "青木", "block": "２丁目",
            "recorded_by": "t", "origin": "t", **more,
        }  # fmt: skip
        Person.objects.create(
            atena_no=no, household_no=household, valid=lived or DateRange(date(2015, 4, 1), None), birth_date=born,
            is_head=head, **values,
        )  # fmt: skip
        if insured_from:
            by = actor_for("cl", on=DAY, terminal="test")
            drafts = [Draft(no, household, insured_from, "104")]
            drafts += [Draft(no, household, lost, reason)] if lost else []
            record(by=by, on=DAY, drafts=drafts, origin="file:1")
        return no

    return put

"""Persons and households for the tests of eligibility, as the register would carry them."""

from __future__ import annotations

from datetime import date
from typing import Any

DAY = date(2026, 7, 1)


def office(**settings: Any) -> None:
    """The municipality with its eligibility settings."""
    from kokuho.core.actions.office import open_municipality

    city = open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    city.settings = {"eligibility": settings}
    city.save()


def actor(staff_no: str = "clerk", *capabilities: str) -> Any:
    """A member of the staff with rights; by default those of the eligibility desk."""
    from kokuho.core.access import Actor

    own = capabilities or (
        "eligibility.read", "eligibility.change", "eligibility.confirm", "person.read", "person.search", "levy.read",
    )  # fmt: skip
    return Actor(staff_no, "試験 職員", "国保課", frozenset(own), "test", "s1", "試験")


def person(atena_no: int, household_no: int, born: date, *, head: bool = False, **more: Any) -> None:
    """One row of the register; `since`/`until` bound it."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import Person

    since, until = more.pop("since", max(born, date(1990, 1, 1))), more.pop("until", None)
    values: dict[str, Any] = {
        "resident_kind": "1", "resident_state": "1", "name": f"試験　{atena_no}", "name_kana": "シケン", "search_name": f"試験{atena_no}",
        "search_kana": "シケン", "sex": "1", "relation": "02" if head else "20", "is_head": head, "postal_code": "3320031",
        "town": "青木", "block": "１番", "resident_since": since, "resident_reason": "01", "address_since": since,
        "recorded_by": "x", "origin": "file:1", **more,
    }  # fmt: skip
    Person.objects.create(
        atena_no=atena_no, household_no=household_no, birth_date=born, valid=DateRange(since, until), **values
    )


def record(*drafts: Any, on: date = DAY, origin: str = "entry:1", by: Any = None) -> Any:
    """Events through the engine, all or nothing."""
    from django.db import transaction

    from kokuho.desks.eligibility.actions import engine

    with transaction.atomic():
        return engine.record(by=by or actor(), on=on, drafts=list(drafts), origin=origin)


def draft(atena_no: int, code: str, on: date, household_no: int = 10, **more: Any) -> Any:
    """An event to be."""
    from kokuho.desks.eligibility.plan import Draft

    return Draft(atena_no, household_no, on, code, **more)


def cancel(atena_no: int, event_id: int, household_no: int = 10) -> Any:
    """A cancellation to be."""
    from kokuho.desks.eligibility.models import EligibilityEvent
    from kokuho.desks.eligibility.plan import Draft

    known = EligibilityEvent.objects.get(pk=event_id)
    return Draft(atena_no, household_no, known.event_on, cancels=event_id)


def periods(atena_no: int) -> list[tuple[date, date | None]]:
    """The believed periods as (適用開始, 適用終了)."""
    from kokuho.desks.eligibility import facts

    return [(row.valid.lower, row.valid.upper) for row in facts.believed_periods([atena_no]).get(atena_no, [])]


def branches(atena_no: int) -> list[tuple[str, str, date, date | None]]:
    """(番号, 枝番, from, to) as believed, oldest first."""
    from kokuho.desks.eligibility.models import BELIEVED, InsuredBranch

    rows = InsuredBranch.objects.filter(BELIEVED, atena_no=atena_no)
    return sorted((row.number, row.branch, row.valid.lower, row.valid.upper) for row in rows)

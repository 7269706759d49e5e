"""The register's daily changes: each replaces what was believed from its day; an older one is carried on or kept for staff."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kokuho.core.access import Actor

BY = Actor("op", "試験 職員", "国保課", frozenset({"exchange.receive", "exchange.work"}), "test", "s1", "試験")
APRIL, MAY, JUNE, JULY = (date(2026, month, 1) for month in (4, 5, 6, 7))
NO = 2000000001


def image(record: int, on: date, event: str = "05", atena_no: int = NO, **more: Any) -> dict[str, Any]:
    from kokuho.desks.people.actions.register import CHANGE_COLUMNS

    values: dict[str, Any] = {name: None if kind == "date" else "" for name, kind in CHANGE_COLUMNS}
    return {
        **values, "sequence": record, "record": record, "event": event, "event_date": on, "notified_on": on, "atena_no": atena_no,
        "household_no": 1, "resident_kind": "1", "resident_state": "1",
        "name": "山田　花", "search_name": "山田花", "birth_date": date(1990, 1, 1),
        "sex": "2", "relation": "02", "town": "青木", "block": "１番", "search_place": "青木1",
        "resident_since": APRIL, "resident_reason": "01",
        "address_since": APRIL, "nhi_state": "0", "protection": "0", **more,
    }  # fmt: skip


def deliver(*images: dict[str, Any], origin: str = "file:1") -> list[tuple[int, str]]:
    from kokuho.core import bulk
    from kokuho.desks.people.actions import changes
    from kokuho.desks.people.actions.register import CHANGE_COLUMNS

    bulk.stage("staged", CHANGE_COLUMNS, ([row[name] for name, _ in CHANGE_COLUMNS] for row in images))
    return [(problem.record, problem.code) for problem in changes.apply_changes(by=BY, origin=origin)]


def believed(*columns: str) -> list[tuple[Any, ...]]:
    from kokuho.desks.people.models import BELIEVED, Person

    rows = Person.objects.filter(BELIEVED, atena_no=NO).order_by("valid")
    return [(row.valid.lower, row.valid.upper, *(getattr(row, column) for column in columns)) for row in rows]


def test_several_changes_of_one_person_in_a_file_apply_in_its_order(db: None) -> None:
    other = NO + 1
    moved = {"town": "幸町", "search_place": "幸町1", "address_since": MAY}
    assert deliver(
        image(1, APRIL, "01"), image(2, APRIL, "01", other), image(3, MAY, "05", **moved),
        image(4, JUNE, "06", name="佐藤　花", search_name="佐藤花", **moved), image(5, MAY, "05", NO + 2),
    ) == [(5, "J13")]  # fmt: skip
    assert believed("name", "town") == [
        (APRIL, MAY, "山田　花", "青木"), (MAY, JUNE, "山田　花", "幸町"), (JUNE, None, "佐藤　花", "幸町"),
    ]  # fmt: skip


def test_a_cancellation_goes_back_over_later_rows(db: None) -> None:
    deliver(image(1, APRIL, "01"), image(2, JUNE, "05", town="幸町"))
    assert deliver(image(3, MAY, "15")) == []
    assert believed("town") == [(APRIL, MAY, "青木"), (MAY, None, "青木")]


def test_an_older_change_of_something_else_is_carried_into_the_later_rows(db: None) -> None:
    deliver(image(1, APRIL, "01"), image(2, JUNE, "05", town="幸町", search_place="幸町1", address_since=JUNE))
    assert deliver(image(3, MAY, "06", name="佐藤　花", search_name="佐藤花")) == []
    assert believed("name", "search_name", "town", "search_place") == [
        (APRIL, MAY, "山田　花", "山田花", "青木", "青木1"), (MAY, JUNE, "佐藤　花", "佐藤花", "青木", "青木1"),
        (JUNE, None, "佐藤　花", "佐藤花", "幸町", "幸町1"),
    ]  # fmt: skip


def test_an_older_change_of_the_same_thing_holds_until_the_later_one(db: None) -> None:
    deliver(image(1, APRIL, "01"), image(2, JUNE, "05", town="幸町", address_since=JUNE))
    assert deliver(image(3, MAY, "05", town="本町", address_since=MAY)) == []
    assert believed("town", "address_since") == [
        (APRIL, MAY, "青木", APRIL), (MAY, JUNE, "本町", MAY), (JUNE, None, "幸町", JUNE),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("died before a later change", {"resident_state": "3", "left_on": MAY}),
        ("what the later row already says", {"town": "幸町", "address_since": JUNE}),
        ("somebody else", {"birth_date": date(1991, 1, 1)}),
    ],
)
def test_what_contradicts_is_kept_for_staff_and_nothing_changes(db: None, what: str, more: dict[str, Any]) -> None:
    from kokuho.desks.people.models import HeldChange

    deliver(image(1, APRIL, "01"), image(2, JUNE, "05", town="幸町", address_since=JUNE))
    before = believed("town")
    assert deliver(image(3, MAY, "05", **more)) == [(3, "J14")], what
    assert believed("town") == before
    assert HeldChange.objects.get().image["name"] == "山田　花"


@pytest.mark.parametrize(
    ("way", "rows"),
    [
        ("until_next", [(APRIL, MAY, "山田　花"), (MAY, JUNE, "佐藤　花"), (JUNE, None, "山田　花")]),
        ("carry", [(APRIL, MAY, "山田　花"), (MAY, JUNE, "佐藤　花"), (JUNE, None, "佐藤　花")]),
        ("replace", [(APRIL, MAY, "山田　花"), (MAY, None, "佐藤　花")]),
        (None, [(APRIL, JUNE, "山田　花"), (JUNE, None, "山田　花")]),
    ],
)
def test_staff_choose_how_a_held_change_holds(db: None, way: str | None, rows: list[Any]) -> None:
    from kokuho.desks.people.actions import changes
    from kokuho.desks.people.models import HeldChange

    later = {"town": "幸町", "address_since": JUNE}
    deliver(image(1, APRIL, "01"), image(2, JUNE, "05", **later))
    deliver(image(3, MAY, "05", name="佐藤　花", **later))
    held = HeldChange.objects.get()
    changes.decide_held(by=BY, on=JULY, held_id=held.pk, way=way, reason="住民記録に確認", origin="entry:1")
    assert believed("name") == rows
    with pytest.raises(changes.ChangeError) as refused:
        changes.decide_held(by=BY, on=JULY, held_id=held.pk, way=way, reason="もう一度", origin="entry:2")
    assert refused.value.code == "J20"


def test_protection_arrives_with_a_change_and_never_ends_by_one(db: None) -> None:
    from kokuho.desks.people.models import BELIEVED, Protection

    until = date(2027, 3, 31)
    deliver(image(1, APRIL, "01"), image(2, MAY, "05", protection="1", protected_from=MAY, protected_until=until))
    deliver(image(3, JUNE, "05", protection="0"))
    [row] = Protection.objects.filter(BELIEVED, atena_no=NO)
    assert (row.valid.lower, row.valid.upper, row.until) == (MAY, None, until)
    renewed = {"protection": "1", "protected_from": JUNE, "protected_until": date(2028, 3, 31)}
    deliver(image(4, JUNE, "05", **renewed))
    [row] = Protection.objects.filter(BELIEVED, atena_no=NO)
    assert (row.valid.lower, row.valid.upper, row.until) == (MAY, None, date(2028, 3, 31))


def test_what_staff_registered_is_extended_by_the_register_and_never_shortened(db: None) -> None:
    from kokuho.desks.people.models import BELIEVED, Protection

    deliver(image(1, APRIL, "01"))
    own = {"kind": Protection.STALKING, "office": "相談室", "recorded_by": "b", "origin": "entry:1"}
    Protection.objects.create(atena_no=NO, valid=(MAY, None), until=date(2027, 3, 31), **own)
    for until, holds in ((date(2026, 12, 31), date(2027, 3, 31)), (date(2028, 3, 31), date(2028, 3, 31))):
        deliver(image(2, JUNE, "05", protection="1", protected_from=JUNE, protected_until=until))
        [row] = Protection.objects.filter(BELIEVED, atena_no=NO)
        assert (row.valid.lower, row.valid.upper, row.until) == (MAY, None, holds)
        assert (row.kind, row.office) == (Protection.STALKING, "相談室")

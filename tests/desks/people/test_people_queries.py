"""Reads of people: no right, no answer; every answer is recorded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kokuho.core.access import Actor, Refused

DAY = date(2026, 7, 1)


def actor(*capabilities: str) -> Actor:
    return Actor("9999", "試験 職員", "国保課", frozenset(capabilities), "test", "s1", "試験", items=frozenset({"mail", "note"}))


@pytest.fixture
def couple(db: None) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import MailDestination, MailStop, Person, Protection

    known = {"recorded_by": "x", "origin": "file:1"}
    for atena, head in ((11, True), (12, False)):
        Person.objects.create(
            atena_no=atena, household_no=1, resident_kind="1", resident_state="1", name=f"佐藤{atena}", name_kana="サトウ",
            search_name=f"佐藤{atena}", search_kana="サトウ", birth_date=date(1960, 2, 29), sex="1", relation="02" if head else "12",
            is_head=head, postal_code="3320031", town="青木", block="１番地", resident_since=date(2000, 1, 1), resident_reason="01",
            address_since=date(2000, 1, 1), valid=DateRange(date(2000, 1, 1), None), previous_address="遠い町", **known,
        )  # fmt: skip
    Protection.objects.create(
        atena_no=12, valid=DateRange(date(2020, 1, 1), date(2021, 1, 1)), until=date(2021, 1, 1), **known
    )
    MailDestination.objects.create(
        atena_no=12,
        name="弁護士",
        postal_code="1000001",
        address="千代田",
        reason="依頼",
        valid=DateRange(date(2020, 1, 1), None),
        **known,
    )
    MailStop.objects.create(atena_no=11, reason="居所不明", valid=DateRange(date(2020, 1, 1), None), **known)


def reads() -> list[tuple[str, Any]]:
    from kokuho.desks.people import queries, search

    return [
        ("household_protection", lambda by: queries.household_protection(by, 1)),
        ("person_protection", lambda by: queries.person_protection(by, 11)),
        ("household", lambda by: queries.household(by, 1, protected=[], on=DAY)),
        ("person_history", lambda by: queries.person_history(by, 11, on=DAY)),
        ("mailings", lambda by: queries.mailings(by, [11], protected=[], on=DAY)),
        ("persons", lambda by: queries.persons(by, [11], on=DAY)),
        ("find", lambda by: search.find(by, search.understand("さとう"), households={}, on=DAY)),
    ]


def test_without_the_right_there_is_no_answer(couple: None) -> None:
    answered = []
    for name, read in reads():
        try:
            read(actor("levy.read"))
        except Refused:
            continue
        answered.append(name)
    assert answered == []


def test_who_was_protected_once_stays_marked_after_the_period(couple: None) -> None:
    from kokuho.desks.people import queries

    by = actor("person.read")
    assert queries.household_protection(by, 1) == [12] == queries.person_protection(by, 11)


def test_what_is_hidden_is_absent_from_the_answer(couple: None) -> None:
    from kokuho.desks.people import queries

    members, _ = queries.household(actor("person.read"), 1, protected=[12], on=DAY)
    assert [(m.atena_no, m.address, m.postal_code, m.previous_address) for m in members] == [
        (11, "", "", ""),
        (12, "", "", ""),
    ]
    members, _ = queries.household(actor("person.read", "protected.read"), 1, protected=[12], on=DAY)
    assert {m.address for m in members} == {"青木１番地"}
    mail = queries.mailings(actor("person.read"), [11, 12], protected=[12], on=DAY)
    assert (mail[12][0].address, mail[12][0].name) == ("", "") and mail[11][0].kind == "発送停止"


def test_a_page_of_several_reads_is_one_record(couple: None) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.core.reads import page
    from kokuho.desks.people import queries

    by = actor("person.read")
    before = AuditRecord.objects.count()
    with page(by, "試験", case=7):
        queries.household(by, 1, protected=[], on=DAY)
        queries.persons(by, [12], on=DAY)
    [record] = AuditRecord.objects.order_by("pk")[before:]
    assert sorted(record.persons) == [11, 12] and record.row_count == 2
    assert record.detail["parts"] == ["people.household", "people.persons"] and record.detail["case"] == 7
    with pytest.raises(Refused), page(by, "試験"):
        queries.persons(actor(), [12], on=DAY)
    assert not AuditRecord.objects.filter(function="試験", result="ok").exclude(pk=record.pk).exists()


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(1986, 7, 1), date(2026, 7, 1), 40),
    ],
)
def test_age_as_people_count_it(born: date, on: date, age: int) -> None:
    from kokuho.desks.people.queries import age_on

    assert age_on(born, on) == age

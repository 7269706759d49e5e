"""ATENA-14: which of a person's names a kind of document carries is entered by one, confirmed by another, and printed so everywhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from peoplefacts import DAY, actor, person

from kokuho.core.coded import CodedError

RIGHTS = ("person.read", "note.change", "note.confirm")


def choose(atena_no: int, form: int, business: int = 0) -> Any:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people.actions.registrations import enter

    values = {"business": business, "form": form, "reason": "本人の申出"}
    entry = enter(by=actor(*RIGHTS), on=DAY, code="printed_name", atena_no=atena_no, values=values, valid_from=DAY)
    return confirm(by=actor(*RIGHTS, staff_no="b"), on=DAY, entry_id=entry.pk)


def by_statement(atena_no: int, business: int, on: date = DAY) -> tuple[str, str]:
    from django.db import connection

    from kokuho.desks.people import names

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names.printed('p', business)}, {names.kana('p', business)} FROM people_person p WHERE p.atena_no = %(who)s",
            {"who": atena_no, "on": on},
        )
        return cursor.fetchone()


def by_object(atena_no: int, business: int, on: date = DAY) -> str:
    from kokuho.desks.people import names
    from kokuho.desks.people.models import Person

    chosen = names.choices([atena_no], business=business, on=on)
    return names.printed_name(Person.objects.get(atena_no=atena_no), chosen.get(atena_no, 0))


@pytest.mark.parametrize(
    ("form", "foreign", "japanese"),
    [
        (None, ("木村　リン", "キムラ　リン"), ("佐藤　花子", "サトウ　ハナコ")),
        (1, ("木村　リン", "キムラ　リン"), None),
        (2, ("LIN MEI", "リン　メイ"), ("佐藤　花子", "サトウ　ハナコ")),
        (3, None, ("佐藤［山田］　花子", "サトウ　ハナコ")),
        (4, ("LIN MEI［木村　リン］", "リン　メイ"), None),
    ],
)
def test_the_chosen_name_is_printed(db: None, form: int | None, foreign: Any, japanese: Any) -> None:
    person(1, name="LIN MEI", kana="リン　メイ", alias_name="木村　リン", alias_kana="キムラ　リン", resident_kind="2")
    person(2, name="佐藤　花子", kana="サトウ　ハナコ", former_family_name="山田")
    for number, expected in ((1, foreign), (2, japanese)):
        if expected is None:
            with pytest.raises(CodedError) as refused:
                choose(number, form or 0)
            assert refused.value.code in ("A40", "A41")
            continue
        if form is not None:
            choose(number, form)
        assert by_statement(number, 1) == expected and by_object(number, 1) == expected[0]
        assert by_statement(number, 1, date(2026, 6, 30))[0] != "佐藤［山田］　花子", "not before its day"


def test_a_kind_of_document_has_its_own_choice(db: None) -> None:
    person(1, name="LIN MEI", kana="リン　メイ", alias_name="木村　リン", alias_kana="キムラ　リン", resident_kind="2")
    choose(1, 2)
    choose(1, 1, business=2)
    assert [by_object(1, business) for business in (1, 2)] == ["LIN MEI", "木村　リン"]
    assert [by_statement(1, business)[0] for business in (1, 2)] == ["LIN MEI", "木村　リン"]

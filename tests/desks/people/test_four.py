"""ENTRY-04: the four items of an application beside the register, by the published normal forms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from peoplefacts import DAY, actor, person

READS = ("person.read",)


@pytest.fixture
def registered(db: None) -> None:
    from kokuho.core.actions.office import open_municipality

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    person(1, name="渡邉　太郎", kana="ワタナベ　タロウ", born=date(1980, 5, 5), town="西青木", block="一丁目２番３号",
           building="青木荘１０１", former_family_name="高橋")  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "states"),
    [
        ({"name": "渡邉　太郎", "sex": "男", "birth_date": "S55.5.5", "address": "埼玉県川口市西青木一丁目２番３号 青木荘１０１"},
         "same same same same"),
        ({"name": "渡辺太郎", "sex": "1", "birth_date": "1980-05-05", "address": "川口市西青木1-2-3"}, "variant same same variant"),
        ({"name": "高橋 太郎", "sex": "男", "birth_date": "19800505", "address": "西青木１ー２ー３青木荘101"}, "variant same same variant"),
        ({"name": "渡邉　次郎", "sex": "女", "birth_date": "S55.5.6", "address": "西青木1-2-33"},
         "different different different different"),
        ({"name": "渡邉　太郎", "birth_date": "昭和の人"}, "same blank different blank"),
    ],
)  # fmt: skip
def test_each_item_is_compared_for_itself(registered: None, typed: dict[str, str], states: str) -> None:
    from kokuho.desks.people import queries

    found = queries.compare_four(actor(*READS), 1, typed, on=DAY)
    assert " ".join(item.state for item in found) == states


def test_the_address_of_a_protected_person_is_not_compared_for_those_without_the_right(registered: None) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people import queries
    from kokuho.desks.people.models import Protection

    Protection.objects.create(
        atena_no=1, valid=DateRange(DAY, None), until=DAY, recorded_by="op", origin="t"
    )
    typed = {"name": "渡邉　太郎", "sex": "1", "birth_date": "S55.5.5", "address": "西青木1-2-3"}
    for right, state in (((), "hidden"), (("protected.read",), "variant")):
        item: Any = queries.compare_four(actor(*READS, *right), 1, typed, on=DAY)[-1]
        assert item.state == state and bool(item.registered) == bool(right) and item.agrees == bool(right)

"""ATENA-16, -17: masters hold from a day, are changed by two, and what is printed and checked follows their days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from peoplefacts import DAY, actor

from kokuho.core.coded import CodedError

RIGHTS = ("person.read", "master.read", "master.change", "master.confirm")
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def change(slug: str, code: int, since: date, last: date | None = None, **values: Any) -> None:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people.actions.masters import enter

    entry = enter(by=actor(*RIGHTS), on=DAY, slug=slug, code=code, values=values, since=since, last=last, reason="告示")
    confirm(by=actor(*RIGHTS, staff_no="b"), on=DAY, entry_id=entry.pk)


def test_the_list_of_banks_is_taken_whole_and_again_without_change(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_banks
    from kokuho.desks.people.masters import branch_problem
    from kokuho.desks.people.models import BankBranch

    first = take_banks(by=actor(*RIGHTS), on=JULY)
    assert first["begun"] > 20_000 and take_banks(by=actor(*RIGHTS), on=AUGUST) == {"begun": 0, "renamed": 0, "ended": 0}
    row = BankBranch.objects.get(code=1001)
    BankBranch.objects.filter(pk=row.pk).update(superseded_at="2026-07-01T00:00:00Z")
    BankBranch.objects.create(
        code=1001, valid=row.valid, bank_name="旧", bank_kana="キユウ", branch_name="旧", branch_kana="キユウ", recorded_by="op", origin="t"
    )
    BankBranch.objects.create(
        code=1999, valid=row.valid, bank_name="旧", bank_kana="キユウ", branch_name="廃", branch_kana="ハイ", recorded_by="op", origin="t",
        successor=1001,
    )  # fmt: skip
    assert take_banks(by=actor(*RIGHTS), on=AUGUST) == {"begun": 0, "renamed": 1, "ended": 1}
    assert branch_problem("0001", "999", on=JULY) == "" and "0001001" in branch_problem("0001", "999", on=AUGUST)
    assert branch_problem("0001", "001", on=JULY) == "" == branch_problem("0001", "001", on=AUGUST)
    assert branch_problem("0001", "998", on=JULY)


def test_towns_come_from_the_post_and_change_from_a_day(db: None) -> None:
    from kokuho.desks.people.actions.masters import take_towns
    from kokuho.desks.people.models import Town
    from kokuho.desks.people.queries.masters import district

    assert take_towns(by=actor(*RIGHTS), on=JULY, municipality="112038") > 100
    code = Town.objects.get(name="青木").code
    values = {"name": "青木", "postal_code": "3320031", "office": "中央支所"}
    change("towns", code, JULY, district="第1区", **values)
    change("towns", code, AUGUST, district="第2区", **values)
    by = actor(*RIGHTS)
    assert [district(by, "青木", on=on) for on in (JULY, AUGUST)] == ["第1区　中央支所", "第2区　中央支所"]
    with pytest.raises(CodedError) as refused:
        take_towns(by=by, on=JULY, municipality="112038")
    assert refused.value.code == "A32"


@pytest.mark.parametrize(
    ("slug", "values", "code"),
    [
        ("towns", {"name": "青木", "postal_code": "33200"}, "A02"),
        ("facilities", {"kind": 1, "name": "苑", "municipality_code": "112030", "address": "x"}, "A30"),
        ("senders", {}, "A31"),
    ],
)
def test_what_a_master_cannot_hold_is_refused(db: None, slug: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(CodedError) as refused:
        change(slug, 2, JULY, **values)
    assert refused.value.code == code


def test_a_sender_replaces_the_print_settings_from_a_day(db: None) -> None:
    from kokuho.desks.people.masters import sender

    change("senders", 2, AUGUST, head_name="新市長")
    assert sender(2, on=JULY) == {} and sender(2, on=AUGUST) == {"head_name": "新市長"}

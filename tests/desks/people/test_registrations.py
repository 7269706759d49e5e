"""What staff register about a person: nothing holds before a second person confirms, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from kokuho.core.access import Actor, Refused
from kokuho.core.coded import CodedError

DAY = date(2026, 7, 1)
JANE, HER_CHILD, JOHN = 11, 12, 13
EVERYTHING = (
    "person.read", "person.search", "mail.change", "mail.confirm", "bank.read", "bank.change", "bank.confirm", "note.change",
    "note.confirm", "protected.change", "protected.confirm", "protected.read", "eligibility.read",
)  # fmt: skip
PLACE = {"name": "弁護士　山田", "postal_code": "332-0031", "address": "埼玉県川口市青木2-1-1", "building": "", "reason": "申出"}


def actor(staff_no: str = "a", *without: str) -> Actor:
    return Actor(staff_no, "試験 職員", "国保課", frozenset(EVERYTHING) - set(without), "test", "s1", "試験")


@pytest.fixture
def people(db: None) -> Iterator[None]:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import Person

    for atena_no in (JANE, HER_CHILD, JOHN):
        Person.objects.create(
            atena_no=atena_no, household_no=1, resident_kind="1", resident_state="1", name="佐藤　二", name_kana="サトウ　ニ",
            search_name="佐藤二", search_kana="サトウニ", birth_date=date(1980, 1, 1), sex="1", relation="02", is_head=atena_no == JANE,
            postal_code="3320031", town="青木", block="１番地", resident_since=date(2000, 1, 1), resident_reason="01",
            address_since=date(2000, 1, 1), valid=DateRange(date(2000, 1, 1), None), recorded_by="op", origin="file:1",
        )  # fmt: skip
    yield


def register(code: str, atena_no: int = JANE, *, start: date = DAY, second: str = "b", **values: Any) -> Any:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people.actions.registrations import enter

    options = {key: values.pop(key) for key in ("valid_to", "fact", "with_nos") if key in values}
    entry = enter(by=actor(), on=DAY, code=code, atena_no=atena_no, values=values, valid_from=start, reason="申出", **options)
    return confirm(by=actor(second), on=DAY, entry_id=entry.pk)


def held(code: str, atena_no: int = JANE) -> list[Any]:
    from kokuho.desks.people.registrations import REGISTRATIONS

    rows = REGISTRATIONS[code].model._base_manager.filter(atena_no=atena_no, superseded_at__isnull=True)
    return sorted(rows, key=lambda row: row.valid.lower)


def test_nothing_holds_before_another_person_confirms(people: None) -> None:
    from kokuho.core.actions.entries import EntryError, confirm
    from kokuho.desks.people.actions.registrations import enter
    from kokuho.desks.people.models import ChangeTask

    entry = enter(by=actor(), on=DAY, code="mail_destination", atena_no=JANE, values={**PLACE, "business": 0}, valid_from=DAY)
    assert held("mail_destination") == [] and ChangeTask.objects.count() == 0
    with pytest.raises(EntryError) as refused:
        confirm(by=actor(), on=DAY, entry_id=entry.pk)
    assert refused.value.code == "ENTRY-02" and held("mail_destination") == []
    confirm(by=actor("b"), on=DAY, entry_id=entry.pk)
    [row] = held("mail_destination")
    assert (row.postal_code, row.origin, row.recorded_by) == ("3320031", f"entry:{entry.pk}", "b")
    assert set(ChangeTask.objects.values_list("module", flat=True)) == {"eligibility", "levy", "collection"}


def test_a_new_period_cuts_what_held_under_the_same_key_and_leaves_the_rest(people: None) -> None:
    register("mail_destination", **PLACE, business=2, start=date(2026, 4, 1))
    register("mail_destination", **{**PLACE, "name": "別人"}, business=2, start=date(2026, 8, 1), valid_to=date(2026, 9, 1))
    register("mail_destination", **{**PLACE, "name": "給付"}, business=4, start=date(2026, 8, 1))
    assert [(row.business, row.name, row.valid.lower, row.valid.upper) for row in held("mail_destination")][0:1] == [
        (2, "弁護士　山田", date(2026, 4, 1), date(2026, 8, 1))
    ]
    assert sorted((row.name, row.valid.lower, row.valid.upper) for row in held("mail_destination") if row.business == 2)[1:] == [
        ("弁護士　山田", date(2026, 4, 1), date(2026, 8, 1)), ("弁護士　山田", date(2026, 9, 1), None),
    ]  # fmt: skip


def test_a_membership_of_the_pension_follows_another_beside_a_pension_drawn(people: None) -> None:
    from kokuho.desks.people import queries
    from kokuho.desks.people.models import ChangeTask

    register("pension", matter=1, membership=3, source="国民年金担当への照会", start=date(2026, 4, 1))
    register("pension", matter=1, membership=1, source="年金手帳", start=date(2026, 6, 1))
    register("pension", matter=3, source="年金証書", start=date(2026, 5, 1))
    assert [(row.matter, row.membership, row.valid.lower, row.valid.upper) for row in held("pension")] == [
        (1, 3, date(2026, 4, 1), date(2026, 6, 1)), (3, 0, date(2026, 5, 1), None), (1, 1, date(2026, 6, 1), None)]  # fmt: skip
    assert set(ChangeTask.objects.values_list("module", flat=True)) == {"eligibility"}
    told = {row.text for row in queries.registered(actor(), [JANE], on=DAY)}
    assert "国民年金の加入　第1号　（年金手帳）" in told


def test_ending_and_voiding_keep_the_history(people: None) -> None:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people import queries
    from kokuho.desks.people.actions.registrations import enter_end

    register("contact", priority=1, kind=1, value="０４８-258-1110", business=0)
    [row] = held("contact")
    assert row.search_value == "0482581110"
    entry = enter_end(by=actor(), on=DAY, code="contact", fact=row.pk, last=date(2026, 7, 31), reason="解約")
    confirm(by=actor("b"), on=DAY, entry_id=entry.pk)
    [row] = held("contact")
    assert row.valid.upper == date(2026, 8, 1)
    entry = enter_end(by=actor(), on=DAY, code="contact", fact=row.pk, last=None, reason="別人の番号")
    confirm(by=actor("b"), on=DAY, entry_id=entry.pk)
    assert held("contact") == []
    told = queries.registered(actor(), [JANE], on=DAY, everything=True)
    assert len([row for row in told if row.registration.code == "contact"]) == 2
    assert queries.registered(actor(), [JANE], on=DAY) == []


@pytest.mark.parametrize(
    ("code", "values", "error"),
    [
        ("mail_destination", {**PLACE, "postal_code": "33200", "business": 0}, "A02"),
        ("mail_destination", {**PLACE, "business": 0, "safe": True}, "A03"),
        ("contact", {"priority": 1, "kind": 2, "value": "12345", "business": 0}, "A06"),
        ("contact", {"priority": 1, "kind": 4, "value": "nobody", "business": 0}, "A05"),
        ("own_addressee", {"business": 0, "reason": "申出"}, "A07"),
        ("account", {"purpose": 1, "tax_item": 0, "bank_code": "0000", "branch_code": "001", "account_type": "1", "account_number": "1",
                     "holder_kana": "ヤマダ", "source": 1}, "K03"),
        ("account", {"purpose": 1, "tax_item": 0, "bank_code": "0001", "branch_code": "999", "account_type": "1", "account_number": "1",
                     "holder_kana": "ヤマダ", "source": 1}, "K04"),
        ("account", {"purpose": 1, "tax_item": 0, "bank_code": "0001", "branch_code": "001", "account_type": "1", "account_number": "1",
                     "holder_kana": "山田", "source": 1}, "K05"),
        ("account", {"purpose": 1, "yucho_symbol": "12345", "yucho_number": "1", "holder_kana": "ヤマダ", "source": 1}, "K01"),
        ("administrator", {**PLACE, "scope": 1, "administrator_no": JANE}, "A04"),
        ("protection", {"kind": 1, "until": date(2026, 6, 30)}, "DV-01"),
        ("pension", {"matter": 1, "source": "年金手帳"}, "A42"),
        ("pension", {"matter": 2, "membership": 1, "source": "年金証書"}, "A42"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_code(people: None, code: str, values: dict[str, Any], error: str) -> None:
    with pytest.raises(CodedError) as refused:
        register(code, **values)
    assert refused.value.code == error and held(code) == []


def test_an_account_of_the_post_bank_is_kept_as_other_banks_write_it(people: None) -> None:
    from kokuho.desks.people import queries

    register("account", purpose=2, tax_item=0, yucho_symbol="10180", yucho_number="12345671", holder_kana="やまだ　はなこ", source=1)
    [row] = held("account")
    assert (row.bank_code, row.branch_code, row.account_number, row.holder_kana) == ("9900", "018", "1234567", "ﾔﾏﾀﾞ ﾊﾅｺ")
    [shown] = queries.registered(actor(), [JANE], on=DAY)
    assert "1234567" not in shown.text and "567" in shown.text
    assert queries.registered(actor("a", "bank.read"), [JANE], on=DAY) == []


def test_an_item_that_the_kind_does_not_have_is_refused_whole(people: None) -> None:
    from kokuho.core.actions.entries import EntryError, submit
    from kokuho.core.models import Entry

    payload = {"act": "set", "valid_from": "2026-07-01", "business": 0, "text": "x", "my_number": "123456789018"}
    with pytest.raises(EntryError) as refused:
        submit(by=actor(), on=DAY, kind="people.memo", title="メモ", payload=payload, persons=[JANE])
    assert refused.value.code == "ENTRY-01" and not Entry.objects.exists()


def test_mail_of_a_protected_person_goes_only_where_it_is_safe(people: None) -> None:
    register("protection", kind=1, until=date(2027, 6, 30))
    register("opponent", place=1, opponent_no=JOHN, name="佐藤　二", relation="夫")
    with pytest.raises(CodedError) as refused:
        register("mail_destination", **PLACE, business=0)
    assert refused.value.code == "DV-05"
    with pytest.raises(CodedError) as refused:
        register("administrator", **PLACE, scope=1, administrator_no=JOHN, safe=True)
    assert refused.value.code == "DV-05"
    register("mail_destination", **PLACE, business=0, safe=True)
    assert [row.safe for row in held("mail_destination")] == [True]


def test_protection_is_confirmed_and_lifted_by_two_and_covers_the_household(people: None) -> None:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.people.actions.registrations import enter_end
    from kokuho.desks.people.models import ChangeTask

    register("protection", kind=2, until=date(2027, 6, 30), with_nos=[HER_CHILD])
    assert [held("protection", n)[0].main_no for n in (JANE, HER_CHILD)] == [None, JANE]
    assert ChangeTask.objects.filter(module="exchange").count() == 2
    # Extending replaces the day to look again; the day of registration stays.
    [row] = held("protection")
    register("protection", kind=2, until=date(2028, 6, 30), fact=row.pk, start=row.valid.lower)
    [row] = held("protection")
    assert (row.valid.lower, row.valid.upper, row.until) == (DAY, None, date(2028, 6, 30))
    entry = enter_end(by=actor(), on=DAY, code="protection", fact=row.pk, last=date(2026, 7, 31), reason="本人の申出")
    with pytest.raises(CodedError) as refused:
        confirm(by=actor(), on=DAY, entry_id=entry.pk)
    assert refused.value.code == "ENTRY-02" and held("protection")[0].valid.upper is None
    confirm(by=actor("b"), on=DAY, entry_id=entry.pk)
    assert held("protection")[0].valid.upper == date(2026, 8, 1)


def test_what_is_secret_of_a_protected_person_is_absent_without_the_right(people: None) -> None:
    from kokuho.core.queries.entries import entry as read
    from kokuho.desks.people import queries
    from kokuho.desks.people.actions.registrations import enter

    register("protection", kind=1, until=date(2027, 6, 30))
    register("contact", priority=1, kind=2, value="090-1234-5678", business=0)
    register("opponent", place=1, name="加害　者", relation="夫")
    clerk = actor("c", "protected.read")
    told = queries.registered(clerk, [JANE], on=DAY, everything=True)
    assert not any("090" in str((row.text, row.values)) or "加害" in row.text for row in told)
    other = {"priority": 2, "kind": 2, "value": "09099998888", "business": 0}
    with pytest.raises(Refused):
        enter(by=clerk, on=DAY, code="contact", atena_no=JANE, values=other, valid_from=DAY)
    waiting = enter(by=actor(), on=DAY, code="contact", atena_no=JANE, values=other, valid_from=DAY)
    assert "0909999" not in str(read(clerk, waiting.pk, on=DAY)[2])
    assert "0909999" in str(read(actor("b"), waiting.pk, on=DAY)[2])


CLOSE = "UPDATE people_protection SET superseded_at = now() WHERE id = %(id)s"
AGAIN = """
    INSERT INTO people_protection (atena_no, valid, until, kind, main_no, office, recorded_by, origin)
    SELECT atena_no, {valid}, {until}, kind, main_no, office, 'x', {origin} FROM people_protection WHERE id = %(id)s
"""


def tried(*statements: str, **values: Any) -> str:
    """What the database says at the end of a transaction of the application's role; nothing of it stays."""
    from django.db import DatabaseError, connection, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused).partition("\n")[0]
    return "taken"


def again(valid: str = "valid", until: str = "until", origin: str = "origin") -> str:
    return AGAIN.format(valid=valid, until=until, origin=origin)


def test_the_database_ends_a_protection_only_by_the_entry_of_two_persons(people: None) -> None:
    """Whatever the application's SQL writes: less in the place of a row needs the confirmed entry that is about this row."""
    from kokuho.desks.people.actions.registrations import enter_end

    no = "a protection is ended or shortened only by an entry that another person confirmed"
    register("protection", kind=2, until=date(2027, 6, 30))
    [row] = held("protection")
    shorter = "daterange(lower(valid), '2026-08-01')"
    assert tried(CLOSE, id=row.pk) == no
    assert tried(CLOSE, again(shorter), id=row.pk) == no
    assert tried(CLOSE, again("daterange('2026-07-02', NULL)"), id=row.pk) == no
    assert tried(CLOSE, again(until="until - 1"), id=row.pk) == no
    assert tried(CLOSE, again(until="until - 1", origin="'file:1'"), id=row.pk) == no
    assert tried(CLOSE, again("daterange('2026-06-01', NULL)", "until + 1"), id=row.pk) == "taken"
    entry = enter_end(by=actor(), on=DAY, code="protection", fact=row.pk, last=date(2026, 7, 31), reason="本人の申出")
    assert tried(CLOSE, again(shorter), id=row.pk) == no
    confirmed = "UPDATE core_entry SET state = 'confirmed', decided_by = 'b', decided_at = now() WHERE id = %(entry)s"
    told = {"id": row.pk, "entry": entry.pk}
    assert tried(confirmed, CLOSE, again(shorter), **told) == "taken"
    assert tried(confirmed, CLOSE, again("daterange(lower(valid), '2026-07-31')"), **told) == no
    assert "entry_two_persons" in tried(confirmed.replace("'b'", "'a'"), CLOSE, again(shorter), **told)

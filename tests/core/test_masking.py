"""A restored copy is masked: nothing of before is found, the business stays, and only a copy can be masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
NUMBER = "123456789018"
FIRST, SECOND, HOUSEHOLD = 2000000001, 2000000002, 3000000009


@pytest.fixture
def copy(committed_db: str) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import database, environment, folding, vault
    from kokuho.core.access import Actor
    from kokuho.core.actions.office import open_municipality
    from kokuho.core.models import AuditRecord, Entry
    from kokuho.desks.eligibility.models import EligibilityEvent, InsuredNumber, InsuredPeriod
    from kokuho.desks.people.models import Contact, Memo, Person

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    known, valid = {"recorded_by": "t", "origin": "t"}, DateRange(date(2020, 4, 1), None)
    for no, name, kana in ((FIRST, "山本　太郎", "ヤマモト　タロウ"), (SECOND, "山本　花子", "ヤマモト　ハナコ")):
        Person.objects.create(
            atena_no=no, household_no=HOUSEHOLD, name=name, name_kana=kana, search_name=folding.name(name), search_kana=folding.kana(kana),
            search_place="栄町1-2", birth_date=date(1980, 5, 5), sex="1", relation="02", is_head=no == FIRST, postal_code="3320001",
            town="栄町", block="１番２号", resident_kind="1", resident_state="1", resident_since=date(2020, 4, 1), resident_reason="01",
            address_since=date(2020, 4, 1), valid=valid, **known,
        )  # fmt: skip
        InsuredPeriod.objects.create(atena_no=no, valid=valid, acquired_on=date(2020, 4, 1), acquired_reason="104", **known)
    InsuredNumber.objects.create(household_no=HOUSEHOLD, symbol="川", number="12345678", valid=valid, **known)
    Contact.objects.create(atena_no=FIRST, kind=1, value="048-255-1234", priority=1, valid=valid, **known)
    Memo.objects.create(atena_no=FIRST, text="山本太郎さんは耳が遠い", valid=valid, **known)
    told = {"name": "山本　太郎"}
    Entry.objects.create(kind="x", title="t", payload=told, persons=[FIRST], reason="r", on=date(2026, 7, 1), entered_by="a")
    AuditRecord.objects.create(staff_no="s", staff_name="山本　太郎", function="f", operation="view", result="ok")
    EligibilityEvent.objects.create(
        atena_no=SECOND, household_no=HOUSEHOLD, kind="acquisition", event_on=date(2020, 4, 1), code="104",
        detail={"head": FIRST, "joined": [str(SECOND)], "amount": 20000}, **known,
    )  # fmt: skip
    vault.store([(FIRST, NUMBER)], by="t", origin="t")
    by = Actor("s", "s", "u", frozenset({"backup.restore"}), "t")
    yield by, database.owner_address()
    environment.forget()


def test_only_a_restored_copy_is_masked(copy: Any) -> None:
    from kokuho.core import masking

    by, address = copy
    with pytest.raises(masking.MaskError) as refused:
        masking.mask(by=by, address=address)
    assert refused.value.code == "MASK-COPY"


def test_nothing_of_before_is_left_and_the_business_stays(copy: Any) -> None:
    from django.conf import settings
    from django.test import override_settings

    from kokuho.core import environment, masking, vault
    from kokuho.core.models import Entry
    from kokuho.desks.eligibility.models import InsuredNumber, InsuredPeriod
    from kokuho.desks.people.models import Contact, Memo, Person

    by, address = copy
    environment.mark_as(address, "copy", reason="復元", made_by="s", rules={})
    counts = masking.mask(by=by, address=address)
    environment.forget()
    assert counts["people_person"] == 2 and not Memo.objects.exists() and not Entry.objects.exists()
    first, second = Person.objects.order_by("-is_head")
    assert first.name.split("　")[0] == second.name.split("　")[0] in masking.raw()["families"], "one family stays one family"
    place = masking.raw()["families"].index(first.name.split("　")[0])
    assert first.name_kana.split("　")[0] == masking.raw()["families_kana"][place]
    assert first.search_name == first.name.replace("　", "") and (first.birth_date.year, first.birth_date.month) == (1980, 5)
    assert first.town in masking.raw()["towns"] and first.postal_code == "9999999"
    assert InsuredPeriod.objects.count() == 2 and InsuredNumber.objects.get().number != "12345678"
    assert "255" not in Contact.objects.get().value and vault.masks([FIRST]) == {FIRST: vault.ABSENT}
    with override_settings(KOKUHO_TRAINING=True):
        environment.guard()
        assert settings.KOKUHO_TRAINING and "仮名化" in environment.banner()


def test_numbers_of_persons_and_households_are_others_and_still_join(copy: Any) -> None:
    from kokuho.core import environment, masking
    from kokuho.desks.eligibility.models import EligibilityEvent, InsuredNumber, InsuredPeriod
    from kokuho.desks.people.models import Contact, Person

    by, address = copy
    environment.mark_as(address, "copy", reason="復元", made_by="s", rules={})
    masking.mask(by=by, address=address)
    environment.forget()
    head = Person.objects.get(is_head=True)
    told = set(Person.objects.values_list("atena_no", flat=True))
    assert len(told) == 2 and set(InsuredPeriod.objects.values_list("atena_no", flat=True)) == told
    assert Contact.objects.get().atena_no == head.atena_no and InsuredNumber.objects.get().household_no == head.household_no
    event = EligibilityEvent.objects.get()
    other = (told - {head.atena_no}).pop()
    assert event.atena_no == other and event.detail == {"head": head.atena_no, "joined": [str(other)], "amount": 20000}
    # Nowhere in the database, the log of the copy included: neither as a number nor within a text.
    with address.connect() as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'vault', 'keep')"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as rows:  # type: ignore[arg-type]
                told_there = b"".join(bytes(row) for row in rows).decode()
            assert [n for n in (FIRST, SECOND, HOUSEHOLD) if str(n) in told_there] == [], table


def test_every_number_in_a_table_that_stays_is_of_a_known_kind(database_name: str) -> None:
    """A new column of numbers in a table that stays is either replaced or said to be about nobody."""
    from django.apps import apps

    from kokuho.core import masking

    left = set()
    for model in apps.get_models():
        if model._meta.db_table in masking.raw()["tables"]:
            numbers = (field.column for field in model._meta.concrete_fields if field.get_internal_type() == "BigIntegerField")
            left |= {name for name in numbers if name.endswith(("_no", "_to"))}
    assert left - set(masking.raw()["numbers"]) == {"kind_no"}


def test_a_number_in_a_text_keeps_it_a_copy(copy: Any) -> None:
    from kokuho.core import environment, masking
    from kokuho.core.models import BatchRun

    by, address = copy
    BatchRun.objects.create(kind="x", title="x", business_date=date(2026, 7, 1), parameters={"of": f"宛名番号 {SECOND}"}, ordered_by="s")
    environment.mark_as(address, "copy", reason="復元", made_by="s", rules={})
    with pytest.raises(masking.MaskError, match="core_batchrun") as refused:
        masking.mask(by=by, address=address)
    assert refused.value.code == "MASK-FOUND"


def test_a_forgotten_column_keeps_it_a_copy(copy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import environment, masking

    by, address = copy
    environment.mark_as(address, "copy", reason="復元", made_by="s", rules={})
    columns = dict(masking.raw()["tables"]["people_person"])
    columns["search_kana"] = columns["search_name"] = "corporate"  # left as it is
    monkeypatch.setitem(masking.raw()["tables"], "people_person", columns)
    with pytest.raises(masking.MaskError, match="people_person") as refused:
        masking.mask(by=by, address=address)
    assert refused.value.code == "MASK-FOUND"
    found = environment.mark()
    assert found is not None and found.kind == "copy"

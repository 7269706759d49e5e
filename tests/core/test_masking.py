"""A restored copy is masked: nothing of before is found, the business stays, and only a copy can be masked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
NUMBER = "123456789018"


@pytest.fixture
def copy(committed_db: str) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import database, environment, folding, vault
    from kokuho.core.access import Actor
    from kokuho.core.actions.office import open_municipality
    from kokuho.core.models import AuditRecord, Entry
    from kokuho.desks.eligibility.models import InsuredNumber, InsuredPeriod
    from kokuho.desks.people.models import Contact, Memo, Person

    open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    known, valid = {"recorded_by": "t", "origin": "t"}, DateRange(date(2020, 4, 1), None)
    for no, name, kana in ((1, "山本　太郎", "ヤマモト　タロウ"), (2, "山本　花子", "ヤマモト　ハナコ")):
        Person.objects.create(
            atena_no=no, household_no=9, name=name, name_kana=kana, search_name=folding.name(name), search_kana=folding.kana(kana),
            search_place="栄町1-2", birth_date=date(1980, 5, 5), sex="1", relation="02", is_head=no == 1, postal_code="3320001",
            town="栄町", block="１番２号", resident_kind="1", resident_state="1", resident_since=date(2020, 4, 1), resident_reason="01",
            address_since=date(2020, 4, 1), valid=valid, **known,
        )  # fmt: skip
        InsuredPeriod.objects.create(atena_no=no, valid=valid, acquired_on=date(2020, 4, 1), acquired_reason="104", **known)
    InsuredNumber.objects.create(household_no=9, symbol="川", number="12345678", valid=valid, **known)
    Contact.objects.create(atena_no=1, kind=1, value="048-255-1234", priority=1, valid=valid, **known)
    Memo.objects.create(atena_no=1, text="山本太郎さんは耳が遠い", valid=valid, **known)
    Entry.objects.create(kind="x", title="t", payload={"name": "山本　太郎"}, persons=[1], reason="r", on=date(2026, 7, 1), entered_by="a")
    AuditRecord.objects.create(staff_no="s", staff_name="山本　太郎", function="f", operation="view", result="ok")
    vault.store([(1, NUMBER)], by="t", origin="t")
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
    first, second = Person.objects.order_by("atena_no")
    assert first.name.split("　")[0] == second.name.split("　")[0] in masking.raw()["families"], "one family stays one family"
    place = masking.raw()["families"].index(first.name.split("　")[0])
    assert first.name_kana.split("　")[0] == masking.raw()["families_kana"][place]
    assert first.search_name == first.name.replace("　", "") and (first.birth_date.year, first.birth_date.month) == (1980, 5)
    assert first.town in masking.raw()["towns"] and first.postal_code == "9999999"
    assert InsuredPeriod.objects.count() == 2 and InsuredNumber.objects.get().number != "12345678"
    assert "255" not in Contact.objects.get().value and vault.masks([1]) == {1: vault.ABSENT}
    with override_settings(KOKUHO_TRAINING=True):
        environment.guard()
        assert settings.KOKUHO_TRAINING and "仮名化" in environment.banner()


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

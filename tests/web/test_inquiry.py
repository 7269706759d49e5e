"""ATENA-20, ATENA-19: one page across the desks, each part by its own right and recorded; one sheet of the steps that apply."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import HEAD, HOUSEHOLD, City


def test_the_desks_stand_on_one_page_and_the_reading_is_recorded(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.desks.assessment.models import Decision

    client = sign_in("shuno")
    for number, where in (({"person": str(HEAD)}, f"persons/{HEAD}"), ({"notice": "2600000010"}, f"households/{HOUSEHOLD}")):
        assert client.get("/inquiry/", number).url == f"/inquiry/{where}/"
    assert "該当する世帯はありません" in client.get("/inquiry/", {"insured": "99999999"}).content.decode()
    page = opened(client, f"/inquiry/persons/{HEAD}/").content.decode()
    total = Decision.objects.get(pk=city.decision_id).total
    for shown in ("渡邉󠄂　太郎", "R6.4.1", "2600000010", f"{total:,}", "納期限", "滞納整理と給付の記録は"):
        assert shown in page, shown
    assert "3,000,000" not in page, "収納 has no right to incomes"
    record = AuditRecord.objects.filter(function="inquiry.person").latest("pk")
    assert HEAD in record.persons and "collection.account" in record.detail["parts"]
    assert "3,000,000" in opened(sign_in("fuka"), f"/inquiry/households/{HOUSEHOLD}/").content.decode()


def test_the_delinquency_charge_is_that_of_the_law_for_the_chosen_day(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.desks.collection.models import Posting
    from kokuho.law.collection.delinquency import Payment, delinquency_charge

    client, day = sign_in("shuno"), date(2026, 12, 25)
    opened(client, f"/inquiry/persons/{HEAD}/")
    first = Posting.objects.order_by("term").first()
    assert first is not None
    page = client.get(f"/inquiry/persons/{HEAD}/?pay_on=R8.12.25").content.decode()
    expected = delinquency_charge(first.amount, first.due_on, (Payment(day, first.amount),), 1).charge
    assert expected > 0 and f"{expected:,}" in page
    assert "延滞金 0円" in client.get(f"/inquiry/persons/{HEAD}/?pay_on=R8.7.1").content.decode()


def test_a_joined_number_leads_to_the_person_with_both_records(city: City, sign_in: Any, opened: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import NumberJoin

    NumberJoin.objects.create(
        atena_no=77, joined_to=HEAD, reason="本籍", valid=DateRange(date(2026, 6, 1), None), recorded_by="t", origin="t"
    )
    client = sign_in("shikaku")
    assert client.get("/inquiry/", {"person": "77"}).url == f"/inquiry/persons/{HEAD}/"
    assert "旧番号 77" in opened(client, f"/inquiry/persons/{HEAD}/").content.decode()


def test_the_sheet_of_steps_is_of_this_household_and_may_be_printed(city: City, sign_in: Any, opened: Any) -> None:
    client, address = sign_in("shikaku"), f"/households/{HOUSEHOLD}/guidance/"
    assert "出来事を選ぶ" in opened(client, address).content.decode()
    out = client.get(f"{address}?event=move_out").content.decode()
    assert "国保をやめる届出" in out and "修学中の特例" not in out and "通知書の送付先・納税管理人の届出" in out
    assert "続けるか確かめる" not in out, "no account is registered"
    assert 'class="paper' in out
    assert "マル長" not in out and client.get(f"{address}?event=nothing").status_code == 404


def test_every_step_asks_for_what_there_is(database_name: str) -> None:
    from kokuho.web import guidance

    assert len(guidance.events()) >= 8
    everything = set(guidance.FACTS)
    for event in guidance.events():
        assert len(guidance.steps(event, everything)) == len(guidance.events()[event]["steps"]) >= len(guidance.steps(event, set()))

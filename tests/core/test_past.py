"""SHI-01: the schema `past` shows every table of the desks as it was known at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kokuho.core import past

EARLY, THEN, LATER = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 5, 6))
TOLD = {"recorded_by": "t", "origin": "file:1"}


def test_every_table_of_the_desks_says_when_its_rows_became_known(database_name: str) -> None:
    """A new table is a fact, an act with `recorded_at`, has a history, says `KNOWN_WHEN`, or stands in present.yaml with a reason."""
    from django.apps import apps

    assert [table for table, select in past.views().items() if not select] == []
    tables = {model._meta.db_table for model in apps.get_models()}
    assert set(past.present_tables()) <= tables
    assert all(len(reason) > 20 for reason in past.present_tables().values())


def test_each_view_has_the_columns_of_its_table(db: None) -> None:
    from django.db import connection

    with past.as_known(THEN), connection.cursor() as cursor:
        for table in past.views():
            cursor.execute(f"SELECT * FROM past.{table} LIMIT 0")
            shown = {column.name for column in cursor.description}
            cursor.execute(f"SELECT * FROM public.{table} LIMIT 0")
            assert shown == {column.name for column in cursor.description}, table


@pytest.fixture
def corrected(db: None) -> Iterator[Any]:
    """A person whose name was recorded early and corrected later, and an act recorded later."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import Contact

    values = {"atena_no": 7, "kind": 1, "priority": 1, "valid": DateRange(date(2026, 4, 1), None), **TOLD}
    Contact.objects.create(value="090-OLD", recorded_at=EARLY, superseded_at=LATER, **values)
    Contact.objects.create(value="090-NEW", recorded_at=LATER, **values)
    yield Contact.objects.filter(atena_no=7, superseded_at__isnull=True)


def test_a_correction_is_not_known_before_it_was_made(corrected: Any) -> None:
    def shown() -> list[str]:
        return [row.value for row in corrected.all()]

    assert shown() == ["090-NEW"]
    with past.as_known(THEN):
        assert shown() == ["090-OLD"]
        with past.as_known(EARLY):  # just before the first was recorded
            assert shown() == []
        with past.as_known(None):  # what must never be read as it was, protection, asks about now
            assert shown() == ["090-NEW"]
        assert shown() == ["090-OLD"]
    assert shown() == ["090-NEW"]
    with past.as_known(LATER + timedelta(seconds=1)):
        assert shown() == ["090-NEW"]


def test_nothing_can_be_written_in_the_past(corrected: Any) -> None:
    from django.db import DatabaseError, transaction

    with past.as_known(THEN), pytest.raises(DatabaseError), transaction.atomic():
        corrected.update(superseded_at=LATER)


def test_a_register_row_stands_as_its_history_has_it(committed_db: str) -> None:
    """One row is changed twice, another made later, a third never changed: between any two transactions each is as it was then."""
    from django.db import connection

    from kokuho.desks.eligibility.models import ChangeCandidate

    def now() -> datetime:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment

    def shown() -> list[tuple[int, str, str]]:
        return list(ChangeCandidate.objects.order_by("atena_no").values_list("atena_no", "state", "reason"))

    def made(atena_no: int) -> ChangeCandidate:
        told = {"household_no": 8, "act": "lose", "event": "転出", "event_date": date(2026, 4, 1), "origin": "f:1"}
        return ChangeCandidate.objects.create(atena_no=atena_no, **told)

    known = {now(): shown()}
    row, _ = made(7), made(6)
    known[now()] = shown()
    row.state, row.reason = ChangeCandidate.DISMISSED, "届出不要"
    row.save()
    known[now()] = shown()
    row.state, row.reason = ChangeCandidate.OPEN, "届出"
    row.save()
    made(8)
    known[now()] = shown()
    assert [state for _, state, _ in next(reversed(known.values()))] == ["open"] * 3
    for moment, expected in known.items():
        with past.as_known(moment):
            assert shown() == expected
            assert ChangeCandidate.objects.filter(state="dismissed").count() == sum(state == "dismissed" for _, state, _ in expected)


def test_a_run_stands_as_it_was(db: None) -> None:
    from kokuho.core.models import BatchRun

    run = BatchRun.objects.create(
        kind="burden", title="判定", ordered_by="t", business_date=date(2026, 4, 1), ordered_at=EARLY, started_at=THEN, ended_at=LATER,
        state=BatchRun.DONE, results={"households": 3},
    )  # fmt: skip
    run.add(applied=3)
    run.save()
    second, day = timedelta(seconds=1), timedelta(days=1)
    expected = [(EARLY, []), (THEN, [("prepared", {})]), (LATER, [("running", {})]), (LATER + second, [("done", {"households": 3})])]
    for moment, found in expected:
        with past.as_known(moment):
            assert list(BatchRun.objects.filter(pk=run.pk).values_list("state", "results")) == found, moment
    with past.as_known(datetime.now(UTC) + day):
        assert BatchRun.objects.get(pk=run.pk).results["applied"] == 3


def test_without_the_views_nothing_passes_for_the_past(committed_db: str) -> None:
    from kokuho.core import database

    with database.owner_address().connect() as owner:
        past.remove(owner)
        try:
            with pytest.raises(past.NoPast), past.as_known(THEN):
                pass
        finally:
            past.install(owner)


def test_pages_of_the_past_find_their_rows_by_indexes(db: None) -> None:
    """What a person's and a household's page ask of the large tables reads no table from one end to the other."""
    from django.db import connection

    asked = [
        ("people_person", "household_no"), ("people_person", "atena_no"), ("people_contact", "atena_no"),
        ("people_memo", "household_no"), ("eligibility_insuredperiod", "atena_no"), ("eligibility_insuredbranch", "atena_no"),
        ("eligibility_insurednumber", "household_no"), ("eligibility_status", "atena_no"), ("eligibility_carduse", "atena_no"),
        ("assessment_income", "atena_no"), ("eligibility_certificate", "atena_no"), ("eligibility_certificateholding", "certificate_id"),
        ("eligibility_changecandidate", "atena_no"), ("eligibility_difference", "household_no"), ("core_entry", "household_no"),
        ("assessment_decision", "household_no"), ("collection_posting", "payer_no"), ("eligibility_eligibilityevent", "atena_no"),
    ]  # fmt: skip
    believed, unsolved = " AND superseded_at IS NULL", {"eligibility_difference": " AND state IN ('new', 'known')"}
    with past.as_known(THEN), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for table, column in asked:
            further = believed if "superseded_at" in past.views()[table] else unsolved.get(table, "")
            cursor.execute(f"EXPLAIN SELECT * FROM {table} WHERE {column} = 7{further}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan, (table, column, plan)


def test_lists_of_the_past_read_a_register_in_its_own_order(db: None) -> None:
    """The page of a list walks the register's index; of the history only what was changed since is looked at. A join asks row by row."""
    from django.db import connection

    asked = {
        "SELECT * FROM core_entry ORDER BY id DESC LIMIT 50": "core_entry_pkey",
        "SELECT * FROM eligibility_changecandidate WHERE state = 'open' ORDER BY due_on LIMIT 50": "candidate_due",
        "SELECT * FROM eligibility_certificate c LEFT JOIN eligibility_certificateholding h ON h.certificate_id = c.id "
        "WHERE c.atena_no = 7": "eligibility_certificateholding_pkey",
    }  # fmt: skip
    with past.as_known(THEN), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        for statement, index in asked.items():
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert index in plan and "Seq Scan" not in plan, (statement, plan)

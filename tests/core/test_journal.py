"""Every statement that changes rows leaves who ran it, from where and why; what cannot be recorded does not happen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def actor(number: str = "u1", *capabilities: str):  # type: ignore[no-untyped-def]
    from kokuho.core.access import Actor

    return Actor(number, f"職員{number}", "国保課", frozenset(capabilities), "窓口3", "s1", "資格")


# Emptying the database after a test leaves its TRUNCATE in the record.
_before = [0]


@pytest.fixture
def nobody(database_name: str) -> Iterator[None]:
    """No writer, also when a test before this one named one for its process, and no writes of tests before."""
    from django.db.models import Max

    from kokuho.core import writing
    from kokuho.core.models import WriteRecord

    _before[0] = WriteRecord.objects.aggregate(last=Max("pk"))["last"] or 0
    writing.become(writing.NOBODY)
    yield
    writing.become(writing.NOBODY)


def writes(table: str) -> list[tuple[Any, ...]]:
    from kokuho.core.models import WriteRecord

    rows = WriteRecord.objects.filter(table_name=f"public.{table}", pk__gt=_before[0]).order_by("pk")
    return list(rows.values_list("operation", "row_count", "staff_no", "terminal", "function", "reason"))


def test_bulk_sql_is_recorded_with_who_where_and_why(nobody: None, committed_db: str) -> None:
    from kokuho.core import writing
    from kokuho.core.models import Holiday
    from kokuho.desks.people.models import SavedSearch

    with writing.acting(actor(), "office.holidays", "臨時の閉庁"):
        Holiday.objects.bulk_create(Holiday(on=date(2026, 8, n), name="臨時") for n in range(1, 8))
        Holiday.objects.filter(on__lte=date(2026, 8, 3)).update(name="臨時休日")
        Holiday.objects.filter(on=date(2030, 1, 1)).update(name="臨時休日")  # touches no row
        SavedSearch.objects.create(staff_no="u1", label="試験", typed="試験")
        SavedSearch.objects.filter(staff_no="u1").delete()
    who = ("u1", "窓口3", "office.holidays", "臨時の閉庁")
    assert writes("core_holiday") == [("insert", 7, *who), ("update", 3, *who)]
    assert writes("people_savedsearch") == [("insert", 1, *who), ("delete", 1, *who)]


def test_the_name_ends_with_the_work_and_goes_with_a_rollback(nobody: None, committed_db: str) -> None:
    from django.db import transaction

    from kokuho.core import writing
    from kokuho.core.models import Unit

    def make(code: str) -> None:
        Unit.objects.create(code=code, name=code)

    with writing.acting(actor("outer"), "a"):
        make("1")
        with transaction.atomic():
            with writing.acting(actor("inner"), "b"):
                make("2")
            make("3")
        with pytest.raises(RuntimeError), transaction.atomic(), writing.acting(actor("lost"), "c"):
            make("4")
            raise RuntimeError
        with pytest.raises(Exception, match="unit"), transaction.atomic(), writing.acting(actor("clash"), "d"):
            make("1")
        make("5")
    make("6")
    assert [row[2] for row in writes("core_unit")] == ["outer", "inner", "outer", "outer", ""]


def test_a_connection_that_opens_in_the_middle_of_the_work_knows_the_name(nobody: None, committed_db: str) -> None:
    from django.db import connection

    from kokuho.core import writing
    from kokuho.core.models import Unit

    with writing.acting(actor(), "a"):
        connection.close()
        Unit.objects.create(code="1", name="1")
    assert [row[2] for row in writes("core_unit")] == ["u1"]


def test_a_name_is_told_although_the_server_closed_the_connection_before(nobody: None, committed_db: str) -> None:
    from django.db import connection

    from kokuho.core import writing
    from kokuho.core.models import Unit

    Unit.objects.create(code="1", name="1")
    connection.connection.close()
    connection.health_check_enabled, connection.health_check_done = True, False
    with writing.acting(actor(), "a"):
        Unit.objects.create(code="2", name="2")
    assert [row[2] for row in writes("core_unit")] == ["", "u1"]


def test_the_owners_hand_is_recorded_though_nobody_gave_a_name(nobody: None, committed_db: str) -> None:
    from kokuho.core.database import owner_address
    from kokuho.core.models import WriteRecord

    with psycopg.connect(owner_address().url, application_name="psql") as owner:
        with owner.cursor() as cursor, cursor.copy("COPY core_unit (code, name, roles, opens, closes, areas) FROM STDIN") as copy:
            copy.write("".join(f"{n}\t課{n}\t{{}}\t\t\t{{}}\n" for n in range(500)))
        owner.execute("TRUNCATE core_unit CASCADE")
    rows = WriteRecord.objects.filter(table_name="public.core_unit", pk__gt=_before[0]).order_by("pk")
    assert [(r.operation, r.row_count, r.staff_no, r.database_role, r.application) for r in rows] == [
        ("insert", 500, "", "kokuho_owner", "psql"), ("truncate", None, "", "kokuho_owner", "psql")
    ]  # fmt: skip
    assert rows[0].last_id - rows[0].first_id == 499


def test_who_wrote_a_row_is_found_by_its_transaction(nobody: None, committed_db: str) -> None:
    from django.db import connection

    from kokuho.core import writing
    from kokuho.core.models import Unit, WriteRecord

    with writing.acting(actor(), "a"):
        unit = Unit.objects.create(code="1", name="1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text::bigint FROM core_unit WHERE id = %s", [unit.pk])
        [transaction] = cursor.fetchone()
    record = WriteRecord.objects.get(table_name="public.core_unit", first_id__lte=unit.pk, last_id__gte=unit.pk)
    assert record.transaction % (1 << 32) == transaction


def test_writing_into_the_vault_is_recorded_without_a_number(nobody: None, committed_db: str) -> None:
    from kokuho.core import vault, writing
    from kokuho.core.models import WriteRecord

    with writing.acting(actor(), "vault.store"):
        vault.store([(1, "123456789018")], by="u1", origin="file:1")
    rows = WriteRecord.objects.filter(table_name="vault.my_number", pk__gt=_before[0])
    assert [(r.operation, r.row_count, r.staff_no, r.database_role) for r in rows] == [("insert", 1, "u1", "kokuho_vault")]
    assert "123456789018" not in str(list(WriteRecord.objects.values_list()))


def test_a_worker_writes_in_the_name_of_the_one_who_ordered(
    nobody: None, committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core import runs, writing
    from kokuho.core.models import Unit

    (tmp_path / "piecework.py").write_text(
        "def work(db, run, first, last, parameters):\n"
        "    columns = 'code, name, roles, opens, closes, areas'\n"
        "    db.execute(f\"INSERT INTO core_unit ({columns}) VALUES (%s, %s, '{{}}', '', '', '{{}}')\", (f'w{first}', 'w'))\n"
        "    return {'made': 1}\n"
    )
    monkeypatch.setenv("PYTHONPATH", ":".join([str(tmp_path), *sys.path]))
    with writing.acting(actor(), "batch.piecework"):
        run = runs.order(by=actor(), kind="k", title="t", business_date=DAY, parameters={})
        runs.cut(run, 2, 1)
        assert runs.work_off(run, "piecework:work", {}, processes=2)["made"] == 2
    assert [(row[2], row[4]) for row in writes("core_unit")] == [("u1", "batch.piecework")] * 2
    assert Unit.objects.count() == 2


def test_every_table_is_watched_from_its_first_day(committed_db: str) -> None:
    from kokuho.core import journal
    from kokuho.core.database import owner_address

    with owner_address().connect() as owner:
        assert journal.unguarded(owner) == []
        owner.execute("CREATE TABLE desk_of_tomorrow (id bigint)")
        assert [name.split()[0] for name in journal.unguarded(owner)] == ["public.desk_of_tomorrow"] * 4
        assert journal.install(owner) == 4
        assert journal.install(owner) == 0
        assert journal.unguarded(owner) == []
        owner.rollback()


@pytest.fixture
def unwritable(committed_db: str) -> Iterator[Callable[[str, str], None]]:
    """`unwritable(table, role)`: the role cannot append to the table until the test ends."""
    from kokuho.core.database import owner_address

    taken: list[tuple[str, str]] = []

    def revoke(table: str, role: str) -> None:
        with owner_address().connect(autocommit=True) as owner:
            owner.execute(f"REVOKE INSERT ON {table} FROM {role}")  # type: ignore[arg-type]
        taken.append((table, role))

    yield revoke
    with owner_address().connect(autocommit=True) as owner:
        for table, role in taken:
            owner.execute(f"GRANT INSERT ON {table} TO {role}")  # type: ignore[arg-type]


def test_no_record_no_reading(nobody: None, unwritable: Callable[[str, str], None], office: Callable[..., Any]) -> None:
    from django.db import ProgrammingError
    from django.http import QueryDict

    from kokuho.core import queries

    office()
    reader = actor("u1", "staff.read", "batch.read")
    assert queries.staff_list(reader, QueryDict(), on=DAY).rows
    unwritable("core_auditrecord", "kokuho_app")
    shown: list[Any] = []
    with pytest.raises(ProgrammingError, match="permission denied for table core_auditrecord"):
        shown += queries.staff_list(reader, QueryDict(), on=DAY).rows
    with pytest.raises(ProgrammingError):
        shown += queries.latest_runs(reader)
    assert shown == []


def test_no_record_no_writing(nobody: None, unwritable: Callable[[str, str], None]) -> None:
    from django.db import ProgrammingError

    from kokuho.core.models import Unit

    unwritable("core_writerecord", "kokuho_owner")
    with pytest.raises(ProgrammingError, match="permission denied for table core_writerecord"):
        Unit.objects.create(code="1", name="1")
    assert not Unit.objects.exists()


def test_no_session_switches_history_off_and_no_row_catches_an_error(nobody: None, committed_db: str) -> None:
    from django.db import connection, transaction

    from kokuho.core.models import Unit

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{insert_insert,update_update}', true)")
        unit = Unit.objects.create(code="88", name="国保課")
        Unit.objects.filter(pk=unit.pk).update(name="保険年金課")
        cursor.execute("SELECT pgh_label FROM core_unitevent WHERE pgh_obj_id = %s ORDER BY pgh_id", [unit.pk])
        assert [label for (label,) in cursor.fetchall()] == ["insert", "update"]
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname IN ('_pgtrigger_should_ignore', '_pgh_attach_context') ORDER BY proname"
        )
        assert [source for (source,) in cursor.fetchall()] == ["SELECT NULL::uuid", "SELECT false"]

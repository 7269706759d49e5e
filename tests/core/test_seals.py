"""A closed day of the operation record cannot be bent, not even with every right on the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.db

AUDIT = ("core_auditrecord", "INSERT INTO core_auditrecord (at, staff_no, staff_name, unit, terminal, session, duty, function, "
         "operation, result, persons, row_count, reason, detail) VALUES "
         "(%s, 'u1', '職員u1', '国保課', 't1', 's', '資格', 'people.person', 'view', 'ok', %s, 1, '', '{\"case\": 7}')")  # fmt: skip


def owner() -> psycopg.Connection:
    from kokuho.core.database import owner_address

    return owner_address().connect(autocommit=True)


def bend(statement: str, *values: Any, table: str = "core_auditrecord") -> None:
    """What somebody with every right on the database can do: switch the triggers off, change, switch them on again."""
    with owner() as connection, connection.transaction():
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(statement, values)  # type: ignore[arg-type]
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def written(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, int], list[int]]]:
    """`written(days_ago, count)` writes records of a past day; returns their ids. Anchors go to a folder of the test."""
    (tmp_path / "anchors").mkdir()
    monkeypatch.setenv("KOKUHO_ANCHORS", str(tmp_path / "anchors"))

    def write(days_ago: int, count: int) -> list[int]:
        from kokuho.core import seals
        from kokuho.core.clock import JAPAN

        day = seals.today() - timedelta(days=days_ago)
        begin = datetime(day.year, day.month, day.day, 9, tzinfo=JAPAN)
        with owner() as connection:
            return [
                connection.execute(AUDIT[1] + " RETURNING id", (begin + timedelta(seconds=n), [n + 1])).fetchone()[0]  # type: ignore
                for n in range(count)
            ]

    yield write
    from kokuho.core import writing

    writing.become(writing.NOBODY)
    bend("DELETE FROM core_dayseal", table="core_dayseal")


def ago(days: int) -> date:
    from kokuho.core import seals

    return seals.today() - timedelta(days=days)


def broken() -> list[tuple[date, str, int, str]]:
    from kokuho.core import verifying

    return [(f.day, f.table, f.row, f.kind) for f in verifying.verify()]


def test_every_closed_day_has_one_seal_also_days_without_records(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(5, 3)
    written(2, 2)
    made = seals.seal_until(sealed_by="op")
    assert [(s.day, sum(s.content["counts"].values())) for s in made] == [
        (ago(5), 3), (ago(4), 0), (ago(3), 0), (ago(2), 2), (ago(1), 0)
    ]  # fmt: skip
    assert [s.content["previous"] for s in made] == [seals.GENESIS, *(s.hash for s in made[:-1])]
    assert seals.seal_until(sealed_by="op") == []
    assert broken() == []


def test_the_open_day_is_not_sealed(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(1, 1)
    with pytest.raises(seals.SealError) as refused:
        seals.seal_until(seals.today(), sealed_by="op")
    assert refused.value.code == "SEAL-OPEN"


def test_a_day_that_is_still_being_written_is_not_sealed(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(1, 1)
    with owner() as other, other.transaction():
        other.execute(AUDIT[1], (datetime.now().astimezone(), [1]))
        with pytest.raises(seals.SealError) as refused:
            seals.seal_until(sealed_by="op", patience=0.3)
    assert refused.value.code == "SEAL-OPEN"
    assert len(seals.seal_until(sealed_by="op")) == 1


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("altered", "UPDATE core_auditrecord SET persons = '{999}' WHERE id = %s"),
        ("altered", "UPDATE core_auditrecord SET reason = reason || ' ' WHERE id = %s"),
        ("altered", "UPDATE core_auditrecord SET detail = '{\"case\": 8}' WHERE id = %s"),
        ("missing", "DELETE FROM core_auditrecord WHERE id = %s"),
    ],
)
def test_the_first_record_that_was_bent_is_named(written: Callable[..., list[int]], kind: str, statement: str) -> None:
    from kokuho.core import seals

    written(3, 4)
    ids = written(2, 4)
    seals.seal_until(sealed_by="op")
    bend(statement, ids[2])
    assert broken()[0] == (ago(2), "core_auditrecord", ids[2], kind)
    assert len(broken()) == 1


def test_an_inserted_record_is_named(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(2, 4)
    seals.seal_until(sealed_by="op")
    [forged] = written(2, 1)
    [earlier] = written(4, 1)
    # Its time is before that of the last record of the day: the clock shows too.
    assert [b for b in broken() if b[3] == "inserted"] == [
        (ago(4), "core_auditrecord", earlier, "inserted"), (ago(2), "core_auditrecord", forged, "inserted")
    ]  # fmt: skip


def test_a_record_of_writes_that_was_bent_is_named(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(2, 1)
    with owner() as connection:
        connection.execute("INSERT INTO core_holiday (\"on\", name) VALUES ('2026-11-03', '文化の日')")
        row = connection.execute("SELECT max(id) FROM core_writerecord").fetchone()
    assert row
    bend("UPDATE core_writerecord SET at = at - interval '1 day' WHERE id = %s", row[0], table="core_writerecord")
    seals.seal_until(sealed_by="op")
    bend("UPDATE core_writerecord SET row_count = 0 WHERE id = %s", row[0], table="core_writerecord")
    assert broken()[0] == (ago(1), "core_writerecord", row[0], "altered")


def test_seals_that_were_bent_show(written: Callable[..., list[int]], tmp_path: Path) -> None:
    from kokuho.core import seals

    written(4, 1)
    written(3, 1)
    made = seals.seal_until(sealed_by="op")
    bend("UPDATE core_dayseal SET payload = replace(payload, '\"op\"', '\"me\"') WHERE day = %s", ago(3), table="core_dayseal")
    assert {kind for day, _, _, kind in broken() if day == ago(3)} == {"seal", "signature", "anchor"}
    bend("UPDATE core_dayseal SET payload = %s WHERE day = %s", made[1].payload, ago(3), table="core_dayseal")
    assert broken() == []
    bend("DELETE FROM core_dayseal WHERE day = %s", ago(1), table="core_dayseal")  # the newest: the chain alone would not show it
    assert (ago(1), "core_dayseal", 0, "no-seal") in broken()


def test_who_seals_anew_with_the_key_is_betrayed_by_the_anchors_elsewhere(
    written: Callable[..., list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core import seals, verifying

    ids = written(2, 3)
    seals.seal_until(sealed_by="op")
    elsewhere = tmp_path / "anchors"
    bend("DELETE FROM core_auditrecord WHERE id = %s", ids[1])
    bend("DELETE FROM core_dayseal", table="core_dayseal")
    (tmp_path / "forged").mkdir()
    monkeypatch.setenv("KOKUHO_ANCHORS", str(tmp_path / "forged"))
    seals.seal_until(sealed_by="op")
    assert broken() == []
    found = verifying.verify(anchors=[elsewhere])
    assert (found[0].day, found[0].kind) == (ago(2), "anchor")


def test_a_clock_that_runs_backwards_is_reported(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    ids = written(2, 3)
    bend("UPDATE core_auditrecord SET at = at - interval '10 minutes' WHERE id = %s", ids[1])
    made = seals.seal_until(sealed_by="op")
    assert made[0].content["clock"] == [f"core_auditrecord:{ids[1]}"]
    assert broken() == [(ago(2), "core_auditrecord", ids[1], "clock")]


def test_a_machine_whose_clock_differs_does_not_seal(written: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import seals

    written(1, 1)
    monkeypatch.setattr(seals, "clock_difference", lambda: timedelta(minutes=10))
    with pytest.raises(seals.SealError) as refused:
        seals.seal_until(sealed_by="op")
    assert refused.value.code == "SEAL-CLOCK"
    assert (ago(0), "clock", 0, "clock-now") in broken()


def test_a_trigger_that_is_switched_off_is_reported(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    written(1, 1)
    seals.seal_until(sealed_by="op")
    with owner() as connection:
        connection.execute("ALTER TABLE people_person DISABLE TRIGGER kokuho_write_update")
        assert broken() == [(ago(0), "public.people_person kokuho_write_update", 0, "unguarded")]
        connection.execute("ALTER TABLE people_person ENABLE TRIGGER kokuho_write_update")
    assert broken() == []


def test_an_export_is_verified_without_the_database(
    written: Callable[..., list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core import seals, verifying

    written(3, 2)
    ids = written(2, 3)
    seals.seal_until(sealed_by="op")
    key, out = seals.public_key(), tmp_path / "days.jsonl"
    assert verifying.export(out, first=ago(3), last=ago(2)) == (2, 5)
    assert out.stat().st_mode & 0o777 == 0o600
    intact = verifying.verify_export(out, key=key, anchors=[tmp_path / "anchors"])
    assert (intact.findings, intact.days, intact.rows) == ((), 2, 5)
    lines = out.read_text("utf-8").splitlines()

    def bent(change: Callable[[list[str]], object]) -> tuple[int, str]:
        copy = list(lines)
        change(copy)
        (tmp_path / "bent.jsonl").write_text("\n".join(copy) + "\n", "utf-8")
        first = verifying.verify_export(tmp_path / "bent.jsonl", key=key).findings[0]
        return first.row, first.kind

    assert bent(lambda copy: copy.__setitem__(5, copy[5].replace("u1", "u2"))) == (ids[1], "altered")
    assert bent(lambda copy: copy.pop(5)) == (ids[1], "missing")
    assert bent(lambda copy: copy.insert(5, copy[5].replace(f'"{ids[1]}"', '"999999"'))) == (999999, "inserted")
    assert bent(lambda copy: copy.__setitem__(3, copy[3].replace("op", "me")))[1] == "seal"
    assert verifying.verify_export(out, key="00" * 32).findings[0].kind == "signature"


def test_the_application_role_can_neither_bend_nor_forge(database_name: str) -> None:
    from kokuho.core.database import app_address

    for statement in (
        "UPDATE core_dayseal SET hash = ''", "DELETE FROM core_dayseal", "TRUNCATE core_dayseal", "DELETE FROM core_writerecord",
        "UPDATE core_writerecord SET staff_no = 'x'", "DELETE FROM core_auditrecord", "UPDATE core_auditrecord SET reason = ''",
        "INSERT INTO core_writerecord DEFAULT VALUES", "ALTER TABLE core_auditrecord DISABLE TRIGGER ALL",
        "SET session_replication_role = replica", "DELETE FROM core_auditmark", "UPDATE core_inspection SET findings = ''",
    ):  # fmt: skip
        with app_address().connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[arg-type]


def test_no_role_changes_a_record_or_deletes_it_before_its_time(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals

    ids, old = written(2, 2), written(366 * 7 + 1, 1)
    with owner() as connection:
        for statement in ("DELETE FROM core_auditrecord WHERE id = %s", "UPDATE core_auditrecord SET reason = 'x' WHERE id = %s"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement, (ids[0],))  # type: ignore[arg-type]
        assert connection.execute("DELETE FROM core_auditrecord WHERE id = %s", (old[0],)).rowcount == 1
        seals.seal_until(ago(2), sealed_by="op")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE core_auditrecord")


def test_the_time_of_a_record_is_the_database_servers(committed_db: str) -> None:
    from kokuho.core.database import app_address

    with app_address().connect() as connection:
        row = connection.execute(
            AUDIT[1] + " RETURNING abs(extract(epoch FROM at - clock_timestamp())) < 5", (datetime(2020, 1, 1).astimezone(), [1])
        ).fetchone()
    assert row == (True,)


def test_all_columns_of_the_records_are_sealed() -> None:
    from kokuho.core import seals
    from kokuho.core.models import AuditRecord, WriteRecord

    for model in (AuditRecord, WriteRecord):
        columns = {field.column for field in model._meta.concrete_fields}
        assert set(seals.TABLES[seals.FORMAT][model._meta.db_table]) == columns


def test_the_commands_seal_verify_and_export(
    written: Callable[..., list[int]], office: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kokuho.commands import audit as command
    from kokuho.core.actions.staff import register
    from kokuho.core.models import AuditRecord, WriteRecord

    office()
    register(staff_no="au", name="監査", unit_code="02", unit_name="監査室", password="correct horse battery", roles=("inspection",),
             applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験")  # fmt: skip
    ids = written(2, 3)
    assert command.main(["--by", "op", "seal"]) == 0
    assert command.main(["--by", "op", "verify", "--from", str(tmp_path / "anchors")]) == 0
    out = str(tmp_path / "out.jsonl")
    assert command.main(["--by", "au", "export", "--day", ago(2).isoformat(), "--out", out]) == 0
    assert command.main(["verify", "--offline", out, "--from", str(tmp_path / "anchors")]) == 0
    assert command.main(["--by", "au", "export", "--day", ago(2).isoformat(), "--out", out]) == 1  # never overwritten
    assert command.main(["--by", "as", "export", "--day", ago(2).isoformat(), "--out", out + "2"]) == 1
    assert not Path(out + "2").exists()
    bend("DELETE FROM core_auditrecord WHERE id = %s", ids[0])
    capsys.readouterr()
    assert command.main(["--by", "au", "verify"]) == 1
    assert f"最初の異常: {ago(2)} core_auditrecord {ids[0]} なくなっています" in capsys.readouterr().out
    done = AuditRecord.objects.filter(function__startswith="audit.", result="ok").order_by("pk")
    assert list(done.values_list("function", flat=True)) == [
        "audit.seal", "audit.verify", "audit.export", "audit.export", "audit.verify"
    ]  # fmt: skip
    period = ["--since", "2026-06-01", "--until", "2026-06-30", "--sample-size", "5", "--matched", "5"]
    assert command.main(["--by", "au", "inspect", "--record", *period]) == 1
    assert command.main(["--by", "au", "inspect", "--record", *period, "--findings", "異常なし"]) == 0
    written_by = WriteRecord.objects.filter(table_name="public.core_inspection", operation="insert")
    assert list(written_by.values_list("staff_no", "terminal")) == [("au", done[0].terminal)]
    assert json.loads((tmp_path / "anchors" / f"{ago(2)}.json").read_text())["public_key"]


def test_only_whole_verified_days_beyond_the_period_are_purged_and_the_chain_stays(written: Callable[..., list[int]]) -> None:
    from kokuho.core import purging, seals
    from kokuho.core.access import Actor
    from kokuho.core.actions.approvals import ApprovalError
    from kokuho.core.models import AuditRecord

    operator, inspector, both = (
        Actor(number, number, "課", frozenset(may), "t")
        for number, may in (("op", {"audit.purge"}), ("au", {"audit.inspect"}), ("op", {"audit.purge", "audit.inspect"}))
    )
    old = 366 * 7 + 10
    ids = written(old, 2) + written(old - 1, 2)
    kept = written(old - 4, 1)
    for until, code in ((ago(300), "LOG-09-PERIOD"), (ago(old), "LOG-09-SEAL")):
        with pytest.raises(purging.PurgeError) as refused:
            purging.order(by=operator, until=until)
        assert refused.value.code == code
    seals.seal_until(ago(old - 5), sealed_by="op")
    order = purging.order(by=operator, until=ago(old - 1))
    with pytest.raises(purging.PurgeError) as refused:
        purging.execute(by=operator, approval_id=order.pk)
    assert refused.value.code == "LOG-09-APPROVAL"
    with pytest.raises(ApprovalError):
        purging.decide(by=both, approval_id=order.pk, approve=True)
    purging.decide(by=inspector, approval_id=order.pk, approve=True)
    bend("UPDATE core_auditrecord SET reason = 'x' WHERE id = %s", ids[1])
    with pytest.raises(purging.PurgeError) as refused:
        purging.execute(by=operator, approval_id=order.pk)
    assert refused.value.code == "LOG-09-BROKEN"
    bend("UPDATE core_auditrecord SET reason = '' WHERE id = %s", ids[1])
    assert purging.execute(by=operator, approval_id=order.pk) == 4
    assert not AuditRecord.objects.filter(pk__in=ids).exists()
    assert AuditRecord.objects.filter(pk__in=kept).exists()
    assert AuditRecord.objects.get(function="audit.purge").detail["until"] == ago(old - 1).isoformat()
    assert [b for b in broken() if b[3] != "no-seal"] == []
    [back] = written(old, 1)
    assert broken()[0] == (ago(old), "core_auditrecord", back, "inserted")


def test_the_database_refuses_to_purge_young_records_whoever_asks(written: Callable[..., list[int]]) -> None:
    from kokuho.core import seals
    from kokuho.core.database import app_address

    written(2, 1)
    seals.seal_until(sealed_by="op")
    for address in (app_address().connect(), owner()):
        with address as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT kokuho_purge_records(%s)", (ago(2),))

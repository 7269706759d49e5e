"""The doors: a file is taken once and whole, or refused whole with every fault; nothing half done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

pytestmark = pytest.mark.db


def snapshot() -> dict[str, int]:
    """Rows of every table that holds facts (not the doors' own books, not the operation record)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND (tablename LIKE 'people%' OR tablename LIKE "
            "'eligibility%' OR tablename LIKE 'assessment%' OR tablename LIKE 'collection%' OR tablename = 'exchange_workitem')"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names))
        return dict(cursor.fetchall())


def receive(office, path: Path):  # type: ignore[no-untyped-def]

    from kokuho.exchange import doors

    return doors.receive_path(by=office.operator, on=date(2026, 7, 1), path=path)


def test_a_town_comes_in_as_it_was_built(db: None, town: Callable, office: Callable, deliver: Callable) -> None:
    from kokuho.desks.eligibility.models import ElderlyPeriod, InsuredPeriod
    from kokuho.desks.people.models import BELIEVED, Person, Protection
    from kokuho.exchange.models import InboxFile

    folder = town()
    staff = office()
    receive(staff, folder / "juki-full.csv")
    counts = json.loads((folder / "town.json").read_text())["counts"]
    now = Person.objects.filter(BELIEVED, valid__contains=date(2026, 4, 1), resident_state="1")
    assert now.count() == counts["base.residents"]
    assert now.filter(is_head=True).count() == counts["base.households"]
    elderly = ElderlyPeriod.objects.filter(
        BELIEVED, valid__contains=date(2026, 4, 1), atena_no__in=now.values("atena_no")
    )
    assert elderly.count() == counts["base.elderly"]
    # On the 75th birthday a person is formally still insured (the loss is the next day) and already in 後期: once counted.
    insured = InsuredPeriod.objects.filter(
        BELIEVED, valid__contains=date(2026, 4, 1), atena_no__in=now.values("atena_no")
    ).exclude(atena_no__in=elderly.values("atena_no"))
    assert insured.count() == counts["base.insured"]
    protected = Protection.objects.filter(BELIEVED, atena_no__in=now.values("atena_no"))
    assert protected.count() == counts.get("base.protected", 0)

    for path in [*sorted(folder.glob("juki-changes-*.csv")), folder / "zei-income.csv"]:
        receive(staff, path)
    after = Person.objects.filter(BELIEVED, valid__contains=date(2026, 7, 1), resident_state="1")
    assert after.count() == counts["business_date.residents"]
    assert set(InboxFile.objects.values_list("state", flat=True)) == {"applied"}


def test_the_same_bytes_are_taken_once(db: None, town: Callable, office: Callable) -> None:
    from kokuho.exchange.doors import Refusal
    from kokuho.exchange.models import InboxFile

    staff = office()
    receive(staff, town() / "juki-full.csv")
    before = snapshot()
    with pytest.raises(Refusal) as refused:
        receive(staff, town() / "juki-full.csv")
    assert refused.value.code == "X01"
    assert snapshot() == before
    assert InboxFile.objects.count() == 1


FAULTS = {
    "truncated": {"F02", "F03", "F08", "F19"},
    "wrong-encoding": {"F01"},
    "wrong-count": {"F08"},
    "duplicate-key": {"F16"},
    "impossible-date": {"F14"},
    "extra-column": {"F05", "F04"},
    "unknown-code": {"F15"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_file_of_each_kind_is_refused_whole(
    db: None, town: Callable, office: Callable, tmp_path: Path, fault: str
) -> None:
    from kokuho.exchange.doors import Refusal
    from kokuho.exchange.models import InboxError, InboxFile
    from kokuho.town.cli import main

    assert main(["spoil", str(town()), "--out", str(tmp_path)]) == 0
    files = [path for path in tmp_path.rglob("*.csv") if fault in path.as_posix()]
    assert files, "the town spoils no such file"
    staff = office()
    before = snapshot()
    for path in files:
        with pytest.raises(Refusal) as refused:
            receive(staff, path)
        file = refused.value.file
        assert file is not None
        assert file.state == InboxFile.REFUSED
        errors = InboxError.objects.filter(file=file)
        assert errors.exists()
        assert set(errors.values_list("code", flat=True)) & FAULTS[fault], (
            path,
            list(errors.values_list("code", "message")),
        )
        # Every fault has its place: a record, or for the whole file none.
        assert all(error.message for error in errors)
    assert snapshot() == before


def test_a_refused_file_can_come_again_mended(db: None, town: Callable, office: Callable, tmp_path: Path) -> None:
    from kokuho.exchange.doors import Refusal

    staff = office()
    whole = (town() / "juki-full.csv").read_bytes()
    broken = tmp_path / "juki-full.csv"
    broken.write_bytes(whole[:-40])
    for _ in range(2):
        with pytest.raises(Refusal):
            receive(staff, broken)
    broken.write_bytes(whole)
    assert receive(staff, broken).state == "applied"


def test_a_gap_in_the_changes_is_noticed_before_anything_is_applied(db: None, town: Callable, office: Callable) -> None:
    from kokuho.exchange.doors import Refusal

    folder, staff = town(), office()
    changes = [path for path in sorted(folder.glob("juki-changes-*.csv")) if path.read_bytes().count(b"\n") > 2]
    receive(staff, folder / "juki-full.csv")
    before = snapshot()
    with pytest.raises(Refusal) as refused:
        receive(staff, changes[1])
    assert refused.value.code == "X05"
    assert snapshot() == before


def test_changes_before_the_full_load_are_refused(db: None, town: Callable, office: Callable) -> None:
    from kokuho.exchange.doors import Refusal

    with pytest.raises(Refusal) as refused:
        receive(office(), sorted(town().glob("juki-changes-*.csv"))[0])
    assert refused.value.code == "X07"


def test_a_file_of_another_city_is_refused(db: None, town: Callable, office: Callable) -> None:
    from kokuho.exchange.doors import Refusal

    with pytest.raises(Refusal) as refused:
        receive(office("松戸市"), town("川口市") / "juki-full.csv")
    assert refused.value.code == "X03"
    assert sum(snapshot().values()) == 0


def test_a_file_that_says_nothing_is_refused(db: None, office: Callable, tmp_path: Path) -> None:
    from kokuho.exchange.doors import Refusal

    staff = office()
    for content in (b"", b"\xff\xfe\x00", b"hello,world\r\n", b'"CTL","112038","secret","2026-06-01T00:00:00","0"\r\n'):
        path = tmp_path / "x.csv"
        path.write_bytes(content)
        with pytest.raises(Refusal) as refused:
            receive(staff, path)
        assert refused.value.code == "X02"


def test_incomes_of_strangers_go_to_the_work_list_and_the_others_go_on(
    db: None, town: Callable, office: Callable
) -> None:
    from kokuho.desks.assessment.models import Income
    from kokuho.exchange.models import WorkItem

    staff, folder = office(), town()
    file = receive(staff, folder / "zei-income.csv")
    assert Income.objects.count() == 0
    assert file.work_count == file.record_count == WorkItem.objects.filter(code="Z11").count()


def test_only_those_with_the_right_receive_files(db: None, town: Callable, office: Callable) -> None:

    from kokuho.core.access import Refused
    from kokuho.exchange import doors
    from kokuho.exchange.models import InboxFile

    staff = office()
    with pytest.raises(Refused):
        doors.receive_path(by=staff.clerk, on=date(2026, 7, 1), path=town() / "juki-full.csv")
    assert InboxFile.objects.count() == 0


def test_names_come_through_character_by_character(db: None, town: Callable, office: Callable) -> None:
    from kokuho.desks.people.models import BELIEVED, Person
    from kokuho.formats import open_decode

    folder = town(households=400)
    receive(office(), folder / "juki-full.csv")
    with open(folder / "juki-full.csv", "rb") as stream:
        told = {int(r.fields["atena_number"]): r.fields for r in open_decode("juki-full", stream).records() if r.kind == "data"}
    sent = {atena: fields["name"] for atena, fields in told.items()}
    kept = dict(Person.objects.filter(BELIEVED).values_list("atena_no", "name"))
    assert kept == sent
    former = {atena: fields["former_family_name_kana"] for atena, fields in told.items() if fields["former_family_name_kana"]}
    kana = Person.objects.filter(BELIEVED).exclude(former_family_kana="").values_list("atena_no", "former_family_kana")
    assert former and dict(kana) == former
    assert any("\U000e0100" <= c <= "\U000e01ef" for name in sent.values() for c in name)
    assert any("\U00020000" <= c <= "\U0003ffff" for name in sent.values() for c in name)


def test_my_numbers_are_in_the_vault_and_nowhere_else(
    committed_db: str, town: Callable, office: Callable, deliver: Callable
) -> None:
    from django.db import connection

    from kokuho.core import config
    from kokuho.core.database import vault_address
    from kokuho.formats import open_decode

    folder, staff = town(), office()
    deliver(staff, folder)
    with open(folder / "juki-full.csv", "rb") as stream:
        numbers = [r.fields["my_number"] for r in open_decode("juki-full", stream).records() if r.kind == "data"]
    numbers = [number for number in numbers if number]
    with vault_address().connect() as vault:
        assert vault.execute("SELECT count(*) FROM vault.my_number WHERE superseded_at IS NULL").fetchone()[0] >= len(
            numbers
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY(%s)", ([f"%{n}%" for n in numbers[:25]],)
            )
            assert cursor.fetchone()[0] == 0, table
    for path in config.folder("inbox").glob("*"):
        content = path.read_bytes()
        assert not any(number.encode() in content for number in numbers[:25])


def test_a_second_full_load_before_changes_changes_only_what_differs(
    db: None, town: Callable, office: Callable, tmp_path: Path
) -> None:
    from kokuho.desks.people.models import Person

    staff, folder = office(), town()
    first = receive(staff, folder / "juki-full.csv")
    row = Person.objects.filter(superseded_at__isnull=True, resident_state="1").exclude(block="").first()
    assert row is not None
    lines = (folder / "juki-full.csv").read_bytes().decode("utf-8").split("\r\n")
    lines[0] = lines[0].replace("2026-04-01T", "2026-04-02T")
    place = next(
        i for i, line in enumerate(lines) if i > 1 and line and int(line.split(",")[0].strip('"')) == row.atena_no
    )
    lines[place] = lines[place].replace(f'"{row.block}"', '"99-99"')
    again = tmp_path / "again.csv"
    again.write_bytes("\r\n".join(lines).encode("utf-8"))
    second = receive(staff, again)
    assert first.counts["added"] == second.counts["unchanged"] + 1
    assert second.counts["changed"] == 1
    history = Counter(
        Person.objects.filter(atena_no=row.atena_no, superseded_at__isnull=True).values_list("block", flat=True)
    )
    assert history == {row.block: 1, "99-99": 1}

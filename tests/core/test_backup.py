"""Backups: sealed, read back, kept in generations; restored elsewhere and proven equal to the last yen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
FIRST, SECOND = "123456789018", "987654321093"


@pytest.fixture
def staff(
    database_template: tuple[Path, str], committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    from kokuho.core import config, database
    from kokuho.core.access import Actor, catalogue
    from kokuho.core.models import Municipality

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    socket = str(database_template[0])
    monkeypatch.setenv("KOKUHO_ADMIN_URL", database.Address(socket, "", "postgres", "postgres", "").url)
    Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")

    def actor(number: str, *roles: str) -> Actor:
        may = frozenset(item for role in roles for item in catalogue()["roles"][role]["may"])
        return Actor(staff_no=number, name=number, unit="国保課", capabilities=may, terminal="test")

    target = f"restored_{os.getpid()}"
    yield SimpleNamespace(by=actor("b1", "backup", "restore"), clerk=actor("cl", "qualification", "operation"), target=target)
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")


def filled(home: Path) -> None:
    """Numbers in the vault, postings in the ledger, a received file."""
    from kokuho.core import sealing, vault
    from kokuho.desks.collection.models import Posting

    vault.store([(1, FIRST), (2, SECOND)], by="t", origin="t")
    for number in (1, 2, 3):
        Posting.objects.create(
            id=number, kind="levy", debit=110, credit=410, amount=12_300 * number, payer_no=number, fiscal_year=2026, basis_year=2026,
            accounting_year=2026, notice_no=number, term=1, due_on=date(2026, 7, 31), effective_on=DAY, decision_id=number,
        )  # fmt: skip
    (home / "inbox").mkdir()
    writer = sealing.SealedWriter(home / "inbox" / "a.sealed")
    writer.write(b"a file of the register " + FIRST.encode())
    writer.commit()


def databases() -> set[str]:
    """Those that this process made: another one may be at its own meanwhile."""
    from kokuho.core.pgtools import administrator

    with administrator().connect() as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
    return {name for name in names if name == f"restored_{os.getpid()}" or name.startswith(f"kokuho_drill_{os.getpid()}_")}


def test_a_backup_is_restored_equal_and_its_files_too(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, database, restore
    from kokuho.core.models import BackupEvent

    filled(tmp_path)
    made = backup.take(by=staff.by)
    state = made.manifest["state"]
    assert state["ledger"] == {"collection_posting:110": [3, 73_800, 0], "collection_posting:410": [3, 0, 73_800]}
    assert state["tables"]["vault.my_number"][0] == 2
    assert state["record"]["rows"] >= 1
    home = tmp_path / "new"
    done = restore.into(by=staff.by, path=made.path, name=staff.target, home=home)
    assert done.differences == []
    assert done.state == state
    assert (home / "inbox" / "a.sealed").read_bytes() == (tmp_path / "inbox" / "a.sealed").read_bytes()
    assert not (home / "keys").exists()
    # The application's role may in the restored database what it may here, and no more.
    with psycopg.connect(database.replace(database.app_address(), name=staff.target).url, autocommit=True) as app:
        assert app.execute("SELECT count(*) FROM collection_posting").fetchone() == (3,)
        for forbidden in ("DELETE FROM collection_posting", "SELECT * FROM vault.my_number"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)
    assert [(e.kind, e.ok, e.evidence["vault_rows"]) for e in BackupEvent.objects.order_by("pk")] == [
        ("backup", True, 2), ("restore", True, 2),
    ]  # fmt: skip


def test_a_filled_database_is_not_written_over(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, restore

    made = backup.take(by=staff.by)
    restore.into(by=staff.by, path=made.path, name=staff.target, home=tmp_path / "one")
    with pytest.raises(backup.BackupError, match="上書きはしません"):
        restore.into(by=staff.by, path=made.path, name=staff.target, home=tmp_path / "two")
    with pytest.raises(backup.BackupError, match="空ではありません"):
        (tmp_path / "three").mkdir()
        (tmp_path / "three" / "x").touch()
        restore.into(by=staff.by, path=made.path, name=staff.target, home=tmp_path / "three")
    with pytest.raises(backup.BackupError, match="データベース名"):
        restore.into(by=staff.by, path=made.path, name='x"; DROP', home=tmp_path / "four")
    assert restore.into(
        by=staff.by, path=made.path, name=staff.target, home=tmp_path / "five", replace_filled=True
    ).differences == []


def test_a_damaged_file_is_refused_before_anything_is_touched(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, restore

    path, data, before = tmp_path / "x.backup", backup.take(by=staff.by).path.read_bytes(), databases()
    middle = len(data) // 2
    damages = {
        "a byte": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], "cut": data[:-100], "only the head": data[:20],
        "a block less": data[: 20 + (1 << 20) + 16] if len(data) > 2 << 20 else data[:-1],
    }  # fmt: skip
    for damaged in damages.values():
        path.write_bytes(damaged)
        refused(lambda: restore.into(by=staff.by, path=path, name=staff.target, home=tmp_path / "new"), "B04")
        refused(lambda: restore.drill(by=staff.by, path=path), "B04")
    path.write_bytes(b"not a backup at all, but long enough to be looked at")
    refused(lambda: restore.drill(by=staff.by, path=path), "B05")
    assert databases() == before
    assert not (tmp_path / "new").exists()


def test_another_master_key_opens_nothing(staff: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import backup, restore, sealing

    made = backup.take(by=staff.by)
    assert sealing.key_id() in made.path.name
    monkeypatch.setattr(sealing, "master_key", lambda: bytes(31) + b"\x01")
    refused(lambda: restore.into(by=staff.by, path=made.path, name=staff.target, home=tmp_path / "new"), "B04")


def refused(attempt: Callable[[], Any], code: str) -> None:
    from kokuho.core.backup import BackupError

    with pytest.raises(BackupError) as error:
        attempt()
    assert error.value.code == code


def test_nothing_of_it_lies_open(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, sealing

    filled(tmp_path)
    data = backup.take(by=staff.by).path.read_bytes()
    for word in (FIRST.encode(), "川口市".encode(), b"PGDMP", b"manifest.json", sealing.master_key()):
        assert word not in data


def test_an_old_generation_goes_only_after_a_newer_one_was_read_back(
    staff: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core import backup
    from kokuho.core.models import BackupEvent

    with pytest.raises(backup.BackupError, match="2世代"):
        backup.take(by=staff.by, keep=1)
    first, second = (backup.take(by=staff.by).path for _ in range(2))
    with monkeypatch.context() as broken:
        broken.setattr(backup, "verify", lambda path: (_ for _ in ()).throw(backup.BackupError("B04", "読めない")))
        with pytest.raises(backup.BackupError):
            backup.take(by=staff.by)
    assert backup.generations(first.parent) == [second, first], "the failed one is gone, the old ones stay"
    assert BackupEvent.objects.filter(kind="backup", ok=False).count() == 1
    third = backup.take(by=staff.by).path
    assert backup.generations(third.parent)[0] == third
    assert len(backup.generations(third.parent)) == 2 and not first.exists()


def test_a_drill_compares_and_leaves_nothing_but_evidence(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, restore
    from kokuho.core.models import BackupEvent

    filled(tmp_path)
    made = backup.take(by=staff.by)
    before = databases()
    done = restore.drill(by=staff.by, path=made.path)
    assert done.differences == [] and databases() == before
    event = BackupEvent.objects.get(kind="drill")
    assert event.ok and event.seconds > 0 and event.evidence["ledger"]["collection_posting:110"] == [3, 73_800, 0]


def test_a_difference_is_named(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import evidence
    from kokuho.core.database import owner_address

    filled(tmp_path)
    with owner_address().connect() as owner:
        kept = evidence.measure(owner)
        owner.execute("UPDATE collection_posting SET amount = amount + 1 WHERE id = 1")
        owner.execute("DELETE FROM core_auditrecord WHERE false")
        lines = evidence.differences(kept, evidence.measure(owner))
        owner.rollback()
    assert [line.split(":")[0] for line in lines if "writerecord" not in line] == [
        "表 public.collection_posting", "勘定 collection_posting", "勘定 collection_posting",
    ]  # fmt: skip


def test_only_who_may_and_every_use_is_recorded(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, restore
    from kokuho.core.access import Refused
    from kokuho.core.models import AuditRecord

    made = backup.take(by=staff.by)
    for attempt in (
        lambda: backup.take(by=staff.clerk),
        lambda: restore.drill(by=staff.clerk, path=made.path),
        lambda: restore.into(by=staff.clerk, path=made.path, name=staff.target, home=tmp_path / "new"),
    ):
        with pytest.raises(Refused):
            attempt()
    found = AuditRecord.objects.filter(function__startswith="backup.").values_list("staff_no", "function", "result")
    assert sorted(found) == [
        ("b1", "backup.run", "ok"), ("cl", "backup.restore", "refused"), ("cl", "backup.restore", "refused"),
        ("cl", "backup.run", "refused"),
    ]  # fmt: skip


def test_a_restore_erases_again_what_was_erased_since(staff: Any, tmp_path: Path) -> None:
    from kokuho.core import backup, restore, vault
    from kokuho.core.clock import now
    from kokuho.core.database import owner_address, replace
    from kokuho.core.retention import again

    filled(tmp_path)
    made = backup.take(by=staff.by)
    again.write(
        7, {"category": "my_number", "erased_at": now().isoformat(), "files": ["inbox/a.sealed"], "content_hash": "0" * 64,
            "approval": 1, "entered_by": "k1", "approved_by": "k2"}, [(1, 0)],
    )  # fmt: skip
    done = restore.into(by=staff.by, path=made.path, name=staff.target, home=tmp_path / "new")
    assert done.differences == [] and done.erased_again == 1
    with replace(owner_address(), name=staff.target).connect() as restored:
        assert restored.execute("SELECT atena_no FROM vault.my_number").fetchall() == [(2,)]
        assert restored.execute("SELECT step, order_no, operated_by FROM core_erasurerecord").fetchall() == [("again", 7, "b1")]
    assert not (tmp_path / "new" / "inbox" / "a.sealed").exists()
    assert vault.masks([1]) == {1: vault.MASK}, "the database at work is not touched"

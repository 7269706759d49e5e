"""`kokuho migration` as an operator uses it: an old system's register, step by step, from the extracted file to the empty folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


@pytest.fixture
def run(committed_db: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`run("iko1", "extract", 1, path)` → exit status, what it said, what it complained of."""
    from kokuho import cli

    def call(by: str, *words: Any) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.main(["migration", "--by", by, "--on", DAY.isoformat(), *map(str, words)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


@pytest.fixture
def work(committed_db: str, office: Callable[..., Any]) -> int:
    """A migration that two officers decided, with two special IDs; its number."""
    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries, migration
    from kokuho.core.actions.staff import register
    from kokuho.core.models import MigrationWork

    office()
    roles = {"kacho": ("unit_head",), "anzen": ("security_officer",), "iko1": ("migration",), "iko2": ("migration",)}
    for number, held in roles.items():
        register(
            staff_no=number, name=number, unit_code="01", unit_name="国保課", password="correct horse battery", roles=held,
            applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験", valid_until=date(2026, 7, 31),
        )  # fmt: skip
    head, officer = (actor_for(number, on=DAY, terminal="test") for number in ("kacho", "anzen"))
    entry = migration.request_work(
        by=head, on=DAY, reason="更改", title="旧システムからの移行", scope="宛名", staff_nos=["iko1", "iko2"], valid_from="2026-07-01",
        valid_until="2026-07-31",
    )  # fmt: skip
    entries.confirm(by=officer, on=DAY, entry_id=entry.pk)
    return MigrationWork.objects.get().pk


def confirmed(work: int, kind: str, file: int | None = None) -> int:
    """A step, asked for by one of the IDs on the screen and confirmed by the other."""
    from kokuho.core.access import actor_for
    from kokuho.core.actions import migration

    one, two = (actor_for(number, on=DAY, terminal="test") for number in ("iko1", "iko2"))
    step = migration.ask(by=one, on=DAY, work_id=work, kind=kind, content="宛名", file_id=file)
    migration.confirm(by=two, on=DAY, step_id=step.pk)
    return step.pk


def test_from_the_extracted_file_to_the_register_and_to_nothing_left(
    work: int, run: Callable[..., tuple[int, str, str]], town: Callable[..., Path], tmp_path: Path
) -> None:
    from kokuho.core import config
    from kokuho.core.models import AuditRecord, MigrationFile
    from kokuho.desks.people.models import Person

    source = tmp_path / "juki-full.csv"
    shutil.copy(town() / "juki-full.csv", source)
    content = source.read_bytes()
    status, said, _ = run("iko1", "list")
    assert status == 0 and said == f"{work}\t旧システムからの移行\t2026-07-01〜2026-07-31\t作業中\n"

    status, said, complaint = run("iko1", "extract", confirmed(work, "extract"), source)
    file = MigrationFile.objects.get()
    assert (status, said, complaint) == (0, f"ファイル {file.pk}\tjuki-full.csv\t{file.sha256}\n", "")
    sealed = config.folder("migration") / f"{file.made_by_id}.kks"
    assert not source.exists() and content[:60] not in sealed.read_bytes()
    status, said, _ = run("iko2", "verify", work)
    assert status == 0 and "登録したとおり" in said and "作成 1、廃棄 0" in said

    status, said, complaint = run("iko2", "load", confirmed(work, "load", file.pk))
    assert status == 0, complaint
    assert "受付番号" in said and "反映済み" in said and Person.objects.count() > 60

    status, said, _ = run("iko1", "destroy", confirmed(work, "destroy", file.pk))
    assert status == 0 and not sealed.exists()
    status, said, _ = run("iko1", "verify", work)
    assert status == 0 and said == "作成 1、廃棄 1\n"
    told = set(AuditRecord.objects.filter(function__startswith="migration.", result="ok").values_list("function", flat=True))
    assert told >= {f"migration.{word}" for word in ("extract", "load", "destroy")}


def test_what_is_not_confirmed_changed_or_not_there_is_refused_with_its_code(
    work: int, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    from kokuho.core import config
    from kokuho.core.access import actor_for
    from kokuho.core.actions import migration
    from kokuho.core.models import MigrationFile

    source = tmp_path / "old.csv"
    source.write_bytes(b"1,2\n")
    alone = migration.ask(by=actor_for("iko1", on=DAY, terminal="test"), on=DAY, work_id=work, kind="extract", content="宛名")
    status, said, complaint = run("iko1", "extract", alone.pk, source)
    assert (status, said) == (1, "") and complaint.startswith("VENDOR-04-ALONE ") and source.exists()
    # Somebody who has the file but not the work.
    assert run("cl", "extract", alone.pk, source)[0] == 1 and source.exists()
    status, _, complaint = run("iko1", "extract", confirmed(work, "extract"), tmp_path / "none.csv")
    assert status == 1 and "読めません" in complaint
    assert run("iko1", "verify", 99)[0] == 1

    assert run("iko1", "extract", confirmed(work, "extract"), source)[0] == 0
    file = MigrationFile.objects.get()
    with open(config.folder("migration") / f"{file.made_by_id}.kks", "ab") as stream:
        stream.write(b"x")
    status, said, _ = run("iko2", "verify", work)
    assert status == 1 and "登録したハッシュと違います" in said
    status, _, complaint = run("iko2", "load", confirmed(work, "load", file.pk))
    assert status == 1 and complaint.startswith("VENDOR-04-SEAL ")
    assert run("iko1", "destroy", confirmed(work, "destroy", file.pk))[0] == 0

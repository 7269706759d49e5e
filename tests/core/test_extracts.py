"""EXPORT-01, -03, -04, -05: data leaves only by an approved single run, encrypted, to a registered medium."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


@pytest.fixture
def asked(committed_db: str, office: Callable[..., Any], deliver: Callable[..., None], town: Callable[..., Path]) -> Any:
    """A small town, a registered medium and an application by the clerk: `(office, keeper, extract)`."""
    from kokuho.core import media
    from kokuho.core.access import actor_for
    from kokuho.core.actions.staff import register
    from kokuho.core.extracts import applications

    people = office()
    deliver(people, town(), incomes=False)
    register(staff_no="me", name="媒体", unit_code="01", unit_name="国保課", password="correct horse battery", roles=("media",),
             applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験")  # fmt: skip
    keeper = actor_for("me", on=DAY, terminal="test")
    media.register(by=keeper, on=DAY, code="M-01", kind="usb", serial="S1", place="書庫", keeper="me", reason="提供用")
    extract = applications.apply(
        by=people.clerk, on=DAY, definition="insured", purpose="特定健診の案内の委託", items=["atena_no", "name", "address"],
        legal_basis="国民健康保険法第113条の2（資料の提供等）", conditions={"day": "R8.7.1"}, recipient="健康推進課", form="csv",
        medium="M-01", use_by=DAY + timedelta(days=7),
    )  # fmt: skip
    return people, keeper, extract


def approve(people: Any, extract: Any) -> None:
    from kokuho.core.extracts import applications
    from kokuho.core.models import Approval

    applications.decide(by=people.approver, approval_id=Approval.objects.get(subject=f"extract:{extract.pk}").pk, approve=True)


def code_of(call: Callable[[], Any]) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as refused:
        call()
    return refused.value.code


def test_an_extract_runs_once_as_it_was_approved_and_leaves_encrypted(asked: Any, tmp_path: Path) -> None:
    from kokuho.core import media
    from kokuho.core.extracts import running
    from kokuho.core.models import AuditRecord, Extract
    from kokuho.desks.people.models import Person, Protection
    from kokuho.formats import aeszip
    from kokuho.jobs import extracts

    people, keeper, extract = asked
    run = lambda: extracts.run(by=people.operator, on=DAY, extract_id=extract.pk)  # noqa: E731
    assert code_of(run) == "EXPORT-03-APPROVAL"
    approve(people, extract)
    late = lambda: extracts.run(by=people.operator, on=extract.use_by + timedelta(days=1), extract_id=extract.pk)  # noqa: E731
    assert code_of(late) == "EXPORT-03-EXPIRED"
    done = run()
    assert code_of(run) == "EXPORT-03-USED"

    # What was counted is what is in it; protected persons and those who live with them have no address.
    sealed = running.path(extract.pk).read_bytes()
    names = list(Person.objects.filter(superseded_at__isnull=True).values_list("name", flat=True)[:50])
    assert done.row_count > 20 and not any(name.encode() in sealed for name in names)
    word = running.passphrase(by=people.clerk, extract_id=extract.pk)
    assert code_of(lambda: running.passphrase(by=people.clerk, extract_id=extract.pk)) == "EXPORT-05"
    with zipfile.ZipFile(io.BytesIO(sealed)) as archive:
        # What other tools look at: AES (method 99), vendor AE, strength 256 bits, and names that say nothing.
        for info in archive.infolist():
            assert (info.compress_type, info.flag_bits & 1) == (99, 1) and b"AE\x03" in info.extra
        assert archive.namelist() == [f"extract-{extract.pk}.csv", "manifest.txt"]
    members = aeszip.read(sealed, word)
    assert f"{done.row_count}" in members["manifest.txt"].decode("utf-8")
    rows = list(csv.reader(io.StringIO(members[f"extract-{extract.pk}.csv"].decode("utf-8-sig"))))
    assert rows[0] == ["宛名番号", "氏名", "住所"] and len(rows) - 1 == done.row_count == done.persons
    protected = {str(n) for n in Protection.objects.values_list("atena_no", flat=True)}
    masked = {row[0] for row in rows if row[2] == running.MASKED}
    assert len(masked) == done.masked and {row[0] for row in rows} & protected <= masked
    with pytest.raises(aeszip.WrongPassphrase):
        aeszip.read(sealed.replace(sealed[200:210], bytes(10)), word)

    # Only to the approved, marked medium, and not by the one who knows the passphrase.
    assert code_of(lambda: running.write(by=people.operator, on=DAY, extract_id=extract.pk, volume=tmp_path)) == "EXPORT-04-VOLUME"
    media.mark(by=keeper, code="M-01", volume=tmp_path)
    running.write(by=people.operator, on=DAY, extract_id=extract.pk, volume=tmp_path)
    assert (tmp_path / f"extract-{extract.pk}.zip").read_bytes() == sealed and not running.path(extract.pk).exists()
    assert Extract.objects.get(pk=extract.pk).state == Extract.WRITTEN
    record = AuditRecord.objects.get(function="extract.run", operation="export", result="ok")
    assert record.row_count == done.row_count and len(record.persons) == done.persons


def test_an_open_file_leaves_only_while_the_setting_allows_it_and_nobody_gets_a_passphrase(asked: Any, let: Any, tmp_path: Path) -> None:
    from kokuho.core import media
    from kokuho.core.extracts import applications, running
    from kokuho.jobs import extracts

    people, keeper, first = asked
    told: dict[str, Any] = {
        "by": people.clerk, "on": DAY, "definition": "insured", "purpose": "復号できない機器を使う委託先への提供",
        "items": ["atena_no", "name"], "legal_basis": first.legal_basis,
        "conditions": {"day": "R8.7.1"}, "recipient": "委託先", "form": "csv_open", "medium": "M-01",
        "use_by": DAY + timedelta(days=7),
    }  # fmt: skip
    assert code_of(lambda: applications.apply(**told)) == "EXPORT-05"
    let(export__media_encryption="exception")
    extract, later = applications.apply(**told), applications.apply(**told)
    approve(people, extract)
    approve(people, later)
    made = extracts.run(by=people.operator, on=DAY, extract_id=extract.pk)
    # Until it is on its medium it lies encrypted, and nobody is told how to open it.
    assert running.path(extract.pk).read_bytes()[:4] == b"PK\3\4"
    assert code_of(lambda: running.passphrase(by=people.clerk, extract_id=extract.pk)) == "EXPORT-05"
    media.mark(by=keeper, code="M-01", volume=tmp_path)
    line = running.write(by=people.operator, on=DAY, extract_id=extract.pk, volume=tmp_path)
    data = (tmp_path / f"extract-{extract.pk}.csv").read_bytes()
    assert len(data.decode("utf-8-sig").splitlines()) == made.row_count + 1 and line.sha256 == sha256(data).hexdigest()
    assert not running.path(extract.pk).exists() and not (tmp_path / f"extract-{extract.pk}.zip").exists()
    # What was approved under the exception does not outlive it.
    let(export__media_encryption="always")
    assert code_of(lambda: extracts.run(by=people.operator, on=DAY, extract_id=later.pk)) == "EXPORT-05"


def test_the_medium_is_not_written_again_until_another_confirms_its_erasure(asked: Any, tmp_path: Path) -> None:
    from django.db import DatabaseError, transaction

    from kokuho.core import media
    from kokuho.core.extracts import running
    from kokuho.core.models import Medium, MediumLine
    from kokuho.jobs import extracts

    people, keeper, extract = asked
    approve(people, extract)
    extracts.run(by=people.operator, on=DAY, extract_id=extract.pk)
    media.mark(by=keeper, code="M-01", volume=tmp_path)
    line = running.write(by=people.operator, on=DAY, extract_id=extract.pk, volume=tmp_path)
    assert (line.sha256, line.row_count, line.staff_no) == (extract.__class__.objects.get(pk=extract.pk).sha256, line.row_count, "op")
    assert media.overdue(on=DAY) == [] and [e.medium.code for e in media.overdue(on=DAY + timedelta(days=1))] == ["M-01"]
    medium = Medium.objects.get(code="M-01")
    again = lambda: media.written(by=people.operator, on=DAY, medium=medium, extract=extract, due_on=DAY, digest="")  # noqa: E731
    assert code_of(again) == "EXPORT-04-NOT-ERASED"
    with pytest.raises(DatabaseError), transaction.atomic():
        MediumLine.objects.create(medium=medium, kind="write", on=DAY, staff_no="x", extract=extract, due_on=DAY)
    assert code_of(lambda: media.note(by=keeper, on=DAY, code="M-01", kind="destroy", text="破砕")) == "EXPORT-04-STATE"
    media.note(by=keeper, on=DAY, code="M-01", kind="erase", text="上書き消去")
    assert media.overdue(on=DAY + timedelta(days=1)) == []
    media.note(by=keeper, on=DAY, code="M-01", kind="destroy", text="破砕")
    assert code_of(lambda: media.mark(by=keeper, code="M-01", volume=tmp_path)) == "EXPORT-04-MEDIUM"


def test_the_database_itself_refuses_an_unapproved_run_and_a_changed_application(asked: Any) -> None:
    from django.db import DatabaseError, transaction

    from kokuho.core.models import Approval, Extract, ExtractRun

    _, _, extract = asked
    approval = Approval.objects.get(subject=f"extract:{extract.pk}")
    with pytest.raises(DatabaseError), transaction.atomic():
        ExtractRun.objects.create(extract=extract, approval=approval, run_by="op", terminal="t", business_date=DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Extract.objects.filter(pk=extract.pk).update(purpose="別の目的")


def test_an_application_says_everything_and_the_applicant_does_not_decide(asked: Any) -> None:
    from kokuho.core.access import Refused
    from kokuho.core.extracts import applications
    from kokuho.core.models import Approval

    people, _, extract = asked
    base: dict[str, Any] = {
        "by": people.clerk, "on": DAY, "definition": "insured", "purpose": "p", "items": ["name"], "conditions": {"day": "R8.7.1"},
        "legal_basis": extract.legal_basis, "recipient": "r", "form": "csv", "medium": "M-01", "use_by": DAY,
    }  # fmt: skip
    wrong = {
        "EXPORT-01": {"definition": "everything"}, "EXPORT-03-PURPOSE": {"purpose": " "}, "EXPORT-03-BASIS": {"legal_basis": "x"},
        "EXPORT-03-ITEMS": {"items": ["my_number"]}, "EXPORT-03-CONDITION": {"conditions": {"day": "R8.7.1", "where": "1=1"}},
        "EXPORT-04-MEDIUM": {"medium": "M-99"}, "EXPORT-03-DEADLINE": {"use_by": DAY + timedelta(days=60)},
    }  # fmt: skip
    for code, change in wrong.items():
        assert code_of(lambda change=change: applications.apply(**{**base, **change})) == code  # type: ignore[misc]
    with pytest.raises(Refused):
        applications.apply(**{**base, "by": people.operator})
    with pytest.raises(Refused):
        applications.decide(by=people.clerk, approval_id=Approval.objects.get(subject=f"extract:{extract.pk}").pk, approve=True)


def test_every_registered_extract_runs_and_statistics_identify_nobody(asked: Any) -> None:
    from django.db import connection

    from kokuho.core.extracts import catalogue, running

    values = {"date": "2026-07-01", "year": "2026"}
    for definition in catalogue.definitions().values():
        conditions = definition.read({c.code: values[c.type] for c in definition.conditions.values()})
        assert not any(word in definition.source for word in ("vault", "my_number"))
        with connection.cursor() as cursor:
            cursor.execute(definition.statement(list(definition.items)), conditions)
            rows = cursor.fetchall()
        if definition.statistic:
            counts = running.Counts()
            shown = list(running._shown(rows, (), list(definition.items.values()), definition, counts))
            assert rows and all(isinstance(v, str) or v >= definition.minimum for *_, v in shown) and not counts.persons


def test_files_that_nobody_takes_and_work_that_was_killed_vanish(asked: Any) -> None:
    import subprocess
    import sys

    from kokuho.core import workplace
    from kokuho.core.extracts import running
    from kokuho.core.models import Extract
    from kokuho.jobs import extracts

    people, _, extract = asked
    approve(people, extract)
    done = extracts.run(by=people.operator, on=DAY, extract_id=extract.pk)
    assert running.erase_overdue() == [] and workplace.residue() == []
    Extract.objects.filter(pk=done.pk).update(erase_by=done.ready_at)
    assert running.erase_overdue() == [done.pk] and not running.path(done.pk).exists()
    killed = (
        "import os, signal\nfrom kokuho.core import workplace\n"
        "with workplace.folder('extract') as f:\n (f / 'part').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", killed], check=False)
    with workplace.folder("levy") as mine:
        assert len(workplace.residue()) == 1 and workplace.sweep() == 1
        assert mine.exists()
    assert workplace.residue() == [] and not mine.exists()

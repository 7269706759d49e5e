"""外部印刷 on screens and by the commands: the page of a finished run orders the file, another person releases it, its passphrase is
shown once; a medium of the register takes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from weboffice import DAY, City

pytestmark = pytest.mark.db
RECEIVER = {"receiver": "insatsu"}


def printed_run() -> Any:
    """The cards of a renewal, printed for the mail."""
    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.jobs import certificates as jobs

    clerk, second = (actor_for(number, on=DAY, terminal="t") for number in ("shikaku", "shunin"))
    run = renewal.plan(by=clerk, run_id=renewal.order(by=clerk, on=DAY, renew_on=date(2026, 8, 1)).pk)
    renewal.decide(by=second, approval=renewal.propose(by=clerk, run_id=run.pk), approve=True)
    renewal.issue(by=clerk, run_id=run.pk)
    return jobs.work(jobs.order_print(by=clerk, on=DAY, renewal_id=run.pk).pk, by=clerk, processes=1)


def registered(*, contract: bool = True) -> None:
    """The printer, its line of the registry and its contract, as two persons would have confirmed them."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import Contract
    from kokuho.exchange import registry
    from kokuho.exchange.models import ConnectedSystem, ReleaseRule
    from kokuho.exchange.models.registry import subject

    known = {"valid": DateRange(date(2026, 4, 1), None), "recorded_by": "chief", "origin": "entry:0"}
    system = next(line for line in registry.proposal()["systems"] if line["code"] == "insatsu")
    line = next(line for line in registry.proposal()["rules"] if line["layout"] == "print-index")
    ConnectedSystem.objects.create(**system, subject_no=subject("system", "insatsu"), **known)
    ReleaseRule.objects.create(
        **line, subject_no=subject("rule", "insatsu", "print-index"), approval_no="令8-9", approved_on=date(2026, 3, 1), **known
    )
    if contract:
        Contract.objects.create(
            number="令8-印刷", company=system["name"], subject="印刷", valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31),
            origin="x",
        )


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of files of this test."""
    from kokuho.core import config

    found = tmp_path / "home"
    found.mkdir()
    monkeypatch.setattr(config, "home", lambda: found)
    return found


def word_of(answer: Any) -> str:
    return next(str(value.text) for block in answer.context["sheet"].blocks for label, value in block.rows if label == "パスフレーズ")


def test_the_file_for_the_printer_goes_from_the_runs_page_to_its_passphrase(
    city: City, sign_in: Any, hire: Any, home: Path
) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    from kokuho.core.access import actor_for
    from kokuho.core.models import AuditRecord, BatchRun
    from kokuho.exchange import outbox
    from kokuho.exchange.models import OutboxFile
    from kokuho.formats import aeszip
    from kokuho.jobs import packages

    printed = printed_run()
    place, clerk = f"/batches/{printed.pk}/", sign_in("shikaku")
    assert "登録簿に印刷委託先がありません" in clerk.get(place).content.decode()
    assert clerk.post(f"{place}package/", RECEIVER).url == place and not ProcrastinateJob.objects.exists(), "not in the registry"
    registered(contract=False)
    assert "委託先への引渡しファイルを作る" in clerk.get(place).content.decode()
    assert "委託契約が" in clerk.post(f"{place}package/", RECEIVER, follow=True).content.decode()
    from kokuho.core.models import Contract

    Contract.objects.create(
        number="令8-印刷", company="外部印刷委託先", subject="印刷", valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31), origin="x"
    )
    assert sign_in("fuka").post(f"{place}package/", RECEIVER).status_code == 403
    assert "委託先への引渡しファイルを作る" not in sign_in("kakari").get(place).content.decode()

    ordered = clerk.post(f"{place}package/", RECEIVER).url
    assert clerk.post(f"{place}package/", RECEIVER).url == ordered, "asked twice it is one piece of work"
    work = BatchRun.objects.get(kind="print-package")
    assert ProcrastinateJob.objects.get(task_name="print-package").args["batch_id"] == work.pk
    by = actor_for("shikaku", on=DAY, terminal="worker")
    done = packages.run(work.pk, by=by)
    file = OutboxFile.objects.get(layout="print-index")
    assert done.state == BatchRun.DONE and done.results["outbox"] == file.pk and file.record_count == done.results["packed"] > 0
    BatchRun.objects.filter(pk=work.pk).update(state=BatchRun.RUNNING)  # killed after the books and before its end
    assert packages.run(work.pk, by=by).results["outbox"] == file.pk and OutboxFile.objects.count() == 1
    assert f"/exchange/outbox/{file.pk}/" in clerk.get(ordered).content.decode()

    page, key = f"/exchange/outbox/{file.pk}/", f"/exchange/outbox/{file.pk}/passphrase/"
    operator = sign_in("densan")
    assert "パスフレーズを表示する" not in operator.get(page).content.decode(), "not before another person has looked at it"
    assert operator.post(key).url == page
    hire("renkei", "qualification")
    assert sign_in("renkei").post(page, {"act": "release"}).status_code == 302
    assert "パスフレーズを表示する" in operator.get(page).content.decode()
    assert "パスフレーズを表示する" not in clerk.get(page).content.decode() and clerk.post(key).status_code == 403
    word = word_of(operator.post(key))
    assert "index.csv" in aeszip.read(outbox.reopen(file).read(), word)
    again = operator.post(key, follow=True).content.decode()
    assert "表示済みです" in again and word not in again
    assert word_of(operator.post(key, {"reason": "委託先が控えをなくした"})) == word
    told = AuditRecord.objects.filter(function="exchange.passphrase", result="ok").order_by("pk").values_list("staff_no", "reason")
    assert list(told) == [("densan", ""), ("densan", "委託先が控えをなくした")]


def test_why_no_file_came_about_stands_on_the_page_of_the_work(
    city: City, sign_in: Any, home: Path
) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.models import BatchRun
    from kokuho.jobs import packages, papers
    from kokuho.jobs.printing import folder

    printed = printed_run()
    registered()
    by = actor_for("shikaku", on=DAY, terminal="worker")
    work = packages.order(by=by, on=DAY, run_id=printed.pk, receiver="insatsu")
    (folder(printed.pk) / "print" / "print-list.csv").unlink()
    with pytest.raises(papers.PapersError):
        packages.run(work.pk, by=by)
    assert BatchRun.objects.get(pk=work.pk).state == BatchRun.FAILED
    page = sign_in("shikaku").get(f"/batches/{work.pk}/").content.decode()
    assert "保存期間を過ぎて消去されています" in page and "続きから実行する" in page


def test_the_commands_make_it_and_bring_it_onto_a_medium(
    city: City, hire: Any, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kokuho.commands import exchange, prints
    from kokuho.core import media
    from kokuho.core.access import actor_for
    from kokuho.exchange.models import OutboxFile, ProvisionRecord
    from kokuho.formats import aeszip

    printed = printed_run()
    registered()
    hire("baitai", "media")
    keeper = actor_for("baitai", on=DAY, terminal="t")
    media.register(by=keeper, on=DAY, code="M-01", kind="usb", serial="S1", place="書庫", keeper="baitai", reason="印刷の委託")
    usb = tmp_path / "usb"
    usb.mkdir()
    media.mark(by=keeper, code="M-01", volume=usb)
    assert prints.main(["--by", "densan", "package", str(printed.pk), "--receiver", "insatsu"]) in (0, 1)
    file = OutboxFile.objects.get(layout="print-index")
    assert f"送信番号 {file.pk}: {file.record_count}通" in capsys.readouterr().out
    hire("renkei", "qualification")
    assert exchange.main(["--by", "renkei", "release", str(file.pk)]) == 0
    assert exchange.main(["--by", "densan", "send", str(file.pk), "--to", str(tmp_path)]) == 1, "no medium of the register"
    assert exchange.main(["--by", "densan", "send", str(file.pk), "--to", str(usb)]) == 0
    capsys.readouterr()
    assert prints.main(["--by", "densan", "passphrase", str(file.pk)]) == 0
    word = capsys.readouterr().out.strip()
    assert "index.csv" in aeszip.read((usb / file.file_name).read_bytes(), word)
    assert ProvisionRecord.objects.get(file=file).medium == "媒体 M-01"
    assert prints.main(["--by", "densan", "passphrase", str(file.pk)]) == 1, "shown once"
    assert prints.main(["--by", "densan", "passphrase", str(file.pk), "--reason", "控えをなくした"]) == 0
    assert capsys.readouterr().out.strip() == word

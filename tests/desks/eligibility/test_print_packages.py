"""外部印刷 (IF-39-1): a printer gets the papers and the few items of the list, encrypted, under contract and approval, nobody protected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from certfacts import GUEST, MOTHER, OLD, STUDENT, WIFE, WORKER, fill, span, staff

pytestmark = pytest.mark.db
JULY, AUGUST = date(2026, 7, 15), date(2026, 8, 1)
HEAD = '"印刷連番","処理番号","帳票ID","郵便番号","カスタマバーコード住所表示番号","枚数","同封物","引抜","印刷データ名"'


@pytest.fixture
def printed(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Any, Any]:
    """An operator who may print, prepare and send, and a finished run: five letters in files of two, one of a protected person apart."""
    from kokuho.core import config
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.people.models import MailDestination
    from kokuho.jobs import certificates as jobs

    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    (tmp_path / "home").mkdir()
    fill()
    first, second = staff("a", "qualification"), staff("b", "qualification_approver")
    MailDestination.objects.create(
        atena_no=MOTHER, business=0, name="佐藤　恵", postal_code="3320012", safe=True, reason="支援",
        address="埼玉県川口市本町１丁目１番１号", valid=span(date(2026, 1, 1)), recorded_by="t", origin="t",
    )  # fmt: skip
    run = renewal.plan(by=first, run_id=renewal.order(by=first, on=JULY, renew_on=AUGUST).pk)
    renewal.decide(by=second, approval=renewal.propose(by=first, run_id=run.pk), approve=True)
    renewal.issue(by=first, run_id=run.pk)
    whole = jobs.settings_on
    monkeypatch.setattr(jobs, "settings_on", lambda *given: replace(whole(*given), chunk=2))
    done = jobs.work(jobs.order_print(by=first, on=JULY, renewal_id=run.pk).pk, by=first, processes=1)
    assert (done.results["printed"], done.results["pulled"], done.results["files"]) == (5, 1, 4)
    operator = replace(first, staff_no="op", capabilities=first.capabilities | {"exchange.send", "exchange.prepare"})
    return operator, done


def registered(*, contract: bool = True, **changes: Any) -> None:
    """The printer in the registry with the line of the proposal, and its contract, as two persons would have confirmed them."""
    from kokuho.core.models import Contract
    from kokuho.exchange import registry
    from kokuho.exchange.models import ConnectedSystem, ReleaseRule
    from kokuho.exchange.models.registry import subject

    known = {"valid": span(date(2026, 4, 1)), "recorded_by": "chief", "origin": "entry:0"}
    system = next(line for line in registry.proposal()["systems"] if line["code"] == "insatsu")
    ConnectedSystem.objects.create(**system, subject_no=subject("system", "insatsu"), **known)
    if changes.pop("rule", True):
        line = {**next(line for line in registry.proposal()["rules"] if line["layout"] == "print-index"), **changes}
        ReleaseRule.objects.create(
            **line, subject_no=subject("rule", "insatsu", "print-index"), approval_no="令8-9", approved_on=date(2026, 3, 1), **known
        )
    if contract:
        Contract.objects.create(
            number="令8-印刷", company=system["name"], subject="印刷", valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31),
            origin="x",
        )


def refusal(call: Callable[[], Any]) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as refused:
        call()
    return refused.value.code


def test_a_package_holds_the_papers_and_the_list_and_nothing_else(printed: tuple[Any, Any], tmp_path: Path) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.exchange import outbox
    from kokuho.exchange.models import ProvisionRecord
    from kokuho.formats import aeszip
    from kokuho.jobs import packages, papers

    by, run = printed
    registered()
    file = packages.package(by=by, on=JULY, run_id=run.pk, receiver="insatsu")
    assert (file.state, file.record_count, file.person_count, file.withheld_count) == ("prepared", 5, 2, 0)
    assert (file.counts["残したファイル"], file.counts["残した文書"]) == (0, 0) and file.file_name.endswith(".zip")
    assert refusal(lambda: outbox.hand_over(by=by, on=JULY, file_id=file.pk)) == "X27", "not before another person has looked at it"
    assert refusal(lambda: outbox.passphrase(by=by, file_id=file.pk)) == "X33"
    assert refusal(lambda: outbox.release(by=by, on=JULY, file_id=file.pk)) == "ENTRY-02"
    outbox.release(by=staff("b2", "qualification"), on=JULY, file_id=file.pk)
    outbox.hand_over(by=by, on=JULY, file_id=file.pk)
    data = (outbox.folder("insatsu") / file.file_name).read_bytes()
    with pytest.raises(aeszip.WrongPassphrase):
        aeszip.read(data, "guess")
    members = aeszip.read(data, outbox.passphrase(by=by, file_id=file.pk))
    taken = tmp_path / "taken"
    papers.take(by=by, run_id=run.pk, out=taken)
    own = {path.name: path.read_bytes() for path in (taken / "print").glob("*.pdf")}
    assert {name: content for name, content in members.items() if name != "index.csv"} == own and len(own) == 3
    control, head, *rows = members["index.csv"].decode().splitlines()
    assert control.startswith('"CTL","112038","print-index","') and control.endswith('"5"') and head == HEAD
    assert rows[0] == f'"1","{run.pk}","certificates","3320031","2-1-1","2","","0","0001.pdf"'
    assert [row.rpartition(",")[2] for row in rows] == ['"0001.pdf"', '"0001.pdf"', '"0002.pdf"', '"0002.pdf"', '"0003.pdf"']
    text = members["index.csv"].decode()
    known = (*map(str, (OLD, WIFE, WORKER, STUDENT, GUEST, MOTHER)), "鈴木", "佐藤", "青木", "川口", "隠町")
    assert not [word for word in known if word in text]
    record = ProvisionRecord.objects.get(file=file)
    assert (record.receiver, record.record_count, record.kind, record.carries_number) == ("外部印刷委託先", 5, "entrust", False)
    told = AuditRecord.objects.filter(function__in=("prints.package", "exchange.passphrase")).order_by("pk")
    assert [(r.function, r.row_count) for r in told] == [("prints.package", 5), ("exchange.passphrase", 1)]
    assert refusal(lambda: packages.package(by=by, on=JULY, run_id=run.pk, receiver="insatsu")) == "X21", "the same goes once"


def test_nothing_goes_without_registry_approval_and_contract(printed: tuple[Any, Any]) -> None:
    from kokuho.core.access import Refused
    from kokuho.exchange.models import OutboxFile
    from kokuho.jobs import packages

    by, run = printed

    def package(actor: Any = by, number: int = run.pk) -> Any:
        return packages.package(by=actor, on=JULY, run_id=number, receiver="insatsu")

    assert refusal(package) == "LINK-01"
    registered(contract=False, rule=False)
    assert refusal(package) == "LINK-02"
    from kokuho.exchange import registry
    from kokuho.exchange.models import ReleaseRule
    from kokuho.exchange.models.registry import subject

    line = next(line for line in registry.proposal()["rules"] if line["layout"] == "print-index")
    known = {"valid": span(date(2026, 4, 1)), "recorded_by": "chief", "origin": "entry:0", "approval_no": "1", "approved_on": JULY}
    ReleaseRule.objects.create(**line, subject_no=subject("rule", "insatsu", "print-index"), **known)
    assert refusal(package) == "PRINT-CONTRACT"
    assert refusal(lambda: package(number=0)) == "PRINT-RUN"
    for missing in ("certificate.print", "exchange.prepare"):
        with pytest.raises(Refused):
            package(replace(by, capabilities=by.capabilities - {missing}))
    assert not OutboxFile.objects.exists()


def test_who_is_protected_since_the_printing_stays_in_the_office(printed: tuple[Any, Any]) -> None:
    from kokuho.core import config
    from kokuho.desks.people.models import Protection
    from kokuho.exchange import outbox
    from kokuho.exchange.models import OutboxRecord
    from kokuho.formats import aeszip
    from kokuho.jobs import packages

    by, run = printed
    registered()
    Protection.objects.create(atena_no=GUEST, valid=span(date(2026, 7, 1)), until=date(2027, 7, 1), recorded_by="t", origin="t")
    file = packages.package(by=by, on=JULY, run_id=run.pk, receiver="insatsu")
    outbox.release(by=staff("b2", "qualification"), on=JULY, file_id=file.pk)
    members = aeszip.read(outbox.reopen(file).read(), outbox.passphrase(by=by, file_id=file.pk))
    left = file.counts["残した文書"]
    assert file.counts["残したファイル"] >= 1 and left + file.record_count == 5 and left >= 1
    assert not OutboxRecord.objects.filter(file=file, atena_no__in=(GUEST, MOTHER)).exists()
    assert len([name for name in members if name.endswith(".pdf")]) == 3 - file.counts["残したファイル"]
    assert not list(config.folder("outbox").glob("*.part"))

"""一斉更新: everybody is issued to or listed with a reason; exactly the approved plan is issued, once; letters go by post order."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from certfacts import GUEST, MOTHER, OLD, STUDENT, WIFE, WORKER, fill, span, staff

from kokuho.core.sealing import read_sealed

pytestmark = pytest.mark.db
JULY, AUGUST = date(2026, 7, 15), date(2026, 8, 1)


@pytest.fixture
def desk(db: None) -> tuple[Any, Any]:
    """The people, an operator of the desk and its head."""
    fill()
    return staff("a", "qualification"), staff("b", "qualification_approver")


def planned(by: Any) -> Any:
    from kokuho.desks.eligibility.actions import renewal

    return renewal.plan(by=by, run_id=renewal.order(by=by, on=JULY, renew_on=AUGUST).pk)


def approve(desk: tuple[Any, Any], run: Any) -> None:
    from kokuho.desks.eligibility.actions import renewal

    renewal.decide(by=desk[1], approval=renewal.propose(by=desk[0], run_id=run.pk), approve=True)


def lines(run: Any) -> dict[int, tuple[str, str, date | None]]:
    from kokuho.desks.eligibility.models import RenewalLine

    rows = RenewalLine.objects.filter(run=run)
    return {row.atena_no: (row.kind, row.why, row.valid_until) for row in rows}


def test_everybody_is_in_the_plan_with_a_date_or_a_reason(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.models import BurdenJudgement, CardUse
    from kokuho.desks.people.models import MailStop

    known = {"recorded_by": "t", "origin": "t"}
    CardUse.objects.create(atena_no=STUDENT, registered=True, valid=span(date(2026, 1, 1)), **known)
    MailStop.objects.create(atena_no=WIFE, reason="返戻", valid=span(date(2026, 7, 1)), **known)
    run = planned(desk[0])
    found = lines(run)
    assert found[OLD] == ("confirmation", "", date(2027, 7, 31))
    assert found[GUEST] == ("confirmation", "", date(2026, 12, 20))
    assert found[STUDENT] == ("notice", "notice", None)  # an お知らせ under 70 has no date to renew
    assert found[WIFE][1] == "mail_stop" and found[MOTHER][1] == "protected"
    assert (run.results["renewed"], run.results["excluded"]) == (3, 3)
    assert sum(part["issue"] for part in run.results["areas"].values()) == 3
    BurdenJudgement.objects.get(household_no=1000000001).correct(
        recorded_by="t", origin="t", valid=span(date(2027, 1, 1), date(2027, 8, 1))
    )
    from kokuho.desks.eligibility.actions import renewal

    renewal.cancel(by=desk[0], run_id=run.pk, reason="負担割合の判定をやり直す")
    assert lines(planned(desk[0]))[OLD][1] == "ratio"


def test_only_the_approved_plan_is_issued_and_only_once(desk: tuple[Any, Any]) -> None:
    from kokuho.core.access import Refused
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.eligibility.actions.certificates import Item, issue
    from kokuho.desks.eligibility.models import Certificate, CertificateHolding
    from kokuho.desks.eligibility.papers import CertificateError

    (old,) = issue(by=desk[1], on=JULY, items=[Item(WORKER, "confirmation", "new")], method="window")
    CertificateHolding.objects.filter(pk=old.pk).update(valid_until=date(2029, 3, 31))
    run = planned(desk[0])
    with pytest.raises(CertificateError, match="承認"):
        renewal.issue(by=desk[0], run_id=run.pk)
    approval = renewal.propose(by=desk[0], run_id=run.pk)
    with pytest.raises(Refused):
        renewal.decide(by=desk[0], approval=approval, approve=True)
    renewal.decide(by=desk[1], approval=approval, approve=True)
    assert renewal.issue(by=desk[0], run_id=run.pk) == renewal.issue(by=desk[0], run_id=run.pk) == 5
    made = Certificate.objects.filter(run=run).order_by("atena_no")
    assert [c.atena_no for c in made] == [OLD, WIFE, WORKER, STUDENT, GUEST]
    assert made[0].printed["ratio"] == "2" and made[0].issued_on == AUGUST and made[0].reason == "renewal"
    holding = CertificateHolding.objects.get(pk=old.pk)
    assert (holding.state, holding.cause, holding.cause_on) == ("due_back", "replaced", AUGUST)
    assert CertificateHolding.objects.filter(state="held").count() == 5


def test_a_plan_that_breaks_off_leaves_nothing_and_is_made_again_alike(
    desk: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    from kokuho.core import bulk
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.eligibility.models import RenewalLine

    run = renewal.order(by=desk[0], on=JULY, renew_on=AUGUST)

    def cut_off(*_: Any) -> int:
        raise OSError("no more")

    with monkeypatch.context() as broken, pytest.raises(OSError), transaction.atomic():
        broken.setattr(bulk, "copy_rows", cut_off)
        renewal.plan(by=desk[0], run_id=run.pk)
    assert not RenewalLine.objects.exists()
    first = renewal.plan(by=desk[0], run_id=run.pk).results["hash"]
    renewal.cancel(by=desk[0], run_id=run.pk, reason="試し")
    assert planned(desk[0]).results["hash"] == first


def test_the_letters_are_printed_in_post_order_and_protected_ones_apart(
    desk: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from kokuho.core import config, workplace
    from kokuho.core.models import AuditRecord
    from kokuho.core.sealing import is_sealed
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.people.models import MailDestination
    from kokuho.jobs import certificates as jobs
    from kokuho.jobs import papers
    from kokuho.jobs.printing import folder

    MailDestination.objects.create(
        atena_no=MOTHER, business=0, name="佐藤　恵", postal_code="3320012", safe=True, reason="支援",
        address="埼玉県川口市本町１丁目１番１号",
        valid=span(date(2026, 1, 1)), recorded_by="t", origin="t",
    )  # fmt: skip
    run = planned(desk[0])
    approve(desk, run)
    renewal.issue(by=desk[0], run_id=run.pk)
    printing = jobs.order_print(by=desk[0], on=JULY, renewal_id=run.pk)
    assert jobs.order_print(by=desk[0], on=JULY, renewal_id=run.pk).pk == printing.pk
    done = jobs.work(printing.pk, by=desk[0], processes=1)
    assert {key: done.results[key] for key in ("documents", "printed", "pulled", "undeliverable", "problems")} == {
        "documents": 6, "printed": 5, "pulled": 1, "undeliverable": 0, "problems": 0,
    }  # fmt: skip
    out: Path = folder(printing.pk)
    listed = list(csv.reader(read_sealed(out / "print" / "print-list.csv").decode().splitlines()))
    assert len(listed) == 6 and str(MOTHER) not in read_sealed(out / "print" / "print-list.csv").decode()
    assert read_sealed(out / "pulled" / "pull-list.csv").decode().count(str(MOTHER)) == 1

    def taken(name: str, *rights: str) -> set[str]:
        place = tmp_path / name
        papers.take(by=with_more(desk[0], *rights), run_id=printing.pk, out=place)
        assert all(path.stat().st_mode & 0o077 == 0 for path in place.rglob("*.pdf"))
        return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}

    assert all(is_sealed(path) for path in out.rglob("*") if path.is_file() and path.name != ".lock")
    plain = taken("a")
    assert "print/0001.pdf" in plain and (tmp_path / "a/print/0001.pdf").read_bytes().startswith(b"%PDF-")
    assert not any(name.startswith("pulled/") for name in plain) and "problems.csv" in plain
    apart = ("manifest.json", "protected-0001.pdf", "problems.csv", "pull-list.csv")
    assert taken("b", "protected.read") - plain == {f"pulled/{name}" for name in apart}
    record = AuditRecord.objects.filter(function="prints.take").order_by("pk")[0]
    printed = next(one for one in done.results["file_list"] if one["file"] == "print/0001.pdf")
    assert (record.detail["run"], record.detail["files"]["print/0001.pdf"]) == (printing.pk, printed["sha256"])
    with pytest.raises(papers.PapersError, match="既にあります"):
        taken("a")
    kept = (out / "print" / "0001.pdf").read_bytes()
    (out / "print" / "0001.pdf").write_bytes(b"%PDF-1.7 another paper")
    with pytest.raises(papers.PapersError) as bent:
        taken("c")
    assert bent.value.code == "PRINT-BENT" and not list((tmp_path / "c").rglob("*.*"))
    os.utime(out / "print" / "0001.pdf", (10, 10))
    assert workplace.seal_open() and (out / "print" / "0001.pdf").stat().st_mtime == 10  # erased at the same time as if never touched
    (out / "print" / "0001.pdf").write_bytes(kept)
    monkeypatch.setattr(config, "home", lambda: tmp_path)
    with pytest.raises(papers.PapersError, match="KOKUHO_HOME"):
        taken("d")


def with_more(actor: Any, *rights: str) -> Any:
    return replace(actor, capabilities=actor.capabilities | set(rights))

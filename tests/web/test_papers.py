"""The screens of certificates: from 交付するもの over the second person to the paper, and what a protected household never shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from weboffice import CHILD, DAY, HEAD, HOUSEHOLD, SECRET_PLACE, SECRET_POSTCODE, WIFE, City

pytestmark = pytest.mark.db
OF_HEAD = f"/eligibility/certificates/persons/{HEAD}/"


@pytest.fixture
def second(city: City) -> Iterator[str]:
    """The head of the desk."""
    from weboffice import PASSWORD

    from kokuho.core.actions.staff import register

    register(
        staff_no="shokacho", name="資格 係長", unit_code="01", unit_name="国保課", password=PASSWORD, roles=("qualification_approver",),
        applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip
    yield "shokacho"


def test_one_key_from_due_to_the_paper(city: City, second: str, sign_in: Any, opened: Any) -> None:
    from kokuho.desks.eligibility.models import Certificate

    clerk = sign_in("shikaku")
    page = opened(clerk, OF_HEAD)
    (row,) = page.context["standing"].due
    assert (row.label, row.reason) == ("資格確認書", "資格取得")
    answer = clerk.post(f"{OF_HEAD}issue/", {"item": row.item, "method": "window"})
    entry = answer.url
    assert not Certificate.objects.exists()
    other = sign_in(second)
    opened(other, entry)
    assert other.post(entry, {"act": "confirm", "reason": ""}).url == entry  # what was issued is printed from here
    done = other.get(entry).content.decode()
    assert "交付した証・お知らせ" in done
    assert f'action="{entry}certificates.pdf"' in clerk.get(entry).content.decode()
    (made,) = Certificate.objects.all()
    assert (made.atena_no, made.method, made.reason) == (HEAD, "window", "new")
    address = f"/certificates/{made.pk}/pdf/"
    first = clerk.post(address)
    assert first["Content-Type"] == "application/pdf" and first.content.startswith(b"%PDF")
    assert "もう一度印刷する理由" in clerk.post(address).content.decode()  # a second time asks why
    assert clerk.post(address, {"reason": "紙詰まり"})["Content-Type"] == "application/pdf"
    history = clerk.get(f"/eligibility/certificates/{made.pk}/")
    assert [event.label for event in history.context["found"].events] == ["再印刷", "印刷"]
    card = clerk.get(f"/households/{HOUSEHOLD}/certificates/").content.decode()
    assert "資格確認書" in card and "交付するもの 1件" in card  # the child's is still to come


def test_a_returned_letter_is_found_by_its_number_and_written_down(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility.actions.certificates import Item, issue
    from kokuho.desks.eligibility.models import CertificateHolding

    by = actor_for("shikaku", on=DAY, terminal="t")
    (sent,) = issue(by=by, on=DAY, items=[Item(CHILD, "confirmation", "new")], method="mail")
    clerk = sign_in("shikaku")
    answer = clerk.get(f"/eligibility/certificates/?letter={sent.pk:010d}")
    assert answer.status_code == 302 and answer.url == f"/eligibility/certificates/{sent.pk}/"
    opened(clerk, answer.url)
    assert clerk.post(answer.url, {"kind": "returned", "return_reason": "unknown"}).status_code == 302
    assert CertificateHolding.objects.get(pk=sent.pk).state == "returned"
    assert "返戻 1" in clerk.get("/eligibility/certificates/?state=returned").content.decode()


def test_a_renewal_shows_nothing_of_where_a_protected_person_lives(city: City, sign_in: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility.actions import renewal
    from kokuho.desks.eligibility.models import RenewalLine

    by = actor_for("shikaku", on=DAY, terminal="t")
    run = renewal.plan(by=by, run_id=renewal.order(by=by, on=DAY, renew_on=date(2026, 8, 1)).pk)
    assert RenewalLine.objects.get(run=run, atena_no=WIFE).why == "protected"
    page = sign_in("shikaku").get(f"/eligibility/certificates/renewals/{run.pk}/?outcome=all").content.decode()
    assert str(WIFE) in page and SECRET_PLACE not in page and SECRET_POSTCODE not in page


def test_the_judgement_is_ordered_explained_and_kept_to_two_persons(city: City, second: str, sign_in: Any, opened: Any) -> None:
    from kokuho.core.models import Approval, BatchRun
    from kokuho.desks.eligibility.models import BurdenJudgement
    from kokuho.jobs import certificates as jobs

    clerk, other = sign_in("shikaku"), sign_in(second)
    run = BatchRun.objects.get(pk=int(clerk.post("/burden/order/", {"mode": "check"}).url.rstrip("/").rsplit("/", 1)[1]))
    from kokuho.core.access import actor_for
    from kokuho.desks.assessment.actions import burden

    by = actor_for("shikaku", on=DAY, terminal="t")
    burden.cancel(by=by, run_id=run.pk, reason="試験")
    made = burden.judge_now(by=by, on=DAY, household_no=HOUSEHOLD)
    assert jobs.work(made.pk, by=by).state == BatchRun.DONE
    approval = Approval.objects.get(kind="burden")
    assert other.post(f"/approvals/{approval.pk}/", {"act": "approve", "reason": ""}).status_code == 302
    assert BurdenJudgement.objects.get(household_no=HOUSEHOLD).under_70 == "ア"  # nobody declared for the year before
    page = opened(clerk, f"/assessment/burden/households/{HOUSEHOLD}/").content.decode()
    assert "未申告の人がいる" in page and "国民健康保険法施行令29条の3" in page

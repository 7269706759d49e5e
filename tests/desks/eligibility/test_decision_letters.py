"""行政不服審査法82条: what the office decides about a person is told in writing, with how to appeal, by the wording of the day."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from certfacts import DAY, MOTHER, SHELTER, WORKER, YOUNG, fill, notified, span, special, staff

pytestmark = pytest.mark.db
SEEN = {"four": {"by_eye": True}}
REFUSED = {
    "application": "limit", "applied_on": "2026-08-03",
    "reason": "納期限を過ぎた保険税があり、特別の事情が認められないため（施行規則27条の14の2）",
}  # fmt: skip
APPEAL = "埼玉県国民健康保険審査会に対して審査請求をすることができます（国民健康保険法第91条・第99条）"


@pytest.fixture
def desk(db: None) -> tuple[Any, Any]:
    fill()
    return staff("a", "qualification"), staff("b", "qualification")


def decided(desk: tuple[Any, Any], kind: str, atena: int, household: int, **payload: Any) -> int:
    from kokuho.core.actions.entries import confirm, submit

    entry = submit(by=desk[0], on=DAY, kind=kind, title=kind, payload=payload, persons=[atena], household_no=household, evidence=SEEN)
    confirm(by=desk[1], on=DAY, entry_id=entry.pk)
    return int(entry.pk)


def told(desk: tuple[Any, Any], entry_id: int, on: date = DAY) -> tuple[str, int]:
    """The text of the letter without its spaces, and its pages."""
    from pypdf import PdfReader

    from kokuho.documents.decision_letters import decision_letter

    pages = PdfReader(io.BytesIO(decision_letter(by=desk[0], on=on, entry_id=entry_id, reason="紙詰まり"))).pages
    return "".join("".join(page.extract_text() for page in pages).split()), len(pages)


def test_a_refusal_is_decided_by_two_and_told_with_its_reason_and_the_appeal(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import EntryError, submit
    from kokuho.desks.eligibility.models import LimitApproval
    from kokuho.desks.eligibility.papers import CertificateError
    from kokuho.desks.eligibility.queries.certificates import certificate_standing
    from kokuho.desks.people.models import Sender, Teaching

    number = decided(desk, "certificate.refusal", WORKER, YOUNG, **REFUSED)
    assert not LimitApproval.objects.exists()
    text, pages = told(desk, number)
    assert pages == 1 and "申請の却下について（通知）" in text and "鈴木一郎" in text and "特別の事情が認められない" in text
    # The tax municipality too: 資格・給付 go to the 審査会, only the levy to the mayor.
    assert APPEAL in text and "川口市を被告として（訴訟において川口市を代表する者は川口市長となります。）" in text
    (refused,) = certificate_standing(desk[0], WORKER, YOUNG, on=DAY).refused
    assert (refused[0].pk, refused[1]) == (number, "限度額適用・標準負担額減額の認定")

    def again(**change: str) -> None:
        submit(by=desk[0], on=DAY, kind="certificate.refusal", title="x", payload={**REFUSED, **change}, persons=[WORKER], evidence=SEEN)

    for change, code in (({"application": "other"}, "CRT43"), ({"reason": " "}, "CRT44"), ({"applied_on": "2026-08-04"}, "CRT33")):
        with pytest.raises(CertificateError) as wrong:
            again(**change)
        assert wrong.value.code == code
    with pytest.raises(EntryError) as twice:
        again()
    assert twice.value.code == "ENTRY-04-TWICE"

    Teaching.objects.create(
        code=Sender.ELIGIBILITY, valid=span(date(2026, 9, 1)), request="{prefecture}の新しい審査会へ。", recorded_by="t", origin="t"
    )
    again_text = told(desk, number)[0]
    assert APPEAL in again_text and "再発行" in again_text and "再発行" not in text
    later = told(desk, number, date(2026, 9, 1))[0]
    assert "埼玉県の新しい審査会へ。" in later and APPEAL not in later and "川口市を被告として" in later


def test_special_benefit_is_told_both_ways_and_a_protected_person_alone(desk: tuple[Any, Any]) -> None:
    from kokuho.core.access import Refused
    from kokuho.documents.decision_letters import decision_letter
    from kokuho.documents.office_letters import LetterError

    from_notice = special(
        notified(YOUNG, WORKER, date(2026, 6, 1), date(2026, 6, 30)), circumstances="認められない",
        decision="納期限から1年を過ぎた滞納があり、相談に応じない。" * 18, **{"from": "2026-08-01"},
    )  # fmt: skip
    text, pages = told(desk, decided(desk, "certificate.special", WORKER, YOUNG, **from_notice))
    assert "事前に通知した日令和8年6月1日" in text
    assert pages == 1 and "令和8年8月1日からは、医療機関等の窓口で医療費の全額（10割）" in text and APPEAL in text
    end = decided(desk, "certificate.special", WORKER, YOUNG, **{"from": "2026-08-02", "end": True})
    assert "特別療養費の支給の終了" in told(desk, end)[0]
    hidden = decided(desk, "certificate.refusal", MOTHER, SHELTER, **REFUSED)
    with pytest.raises(Refused):
        decision_letter(by=desk[0], on=DAY, entry_id=hidden)
    with pytest.raises(LetterError) as nowhere:
        decision_letter(by=staff("c", "qualification", "protection"), on=DAY, entry_id=hidden)
    assert nowhere.value.code == "LET06"  # no safe 送付先: never to where she lives

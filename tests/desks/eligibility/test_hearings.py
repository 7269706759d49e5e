"""特別療養費 is decided from a 事前通知 that was issued, after the 弁明 or its deadline; protected households are written to apart."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from certfacts import DAY, GUEST, HOUSE, MOTHER, OLD, SHELTER, WORKER, YOUNG, fill, span, special, staff

from kokuho.core.sealing import read_sealed

pytestmark = pytest.mark.db
UNTIL = date(2026, 8, 17)  # 14 days after Monday 3 August
SAID = {"from": "2026-08-18", "circumstances": "なし", "decision": "相談に応じない"}


@pytest.fixture
def desk(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Three households in arrears of a year; what is printed goes into a folder of this test alone."""
    from kokuho.core import config
    from kokuho.desks.eligibility.models import ArrearsHousehold

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    fill()
    for household, payer in ((HOUSE, OLD), (YOUNG, WORKER), (SHELTER, MOTHER)):
        ArrearsHousehold.objects.create(
            household_no=household, payer_no=payer, arrears=17_000, overdue=10_000, terms=2, insured=2, spared=1,
            oldest_due=date(2025, 6, 30), standing=ArrearsHousehold.OPEN, counted_on=date(2026, 8, 2),
        )  # fmt: skip
    return staff("a", "qualification"), staff("b", "qualification")


def issued(desk: tuple[Any, Any], *households: int, on: date = DAY) -> Any:
    from kokuho.jobs import hearing_letters

    return hearing_letters.run(hearing_letters.order(by=desk[0], on=on, households=households).pk, by=desk[0], processes=1)


def papers(run: Any, part: str = "print") -> str:
    """The text of what a run printed, without its spaces."""
    from pypdf import PdfReader

    from kokuho.jobs.printing import folder

    files = sorted((folder(run.pk) / part).glob("*.pdf"))
    return "".join("".join(page.extract_text() for file in files for page in PdfReader(io.BytesIO(read_sealed(file))).pages).split())


def decide(desk: tuple[Any, Any], number: int, on: date, **change: Any) -> Any:
    from kokuho.core.actions.entries import submit

    return submit(
        by=desk[0], on=on, kind="certificate.special", title="x", payload={**special(number), **SAID, **change}, persons=[WORKER],
        household_no=YOUNG,
    )  # fmt: skip


def test_the_letters_go_to_who_owes_and_say_until_when_to_answer(desk: tuple[Any, Any]) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.desks.eligibility.models import HearingNotice
    from kokuho.desks.eligibility.papers import CertificateError
    from kokuho.jobs import hearing_letters

    # The mother is protected and has no safe 送付先: nobody is told of her house, she stays a candidate.
    run = issued(desk, HOUSE, YOUNG, SHELTER)
    assert (run.parameters["left"], run.results["documents"], run.results["printed"]) == ([SHELTER], 2, 2)
    rows = {row.household_no: row for row in HearingNotice.objects.all()}
    assert {no: (row.payer_no, row.notified_on, row.hearing_until) for no, row in rows.items()} == {
        HOUSE: (OLD, DAY, UNTIL), YOUNG: (WORKER, DAY, UNTIL)}  # fmt: skip
    text = papers(run)
    assert "令和8年8月17日までに弁明書を提出" in text and "鈴木一郎様" in text and "10,000円（最も古い納期限令和7年6月30日）" in text
    assert f"文書番号（H{rows[YOUNG].pk:09d}）" in text and "国民健康保険法第54条の3第1項" in text
    assert "審査請求" not in text and "隠町" not in text
    with pytest.raises(CertificateError) as twice:
        hearing_letters.order(by=desk[0], on=DAY, households=[YOUNG])
    assert twice.value.code == "CRT51"
    with pytest.raises(CertificateError) as nobody:
        hearing_letters.order(by=desk[0], on=DAY, households=[SHELTER])
    assert nobody.value.code == "CRT56" and HearingNotice.objects.count() == 2
    again = {"by": desk[0], "on": date(2026, 8, 5), "notice_id": rows[YOUNG].pk}
    with pytest.raises(CertificateError) as unsaid:
        hearing_letters.order_again(**again)
    assert unsaid.value.code == "CRT58"
    second = hearing_letters.run(hearing_letters.order_again(**again, reason="返戻").pk, by=desk[0], processes=1)
    text = papers(second)
    assert "再発行令和8年8月5日" in text and "令和8年8月3日" in text and "令和8年8月17日まで" in text
    printed = AuditRecord.objects.filter(function="eligibility.hearing_letters", operation="print")
    assert {person for record in printed for person in record.persons} == {OLD, WORKER}


def test_a_protected_member_puts_the_letter_into_the_bundle_apart(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.people.models import Protection, PulledDocument

    Protection.objects.create(atena_no=GUEST, valid=span(date(2026, 1, 1)), until=date(2027, 1, 1), recorded_by="t", origin="t")
    run = issued(desk, HOUSE, YOUNG)
    assert (run.results["printed"], run.results["pulled"]) == (1, 1)
    assert "鈴木一郎様" in papers(run, "pulled") and "鈴木一郎様" not in papers(run)
    # It waits among the papers to be seen to, as those of every other run do.
    [aside] = PulledDocument.objects.filter(batch_id=run.pk)
    assert (aside.atena_no, aside.reason, aside.document, aside.number[0]) == (WORKER, "protected", "office-letter", "H")


def test_what_cannot_be_printed_notified_nobody(desk: tuple[Any, Any]) -> None:
    from kokuho.desks.eligibility.actions.hearings import open_notice
    from kokuho.desks.people.models import Person

    Person.objects.get(atena_no=WORKER).correct(recorded_by="t", origin="t", name="鈴木\U0010ffff一郎")
    run = issued(desk, HOUSE, YOUNG)
    assert (run.results["printed"], run.results["problems"]) == (1, 1)
    assert open_notice(YOUNG) is None and open_notice(HOUSE) is not None
    issued(desk, YOUNG)  # a candidate again


def test_the_decision_waits_for_the_deadline_or_the_answer(desk: tuple[Any, Any]) -> None:
    from kokuho.core.actions.entries import confirm, return_
    from kokuho.desks.eligibility.actions.hearings import open_notice, take_step
    from kokuho.desks.eligibility.models import BELIEVED, HearingNotice, HearingStep, SpecialBenefit
    from kokuho.desks.eligibility.papers import CertificateError

    def refused(code: str, on: date, **change: Any) -> None:
        with pytest.raises(CertificateError) as wrong:
            decide(desk, notice, on, **change)
        assert wrong.value.code == code

    issued(desk, HOUSE, YOUNG)
    notice = HearingNotice.objects.get(household_no=YOUNG).pk
    refused("CRT45", UNTIL, notice=None)
    refused("CRT45", UNTIL, notice=HearingNotice.objects.get(household_no=HOUSE).pk)  # another household's
    refused("CRT41", UNTIL)  # the last day belongs to those who are heard
    after = date(2026, 8, 18)
    refused("CRT40", after, **{"from": "2026-08-17"})
    entry = decide(desk, notice, after)
    # What arrives between the entry and its confirmation must be read.
    take_step(by=desk[0], on=after, notice_id=notice, kind="received", day=after, note="父の入院費がかさんだ")
    with pytest.raises(CertificateError) as unread:
        confirm(by=desk[1], on=after, entry_id=entry.pk)
    assert unread.value.code == "CRT46"
    return_(by=desk[1], on=after, entry_id=entry.pk, reason="弁明が届いた")
    entry = decide(desk, notice, after)
    confirm(by=desk[1], on=after, entry_id=entry.pk)
    (row,) = SpecialBenefit.objects.filter(BELIEVED, household_no=YOUNG)
    assert (row.notified_on, row.hearing_until, row.hearing) == (DAY, UNTIL, "令和8年8月18日 父の入院費がかさんだ")
    assert open_notice(YOUNG) is None and HearingStep.objects.get(notice_id=notice, kind="decided").entry_id == entry.pk
    with pytest.raises(CertificateError) as late:
        take_step(by=desk[0], on=after, notice_id=notice, kind="withdrawn", day=after, note="x")
    assert late.value.code == "CRT52"


def test_before_the_deadline_an_answer_or_its_waiver_is_enough(desk: tuple[Any, Any]) -> None:
    from kokuho.core.access import Refused
    from kokuho.desks.eligibility.actions.hearings import take_step
    from kokuho.desks.eligibility.models import HearingNotice
    from kokuho.desks.eligibility.papers import CertificateError

    issued(desk, YOUNG)
    notice = HearingNotice.objects.get().pk
    on = date(2026, 8, 6)
    step = {"by": desk[0], "on": on, "notice_id": notice}
    for said, code in (
        ({"kind": "received", "day": on}, "CRT54"), ({"kind": "waived", "day": date(2026, 8, 2)}, "CRT53"),
        ({"kind": "waived", "day": date(2026, 8, 7)}, "CRT53"), ({"kind": "decided", "day": on, "note": "x"}, "CRT54"),
    ):  # fmt: skip
        with pytest.raises(CertificateError) as wrong:
            take_step(**step, **said)
        assert wrong.value.code == code
    with pytest.raises(Refused):
        take_step(**{**step, "by": staff("z", "collection")}, kind="waived", day=on)
    take_step(**step, kind="waived", day=on)
    with pytest.raises(CertificateError) as once:
        take_step(**step, kind="waived", day=on)
    assert once.value.code == "CRT55"
    assert decide(desk, notice, on, **{"from": "2026-08-07"}).state == "pending"
    take_step(**step, kind="withdrawn", day=on, note="納付があった")
    with pytest.raises(CertificateError) as gone:
        decide_again = {**SAID, "notice": notice, "hearing": ""}
        from kokuho.core.actions.entries import submit

        submit(by=desk[0], on=on, kind="certificate.special", title="y", payload=decide_again, persons=[WORKER], household_no=YOUNG)
    assert gone.value.code == "CRT45"
    issued(desk, YOUNG, on=on)  # withdrawn: it may be notified anew

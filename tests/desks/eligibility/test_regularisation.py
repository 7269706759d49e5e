"""適正化: steps are written once, 職権喪失 only when the office's conditions are met, letters never show the protected (SHI-20, SHI-08)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
JOINED = date(2026, 4, 1)


def finding(desk: Any, no: int = 1, kind: str = "joined") -> Any:
    from kokuho.desks.eligibility.actions.regularisation import add_finding

    return add_finding(
        by=desk.clerk, on=DAY, atena_no=no, kind=kind, source="manual", scheme="協会けんぽ", event_on=JOINED, reason="納税相談"
    )  # fmt: skip


def step(desk: Any, found: Any, kind: str, day: date, **more: Any) -> None:
    from kokuho.desks.eligibility.actions.regularisation import add_step

    add_step(by=desk.clerk, on=DAY, finding_id=found.pk, kind=kind, happened_on=day, **more)


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_office_acts_itself_only_after_two_confirmations_and_fourteen_days(desk: Any, person: Callable) -> None:
    from kokuho.core.actions import entries
    from kokuho.desks.eligibility.actions import regularisation
    from kokuho.desks.eligibility.actions.findings import FindingError
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod

    person(1, 10, date(1980, 5, 5), head=True)
    found = finding(desk)

    def refused(why: str) -> None:
        with pytest.raises(FindingError, match=why) as error:
            regularisation.propose_ex_officio(by=desk.clerk, on=DAY, finding_id=found.pk, reason="二度確認した")
        assert error.value.code == "FND08"

    refused("2回以上")
    step(desk, found, "confirmed", date(2026, 5, 10), other_acquired=JOINED, continues=True)
    step(desk, found, "confirmed", date(2026, 6, 10), other_acquired=JOINED, continues=True)
    refused("14日以上")
    step(desk, found, "reminded", date(2026, 6, 18))
    refused("14日以上")
    step(desk, found, "reminded", date(2026, 6, 1))
    step(desk, found, "returned", date(2026, 6, 20))
    refused("14日以上")
    with pytest.raises(FindingError, match="資格取得日"):
        step(desk, found, "confirmed", DAY)
    other = finding(desk, person(2, 20, date(1980, 5, 5), head=True))
    for day in (date(2026, 5, 10), date(2026, 6, 10)):
        step(desk, other, "confirmed", day, other_acquired=JOINED, continues=True)
    step(desk, other, "reminded", date(2026, 6, 17))
    entry = regularisation.propose_ex_officio(by=desk.clerk, on=DAY, finding_id=other.pk, reason="二度確認し、勧奨に答えがない")
    assert InsuredPeriod.objects.get(BELIEVED, atena_no=2).lost_on is None
    entries.confirm(by=desk.second, on=DAY, entry_id=entry.pk)
    stay = InsuredPeriod.objects.get(BELIEVED, atena_no=2)
    assert (stay.lost_on, stay.lost_event_on, stay.lost_reason) == (date(2026, 4, 2), JOINED, "213")
    other.refresh_from_db()
    assert (other.state, other.result, other.decided_by) == ("closed", "ex_officio", "c2")
    import io

    from pypdf import PdfReader

    from kokuho.documents.decision_letters import decision_letter

    (page,) = PdfReader(io.BytesIO(decision_letter(by=desk.clerk, on=DAY, entry_id=entry.pk))).pages
    text = "".join(page.extract_text().split())
    assert "資格の喪失について（通知）" in text and "令和8年4月1日" in text and "国民健康保険審査会に対して審査請求" in text


def test_a_letter_asks_the_householder_and_leaves_protected_persons_out(desk: Any, person: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import Protection
    from kokuho.documents import office_letters

    person(1, 10, date(1980, 5, 5), head=True, name="渡邉󠄂　太郎")
    person(2, 10, date(1990, 5, 5), name="渡邉󠄂　花")
    person(3, 30, date(1980, 5, 5), head=True, name="隠　恵", town="隠町")
    Protection.objects.create(atena_no=3, valid=DateRange(DAY, None), until=DAY, recorded_by="t", origin="t")
    wanted = [finding(desk, 2).pk, finding(desk, 3).pk]
    pdf, printed, left = office_letters.reminders(by=desk.clerk, on=DAY, finding_ids=wanted)
    assert (printed, left) == (wanted[:1], wanted[1:])
    text = text_of(pdf)
    for shown in ("資格喪失の届出について", "渡邉󠄂　太郎", "渡邉󠄂　花", "令和8年7月15日まで", "令和8年4月1日", "保険税"):
        assert shown in text, shown
    assert "隠" not in text
    with pytest.raises(office_letters.LetterError):
        office_letters.reminders(by=desk.clerk, on=DAY, finding_ids=wanted[1:])


def test_the_slip_for_the_next_municipality_carries_the_original_day(desk: Any, person: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import Status
    from kokuho.documents import office_letters

    person(1, 10, date(1950, 5, 5), insured_from=None)
    held = Status.objects.create(
        atena_no=1, household_no=10, kind=Status.FORMER_INSURED, kind_no=Status.NUMBERS[Status.FORMER_INSURED], recorded_by="t",
        origin="t", valid=DateRange(date(2025, 5, 6), None),
    )  # fmt: skip
    text = text_of(office_letters.slip(by=desk.clerk, on=DAY, status_id=held.pk))
    assert "特定同一世帯所属者証明書" in text and "令和7年5月5日" in text

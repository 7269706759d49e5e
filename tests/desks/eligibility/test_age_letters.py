"""Letters of 年齢到達 in the order of the post, protected ones apart; births nobody notified become proposals of the exemption."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from kokuho.core.sealing import read_sealed

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def test_letters_go_to_whom_the_age_concerns(committed_db: str, desk: Any, person: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange
    from pypdf import PdfReader

    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.people.models import Protection, PulledDocument
    from kokuho.jobs import age_letters
    from kokuho.jobs.printing import folder
    from kokuho.law.eligibility.months import Month

    person(1, 10, date(1951, 7, 15), head=True, postal_code="3320099")  # 75 in July: written to himself
    person(2, 20, date(1970, 1, 1), head=True, insured_from=None, postal_code="3320001")
    person(3, 20, date(1956, 6, 20), postal_code="3320001")  # 70 in June: the ratio changes on 1 July; to the head
    person(4, 30, date(1961, 7, 1), head=True)  # born on the 1st: 65 in June already
    person(5, 40, date(1961, 7, 2), head=True)  # 65 in July
    person(6, 50, date(1951, 7, 20), head=True)
    person(7, 60, date(1986, 7, 31), head=True)  # 40 in July
    Protection.objects.create(
        atena_no=6, valid=DateRange(date(2026, 1, 1), None), until=date(2027, 1, 1), recorded_by="t", origin="t"
    )
    run = ages.order(by=desk.clerk, on=DAY, month=Month(2026, 7))
    batch = age_letters.order(by=desk.clerk, on=DAY, run_id=run.pk)
    assert age_letters.order(by=desk.clerk, on=DAY, run_id=run.pk).pk == batch.pk
    done = age_letters.run(batch.pk, by=desk.clerk, processes=1)
    assert {key: done.results[key] for key in ("documents", "printed", "pulled", "undeliverable", "problems")} == {
        "documents": 5, "printed": 4, "pulled": 0, "undeliverable": 1, "problems": 0}  # fmt: skip
    [aside] = PulledDocument.objects.filter(batch_id=batch.pk)
    assert (aside.atena_no, aside.reason) == (6, "undeliverable")
    out = folder(batch.pk) / "print"
    listed = list(csv.reader(read_sealed(out / "print-list.csv").decode().splitlines()))
    assert [row for row in listed if "3320001" in "".join(row).replace("-", "")]
    text = "".join(page.extract_text() for file in sorted(out.glob("*.pdf")) for page in PdfReader(io.BytesIO(read_sealed(file))).pages)
    text = "".join(text.split())
    assert "令和8年7月15日から後期高齢者医療制度の被保険者" in text and "試験 2様".replace(" ", "") in text.replace("　", "")
    assert "介護分は令和8年6月分まで、令和8年7月分からは介護保険料" in text and "令和8年7月1日から医療機関の窓口" in text
    assert "令和8年7月分から国民健康保険の保険税に介護分が加わります" in text
    assert "試験6" not in text.replace("　", "")


def test_letters_of_school_ages_are_the_municipalitys_choice_and_so_are_their_words(committed_db: str, desk: Any, person: Callable) -> None:
    from pypdf import PdfReader

    from kokuho.core.models import Municipality
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.actions.ages import AgeError
    from kokuho.desks.eligibility.queries.ages import age_letter_count
    from kokuho.jobs import age_letters
    from kokuho.jobs.printing import folder
    from kokuho.law.eligibility.months import Month

    on = date(2027, 3, 1)
    person(1, 10, date(1990, 1, 1), head=True, postal_code="3320099")
    for no, born in ((2, date(2021, 4, 1)), (3, date(2021, 4, 2)), (4, date(2009, 4, 1)), (5, date(2009, 4, 2))):
        person(no, 10, born, relation="20", postal_code="3320099", insured_from=date(2022, 4, 1))  # 2 and 4 are the last of their year
    run = ages.order(by=desk.clerk, on=on, month=Month(2027, 4))
    assert age_letter_count(desk.clerk, run.pk) == 0  # no button is offered, and none is made
    with pytest.raises(AgeError) as nobody:
        age_letters.order(by=desk.clerk, on=on, run_id=run.pk)
    assert nobody.value.code == "AG7"
    Municipality.objects.update(settings={"eligibility": {"age_letters": ["school", "child_end"]}})
    assert age_letter_count(desk.clerk, run.pk) == 2
    batch = age_letters.order(by=desk.clerk, on=on, run_id=run.pk)
    done = age_letters.run(batch.pk, by=desk.clerk, processes=1)
    assert (done.results["documents"], done.results["printed"]) == (2, 2)
    pages = [page for file in sorted((folder(batch.pk) / "print").glob("*.pdf")) for page in PdfReader(io.BytesIO(read_sealed(file))).pages]
    text = "".join("".join(page.extract_text() for page in pages).split())
    assert "令和9年4月1日から医療機関の窓口で支払う一部負担金の割合が2割から3割" in text and "令和9年3月分までです" in text
    assert "令和9年4月分から国民健康保険の" in text and "子ども・子育て支援金分の均等割がかかります" in text


def test_births_nobody_notified_are_proposed_once_and_registered_by_the_second_person(desk: Any, person: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.actions.candidates import decide_candidate
    from kokuho.desks.eligibility.actions.maternity import propose_maternity
    from kokuho.desks.eligibility.models import BELIEVED, ChangeCandidate, EligibilityChange, Status

    born = date(2026, 5, 20)
    since = DateRange(born, None)
    person(1, 10, date(1990, 1, 1), head=True)
    person(2, 10, date(1992, 1, 1), sex="2", relation="12")
    person(3, 10, born, insured_from=None, lived=since)
    person(4, 10, date(1960, 1, 1), sex="2", relation="52")  # the grandmother is not asked
    person(5, 20, date(1992, 1, 1), sex="2", relation="02", head=True, insured_from=None)  # not insured
    person(6, 20, born, insured_from=None, lived=since)
    assert propose_maternity(by=desk.clerk, on=DAY) == {"proposed": 1, "settled": 0}
    assert propose_maternity(by=desk.clerk, on=DAY) == {"proposed": 0, "settled": 0}
    [row] = ChangeCandidate.objects.all()
    assert (row.atena_no, row.act, row.event_date, row.proposal["multiple"]) == (2, "status", born, False)
    # Its last months are of 令和8年度, a tax first due on 31 July 2026: five years.
    assert (row.due_on, row.proposal["closes_on"]) == (None, "2031-07-31")
    decide_candidate(by=desk.second, on=DAY, candidate_id=row.pk, apply=True)
    exempt = Status.objects.get(BELIEVED, atena_no=2, kind=Status.MATERNITY)
    # The month before the birth and the two after it: April to July.
    assert (exempt.valid.lower, exempt.valid.upper) == (date(2026, 4, 1), date(2026, 8, 1))
    assert EligibilityChange.objects.filter(atena_no=2, kind__startswith="status").exists()
    assert propose_maternity(by=desk.clerk, on=DAY)["proposed"] == 0

    # Twins, and two women: the doubt is said; a notice by the family settles the proposal.
    person(11, 30, date(1990, 1, 1), head=True, sex="2", relation="02")
    person(12, 30, date(2000, 1, 1), sex="2", relation="20")
    for twin in (13, 14):
        person(twin, 30, born, insured_from=None, lived=since)
    assert propose_maternity(by=desk.clerk, on=DAY)["proposed"] == 1
    twins = ChangeCandidate.objects.get(household_no=30)
    assert twins.proposal["multiple"] is True and "2人" in twins.proposal["doubt"]
    Status.objects.create(
        atena_no=11, household_no=30, kind=Status.MATERNITY, kind_no=Status.NUMBERS[Status.MATERNITY], recorded_by="t",
        origin="entry:1", valid=DateRange(date(2026, 2, 1), date(2026, 8, 1)),
    )  # fmt: skip
    assert propose_maternity(by=desk.clerk, on=DAY) == {"proposed": 0, "settled": 1}
    twins.refresh_from_db()
    assert (twins.state, twins.result) == ("applied", "notice")


@pytest.mark.parametrize(
    ("levy_kind", "on", "first"),
    [
        # 料: 令和6年度 (first due 2024-07-31) can be reduced to 2026-07-31; a birth of February 2024 has its last month in it.
        ("premium", date(2026, 7, 31), date(2024, 2, 1)), ("premium", date(2026, 8, 1), date(2025, 2, 1)),
        # 税: five years; no birth counts before November 2023.
        ("tax", date(2026, 8, 1), date(2023, 11, 1)), ("tax", date(2029, 8, 1), date(2025, 2, 1)),
    ],
)  # fmt: skip
def test_births_whose_levy_can_no_longer_be_reduced_are_not_proposed(desk: Any, levy_kind: str, on: date, first: date) -> None:
    from kokuho.core.models import Municipality
    from kokuho.core.queries import office
    from kokuho.desks.eligibility.actions.maternity import first_birth

    Municipality.objects.update(levy_kind=levy_kind)
    office._municipality.cache_clear()
    assert first_birth(on) == first
    office._municipality.cache_clear()

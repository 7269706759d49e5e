"""国民年金: who seems to have joined or left another insurance becomes a finding; eligibility itself never changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def take(office: Any, data: bytes, name: str = "nenkin.csv") -> Any:
    from kokuho.exchange import doors

    return doors.receive_bytes(by=office.operator, on=DAY, data=data, file_name=name)


@pytest.fixture
def people(db: None, town: Callable, office: Callable) -> tuple[Any, list[int], list[int]]:
    """The office, some insured persons and some residents under 75 without any insurance here."""
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    insured = InsuredPeriod.objects.filter(BELIEVED, valid__contains=DAY, valid__startswith__lt=date(2026, 1, 1))
    here = list(insured.order_by("atena_no").values_list("atena_no", flat=True)[:6])
    elsewhere = list(range(9000000001, 9000000005))
    for atena_no in elsewhere:
        one = Person.objects.filter(BELIEVED, atena_no=here[0]).get()
        one.pk, one.atena_no, one.birth_date = None, atena_no, date(1980, 4, 1)
        one.save(force_insert=True)
    return staff, here, elsewhere


def test_a_loss_of_category_one_of_an_insured_person_is_a_finding(people: Any) -> None:
    from kokuho.desks.eligibility.models import InsuredPeriod, OtherInsuranceFinding
    from kokuho.exchange.models import WorkItem

    staff, here, elsewhere = people
    periods = InsuredPeriod.objects.count()
    lost = {"lost_on": date(2026, 4, 1), "reason": "01"}
    rows = [
        {"atena_number": str(here[0]), "second": "2", **lost},
        {"atena_number": str(here[1]), "second": "3", **lost},
        {"atena_number": str(here[2]), "second": None, **lost},  # reached 60: no other insurance
        {"atena_number": str(elsewhere[0]), "second": "2", **lost},  # not insured here: nothing to lose
        {"atena_number": "999999999", "second": "2", **lost},
    ]
    file = take(staff, made("nenkin-loss", rows))
    found = OtherInsuranceFinding.objects.order_by("atena_no")
    assert {(f.atena_no, f.kind, f.scheme, f.event_on) for f in found} == {
        (here[0], "joined", "第2号被保険者", date(2026, 4, 1)),
        (here[1], "joined", "第3号被保険者", date(2026, 4, 1)),
    }
    assert list(WorkItem.objects.filter(file=file).values_list("code", "atena_no")) == [("N11", 999999999)]
    assert (file.applied_count, file.counts) == (4, {"joined": 2, "left": 0})
    assert InsuredPeriod.objects.count() == periods

    # Told again in next year's file: the same finding stays one.
    again = take(staff, made("nenkin-loss", rows, at="2026-07-02T06:00:00"), "again.csv")
    assert again.counts == {"joined": 0, "left": 0}


def test_pension_relations_show_who_joined_and_who_is_nowhere_insured(people: Any) -> None:
    from kokuho.desks.eligibility.models import OtherInsuranceFinding

    staff, here, elsewhere = people
    rows = [
        {"atena_number": str(here[0]), "kind": "2", "from": date(2026, 5, 1), "until": None},
        {"atena_number": str(here[1]), "kind": "1", "from": date(2020, 5, 1), "until": None},  # 1号 and insured: right
        {"atena_number": str(here[2]), "kind": "2", "from": date(1950, 5, 1), "until": date(1951, 1, 1)},  # long over
        {"atena_number": str(elsewhere[0]), "kind": "1", "from": date(2026, 5, 1), "until": None},
        {"atena_number": str(elsewhere[1]), "kind": "2", "from": date(2020, 5, 1), "until": date(2026, 3, 1)},
        {"atena_number": str(elsewhere[2]), "kind": "2", "from": date(2020, 5, 1), "until": None},  # employed: right
        # Left one employer and joined the next: nothing to do.
        {"atena_number": str(elsewhere[3]), "kind": "2", "from": date(2020, 5, 1), "until": date(2026, 3, 1)},
        {"atena_number": str(elsewhere[3]), "kind": "2", "from": date(2026, 3, 1), "until": None},
    ]
    take(staff, made("nenkin-relation", rows))
    found = {(f.atena_no, f.kind, f.event_on) for f in OtherInsuranceFinding.objects.all()}
    assert found == {
        (here[0], "joined", date(2026, 5, 1)),
        (elsewhere[0], "left", date(2026, 5, 1)),
        (elsewhere[1], "left", date(2026, 3, 1)),
    }


def test_a_finding_ends_once_with_a_result_and_a_reason(people: Any) -> None:
    from kokuho.desks.eligibility.actions.findings import FindingError, close_finding
    from kokuho.desks.eligibility.models import OtherInsuranceFinding

    staff, here, _ = people
    row = {"atena_number": str(here[0]), "second": "2", "lost_on": date(2026, 4, 1), "reason": "01"}
    take(staff, made("nenkin-loss", [row]))
    finding = OtherInsuranceFinding.objects.get()
    for given, code in ((("", "電話で確認"), "FND02"), (("notified", " "), "FND03")):
        with pytest.raises(FindingError) as refused:
            close_finding(by=staff.clerk, on=DAY, finding_id=finding.pk, result=given[0], reason=given[1])
        assert refused.value.code == code
    close_finding(by=staff.clerk, on=DAY, finding_id=finding.pk, result="notified", reason="7月1日に喪失届")
    with pytest.raises(FindingError) as refused:
        close_finding(by=staff.clerk, on=DAY, finding_id=finding.pk, result="other", reason="もう一度")
    assert refused.value.code == "FND01"

"""Lists of オンライン資格確認: registrations of the card decide who gets which paper; duplicates become findings, confirmed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


@pytest.fixture
def people(db: None, town: Callable, office: Callable) -> tuple[Any, list[dict[str, str]]]:
    """The office, and what a list says of some insured persons."""
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    insured = InsuredPeriod.objects.filter(BELIEVED, valid__contains=DAY, valid__startswith__lt=date(2026, 1, 1))
    here = Person.objects.filter(
        BELIEVED, valid__contains=DAY, atena_no__in=insured.values("atena_no"), birth_date_as_given=""
    )
    return staff, [
        {"atena_number": str(one.atena_no), "birth_date": one.birth_date.isoformat()}
        for one in here.order_by("atena_no")[:4]
    ]


def take(staff: Any, data: bytes, name: str, on: date = DAY) -> Any:
    from kokuho.exchange import doors

    return doors.receive_bytes(by=staff.operator, on=on, data=data, file_name=name)


def test_listed_registrations_become_dated_facts_and_decide_the_paper(people: Any) -> None:
    from kokuho.desks.eligibility.actions import duelist
    from kokuho.desks.eligibility.models import BELIEVED, CardUse, CertificateDue
    from kokuho.exchange.models import WorkItem

    staff, (one, two, three, four) = people
    listed = {"state": "1", "as_of": DAY}
    file = take(staff, made("shuyaku-card-use", [
        {**one, **listed, "changed_on": date(2026, 5, 10)}, {**two, **listed, "state": "2"},
        {**three, **listed, "birth_date": "1900-01-01"}, {**four, **listed, "as_of": date(2026, 8, 1)},
        {**one, **listed, "atena_number": "999999999"},
    ]), "first.csv")  # fmt: skip
    assert file.counts == {"registered": 1, "unregistered": 1}
    assert list(WorkItem.objects.filter(file=file).order_by("code").values_list("code", flat=True)) == [
        "S20",
        "S30",
        "S32",
    ]
    fact = CardUse.objects.get(BELIEVED, atena_no=one["atena_number"])
    assert (fact.registered, fact.valid.lower, fact.valid.upper) == (True, date(2026, 5, 10), None)

    duelist.refresh(by=staff.clerk, on=DAY)
    wanted = dict(
        CertificateDue.objects.filter(atena_no__in=(one["atena_number"], two["atena_number"])).values_list(
            "atena_no", "kind"
        )
    )
    assert wanted == {int(one["atena_number"]): "notice", int(two["atena_number"]): "confirmation"}

    # The next list: the first person gave it up, the second is told as before.
    later = DAY + timedelta(days=30)
    again = made("shuyaku-card-use", [
        {**one, "state": "3", "as_of": later, "changed_on": date(2026, 7, 20)}, {**two, "state": "2", "as_of": later},
    ], at="2026-07-31T06:00:00")  # fmt: skip
    assert take(staff, again, "second.csv", later).counts == {"registered": 0, "unregistered": 1}
    rows = CardUse.objects.filter(BELIEVED, atena_no=one["atena_number"]).order_by("valid")
    assert [(row.registered, row.valid.lower, row.valid.upper) for row in rows] == [
        (True, date(2026, 5, 10), date(2026, 7, 20)), (False, date(2026, 7, 20), None),
    ]  # fmt: skip
    # An older list comes late: what is known of a later day is not overwritten.
    late = take(
        staff,
        made("shuyaku-card-use", [{**one, "state": "1", "as_of": DAY}], at="2026-07-31T07:00:00"),
        "late.csv",
        later,
    )
    assert (late.counts, WorkItem.objects.get(file=late).code) == ({"registered": 0, "unregistered": 0}, "S33")


def test_a_duplicate_is_a_finding_and_the_next_list_confirms_it(people: Any) -> None:
    from kokuho.desks.eligibility.models import OtherInsuranceFinding
    from kokuho.exchange.models import WorkItem

    staff, (one, two, three, _) = people
    told = {"other_insurer": "06123456", "other_name": "青葉健康保険組合", "other_acquired_on": date(2026, 4, 1)}
    first = take(staff, made("shuyaku-overlap", [
        {**one, **told, "found_on": date(2026, 6, 30)},
        {**two, **told, "found_on": date(2026, 6, 30), "other_acquired_on": date(2001, 4, 1), "other_lost_on": date(2001, 5, 1)},
        {**three, **told, "found_on": date(2026, 6, 30), "birth_date": "1900-01-01"},
    ]), "first.csv")  # fmt: skip
    assert first.counts == {"found": 1, "confirmed": 1, "apart": 1}
    assert WorkItem.objects.get(file=first).code == "S30"
    found = OtherInsuranceFinding.objects.get()
    assert (str(found.atena_no), found.kind, found.scheme, found.event_on) == (
        one["atena_number"], "overlap", "青葉健康保険組合", date(2026, 4, 1),
    )  # fmt: skip
    second = take(
        staff, made("shuyaku-overlap", [{**one, **told, "found_on": DAY}], at="2026-07-01T07:00:00"), "second.csv"
    )
    assert second.counts == {"found": 0, "confirmed": 1, "apart": 0}
    # The other insurance ended: said to the finding, which a person closes.
    ended = {**one, **told, "other_lost_on": date(2026, 6, 1), "found_on": DAY + timedelta(days=1)}
    third = take(
        staff, made("shuyaku-overlap", [ended], at="2026-07-02T07:00:00"), "third.csv", DAY + timedelta(days=1)
    )
    assert third.counts == {"found": 0, "confirmed": 1, "apart": 0}
    assert list(found.steps.order_by("happened_on").values_list("continues", flat=True)) == [True, True, False]

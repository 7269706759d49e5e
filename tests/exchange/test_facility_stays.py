"""介護・福祉: stays in exempt facilities become proposals, registered by the second person; the end of a stay closes the status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def test_a_stay_is_proposed_registered_and_ended(db: None, town: Callable, office: Callable) -> None:
    from kokuho.desks.eligibility.actions.candidates import decide_candidate
    from kokuho.desks.eligibility.models import BELIEVED, ChangeCandidate, InsuredPeriod, Status
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors
    from kokuho.exchange.models import WorkItem

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    insured = InsuredPeriod.objects.filter(BELIEVED, valid__contains=DAY, valid__startswith__lt=date(2026, 1, 1))
    held = Person.objects.filter(BELIEVED, atena_no__in=insured.values("atena_no"), valid__contains=DAY)
    fifty = held.filter(birth_date__range=(date(1966, 1, 1), date(1980, 1, 1))).order_by("atena_no")[0].atena_no
    young = held.filter(birth_date__gte=date(2000, 1, 1)).order_by("atena_no")[0].atena_no

    def take(data: bytes, name: str) -> Any:
        return doors.receive_bytes(by=staff.operator, on=DAY, data=data, file_name=name)

    stay = {"facility": "青葉の園", "kind": "1", "entered_on": date(2026, 2, 10)}
    file = take(made("shisetsu", [
        {"atena_number": str(fifty), **stay}, {"atena_number": str(young), **stay}, {"atena_number": "999999999", **stay},
    ]), "shisetsu.csv")  # fmt: skip
    assert file.counts == {"entered": 1, "left": 0}
    assert list(WorkItem.objects.filter(file=file).values_list("code", flat=True)) == ["KG11"]
    row = ChangeCandidate.objects.get(act="status")
    assert (row.atena_no, row.event_date, row.proposal["values"]["facility_kind"]) == (fifty, date(2026, 2, 10), "support")
    decide_candidate(by=staff.clerk, on=DAY, candidate_id=row.pk, apply=True)
    status = Status.objects.get(BELIEVED, atena_no=fifty, kind=Status.CARE_EXEMPT)
    assert (status.valid.lower, status.valid.upper) == (date(2026, 2, 10), None)

    # The care desk tells the same entry: nothing new; then the leaving, which ends what is registered.
    told = {"atena_number": str(fifty), "kind": "1", "from": date(2026, 2, 10), "facility": "青葉の園"}
    assert take(made("kaigo-exempt", [told]), "kaigo.csv").counts == {"entered": 0, "left": 0}
    gone = {"atena_number": str(fifty), "kind": "2", "from": date(2026, 6, 20), "facility": "青葉の園"}
    assert take(made("kaigo-exempt", [gone], at="2026-07-01T07:00:00"), "left.csv").counts == {"entered": 0, "left": 1}
    end = ChangeCandidate.objects.get(act="status", state="open")
    decide_candidate(by=staff.clerk, on=DAY, candidate_id=end.pk, apply=True)
    assert Status.objects.get(BELIEVED, atena_no=fifty, kind=Status.CARE_EXEMPT).valid.upper == date(2026, 6, 20)

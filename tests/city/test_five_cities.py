"""The whole job in each of the five cities, at a small size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

pytestmark = [pytest.mark.db, pytest.mark.city]
DAY = date(2026, 7, 1)
# Ten instalments begin at the end of June: such a levy is decided earlier.
EARLIER = date(2026, 6, 15)
CITIES = {"川口市": 8, "松戸市": 10, "福岡市": 10, "新潟市": 9, "相模原市": 10}


@pytest.mark.parametrize("city", CITIES)
def test_from_the_neighbours_files_to_the_ledger(
    committed_db: str, town: Callable, office: Callable, deliver: Callable, city: str
) -> None:
    from django.db.models import Sum

    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import Decision
    from kokuho.desks.collection.models import Posting
    from kokuho.jobs import levy as job

    staff = office(city)
    deliver(staff, town(city, 150))
    day = EARLIER if CITIES[city] == 10 else DAY
    trial = job.run(levy.order_trial(by=staff.assessor, on=day, fiscal_year=2026).pk, by=staff.assessor)
    assert not trial.checks.filter(level="stop").exists(), list(trial.checks.filter(level="stop").values())
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    final = job.run(levy.order_final(by=staff.assessor, on=day, trial_id=trial.pk).pk, by=staff.assessor)
    decided = Decision.objects.aggregate(Sum("total"))["total__sum"]
    assert decided == Posting.objects.aggregate(Sum("amount"))["amount__sum"] == final.batch.results["total"] > 0
    assert {len(d.instalments) for d in Decision.objects.all()} == {CITIES[city]}
    assert [len(d.components) for d in Decision.objects.all()[:5]] == [4] * 5
    assert len(final.due_dates) == CITIES[city]

"""A person whose 負担割合 could not be judged for want of a 課税所得: the page says so, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from test_notice_screens import ELDER, FAMILY, FATHER, family  # noqa: F401
from test_query_counts import asked

pytestmark = pytest.mark.db


def test_the_page_of_a_person_says_why_the_old_ratio_goes_on_and_what_to_do(family: None, sign_in: Callable) -> None:  # noqa: F811
    from kokuho.core.models import BatchRun
    from kokuho.desks.assessment.burden.facts import Fact
    from kokuho.desks.eligibility.models import BurdenProposal

    fact = Fact(ELDER, "insured", 3_000_000, 0, 0, 0, 0, True, True, True, False, False, True, None, None, 0, 0)
    run = BatchRun.objects.create(
        kind="burden", title="t", business_date=date(2026, 7, 1), state=BatchRun.DONE, results={"applied": 0}, ordered_by="t",
        parameters={"mode": "annual", "year": 2026, "household": None}, ended_at=datetime(2026, 7, 1, tzinfo=UTC),
    )  # fmt: skip
    BurdenProposal.objects.create(
        run=run, household_no=FAMILY, year=2026, cause="annual", cause_on=date(2026, 8, 1), seniors=1, active=True,
        application_needed=False, under_70="ア", over_70="", base_total=0, undeclared=False, unknown=True, facts=[list(fact)],
        judged_on=date(2026, 7, 1), effective=date(2026, 8, 1),
    )  # fmt: skip
    client = sign_in("shikaku")
    shown = client.get(f"/persons/{ELDER}/")
    page = shown.content.decode()
    assert "課税所得が届いていないため、前の割合のままです" in page and "R8.8.1 からの判定（3割）" in page and "税務課に照会" in page
    other = client.get(f"/persons/{FATHER}/")
    assert f"/people/{ELDER}/inquiries/new/" in page and "前の割合のまま" not in other.content.decode()
    # In one question the proposal and the judgements; the person who is missing is read already.
    assert asked(client.get(f"/persons/{ELDER}/")) <= min(asked(other) + 1, 14)

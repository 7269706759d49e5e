"""被保険者情報等報告: the difference between two months, without a My Number, in the order of months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
JULY, AUGUST = date(2026, 7, 31), date(2026, 8, 31)


def rows(file: Any) -> list[dict[str, Any]]:
    from kokuho.exchange import outbox
    from kokuho.formats import open_decode

    return [r.fields for r in open_decode("kokuhoren-insured", outbox.reopen(file)).records() if r.kind == "data"]


def test_a_month_reports_what_differs_from_the_month_before(db: None, town: Callable, office: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.actions import entries
    from kokuho.desks.eligibility.models import BELIEVED, InsuredBranch, InsuredPeriod
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors, outbox, registry
    from kokuho.exchange.federation import monthly
    from kokuho.exchange.federation.report import ReportError
    from kokuho.exchange.models import InsuredSnapshot

    staff = office()
    for entry in registry.propose(by=staff.operator, on=JULY, approval_no="令8-1", valid_from=date(2026, 4, 1)):
        entries.confirm(by=staff.approver, on=JULY, entry_id=entry.pk)
    doors.receive_path(by=staff.operator, on=JULY, path=town() / "juki-full.csv")
    first = monthly.prepare(by=staff.clerk, on=JULY)
    assert first is not None
    sent = rows(first)
    insured = set(InsuredPeriod.objects.filter(BELIEVED, valid__contains=JULY).values_list("atena_no", flat=True))
    numbered = set(InsuredBranch.objects.filter(BELIEVED, valid__contains=JULY).values_list("atena_no", flat=True))
    assert insured & numbered <= {int(r["atena_number"]) for r in sent if r["kind"] == "2"}
    assert {r["update"] for r in sent} == {"1"} and {r["month"] for r in sent} == {"2026-07"}
    assert first.counts["個人"] == sum(1 for r in sent if r["kind"] == "2")
    with pytest.raises(ReportError) as twice:
        monthly.prepare(by=staff.clerk, on=JULY)
    assert twice.value.code == "FED30"

    # In August one person is lost and one renamed: exactly these records.
    gone, renamed = sorted(insured & numbered)[:2]
    period = InsuredPeriod.objects.get(BELIEVED, atena_no=gone, valid__contains=JULY)
    period.correct(
        recorded_by="x", origin="entry:1", lost_on=date(2026, 8, 5), lost_reason="204", lost_event_on=date(2026, 8, 4),
        valid=DateRange(period.valid.lower, date(2026, 8, 5)),
    )  # fmt: skip
    row = Person.objects.get(BELIEVED, atena_no=renamed, valid__contains=JULY)
    row.correct(recorded_by="x", origin="file:2", name=row.name + "改", is_head=False)
    second = monthly.prepare(by=staff.clerk, on=AUGUST)
    assert second is not None
    found = {(r["kind"], int(r["atena_number"]), r["update"], r["lost_on"]) for r in rows(second) if r["kind"] in "23"}
    assert ("3", gone, "2", "2026-08-05") in found and ("2", renamed, "2", None) in found
    assert {number for _, number, _, _ in found} == {gone, renamed}
    assert set(InsuredSnapshot.objects.values_list("month", flat=True)) == {date(2026, 7, 1), date(2026, 8, 1)}

    # Taken back, it is made anew; October without September is refused.
    outbox.withdraw(by=staff.clerk, file_id=second.pk, reason="作り直し")
    assert monthly.prepare(by=staff.clerk, on=AUGUST) is not None
    with pytest.raises(ReportError) as skipped:
        monthly.prepare(by=staff.clerk, on=date(2026, 10, 31))
    assert skipped.value.code == "FED31"

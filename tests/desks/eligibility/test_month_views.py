"""月別資格ビュー: fixed when it is used; a later correction shows as a difference and changes nothing that was fixed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

pytestmark = pytest.mark.db
DAY, JUNE = date(2026, 7, 1), date(2026, 6, 1)


def test_a_correction_after_fixing_is_shown_person_by_person(db: None, town: Callable, office: Callable) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility import queries
    from kokuho.desks.eligibility.actions.views import ViewError, fix_month
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod, MonthViewRow
    from kokuho.exchange import doors

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    view = fix_month(by=staff.operator, on=DAY, purpose="levy", month=date(2026, 6, 15))
    insured = InsuredPeriod.objects.filter(BELIEVED, valid__overlap=DateRange(JUNE, DAY)).values_list("atena_no", flat=True)
    rows = MonthViewRow.objects.filter(view=view)
    assert set(rows.filter(standing="1").values_list("atena_no", flat=True)) == set(insured) and view.persons == len(set(insured))
    # Every household has its head in it, insured or not.
    heads = set(rows.filter(is_head=True).values_list("household_no", flat=True))
    assert heads == set(rows.values_list("household_no", flat=True)) and view.households == len(heads)
    assert not rows.filter(standing="2").exclude(is_head=True).exists()
    assert set(rows.filter(standing="1", last_day=True).values_list("insured_days", flat=True)) <= set(range(1, 31))
    assert queries.month_changes(staff.clerk, view.pk) == []

    # A loss on 11 June is learnt in July: ten days of June remain, and the fixed month stays as it was.
    gone = rows.filter(standing="1", insured_days=30, is_head=False).order_by("atena_no").first() or rows.filter(
        standing="1", insured_days=30
    ).earliest("atena_no")
    period = InsuredPeriod.objects.get(BELIEVED, atena_no=gone.atena_no, valid__contains=JUNE)
    lost = date(2026, 6, 11)
    period.correct(
        recorded_by="x", origin="entry:1", lost_on=lost, lost_reason="204", lost_event_on=date(2026, 6, 10),
        valid=DateRange(period.valid.lower, lost),
    )  # fmt: skip
    (change,) = queries.month_changes(staff.clerk, view.pk)
    assert change.atena_no == gone.atena_no and change.before is not None and change.after is not None
    assert (change.before["insured_days"], change.after["insured_days"], change.after["last_day"]) == (30, 10, False)
    kept = queries.fixed_household(staff.clerk, purpose="levy", month=JUNE, household_no=gone.household_no)
    assert {row.atena_no: row.insured_days for row in kept}[gone.atena_no] == 30

    again = fix_month(by=staff.operator, on=DAY, purpose="levy", month=JUNE)
    assert queries.month_changes(staff.clerk, again.pk) == []
    assert [v.pk for v in queries.fixed_months(staff.clerk) if v.purpose == "levy"] == [again.pk, view.pk]
    for purpose, month, code in (("rent", JUNE, "MV01"), ("benefit", date(2026, 8, 1), "MV02")):
        with pytest.raises(ViewError) as refused:
            fix_month(by=staff.operator, on=DAY, purpose=purpose, month=month)
        assert refused.value.code == code

"""Age events: nobody is missed in a leap cycle, nothing is done twice, 75 becomes loss, 後期 and 特定同一世帯所属者 (SHI-18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from kokuho.desks.eligibility.ages import month_windows
from kokuho.law.eligibility.ages import AgeEventKind, age_events
from kokuho.law.eligibility.months import Month, months_between

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
AUGUST = Month(2026, 8)


@pytest.mark.proof
def test_every_birthday_of_a_leap_cycle_meets_every_event_exactly_once() -> None:
    """All births of 1950–1953: the months' windows together hold each of the six events of each birth once, on the law's day."""
    births = [date(1950, 1, 1) + timedelta(days=n) for n in range(1461)]
    expected = {(event.kind, birth): event.effective for birth in births for event in age_events(birth)}
    found: dict[tuple[AgeEventKind, date], date] = {}
    for month in [*months_between(Month(1956, 1), Month(1974, 12)), *months_between(Month(1989, 1), Month(2030, 1))]:
        for window in month_windows(month):
            for birth, effective in zip(window.births, window.effective, strict=True):
                if births[0] <= birth <= births[-1]:
                    assert (window.kind, birth) not in found and Month.of(effective) == month
                    found[window.kind, birth] = effective
            span = (window.last - window.first).days + 1
            assert len(set(window.births)) == span, "a window has no gap, so a range of births says the same"
    assert found == expected


def test_the_frozen_rows_of_four_years_hold_everybody_once(desk: Any) -> None:
    """One insured person for every birthday of a leap cycle: the months of 2026–2029 freeze each 75th birthday once."""
    from django.db import connection

    from kokuho.core.models import BatchRun
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.models import AgeEventRow

    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO people_person (atena_no, household_no, valid, resident_kind, resident_state, name, name_kana, search_name,
                   search_kana, former_family_name, alias_name, alias_kana, roman_name, search_other, search_place,
                   birth_date_as_given, building, previous_address, moved_to_address, nationality, residence_status,
                   birth_date, sex, relation, is_head, resident_since, resident_reason, address_since, postal_code, town, block,
                   recorded_by, origin)
               SELECT n, n, '[2015-04-01,)', '1', '1', '試験', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '',
                      date '1951-01-01' + n, '1', '02', true, '2015-04-01', '01', '2015-04-01', '', '', '', 't', 't'
                 FROM generate_series(0, 1460) n"""
        )
        cursor.execute(
            """INSERT INTO eligibility_insuredperiod (atena_no, valid, acquired_on, acquired_reason, lost_reason, provisional,
                   recorded_by, origin)
               SELECT n, '[2020-04-01,)', '2020-04-01', '104', '', false, 't', 't' FROM generate_series(0, 1460) n"""
        )
        cursor.execute("ANALYZE people_person, eligibility_insuredperiod")
    for month in months_between(Month(2026, 1), Month(2029, 12)):
        run = BatchRun.objects.create(kind="t", title=str(month), business_date=DAY, ordered_by="cl")
        ages._freeze(run, month)
    rows = AgeEventRow.objects.filter(kind=AgeEventKind.ELDERLY)
    assert rows.count() == 1461 and len(set(rows.values_list("atena_no", flat=True))) == 1461
    days = dict(rows.values_list("birth_date", "effective"))
    assert days[date(1952, 2, 29)] == date(2027, 3, 1) and days[date(1951, 8, 1)] == date(2026, 8, 1)


def approve(desk: Any, run: Any) -> None:
    from kokuho.core.models import Approval
    from kokuho.desks.eligibility.actions import ages

    approval = Approval.objects.get(subject=ages.APPROVALS.subject(run))
    ages.decide(by=desk.chief, approval=approval, approve=True)


def test_reaching_75_is_carried_out_once_after_approval(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.models import BELIEVED, ElderlyPeriod, EligibilityEvent, InsuredPeriod, Status

    person(1, 10, date(1951, 8, 15), head=True)
    person(2, 10, date(1956, 8, 2))  # 70 on 1 August: the new share from September
    person(3, 20, date(1951, 8, 20), head=True, lost=date(2026, 6, 10), reason="204")
    person(4, 30, date(1951, 9, 1), head=True)  # a month later
    run = ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    assert [(r.atena_no, r.kind, r.effective) for r in run.age_events.order_by("seq")] == [
        (1, "elderly", date(2026, 8, 15))
    ]
    with pytest.raises(ages.AgeError, match="承認されていません"):
        ages.execute(run.pk, by=desk.clerk, on=DAY)
    with pytest.raises(ages.AgeError, match="既に作られています"):
        ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    approve(desk, run)
    ages.execute(run.pk, by=desk.clerk, on=DAY)
    ages.execute(run.pk, by=desk.clerk, on=DAY)
    stay = InsuredPeriod.objects.get(BELIEVED, atena_no=1)
    assert (stay.lost_on, stay.lost_event_on, stay.lost_reason) == (date(2026, 8, 16), date(2026, 8, 15), "210")
    assert ElderlyPeriod.objects.get(BELIEVED, atena_no=1).valid.lower == date(2026, 8, 15)
    former = Status.objects.get(BELIEVED, atena_no=1)
    assert (former.kind, former.household_no, former.valid.lower) == (Status.FORMER_INSURED, 10, date(2026, 8, 16))
    assert EligibilityEvent.objects.filter(code="210").count() == 1
    with pytest.raises(ages.AgeError, match="ありません"):
        ages.order(by=desk.clerk, on=DAY, month=AUGUST)


@pytest.mark.parametrize(("setting", "lost"), [("next_day", date(2026, 8, 16)), ("same_day", date(2026, 8, 15))])
def test_later_stage_care_begins_on_the_birthday_whatever_day_the_loss_is(
    desk: Any, person: Callable, setting: str, lost: date
) -> None:
    from kokuho.core.models import Municipality
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.models import BELIEVED, ElderlyPeriod, InsuredPeriod

    settings = Municipality.objects.get().settings
    eligibility = {**settings.get("eligibility", {}), "law": {"elderly_loss": setting}}
    Municipality.objects.update(settings={**settings, "eligibility": eligibility})
    person(1, 10, date(1951, 8, 15), head=True)
    run = ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    approve(desk, run)
    ages.execute(run.pk, by=desk.clerk, on=DAY)
    assert InsuredPeriod.objects.get(BELIEVED, atena_no=1).lost_on == lost
    assert ElderlyPeriod.objects.get(BELIEVED, atena_no=1).valid.lower == date(2026, 8, 15)


def test_whoever_died_in_between_is_left_out_with_the_reason(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility.actions import ages
    from kokuho.desks.eligibility.actions.engine import record
    from kokuho.desks.eligibility.plan import Draft

    person(1, 10, date(1951, 8, 15), head=True)
    person(2, 20, date(1951, 8, 16), head=True)
    run = ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    approve(desk, run)
    record(by=desk.clerk, on=DAY, drafts=[Draft(1, 10, DAY, "208")], origin="entry:9")
    done = ages.execute(run.pk, by=desk.clerk, on=DAY)
    assert (done.results["done"], done.results["skipped"]) == (1, 1)
    row = run.age_events.get(atena_no=1)
    assert row.state == row.SKIPPED and "資格" in row.note


def test_a_month_out_of_reach_or_returned_does_nothing(desk: Any, person: Callable) -> None:
    from kokuho.core.models import Approval
    from kokuho.desks.eligibility.actions import ages

    person(1, 10, date(1951, 8, 15), head=True)
    with pytest.raises(ages.AgeError) as error:
        ages.order(by=desk.clerk, on=DAY, month=Month(2026, 9))
    assert error.value.code == "AG2"
    run = ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    approval = Approval.objects.get(subject=ages.APPROVALS.subject(run))
    ages.decide(by=desk.chief, approval=approval, approve=False, reason="対象を確かめ直す")
    with pytest.raises(ages.AgeError, match="承認されていません"):
        ages.execute(run.pk, by=desk.clerk, on=DAY)
    again = ages.order(by=desk.clerk, on=DAY, month=AUGUST)
    assert again.age_events.count() == 1

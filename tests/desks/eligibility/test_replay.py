"""The periods are what the surviving events come to, in whatever order they were recorded, cancelled or corrected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from eligibilityfacts import DAY, branches, cancel, draft, office, periods, person, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GAINS = ("101", "102", "103", "104", "105", "109", "112", "113")
LOSSES = ("201", "203", "204", "206", "207", "208", "209", "210", "216")
days = st.integers(0, 900).map(lambda n: date(2023, 4, 1) + timedelta(days=n))
events = st.lists(st.tuples(st.sampled_from((*GAINS, *LOSSES)), days), min_size=1, max_size=9, unique_by=lambda e: e[1])

# A busy machine draws slowly; that says nothing about the property.
calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def happenings(chosen: list[tuple[str, date]]) -> list[Any]:
    from kokuho.desks.eligibility.replay import Happening

    return [Happening(no, code, on) for no, (code, on) in enumerate(chosen)]


@calm
@given(events)
def test_periods_never_overlap_and_every_boundary_is_a_day_of_the_law(chosen: list[tuple[str, date]]) -> None:
    from kokuho.desks.eligibility.replay import replay
    from kokuho.law.eligibility.changes import acquisition, loss
    from kokuho.law.eligibility.settings import eligibility_settings

    life = replay(happenings(chosen))
    starts = {
        acquisition(c, d, eligibility_settings(d)).applied_from: c for c, d in chosen if c in GAINS
    }
    ends = {(loss(c, d, eligibility_settings(d)).applied_until, c, d) for c, d in chosen if c in LOSSES}
    for period in life.periods:
        assert period.start in starts
        if period.end is None:
            assert period is life.periods[-1] and not period.lost_reason
        else:
            assert period.start < period.end and (period.end, period.lost_reason, period.lost_event_on) in ends
    for before, after in zip(life.periods, life.periods[1:], strict=False):
        assert before.end is not None and before.end <= after.start
    used = 2 * len(life.periods) - (1 if life.periods and life.periods[-1].end is None else 0)
    assert used + len(life.idle) == len(chosen), "every event either bounds a period or is named as having no effect"


@calm
@given(events, st.randoms())
def test_the_order_of_recording_does_not_matter(chosen: list[tuple[str, date]], shuffle: Any) -> None:
    from kokuho.desks.eligibility.replay import Happening, replay

    # Only events that take effect on the same day keep their order: here they lie ten days apart.
    apart = [(code, date(2023, 4, 1) + timedelta(days=10 * (on - date(2023, 4, 1)).days)) for code, on in chosen]
    known = [Happening(no, code, on) for no, (code, on) in enumerate(apart) if on < date(2028, 3, 1)]
    turned = [Happening(place, item.code, item.on) for place, item in enumerate(shuffle.sample(known, len(known)))]
    assert replay(turned).periods == replay(known).periods


steps = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from((*GAINS, *LOSSES)), days),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.none()),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_what_is_believed_is_always_what_a_fresh_database_would_say(db: None, chosen: list[tuple[Any, ...]]) -> None:
    from django.db import transaction

    from kokuho.desks.eligibility import facts
    from kokuho.desks.eligibility.actions import engine
    from kokuho.desks.eligibility.models import EligibilityEvent
    from kokuho.desks.eligibility.plan import NoticeError
    from kokuho.desks.eligibility.replay import replay

    savepoint = transaction.atomic()
    savepoint.__enter__()
    try:
        office()
        person(1, 10, date(1980, 5, 5), head=True)
        person(2, 10, date(1980, 5, 5))
        for kind, what, on in chosen:
            standing = list(facts.surviving([1]))
            before = periods(1)
            try:
                if kind == "event":
                    record(draft(1, what, on))
                elif standing:
                    record(cancel(1, standing[what % len(standing)].pk))
            except NoticeError as refused:
                assert refused.code in {"E02", "E03", "E05", "E07"}
                assert periods(1) == before, "a refusal changes nothing"
            alive = [facts.happening(event) for event in facts.surviving([1])]
            assert periods(1) == [(p.start, p.end) for p in replay(alive).periods]
        for event in facts.surviving([1]):
            EligibilityEvent.objects.create(
                atena_no=2, household_no=10, kind=event.kind, code=event.code, event_on=event.event_on, recorded_by="x",
                origin="file:2",
            )  # fmt: skip
        from eligibilityfacts import actor

        engine.settle(by=actor(), persons=[2], origin="file:2")
        assert periods(2) == periods(1)
        assert [row[2:] for row in branches(2)] == [row[2:] for row in branches(1)]
        spans = [(since, until) for since, until in periods(1)]
        assert [row[2:] for row in branches(1)] == spans, "every insured day stands under one number"
    finally:
        transaction.set_rollback(True)
        savepoint.__exit__(None, None, None)


def test_a_retroactive_loss_takes_the_effect_of_a_later_one_and_its_cancellation_gives_it_back(db: None) -> None:
    from kokuho.desks.eligibility.models import EligibilityChange, EligibilityEvent

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2024, 4, 1)))
    record(draft(1, "201", date(2026, 6, 29)))
    outcome = record(draft(1, "204", date(2025, 10, 1)))[1]
    assert [event.code for event in outcome.lapsed] == ["201"]
    assert periods(1) == [(date(2024, 4, 1), date(2025, 10, 2))]
    change = EligibilityChange.objects.latest("pk")
    assert (change.kind, change.affected.lower, change.affected.upper) == ("lose", date(2025, 10, 1), date(2026, 6, 30))
    wrong = EligibilityEvent.objects.get(code="204")
    assert [event.code for event in record(cancel(1, wrong.pk))[1].revived] == ["201"]
    assert periods(1) == [(date(2024, 4, 1), date(2026, 6, 30))]


def test_an_event_is_cancelled_once_and_a_cancellation_is_not_cancelled(db: None) -> None:
    from kokuho.desks.eligibility.models import EligibilityEvent
    from kokuho.desks.eligibility.plan import NoticeError

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2024, 4, 1)))
    first = EligibilityEvent.objects.get()
    record(cancel(1, first.pk))
    for again in (first.pk, EligibilityEvent.objects.latest("pk").pk):
        with pytest.raises(NoticeError) as refused:
            record(cancel(1, again))
        assert refused.value.code == "E09"
    assert periods(1) == [] and branches(1) == []


def test_the_database_itself_refuses_a_second_cancellation_and_any_change_of_an_event(db: None) -> None:
    from django.db import DatabaseError, transaction

    from kokuho.desks.eligibility.models import EligibilityEvent

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2024, 4, 1)))
    first = EligibilityEvent.objects.get()
    record(cancel(1, first.pk))
    for attempt in (
        lambda: EligibilityEvent.objects.create(
            atena_no=1, household_no=10, kind="cancel", event_on=DAY, recorded_by="x", origin="x", cancels=first
        ),
        lambda: EligibilityEvent.objects.filter(pk=first.pk).update(event_on=DAY),
        lambda: EligibilityEvent.objects.filter(pk=first.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_branch_number_is_never_given_to_another(db: None) -> None:
    from kokuho.desks.eligibility.models import EligibilityEvent, InsuredNumber

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    person(2, 10, date(1982, 5, 5))
    person(3, 10, date(2015, 5, 5))
    record(draft(1, "101", date(2024, 4, 1)), draft(3, "101", date(2024, 4, 1)))
    number = InsuredNumber.objects.get().number
    assert (branches(1)[0][:2], branches(3)[0][:2]) == ((number, "01"), (number, "02"))
    record(cancel(3, EligibilityEvent.objects.get(atena_no=3).pk))
    record(draft(2, "104", date(2025, 4, 1)))
    assert branches(2)[0][:2] == (number, "03"), "02 belonged to another, even though that was cancelled"
    record(draft(3, "104", date(2026, 4, 1)))
    assert branches(3)[0][:2] == (number, "02"), "who comes back has the own number"


def test_numbers_begin_with_the_first_insured_day_also_when_that_turns_out_earlier(db: None) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityEvent, InsuredNumber

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2025, 4, 1)))
    first = EligibilityEvent.objects.get()
    record(cancel(1, first.pk), draft(1, "101", date(2024, 4, 1)))
    [number] = InsuredNumber.objects.filter(BELIEVED)
    assert number.valid.lower == date(2024, 4, 1) and InsuredNumber.objects.count() == 2
    assert branches(1) == [(number.number, "01", date(2024, 4, 1), None)]


def test_a_person_who_moves_between_households_has_each_number_in_its_time(db: None) -> None:
    office()
    person(1, 10, date(1980, 5, 5), head=True)
    person(2, 10, date(2000, 5, 5), until=date(2025, 10, 1))
    person(2, 20, date(2000, 5, 5), head=True, since=date(2025, 10, 1))
    record(draft(1, "101", date(2024, 4, 1)), draft(2, "101", date(2024, 4, 1)))
    first, second = branches(2)
    assert (first[2:], second[2:]) == ((date(2024, 4, 1), date(2025, 10, 1)), (date(2025, 10, 1), None))
    assert first[1] == "02" and second[1] == "01" and first[0] != second[0]


def test_where_the_federation_numbers_the_branch_stays_open_until_it_is_told_and_confirmed(db: None) -> None:
    from eligibilityfacts import actor

    from kokuho.core.actions.entries import confirm
    from kokuho.desks.eligibility.actions.branches import propose_branch
    from kokuho.desks.eligibility.actions.numbers import NumberError

    office(branch_numbering="federation")
    person(1, 10, date(1980, 5, 5), head=True)
    person(2, 10, date(1982, 5, 5))
    record(draft(1, "101", date(2024, 4, 1)), draft(2, "101", date(2024, 4, 1)))
    assert {branches(no)[0][1] for no in (1, 2)} == {""}
    told = propose_branch(by=actor(), on=DAY, atena_no=1, branch="05")
    confirm(by=actor("second"), on=DAY, entry_id=told.pk)
    assert branches(1)[0][1] == "05"
    for atena_no, branch, code in ((1, "06", "E24"), (2, "05", "E21"), (2, "5", "E25")):
        with pytest.raises(NumberError) as refused:
            propose_branch(by=actor(), on=DAY, atena_no=atena_no, branch=branch)
        assert refused.value.code == code

"""What must hold for every household and month."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.law.benefit.apportion import by_unit
from kokuho.law.benefit.classes import OVER_70, UNDER_70
from kokuho.law.benefit.high_cost import HouseholdMonth, high_cost
from kokuho.law.benefit.units import Claim, PublicPart
from kokuho.law.eligibility.months import Month

_PEOPLE = (("夫", False), ("妻", False), ("父", True), ("母", True))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    person, senior = draw(st.sampled_from(_PEOPLE))
    cost = draw(st.integers(0, 300_000)) * 10
    inpatient = draw(st.booleans())
    public_cost = draw(st.one_of(st.just(0), st.integers(1, 50_000))) * 10
    tenths = 2 if senior else 3
    share = cost * tenths // 10
    gross = public_cost * tenths // 10
    return Claim(
        person,
        senior,
        inpatient,
        draw(st.sampled_from("ABC")),
        cost,
        share,
        dental=draw(st.booleans()),
        prescriber=None if inpatient else draw(st.sampled_from((None, "A"))),
        specific_cap=draw(st.sampled_from((None, None, 10_000))),
        public=PublicPart(public_cost, gross, draw(st.integers(0, gross)), draw(st.booleans()))
        if public_cost
        else None,
        turned_75=senior and person == "父" and draw(st.booleans()),
    )


months = st.builds(
    HouseholdMonth,
    st.sampled_from((Month(2016, 5), Month(2018, 1), Month(2025, 10), Month(2026, 9))),
    st.lists(claims(), max_size=8),
    st.sampled_from(UNDER_70),
    st.sampled_from(OVER_70),
    st.booleans(),
    st.sampled_from((Fraction(1), Fraction(1, 2))),
)


@given(months)
@settings(max_examples=150, deadline=None)
def test_the_benefit_is_the_sum_of_its_steps_and_never_exceeds_what_was_borne(case: HouseholdMonth) -> None:
    result = high_cost(case)
    borne = sum(burden.ordinary + burden.remaining for burden in result.burdens)
    assert result.total == result.outpatient + result.over_70 + result.household
    assert 0 <= result.total <= borne
    assert result.public_benefit >= 0 and result.specific_benefit >= 0
    assert sum(item.benefit for item in by_unit(case, result)) == result.total
    assert result.steps[-1].value == result.total


@given(months, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_claims_and_persons_does_not_matter(case: HouseholdMonth, dice: object) -> None:
    shuffled = list(case.claims)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = high_cost(case), high_cost(HouseholdMonth(case.month, shuffled, *_rest(case)))
    assert (one.outpatient, one.over_70, one.household) == (two.outpatient, two.over_70, two.household)
    assert (one.public_benefit, one.specific_benefit) == (two.public_benefit, two.specific_benefit)


@given(months, st.data())
@settings(max_examples=150, deadline=None)
def test_paying_more_for_the_same_care_never_gives_back_less(case: HouseholdMonth, data: st.DataObject) -> None:
    if not case.claims:
        return
    index = data.draw(st.integers(0, len(case.claims) - 1))
    more = list(case.claims)
    chosen = more[index]
    more[index] = chosen._replace(share=min(chosen.cost, chosen.share + data.draw(st.integers(0, 50_000))))
    before, after = high_cost(case), high_cost(HouseholdMonth(case.month, more, *_rest(case)))
    assert after.total + after.specific_benefit >= before.total + before.specific_benefit


@given(months)
@settings(max_examples=100, deadline=None)
def test_multiple_and_halves_never_give_less(case: HouseholdMonth) -> None:
    plain = HouseholdMonth(case.month, case.claims, case.class_under_70, case.class_70_plus)
    multiple = HouseholdMonth(case.month, case.claims, case.class_under_70, case.class_70_plus, True)
    assert high_cost(multiple).total >= high_cost(plain).total


def _rest(case: HouseholdMonth) -> tuple[str | None, str | None, bool, Fraction]:
    return case.class_under_70, case.class_70_plus, case.multiple, case.share

"""What holds for every household and every ordinance."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from premium_cases import home, person, plan_of

from kokuho.law.premium.assess import assess, prepare
from kokuho.law.premium.household import Household, Income, Member
from kokuho.law.premium.instalments import resplit, split
from kokuho.law.premium.months import span
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.reassessment import settle

PLANS = [prepare(load_ordinance(code, year), year) for code, year in (("401307", 2026), ("112038", 2025))]

incomes = st.builds(
    Income,
    salary_receipts=st.integers(0, 15_000_000),
    pension_receipts=st.integers(0, 6_000_000),
    other=st.integers(-2_000_000, 20_000_000),
)
months = st.builds(span, st.integers(0, 11), st.integers(1, 12))
members = st.builds(
    lambda number, age, income, mask, asset: Member(number, None, False, True, income, mask, asset, age=age),
    st.integers(1, 10**9),
    st.integers(0, 74),
    st.one_of(st.none(), incomes),
    months,
    st.integers(0, 500_000),
)
households = st.builds(
    lambda people: Household("h", [person._replace(id=i, head=i == 0) for i, person in enumerate(people)]),
    st.lists(members, min_size=1, max_size=5),
)


@given(households, st.sampled_from(PLANS), st.integers(0, 5_000_000))
@settings(max_examples=150, deadline=None)
def test_more_income_never_lowers_the_premium(household: Household, plan: object, more: int) -> None:
    first = household.members[0]
    if first.income is None:
        return
    richer = first._replace(income=first.income._replace(other=first.income.other + more))
    after = household._replace(members=[richer, *household.members[1:]])
    assert assess(plan, after).total >= assess(plan, household).total


@given(households, st.sampled_from(PLANS), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_members_is_irrelevant(household: Household, plan: object, random: object) -> None:
    shuffled = list(household.members)
    random.shuffle(shuffled)
    assert assess(plan, household._replace(members=shuffled)).total == assess(plan, household).total


@given(households, st.sampled_from(PLANS))
@settings(max_examples=150, deadline=None)
def test_no_component_exceeds_its_cap_and_nothing_is_negative(household: Household, plan: object) -> None:
    levy = assess(plan, household)
    for part, component in zip(levy.components, plan.components, strict=True):
        assert 0 <= part.amount <= component.cap
        assert min(part.income, part.asset, part.per_capita, part.per_household, part.over_cap) >= 0
    assert levy.total == sum(part.amount for part in levy.components)


@given(st.integers(0, 3_000_000), st.integers(1, 12), st.sampled_from([1, 10, 100, 1000]), st.booleans())
def test_instalments_add_up_and_only_one_is_odd(total: int, count: int, unit: int, first: bool) -> None:
    parts = split(total, count, unit, "first" if first else "last")
    assert sum(parts) == total and len(parts) == count
    odd = parts.pop(0 if first else -1)
    assert all(part == parts[0] and part % unit == 0 and part <= odd for part in parts)


@given(
    st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.integers(0, 7), st.sampled_from(["last", "even"]),
    st.integers(0, 1_000_000),
)  # fmt: skip
def test_refund_and_charge_are_the_difference(old: int, new: int, first_open: int, decrease: str, paid: int) -> None:
    """更正: 増額・減額の合計は二つの計算の差、還付と未納の差は新しい額と納付額の差."""
    before = split(old, 8, 1000)
    after = resplit(before, new, first_open, 1000, "first", decrease)
    assert sum(after) == new and min(after) >= 0
    if new >= old:
        assert after[:first_open] == before[:first_open]
    receipts = split(min(paid, old), 8, 1)
    rows = settle(before, after, receipts)
    assert sum(row.added for row in rows) == new - old
    assert sum(row.unpaid - row.overpaid for row in rows) == new - sum(receipts)


@given(st.integers(0, 20_000_000))
def test_the_reduction_class_only_falls_with_income(income: int) -> None:
    plan = plan_of()
    less = assess(plan, home(person("a", 30, True, other=income)))
    more = assess(plan, home(person("a", 30, True, other=income + 50_000)))
    assert less.reduction >= more.reduction

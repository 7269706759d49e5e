"""The vectorised twin agrees with the exact engine to the yen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from premium_cases import FOUR_PARTS, plan_of

from kokuho.law.premium.assess import Plan, assess, prepare
from kokuho.law.premium.columns import columns
from kokuho.law.premium.household import Household, Income, Member
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.population import every_kind, town
from kokuho.law.premium.twin import levy, levy_households


def assert_twins(plan: Plan, households: list[Household]) -> float:
    """Compare every household the twin computes itself; returns the share left to the exact engine."""
    found = levy(plan, columns(households))
    for index, household in enumerate(households):
        if found.exact[index]:
            continue
        one = assess(plan, household)
        assert found.total[index] == one.total, household
        assert found.amounts[:, index].tolist() == [part.amount for part in one.components], household
        assert (found.reduction[index], found.reduction_income[index]) == (one.reduction, one.reduction_income)
    return float(found.exact.mean())


@pytest.mark.parametrize(("code", "year"), [("401307", 2026), ("112038", 2025), ("151009", 2023), ("141500", 2026)])
def test_on_households_of_every_kind(code: str, year: int) -> None:
    plan = prepare(load_ordinance(code, year), year)
    assert assert_twins(plan, list(every_kind(5_000, year, seed=21))) < 0.1


@pytest.mark.city
def test_on_a_hundred_thousand_households_of_every_kind() -> None:
    plan = prepare(load_ordinance("401307", 2026), 2026)
    assert assert_twins(plan, list(every_kind(100_000, 2026, seed=22))) < 0.1


@pytest.mark.parametrize(
    "settings",
    [
        {"rounding": {"component": {"unit": 100, "scope": "person"}}},
        {"rounding": {"income": {"scope": "person", "mode": "half_up"}, "total": {"unit": 10}}},
        {"rounding": {"per_capita": {"scope": "household"}, "component": {"unit": 10}}},
        {"rounding": {"per_capita": {"on": "discount", "mode": "ceil"}}},
        {"rounding": {"base_unit": 1000, "component": {"unit": 1}}},
        {"components": FOUR_PARTS},
        {"components": FOUR_PARTS, "rounding": {"component": {"unit": 100, "scope": "person"}}},
        {"cap_proration": "months_then_cap"},
        {"cap_proration": "cap_times_months"},
        {"involuntary_order": "ratio_first"},
        {"basic_deduction": 430000},
        {"local_reductions": [{"name": "独自", "target": "class", "yen": 430_000, "per_person": 700_000, "ratio": 1}]},
    ],
    ids=str,
)
def test_under_every_setting(settings: dict[str, Any]) -> None:
    assert_twins(plan_of(2026, **settings), list(every_kind(1_500, 2026, seed=23)))


def test_what_is_left_to_the_exact_engine_is_filled_in() -> None:
    plan = plan_of(2026)
    households = [
        *every_kind(500, 2026, seed=24),
        Household("known", [Member("a", None, True, age=40, income=Income(total=3_000_000))]),
        Household("fixed", [Member("a", None, True, age=40, income=Income(other=3_000_000))], fixed_reduction=5),
    ]
    found = levy_households(plan, households)
    assert found.total.tolist() == [assess(plan, household).total for household in households]
    assert found.reduction[-1] == 5


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = prepare(load_ordinance("122076", 2026), 2026)
    people = columns(list(town(3_000, 2026)))
    whole = levy(plan, people).total
    monkeypatch.setattr("kokuho.law.premium.twin.BLOCK", 512)
    assert np.array_equal(levy(plan, people).total, whole)

"""Reads an explanation back the way an official adds up a calculation sheet."""

from __future__ import annotations

from kokuho.law.premium.assess import Assessment, Plan
from kokuho.law.premium.explain import explain
from kokuho.law.premium.ordinance import COMPONENT_NAMES, COMPONENTS

PARTS = ("所得割額", "資産割額", "均等割額", "平等割額", "1人分", "平等割・資産割")


def check_sheet(plan: Plan, levy: Assessment, trace: object | None = None) -> None:
    """Every sum on the sheet is the result: parts → component, components → year."""
    steps = explain(plan, levy.trace if trace is None else trace)
    total = 0
    for part in levy.components:
        word = COMPONENT_NAMES[COMPONENTS[part.code]]
        lines = [s for s in steps if s.label.startswith(PARTS) and f"（{word}" in s.label]
        amounts = [s for s in steps if s.label == f"{word}の額"]
        if not lines:
            assert part.amount == 0 and not amounts
            continue
        (amount,) = amounts
        assert amount.value == part.amount
        before = sum(s.value for s in lines)
        if part.income is not None:
            assert before == part.income + part.asset + part.per_capita + part.per_household
        after = part.amount + part.over_cap + (part.relief if plan.former_after_cap else 0)
        cut = plan.component_unit * (2 if part.relief else 1)
        assert 0 <= before - after < cut or (part.relief and part.amount == 0), (levy.id, word, before, after)
        total += part.amount
    assert steps[-1].value == levy.total
    assert total - plan.total_unit < levy.total <= total

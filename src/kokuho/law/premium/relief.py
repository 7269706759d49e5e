"""条例減免: reliefs decided case by case on application. Rules are the ordinance's data (``relief_rules``)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from kokuho.law.errors import LawError
from kokuho.law.premium.ordinance import COMPONENT_NAMES, COMPONENTS
from kokuho.law.premium.plan import Plan
from kokuho.law.premium.result import Assessment
from kokuho.law.steps import Step, yen


class ReliefAmount(NamedTuple):
    """What a decision takes off each component (code, yen), the year's amount after it, and the steps."""

    components: tuple[tuple[int, int], ...]
    total: int
    after: int
    steps: tuple[Step, ...]


def _rule(plan: Plan, code: str, stage: str) -> tuple[dict[str, Any], Fraction]:
    for rule in plan.ordinance.settings["relief_rules"]:
        if rule["code"] == code:
            for row in rule["stages"]:
                if row["name"] == stage:
                    return rule, Fraction(row["ratio"])
            raise LawError("not_allowed", "stage", f"{rule['name']}に段階「{stage}」はありません。")
    raise LawError("not_allowed", "rule", f"条例に減免の事由「{code}」はありません。")


def decide_relief(plan: Plan, levy: Assessment, code: str, stage: str, months: int = 12) -> ReliefAmount:
    """The relief of one decision, off the amounts after the cap, for so many months of the year.

    The rule's target is 所得割 alone (``income``) or the whole amount (``all``). What is left of a component is cut to
    the ordinance's unit, so that the relief never falls short by rounding. `LawError` ``not_allowed`` for a rule or
    stage the ordinance does not have, for a household at the cap where the rule excludes those, and for 所得割 where the
    ordinance rounds by person.
    """
    rule, ratio = _rule(plan, code, stage)
    if rule.get("excludes_capped") and any(part.over_cap for part in levy.components):
        raise LawError("not_allowed", "rule", f"{rule['name']}は限度額の世帯には適用しません。")
    share, unit = ratio * months / 12, plan.component_unit
    changed: list[tuple[int, int]] = []
    steps: list[Step] = []
    for part in levy.components:
        if rule["target"] == "income":
            if part.income is None:
                raise LawError("not_allowed", "rule", "1人ごとに端数処理をする条例では所得割だけを減免できません。")
            base = min(part.income, part.amount)
        else:
            base = part.amount
        left = part.amount - base * share
        kept = int(left) // unit * unit
        if kept != part.amount:
            word = COMPONENT_NAMES[COMPONENTS[part.code]]
            target = "所得割" if rule["target"] == "income" else "年額"
            formula = f"{yen(part.amount)} − {target} {yen(base)} × {ratio}"
            if months != 12:
                formula += f" × {months}/12"
            steps.append(Step(f"{rule['name']}（{word}）", formula, kept, "条例（減免）"))
            changed.append((part.code, part.amount - kept))
    total = sum(amount for _, amount in changed)
    steps.append(Step("減免後の年額", f"{yen(levy.total)} − 減免 {yen(total)}", levy.total - total, "条例（減免）"))
    return ReliefAmount(tuple(changed), total, levy.total - total, tuple(steps))

"""How a decision came about: the steps of the law, the facts that were used, what changed since the version before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.queries import municipality
from kokuho.core.reads import seen
from kokuho.desks.assessment.models import Decision, Income, LevyInput, LevyRun, TrialDecision
from kokuho.desks.assessment.queries.decisions import DUE_DATES, DecisionView, decision_view
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.premium.assess import Plan, prepare
from kokuho.law.premium.explain import explain
from kokuho.law.premium.ordinance import COMPONENT_NAMES, COMPONENTS, load_ordinance
from kokuho.law.steps import Step


@cache
def plan_of(code: str, fiscal_year: int) -> Plan:
    """The plan of a city's year, once a process."""
    return prepare(load_ordinance(code, fiscal_year), fiscal_year)


@dataclass(frozen=True, slots=True)
class Section:
    """Steps that belong together: 所得, 軽減判定, a component, the total."""

    code: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class UsedFact:
    """What was known of a person when the decision was made."""

    atena_no: int
    name: str
    is_head: bool
    birth_date: date
    insured_from: date | None
    insured_until: date | None
    former_from: date | None
    declaration: str
    amounts: tuple[tuple[str, int], ...]
    asset_tax: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole calculation of one decision, with the facts it rests on and what changed since the version before."""

    decision: DecisionView
    sections: tuple[Section, ...]
    facts: tuple[UsedFact, ...]
    known_at: datetime
    before: DecisionView | None
    persons: Mapping[int, PersonView]

    @property
    def changes(self) -> list[tuple[str, int, int]]:
        """Each component and the total, before and after, where they differ."""
        if self.before is None:
            return []
        pairs = zip(self.before.components, self.decision.components, strict=True)
        lines = [(new.name, old.amount, new.amount) for old, new in pairs if old.amount != new.amount]
        return [*lines, ("年額", self.before.total, self.decision.total)]


# In the order of `LevyInput.amounts`.
_FACT_LABELS = (
    "給与収入",
    "公的年金等収入",
    "その他の所得",
    "給与所得",
    "公的年金等の所得",
    "分離課税等の所得",
    "譲渡の特別控除",
    "純損失等の繰越控除",
    "雑損失の繰越控除",
    "専従者給与（受給）",
    "専従者給与（支払）",
)


def explanation(by: Actor, decision_id: int, *, trial: bool = False, on: date) -> Explanation:
    """How every figure of a decision was reached: steps with formula and article, the facts used. Raises DoesNotExist."""
    by.require("levy.read")
    model = TrialDecision if trial else Decision
    row = model.objects.annotate(due_dates=DUE_DATES).get(pk=decision_id)
    run = LevyRun.objects.get(pk=row.run_id)
    inputs = list(
        LevyInput.objects.filter(run_id=run.trial_id or run.pk, seq=decision_id // 10 % 10**9).order_by(
            "-is_head", "birth_date"
        )
    )
    trace = json.loads(row.trace)
    shown = people.persons(by, {*(fact.atena_no for fact in inputs), *_members(trace), row.payer_no}, on=on)
    names = {atena_no: view.name for atena_no, view in shown.items()}
    steps = explain(plan_of(municipality().code, row.fiscal_year), trace, names)
    before = None
    if isinstance(row, Decision) and row.version:
        earlier = Decision.objects.filter(notice_no=row.notice_no, version=row.version - 1).defer("trace").first()
        before = decision_view(earlier, row.due_dates) if earlier else None
    found = Explanation(
        decision_view(row, row.due_dates),
        _sections(steps),
        tuple(_fact(fact, names) for fact in inputs),
        run.known_at,
        before,
        shown,
    )
    seen(by, "assessment.explanation", persons=shown, detail={"decision": decision_id, "trial": trial})
    return found


def _members(trace: Sequence[Any]) -> list[int]:
    rows = trace[6] if trace[0] == 1 else trace[4]
    return [row[0] for row in rows]


def _fact(row: LevyInput, names: Mapping[int, str]) -> UsedFact:
    values = tuple((label, value) for label, value in zip(_FACT_LABELS, row.amounts or (), strict=False) if value)
    return UsedFact(
        row.atena_no, names.get(row.atena_no, str(row.atena_no)), row.is_head, row.birth_date, row.insured_from,
        row.insured_until, row.former_from, Income.DECLARATIONS.get(row.declaration or "", "資料なし"), values, row.asset_tax,
    )  # fmt: skip


def _sections(steps: Sequence[Step]) -> tuple[Section, ...]:
    """Steps in the order of the sheet, cut where the subject changes."""
    grouped: dict[str, list[Step]] = {}
    for place, step in enumerate(steps):
        grouped.setdefault(_subject(step.label) if place + 1 < len(steps) else "total", []).append(step)
    titles = {"income": "所得", "reduction": "軽減の判定", **COMPONENT_NAMES, "total": "年額"}
    return tuple(Section(code, titles[code], tuple(grouped[code])) for code in titles if code in grouped)


def _subject(label: str) -> str:
    for code in COMPONENTS:
        if COMPONENT_NAMES[code] in label:
            return code
    return "reduction" if label.startswith("軽減判定") else "income"

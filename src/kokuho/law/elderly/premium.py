"""後期高齢者医療保険料 of one household: each insured person pays alone, the reduction is judged together.

年額 = cut( min( cap, 均等割 × (1 − 軽減) + 所得割 ) ), by component from fiscal 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kokuho.law.elderly.ordinance import ElderlyComponent, ElderlyOrdinance
from kokuho.law.parameters import table
from kokuho.law.premium.household import Income
from kokuho.law.premium.incomes import NOTHING, Figures, IncomeRules, figures, income_rules
from kokuho.law.premium.ordinance import percent
from kokuho.law.premium.reduction import ReductionRules
from kokuho.law.steps import Step, yen

LAW = "高齢者の医療の確保に関する法律施行令18条・広域連合条例"


@dataclass(frozen=True, slots=True)
class ElderlyMember:
    """A person of the household: every insured, and the householder insured or not.

    `senior` is 65 or over on 1 January. `former_dependent` is 元被扶養者 (no 所得割); `relief_ended` says that the two
    years of the reduced 均等割 are over. `months` of insurance in the year, 12 for all of it.
    """

    id: int | str
    head: bool
    insured: bool
    senior: bool
    income: Income | None = None
    former_dependent: bool = False
    relief_ended: bool = False
    transitional_cap: bool = False
    months: int = 12


@dataclass(frozen=True, slots=True)
class MemberPremium:
    """One insured person's premium in yen; the parts are cut to the yen for showing, `amount` is what is levied."""

    id: int | str
    per_capita: int
    income: int
    amount: int


@dataclass(frozen=True, slots=True)
class ElderlyPremium:
    """The household's premiums, with the class judged and the steps."""

    reduction: int
    reduction_income: int
    members: tuple[MemberPremium, ...]
    steps: tuple[Step, ...]


def elderly_reduction_rules(fiscal_year: int) -> ReductionRules:
    """Thresholds of a fiscal year; `LawError` ``no_parameters`` when they are not registered."""
    national, start = table("elderly"), date(fiscal_year, 4, 1)
    keys = ("reduction_base", "reduction_per_earner", "reduction_per_person_5", "reduction_per_person_2")
    return ReductionRules(*(national.at(key, start).value for key in keys))


def elderly_premium(ordinance: ElderlyOrdinance, members: Sequence[ElderlyMember]) -> ElderlyPremium:
    """The year's premiums of one household. Nobody's premium depends on the order of the members."""
    rules = income_rules(ordinance.fiscal_year)
    thresholds = elderly_reduction_rules(ordinance.fiscal_year)
    found = {member.id: _figures(rules, member) for member in members}
    judged = [member for member in members if member.insured or member.head]
    income = sum(found[member.id].reduction_income for member in judged)
    earners = sum(found[member.id].earner for member in judged)
    persons = sum(member.insured for member in members)
    unknown = any(member.income is not None and member.income.undeclared for member in judged)
    cls = 0 if unknown else thresholds.judge(income, persons, earners)
    steps = [
        Step("軽減判定所得", " + ".join(f"{m.id} {yen(found[m.id].reduction_income)}" for m in judged), income, LAW),
        _class_step(thresholds, persons, earners, cls, unknown),
    ]
    premiums = []
    for member in members:
        if member.insured:
            premium, sheet = _member(ordinance, member, found[member.id], cls)
            premiums.append(premium)
            steps += sheet
    return ElderlyPremium(cls, income, tuple(premiums), tuple(steps))


def _figures(rules: IncomeRules, member: ElderlyMember) -> Figures:
    return NOTHING if member.income is None else figures(rules, member.senior, member.income)


def _class_step(rules: ReductionRules, persons: int, earners: int, cls: int, unknown: bool) -> Step:
    if unknown:
        return Step("軽減判定", "所得の申告がなく、所得の分からない方がいるため軽減できません", "軽減なし", LAW)
    seven, five, two = rules.thresholds(persons, earners)
    counted = f"被保険者{persons}人、給与所得者等{earners}人"
    formula = f"7割 {yen(seven)} 以下、5割 {yen(five)} 以下、2割 {yen(two)} 以下（{counted}）"
    return Step("軽減判定", formula, f"{cls}割" if cls else "軽減なし", LAW)


def _member(
    ordinance: ElderlyOrdinance, member: ElderlyMember, found: Figures, cls: int
) -> tuple[MemberPremium, list[Step]]:
    base = max(0, found.base_income - found.deduction)
    formula = f"総所得金額等 {yen(found.base_income)} − 基礎控除 {yen(found.deduction)}"
    steps = [Step(f"賦課のもととなる所得（{member.id}）", formula, base, LAW)]
    per_capita = income = amount = 0
    exact_sum = Fraction(0)
    for component in ordinance.components:
        capita, levy, capped, sheet = _component(ordinance, component, member, base, cls)
        steps += sheet
        per_capita += int(capita)
        income += int(levy)
        exact_sum += capped
    amount = int(exact_sum) // ordinance.unit * ordinance.unit
    how = f"（{yen(ordinance.unit)}未満切捨て）" if ordinance.unit > 1 else ""
    steps.append(Step(f"年間保険料額（{member.id}）", f"{yen(int(exact_sum))}{how}", amount, LAW))
    return MemberPremium(member.id, per_capita, income, amount), steps


def _component(
    ordinance: ElderlyOrdinance, component: ElderlyComponent, member: ElderlyMember, base: int, cls: int
) -> tuple[Fraction, Fraction, Fraction, list[Step]]:
    """(均等割, 所得割, their sum after the cap and months, steps), exact unless the parts are cut."""
    ratio = Fraction(cls, 10)
    reduced = f" × (1 − {cls}割)" if cls else ""
    if member.former_dependent and not member.relief_ended:
        relief = Fraction(table("elderly").at("former_dependent_percent", date(ordinance.fiscal_year, 4, 1)).value, 100)
        if relief > ratio:
            ratio, reduced = relief, f" × (1 − {percent(relief)})（元被扶養者）"
    capita = component.per_capita * (1 - ratio)
    rate = component.income_rate
    if component.income_rate_low is not None and base <= component.low_rate_up_to:
        rate = component.income_rate_low
    levy = Fraction(0) if member.former_dependent else base * rate
    if ordinance.scope == "component":
        capita, levy = (Fraction(int(part) // ordinance.unit * ordinance.unit) for part in (capita, levy))
    cap = component.cap
    if member.transitional_cap and component.transitional_cap is not None:
        cap = component.transitional_cap
    total = capita + levy
    name = component.name
    income_text = "元被扶養者は賦課しない" if member.former_dependent else f"{yen(base)} × {percent(rate)}"
    steps = [
        Step(f"均等割額（{name}、{member.id}）", f"{yen(component.per_capita)}{reduced}", int(capita), LAW),
        Step(f"所得割額（{name}、{member.id}）", income_text, int(levy), LAW),
    ]
    if cap is not None and total > cap:
        steps.append(
            Step(f"限度額（{name}、{member.id}）", f"{yen(int(total))} が限度額 {yen(cap)} を超える", cap, LAW)
        )
        total = Fraction(cap)
    if member.months != 12:
        total = total * member.months / 12
        steps.append(Step(f"月割（{name}、{member.id}）", f"年額 × {member.months}か月 ÷ 12", int(total), LAW))
    return capita, levy, total, steps

"""The levy of a household whose members or circumstances change within the year (月割).

Each person's 所得割 and 均等割 is taken for that person's months, 平等割 for the months of the household, everything
exact until the one rounding at the end. Months may differ by a 非自発的失業 that begins within the year: they form
segments, each with its own judgement of the reduction.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import Any

from kokuho.law.premium import months as m
from kokuho.law.premium.household import FULL_YEAR, Household, Income, Member, Special
from kokuho.law.premium.incomes import NOTHING, Figures, figures
from kokuho.law.premium.monthly_levy import MonthlyLevy, Person, Segment
from kokuho.law.premium.plan import YOUNG_BANDS, Plan, rounded
from kokuho.law.premium.result import (
    COUNTED,
    EARNER,
    FORMER,
    HEAD,
    INSURED,
    UNDECLARED,
    Assessment,
    ComponentResult,
    judge,
    rare_items,
)

_NO_INCOME = Income()
_ORDINARY = Special()


def assess_months(plan: Plan, household: Household) -> Assessment:
    """As `assess.assess`, by months. Gives the same figures for a household that stays as it is all year."""
    people = [_person(plan, member) for member in household.members]
    people = [p for p in people if p.counted or p.member.insured or p.member.head]
    first = _first_month(people)
    for p in people:
        p.counted = _counted(plan, p, first)
    persons = sum(p.counted for p in people)
    if plan.second_child:
        _rank_children(people)
    segments = _segments(plan, household, people, persons)
    for p in people:
        p.bases = [_base(plan, p, segment) for segment in segments]
    for yen in _base_cuts(plan, people):
        _cut_bases(people, yen, len(segments))
    found = _one_segment(plan, household, people, segments[0].cls) if len(segments) == 1 and plan.plain else None
    if found is None:
        found = [_component(plan, household, place, people, segments) for place in range(len(plan.components))]
    results = [result for result, _ in found]
    total = sum(result.amount for result in results)
    if plan.total_unit != 1:
        total = rounded(total, 1, plan.total_mode, plan.total_unit)
    lead = segments[0]
    trace = [
        2, plan.fiscal_year, [[s.mask, s.cls, s.income, s.earners] for s in segments], persons,
        [_row(p) for p in people],
        found,
        total, household.half_months, household.three_quarter_months,
    ]  # fmt: skip
    return Assessment(household.id, plan.ratios[lead.cls], lead.income, tuple(results), total, trace)


def _person(plan: Plan, member: Member) -> Person:
    special = member.special or _ORDINARY
    birth, year = member.birth, plan.fiscal_year
    if birth is None:
        band = m.band_of_age(member.age)
        mask = member.months
        care = FULL_YEAR if band == m.CARE else 0
    else:
        band = bisect_left(plan.bands, birth)
        mask = member.months & m.months_before_75(year, birth)
        care = m.care_months(year, birth) if m.TURNING_65 <= band <= m.TURNING_40 else 0
    if not member.insured:
        mask = 0
    if special.care is not None:
        care = special.care
    income = member.income
    senior = band <= m.SENIOR
    plain = NOTHING if income is None else figures(plan.income, senior, income)
    relieved = None
    if special.involuntary and income is not None:
        relieved = figures(plan.income, senior, income, involuntary=True)
    return Person(
        member, band, mask, care & mask, special.maternity & mask, special.involuntary,
        special.former_dependent_income & mask, special.former_dependent_per_capita & mask,
        member.insured or member.former_insured or special.counted is True, plain, relieved, [],
    )  # fmt: skip


def _first_month(people: list[Person]) -> int:
    """Index of the household's first month in the insurance: the judgement is as of 1 April or of that acquisition."""
    union = 0
    for p in people:
        union |= p.mask
    return (union & -union).bit_length() - 1 if union else 0


def _counted(plan: Plan, p: Person, first: int) -> bool:
    """Whether the person counts in 軽減判定: insured on its day, or 特定同一世帯所属者."""
    special = p.member.special
    if special is not None and special.counted is not None:
        return special.counted
    if p.member.former_insured:
        return True
    if not p.member.insured:
        return False
    if p.mask:
        return bool(p.mask >> first & 1)
    # Moved to 後期高齢者医療 in April: still insured on the 1st, and 特定同一世帯所属者 from then on.
    birth = p.member.birth
    return birth is not None and p.band == m.LEFT and m.birthday(birth, 75) > date(plan.fiscal_year, 4, 1)


def _segments(plan: Plan, household: Household, people: list[Person], persons: int) -> list[Segment]:
    masks = [FULL_YEAR]
    for p in people:
        if p.relieved is not None:
            masks = [part for mask in masks for part in (mask & ~p.involuntary, mask & p.involuntary) if part]
    undeclared = any(_in_judgement(p) and p.member.income is not None and p.member.income.undeclared for p in people)
    segments = []
    for mask in sorted(masks, key=lambda mask: mask & -mask):
        income = earners = 0
        for p in people:
            if _in_judgement(p):
                f = _figures(p, mask)
                income += f.reduction_income
                earners += f.earner
        cls = judge(plan, income, persons, earners, undeclared, household.fixed_reduction)
        segments.append(Segment(mask, cls, income, earners))
    return segments


def _in_judgement(p: Person) -> bool:
    return p.counted or p.member.head


def _figures(p: Person, mask: int) -> Figures:
    """The person's figures in the months of a segment."""
    return p.relieved if p.relieved is not None and p.involuntary & mask else p.figures


def _base(plan: Plan, p: Person, segment: Segment) -> int:
    """Base of 所得割 in yen: (A) less 基礎控除, not below 0, cut to the ordinance's unit."""
    if not p.member.insured or p.member.income is None:
        return 0
    f = _figures(p, segment.mask)
    base = max(0, f.base_income - f.deduction)
    return base - base % plan.base_unit


def _rank_children(people: list[Person]) -> None:
    """Number the insured children of the household from the eldest, for reliefs from the second child on."""
    children = [p for p in people if p.mask and p.band in YOUNG_BANDS]
    children.sort(key=lambda p: (p.member.birth or date.min, -(p.member.age or 0)))
    for rank, p in enumerate(children, 1):
        p.child_rank = rank


def _base_cuts(plan: Plan, people: list[Person]) -> list[int]:
    """What the ordinance takes off the household's bases for its insured of certain ages, in yen each."""
    cuts = []
    for p in people:
        for low, high, yen in plan.base_cuts:
            if p.mask and low <= _age(plan, p) <= high:
                cuts.append(yen)
    return cuts


def _age(plan: Plan, p: Person) -> int:
    birth = p.member.birth
    if birth is None:
        return p.member.age or 0
    return plan.fiscal_year - birth.year - ((birth.month, birth.day) > (4, 1))


def _cut_bases(people: list[Person], yen: int, segments: int) -> None:
    """Take `yen` off the bases of each segment, the largest first."""
    for s in range(segments):
        left = yen
        for p in sorted(people, key=lambda p: -p.bases[s]):
            cut = min(left, p.bases[s])
            p.bases[s] -= cut
            left -= cut


def _one_segment(
    plan: Plan, household: Household, people: list[Person], cls: int
) -> list[tuple[ComponentResult, list[int]]] | None:
    """Every component where the year is judged once and parts are cut to the yen: the common case, without fractions.

    None where a cap may bind in some months or 旧被扶養者 is in the household: `_component` is for those.
    """
    tables, unit = plan.month_tables, plan.component_unit
    union = care_union = income = care_income = top = care_top = asset = care_asset = 0
    capitas, full = [], [0] * len(plan.rows)
    for p in people:
        mask, care, free = p.mask, p.care, p.maternity
        if p.free_income | p.half_capita:
            return None
        months, care_months = (mask & ~free).bit_count(), (care & ~free).bit_count()
        capitas.append(tables.capita(plan, cls, p.band, months, care_months))
        if mask:
            base = p.bases[0]
            union |= mask
            income += base * months
            top += base
            asset += p.member.asset_tax * mask.bit_count()
            if care:
                care_union |= care
                care_income += base * care_months
                care_top += base
                care_asset += p.member.asset_tax * care.bit_count()
            full = [a + b for a, b in zip(full, plan.per_capita[cls][p.band], strict=True)]
    half, three = union & household.half_months, union & household.three_quarter_months & ~household.half_months
    households = tables.household(
        plan, cls, (union & ~half & ~three).bit_count(), half.bit_count(), three.bit_count(), care_union.bit_count()
    )
    rate_den, by_month = plan.rate_den, plan.cap_order == "cap_then_months"
    found = []
    for place, (code, care, rate, asset_rate, cap) in enumerate(plan.rows):
        months_levied = care_union if care else union
        if not months_levied:
            found.append((ComponentResult(code, 0, 0, 0, 0, 0, 0, 0, 0), [0] * len(people)))
            continue
        base, highest, taxes = (care_income, care_top, care_asset) if care else (income, top, asset)
        year = highest * rate // rate_den + full[place] + plan.per_household[4][cls][place]
        if by_month and year + taxes * asset_rate // rate_den + unit + 8 > cap:
            return None
        levy, taxed = base * rate // (rate_den * 12), taxes * asset_rate // (rate_den * 12)
        shares = [capita[place] for capita in capitas]
        capita = sum(shares)
        raw = levy + taxed + capita + households[place]
        raw -= raw % unit
        if plan.cap_order == "cap_times_months":
            cap = cap * months_levied.bit_count() // 12
        amount = raw if raw <= cap else cap
        found.append(
            (ComponentResult(code, highest, levy, taxed, capita, households[place], raw - amount, 0, amount), shares)
        )
    return found


def _component(
    plan: Plan, household: Household, place: int, people: list[Person], segments: list[Segment]
) -> tuple[ComponentResult, list[int]]:
    """One component and the 均等割 of each person: yen, or 1/(DEN × 12) yen where the household's sum is rounded."""
    component = plan.components[place]
    masks = [p.care if component.care else p.mask for p in people]
    union = 0
    for mask in masks:
        union |= mask
    if not union:
        return ComponentResult(component.code, 0, 0, 0, 0, 0, 0, 0, 0), [0] * len(people)
    ordinary = MonthlyLevy(plan, household, place, people, segments, masks, relief=False)
    relief = 0
    levy = ordinary
    if any(p.free_income | p.half_capita for p in people):
        relieved = MonthlyLevy(plan, household, place, people, segments, masks, relief=True)
        relief = max(0, ordinary.sum() - relieved.sum())
        if not plan.former_after_cap:
            levy = relieved
    amount, over = levy.amount()
    if relief and plan.former_after_cap:
        amount = rounded(max(0, amount - relief), 1, "floor", plan.component_unit)
    base = max(sum(p.bases[s] for p, mask in zip(people, masks, strict=True) if mask & segment.mask)
               for s, segment in enumerate(segments))  # fmt: skip
    if plan.component_by_person:
        return ComponentResult(component.code, base, None, None, None, None, over, relief, amount), levy.per_capitas
    return (
        ComponentResult(
            component.code, base, levy.income, levy.asset, levy.per_capita, levy.per_household, over, relief, amount
        ),
        levy.per_capitas,
    )


def _row(p: Person) -> list[Any]:
    """A member of the trace."""
    member, f = p.member, p.figures
    income = member.income or _NO_INCOME
    status = p.band
    for bit, on in (
        (HEAD, member.head), (INSURED, member.insured), (FORMER, member.former_insured), (COUNTED, p.counted),
        (EARNER, f.earner), (UNDECLARED, income.undeclared),
    ):  # fmt: skip
        status |= bit if on else 0
    masks = [p.mask, p.care, p.maternity, p.involuntary if p.relieved else 0, p.free_income, p.half_capita]
    relieved = p.relieved
    return [
        member.id, status, income.salary_receipts, f.salary_income, income.pension_receipts, f.pension_income,
        income.other, f.base_income, f.reduction_income, f.deduction, p.bases[0], f.pension_deducted,
        rare_items(income, f, member.asset_tax), masks, p.bases,
        [relieved.salary_income, relieved.base_income, relieved.reduction_income] if relieved else [],
    ]  # fmt: skip

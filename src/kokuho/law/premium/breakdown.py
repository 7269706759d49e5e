"""A levy as a citizen reads it: what is levied in full, what is taken off and why, and what remains.

The trace keeps the parts after the reductions, as the amount needs them. A notice starts from the other end: 均等割
and 平等割 in full, then 軽減 and reliefs one by one. Amount, 限度超過額 and 旧被扶養者減免 are those of the trace; what
a reduction took is the difference of the same tables and roundings with and without it; what is left between the two
is `rounding`. So for every component

    income + asset + per_capita + per_household
    − reduction − preschool − maternity − local − cap_excess − exemption − rounding = amount
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.premium.explain_levy import member_capita, member_income
from kokuho.law.premium.household import FULL_YEAR
from kokuho.law.premium.months import CHILD
from kokuho.law.premium.ordinance import COMPONENTS, percent
from kokuho.law.premium.plan import DEN, NO_CAP, PRESCHOOL_BANDS, Plan, prepare, rounded
from kokuho.law.premium.result import COUNTED, HEAD, UNDECLARED, ComponentResult, judge
from kokuho.law.premium.sheet import Sheet, SheetMember, SheetSegment

STATUTORY = 3  # classes 1, 2 and 3 are 7, 5 and 2 tenths; an ordinance's own come after them


@dataclass(frozen=True, slots=True)
class ComponentBreakdown:
    """One component of a household's year. Yen; deductions are positive. `levied` False: it concerns nobody here.

    A part that the ordinance does not levy on this household has no rate or unit (None) and is 0. Where months differ,
    the parts are those after 月割. `cap` is the year's 限度額; with `cap_excess` and an amount below it, the cap was
    taken by months.
    """

    name: str
    levied: bool
    amount: int
    income_base: int
    income_rate: str | None
    income: int
    asset_base: int
    asset_rate: str | None
    asset: int
    per_capita_unit: int | None
    per_capita_adult_unit: int
    per_capita_count: int
    per_capita: int
    per_household_unit: int | None
    half: int  # months of 特定世帯 among those levied
    three_quarter: int  # months of 特定継続世帯
    months: int  # months in which anybody of the household is levied
    per_household: int
    per_household_reduced: int
    reduction: int
    preschool: int
    maternity: int
    local: int
    cap: int | None
    cap_excess: int
    exemption: int
    rounding: int


@dataclass(frozen=True, slots=True)
class MemberShare:
    """What a person adds to one component: yen after reductions and 月割, before the household's cap and rounding."""

    name: str
    months: int
    income: int
    per_capita: int


@dataclass(frozen=True, slots=True)
class MemberBreakdown:
    """A levied person. Yen; the months of the circumstances are counts.

    `total_income` is 総所得金額等 as it counts in most of the person's months: a 非自発的失業者's with the salary at
    30/100.
    """

    id: int | str
    head: bool
    undeclared: bool
    preschool: bool
    total_income: int
    deduction: int
    base: int
    involuntary: int
    maternity: int
    former_dependent: int
    shares: tuple[MemberShare, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """軽減判定 of the months that are judged alike.

    `ratio` is in tenths, of the statute or (`own`) of the ordinance. `threshold` is the line that the income is at or
    below, without a reduction the 2割 line that it exceeds; None when the ratio was not found by comparing.
    """

    months: int
    ratio: int
    own: bool
    income: int
    threshold: int | None
    persons: int
    undeclared: bool


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A household's year. Sum of the amounts − `total_rounding` = `total`."""

    components: tuple[ComponentBreakdown, ...]
    members: tuple[MemberBreakdown, ...]
    judgements: tuple[Judgement, ...]
    head_levied: bool  # False: 擬制世帯主
    total: int
    total_rounding: int


class Reader:
    """Breakdowns under one plan. Made once per process: it keeps the tables without the ordinance's own reliefs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        kept = [rule for rule in plan.ordinance.settings["local_reductions"] if rule["target"] != "per_capita"]
        settings = {**plan.ordinance.settings, "local_reductions": kept}
        self.statutory = prepare(replace(plan.ordinance, settings=settings), plan.fiscal_year)
        self.own_reliefs = len(kept) < len(plan.ordinance.settings["local_reductions"]) or bool(plan.own_classes)

    def read(self, trace: Sequence[Any], names: Mapping[Any, str] | None = None) -> Breakdown:
        """The breakdown of a trace, also one read back from JSON.

        `LawError` as `Sheet.read`, and ``ordinance_mismatch`` when more or less is left to `rounding` than the
        ordinance cuts off: the levy was made with other values than these.
        """
        sheet = Sheet.read(self.plan, trace, names or {})
        found = tuple(_Component(self, sheet, place).breakdown() for place in range(len(self.plan.components)))
        levied = [m for m in sheet.members if m.mask]
        for part in found:
            self._check(part, len(levied))
        return Breakdown(
            components=found,
            members=tuple(_member(sheet, index) for index, m in enumerate(sheet.members) if m.mask),
            judgements=tuple(_judgement(sheet, segment, levied) for segment in sheet.segments),
            head_levied=any(m.status & HEAD for m in levied),
            total=sheet.total,
            total_rounding=sum(part.amount for part in found) - sheet.total,
        )

    def _check(self, part: ComponentBreakdown, persons: int) -> None:
        # Each cut takes or gives less than a unit: one a household, or one a person, for 平等割 and 資産割; one more
        # after 減免.
        cuts = 1 + (persons + 1 if self.plan.component_by_person else 0) + (part.exemption > 0)
        most = cuts * (self.plan.component_unit - 1)
        least = 0 if self.plan.component_mode == "floor" else -most
        if not least <= part.rounding <= most:
            raise LawError(
                "ordinance_mismatch", f"components.{part.name}",
                "計算の記録がこの条例の値と合いません。賦課したときの条例の設定で表示してください。",
            )  # fmt: skip


Table = Callable[[SheetMember, SheetSegment], tuple[int, ...]]


class _Component:
    """One component read from the trace."""

    def __init__(self, reader: Reader, sheet: Sheet, place: int) -> None:
        self.plan, self.statutory, self.own_reliefs = reader.plan, reader.statutory, reader.own_reliefs
        self.sheet, self.place = sheet, place
        self.component = self.plan.components[place]
        self.name = COMPONENTS[self.component.code]
        self.values = self.plan.ordinance.components[self.name]
        self.result: ComponentResult = sheet.results[place]
        self.levied = [(i, m, m.months_of(self.component.care)) for i, m in enumerate(sheet.members)]
        self.levied = [entry for entry in self.levied if entry[2]]

    def breakdown(self) -> ComponentBreakdown:
        plan, values, result = self.plan, self.values, self.result
        if not self.levied:
            return ComponentBreakdown(
                self.name, False, result.amount, 0, None, 0, 0, None, 0, None, 0, 0, 0, None, 0, 0, 0, 0, 0,
                0, 0, 0, 0, values.cap, 0, 0, 0,
            )  # fmt: skip
        income, after_maternity, income_net = self._incomes()
        asset = self._asset() if result.asset is None else result.asset
        full, reduced, preschool, present, capita_net = self._per_capita()
        union = half = three = 0
        for _, _, mask in self.levied:
            union |= mask
        if not self.component.care:
            half = union & self.sheet.half
            three = union & self.sheet.three_quarter & ~half
        household = self._per_household(lambda cls: 0, union, half, three)
        household_reduced = self._per_household(_statutory, union, half, three)
        household_net = result.per_household
        if household_net is None:
            household_net = self._per_household(lambda cls: cls, union, half, three)
        reduction = full - reduced + household - household_reduced
        maternity = income - after_maternity + preschool - present
        left = income + asset + full + household - reduction - (reduced - preschool) - maternity
        local = 0
        if self.own_reliefs:
            recomputed = 0 if plan.former_after_cap else result.relief
            local = max(0, left - (income_net + asset + capita_net + household_net) - recomputed)
        left -= local + result.over_cap + result.amount
        exemption = min(result.relief, max(0, left))
        count = sum(1 for _, m, _ in self.levied if sum(self._tables(m, self.statutory.parts[0])))
        adult = values.per_capita_adult if self.name == "child" else 0
        return ComponentBreakdown(
            name=self.name,
            levied=True,
            amount=result.amount,
            income_base=result.base,
            income_rate=percent(values.income_rate),
            income=income,
            asset_base=sum(m.asset_tax for _, m, _ in self.levied),
            asset_rate=percent(values.asset_rate) if values.asset_rate else None,
            asset=asset,
            per_capita_unit=values.per_capita if count else None,
            per_capita_adult_unit=adult if count else 0,
            per_capita_count=count,
            per_capita=full,
            per_household_unit=values.per_household or None,
            half=half.bit_count(),
            three_quarter=three.bit_count(),
            months=union.bit_count(),
            per_household=household,
            per_household_reduced=household_net,
            reduction=reduction,
            preschool=reduced - preschool,
            maternity=maternity,
            local=local,
            cap=None if self.component.cap == NO_CAP else self.component.cap,
            cap_excess=result.over_cap,
            exemption=exemption,
            rounding=left - exemption,
        )

    def _incomes(self) -> tuple[int, int, int]:
        """所得割 of all months, of those without 産前産後, and as the trace has it (旧被扶養者 recomputed too)."""
        all_months = self._income([mask for _, _, mask in self.levied])
        without = self._income([mask & ~m.maternity for _, m, mask in self.levied])
        if self.result.income is not None:
            net = self.result.income
        else:
            net = sum(member_income(self.sheet, m, self.place) for _, m, _ in self.levied)
        return all_months, without, net

    def _income(self, masks: Sequence[int]) -> int:
        component, den = self.component, self.plan.rate_den * 12
        numerators = [
            component.rate
            * sum(
                base * (mask & segment.mask).bit_count()
                for base, segment in zip(m.bases, self.sheet.segments, strict=True)
            )
            for (_, m, _), mask in zip(self.levied, masks, strict=True)
        ]
        mode, unit = component.income_mode, component.income_unit
        if component.income_by_person or self.plan.component_by_person:
            return sum(rounded(n, den, mode, unit) for n in numerators)
        return rounded(sum(numerators), den, mode, unit)

    def _asset(self) -> int:
        taxes = sum(m.asset_tax * mask.bit_count() for _, m, mask in self.levied)
        return taxes * self.component.asset_rate // (self.plan.rate_den * 12)

    def _per_capita(self) -> tuple[int, int, int, int, int]:
        """均等割 in full, after the statutory reduction, after 未就学児, without 産前産後, and as the trace has it."""
        parts = self.statutory.parts

        def plain(m: SheetMember, _: SheetSegment) -> tuple[int, ...]:
            return self._tables(m, parts[0])

        def reduced(m: SheetMember, segment: SheetSegment) -> tuple[int, ...]:
            return self._tables(m, parts[_statutory(segment.cls)])

        def preschool(m: SheetMember, segment: SheetSegment) -> tuple[int, ...]:
            return parts[_statutory(segment.cls)][m.band][self.place]

        present = self._capita(preschool, lambda m: ~m.maternity)
        if self.result.per_capita is not None:
            net = self.result.per_capita
        else:
            net = sum(member_capita(self.sheet, index, self.place) for index, _, _ in self.levied)
        return self._capita(plain), self._capita(reduced), self._capita(preschool), present, net

    def _tables(self, m: SheetMember, table: tuple[tuple[tuple[int, ...], ...], ...]) -> tuple[int, ...]:
        """均等割 of the person in 1/DEN yen as if 未就学児 were not relieved."""
        return table[CHILD if m.band in PRESCHOOL_BANDS else m.band][self.place]

    def _capita(self, table: Table, present: Callable[[SheetMember], int] = lambda m: FULL_YEAR) -> int:
        plan, total = self.plan, 0
        for _, m, mask in self.levied:
            sums = [0, 0]
            for segment in self.sheet.segments:
                months = (mask & segment.mask & present(m)).bit_count()
                for k, part in enumerate(table(m, segment)):
                    sums[k] += part * months
            if plan.per_capita_by_household:
                total += sum(sums)
            else:
                total += sum(rounded(n, DEN * 12, plan.per_capita_mode) for n in sums)
        return rounded(total, DEN * 12, plan.per_capita_mode) if plan.per_capita_by_household else total

    def _per_household(self, cls: Callable[[int], int], union: int, half: int, three: int) -> int:
        """平等割 in yen when each segment is of the class that `cls` makes of its own."""
        numerator = 0
        for segment in self.sheet.segments:
            months = union & segment.mask
            quarters = 2 * (months & half).bit_count() + 3 * (months & three).bit_count()
            quarters += 4 * (months & ~half & ~three).bit_count()
            numerator += quarters * self.statutory.household_parts[cls(segment.cls)][self.place]
        return rounded(numerator, DEN * 48, self.plan.per_household_mode)


def _statutory(cls: int) -> int:
    """The class as far as the statute reduces: an ordinance's own class is none of its."""
    return cls if cls <= STATUTORY else 0


def _member(sheet: Sheet, index: int) -> MemberBreakdown:
    m = sheet.members[index]
    shares = []
    for place, component in enumerate(sheet.plan.components):
        months = m.months_of(component.care)
        if months:
            income, per_capita = member_income(sheet, m, place), member_capita(sheet, index, place)
            shares.append(MemberShare(COMPONENTS[component.code], months.bit_count(), income, per_capita))
    # The figures of the segment with most of the person's months; a tie shows the later one.
    where = max(range(len(m.bases)), key=lambda s: ((m.mask & sheet.segments[s].mask).bit_count(), s))
    relieved = bool(m.relieved) and bool(m.involuntary & sheet.segments[where].mask)
    return MemberBreakdown(
        id=m.id,
        head=bool(m.status & HEAD),
        undeclared=bool(m.status & UNDECLARED),
        preschool=m.band in PRESCHOOL_BANDS,
        total_income=m.relieved[1] if relieved else m.base_income,
        # The trace of a person without income leaves it out.
        deduction=m.deduction if m.deduction or m.has_income else sheet.plan.income.basic_deduction(0),
        base=m.bases[where],
        involuntary=(m.mask & m.involuntary).bit_count() if m.relieved else 0,
        maternity=m.maternity.bit_count(),
        former_dependent=(m.free_income | m.half_capita).bit_count(),
        shares=tuple(shares),
    )


def _judgement(sheet: Sheet, segment: SheetSegment, levied: Sequence[SheetMember]) -> Judgement:
    plan, cls = sheet.plan, segment.cls
    undeclared = any(m.status & UNDECLARED and m.status & (COUNTED | HEAD) for m in sheet.members)
    found = judge(plan, segment.income, sheet.persons, segment.earners, undeclared, None)
    threshold: int | None = None
    if found == cls and not undeclared:
        lines = plan.reduction.thresholds(sheet.persons, segment.earners)
        own = {c: base + per_person * sheet.persons for c, base, per_person in plan.own_classes}
        threshold = own[cls] if cls in own else lines[cls - 1] if cls else lines[-1]
    union = 0
    for m in levied:
        union |= m.mask
    return Judgement(
        months=(union & segment.mask).bit_count(),
        ratio=plan.ratios[cls],
        own=cls > STATUTORY,
        income=segment.income,
        threshold=threshold,
        persons=sheet.persons,
        undeclared=undeclared,
    )

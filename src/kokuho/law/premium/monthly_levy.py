"""One component of a levy by months: the parts of 月割 and the ordinance's order of cap and months."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kokuho.law.premium.household import FULL_YEAR, Household, Member
from kokuho.law.premium.incomes import Figures
from kokuho.law.premium.plan import DEN, Plan, rounded


@dataclass(slots=True)
class Person:
    """One member with months and figures worked out. Masks are months of the year."""

    member: Member
    band: int
    mask: int  # months levied
    care: int
    maternity: int
    involuntary: int
    free_income: int  # 旧被扶養者
    half_capita: int
    counted: bool
    figures: Figures
    relieved: Figures | None  # with the salary at 30/100
    bases: list[int]  # base of 所得割 by segment
    child_rank: int = 0  # 1 for the eldest child


@dataclass(slots=True)
class Segment:
    """Months that are judged alike."""

    mask: int
    cls: int
    income: int
    earners: int


class MonthlyLevy:
    """The parts of one component, by months, and its amount under the ordinance's order of cap and months."""

    def __init__(
        self, plan: Plan, household: Household, place: int, people: list[Person], segments: list[Segment],
        masks: list[int], relief: bool,
    ) -> None:  # fmt: skip
        self.plan, self.component, self.place = plan, plan.components[place], place
        self.people, self.segments, self.masks, self.relief = people, segments, masks, relief
        self.half, self.three_quarter = household.half_months, household.three_quarter_months
        if self.component.care:
            self.half = self.three_quarter = 0
        component, den = self.component, plan.rate_den * 12
        numerators = [self._income(i) for i in range(len(people))]
        if component.income_by_person or plan.component_by_person:
            self.incomes = [rounded(n, den, component.income_mode, component.income_unit) for n in numerators]
            self.income = sum(self.incomes)
        else:
            self.income = rounded(sum(numerators), den, component.income_mode, component.income_unit)
        self.asset = (
            sum(p.member.asset_tax * mask.bit_count() for p, mask in zip(people, masks, strict=True))
            * component.asset_rate
            // den
        )
        parts = [self._per_capita(i) for i in range(len(people))]
        if plan.per_capita_by_household:
            self.per_capitas = [sum(part) for part in parts]
            self.per_capita = rounded(sum(self.per_capitas), DEN * 12, plan.per_capita_mode)
        else:
            self.per_capitas = [sum(rounded(n, DEN * 12, plan.per_capita_mode) for n in part) for part in parts]
            self.per_capita = sum(self.per_capitas)
        self.per_household = rounded(self._per_household(FULL_YEAR), DEN * 48, plan.per_household_mode)

    def sum(self) -> int:
        """The parts together, before rounding and cap."""
        return self.income + self.asset + self.per_capita + self.per_household

    def amount(self) -> tuple[int, int]:
        """(amount after rounding and cap, 限度超過額) in yen."""
        plan, cap = self.plan, self.component.cap
        raw = self._rounded_sum()
        if plan.cap_order == "months_then_cap":
            return min(raw, cap), max(0, raw - cap)
        if plan.cap_order == "cap_times_months":
            union = 0
            for mask in self.masks:
                union |= mask
            cap = cap * union.bit_count() // 12
            return min(raw, cap), max(0, raw - cap)
        if self._annual_bound() <= cap:
            return raw, 0
        return self._capped_by_month(raw)

    def _rounded_sum(self) -> int:
        plan, unit, mode = self.plan, self.plan.component_unit, self.plan.component_mode
        if not plan.component_by_person:
            return rounded(self.sum(), 1, mode, unit)
        persons = sum(
            rounded(income + per_capita, 1, mode, unit)
            for income, per_capita in zip(self.incomes, self.per_capitas, strict=True)
        )
        return persons + rounded(self.per_household, 1, mode, unit) + rounded(self.asset, 1, mode, unit)

    def _income(self, i: int) -> int:
        """Numerator of a person's 所得割 over rate_den × 12: the base of each month, maternity months free."""
        p, mask = self.people[i], self.masks[i] & ~self.people[i].maternity
        if self.relief:
            mask &= ~p.free_income
        return self.component.rate * sum(
            base * (mask & segment.mask).bit_count() for base, segment in zip(p.bases, self.segments, strict=True)
        )

    def _per_capita(self, i: int) -> list[int]:
        """Numerators of a person's 均等割 over DEN × 12, one for each part that is rounded on its own."""
        p, mask = self.people[i], self.masks[i] & ~self.people[i].maternity
        former = p.half_capita if self.relief else 0
        totals = [0, 0]
        for segment in self.segments:
            for months, tables in (((mask & segment.mask & ~former), self.plan.parts),
                                   ((mask & segment.mask & former), self.plan.former_parts)):  # fmt: skip
                count = months.bit_count()
                if count:
                    for k, part in enumerate(tables[segment.cls][p.band][self.place]):
                        totals[k] += self._second_child(p, part) * count
        return totals

    def _second_child(self, p: Person, part: int) -> int:
        if p.child_rank > 1:
            for percent, yen, places in self.plan.second_child:
                if self.place in places:
                    part = max(0, part * (100 - percent) // 100 - yen * DEN)
        return part

    def _per_household(self, within: int) -> int:
        """Numerator of 平等割 over DEN × 48 for the months of `within` in which someone is levied."""
        union = former = 0
        alone = True
        for p, mask in zip(self.people, self.masks, strict=True):
            union |= mask
            if mask and not p.half_capita:
                alone = False
            former |= mask & p.half_capita
        union &= within
        total = 0
        for segment in self.segments:
            for weight, months in self._weights(union & segment.mask):
                relieved = months & former if self.relief and alone else 0
                total += weight * (
                    self.plan.household_parts[segment.cls][self.place] * (months & ~relieved).bit_count()
                    + self.plan.former_household_parts[segment.cls][self.place] * relieved.bit_count()
                )
        return total

    def _weights(self, months: int) -> tuple[tuple[int, int], ...]:
        half, three = months & self.half, months & self.three_quarter & ~self.half
        return (2, half), (3, three), (4, months & ~half & ~three)

    def _annual_bound(self) -> int:
        """No month's household can come to more than this in a year."""
        top = max(self.plan.household_parts[segment.cls][self.place] for segment in self.segments) // DEN
        for i, p in enumerate(self.people):
            if self.masks[i]:
                rate = self.component.rate * max(p.bases) + self.component.asset_rate * p.member.asset_tax
                top += rate // self.plan.rate_den + 2
                top += max(sum(self.plan.parts[s.cls][p.band][self.place]) for s in self.segments) // DEN + 2
        return top + 1

    def _capped_by_month(self, raw: int) -> tuple[int, int]:
        """Cap first, months after: each month is one twelfth of a whole year of that month's household, capped."""
        plan, cap = self.plan, self.component.cap
        groups: dict[tuple[Any, ...], int] = {}
        for index in range(12):
            bit = 1 << index
            present = tuple(bool(mask & bit) for mask in self.masks)
            if any(present):
                where = next(s for s, segment in enumerate(self.segments) if segment.mask & bit)
                key = (present, where, self.half & bit > 0, self.three_quarter & bit > 0, self._former(bit))
                groups[key] = groups.get(key, 0) | bit
        total = Fraction(0)
        capped = False
        for (present, where, *_), mask in groups.items():
            year = self._year(present, where, mask)
            if rounded(int(year), 1, plan.component_mode, plan.component_unit) >= cap:
                capped, year = True, Fraction(cap)
            total += year * mask.bit_count() / 12
        if not capped:
            return raw, 0
        if total == cap:
            return cap, raw - cap
        amount = min(raw, rounded(total.numerator, total.denominator, plan.component_mode, plan.component_unit))
        return amount, raw - amount

    def _former(self, bit: int) -> tuple[bool, ...]:
        return tuple(self.relief and bool((p.free_income | p.half_capita) & bit) for p in self.people)

    def _year(self, present: tuple[bool, ...], where: int, mask: int) -> Fraction:
        """The levy of a whole year of the household as it is in the months of `mask`, which are all alike."""
        months, plan, cls = mask.bit_count(), self.plan, self.segments[where].cls
        total = Fraction(self._per_household(mask), DEN * 48) * 12 / months
        for i, p in enumerate(self.people):
            if not present[i]:
                continue
            # Maternity is a reduction of the year: it lowers every month of the person alike, not its own months.
            free = Fraction(p.maternity.bit_count(), p.mask.bit_count())
            former = self.relief and bool(p.half_capita & mask)
            base = 0 if self.relief and p.free_income & mask else p.bases[where]
            tables = plan.former_parts if former else plan.parts
            capita = sum(self._second_child(p, part) for part in tables[cls][p.band][self.place])
            share = Fraction(base * self.component.rate, plan.rate_den) + Fraction(capita, DEN)
            total += share * (1 - free) + Fraction(p.member.asset_tax * self.component.asset_rate, plan.rate_den)
        return total

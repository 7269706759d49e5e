"""An ordinance made ready for one year's levy: every rate and threshold as integers, every table filled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.premium import months
from kokuho.law.premium.incomes import IncomeRules, income_rules
from kokuho.law.premium.ordinance import COMPONENTS, Component, Ordinance
from kokuho.law.premium.reduction import ReductionRules, reduction_rules

DEN = 2000  # per-capita and per-household amounts are exact in 1/2000 yen: tenths x halves x percent
NO_CAP = 1 << 62
BAND_COUNT = 11

CARE_BANDS = (months.CARE, months.TURNING_40, months.TURNING_65)
YOUNG_BANDS = (months.CHILD, months.PRESCHOOL, months.NEWBORN)
PRESCHOOL_BANDS = (months.PRESCHOOL, months.NEWBORN)


def rounded(numerator: int, denominator: int, mode: str = "floor", unit: int = 1) -> int:
    """numerator/denominator yen to a multiple of `unit`: ``floor``, ``ceil`` or ``half_up`` (not for negatives)."""
    step = denominator * unit
    if mode == "floor":
        return numerator // step * unit
    if mode == "ceil":
        return -(-numerator // step) * unit
    return (2 * numerator + step) // (2 * step) * unit


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """One component, ready. Rates are numerators over `Plan.rate_den`."""

    code: int  # index into `COMPONENTS`
    care: bool
    rate: int
    asset_rate: int
    cap: int
    income_unit: int
    income_mode: str
    income_by_person: bool
    per_household: bool  # whether there is a 平等割


class MonthTables:
    """均等割 and 平等割 for so many months, worked out when first asked for: a few hundred entries in a city's year."""

    __slots__ = ("_capita", "_households")

    def __init__(self) -> None:
        self._capita: dict[tuple[int, int, int, int], tuple[int, ...]] = {}
        self._households: dict[tuple[int, int, int, int, int], tuple[int, ...]] = {}

    def capita(self, plan: Plan, cls: int, band: int, months: int, care_months: int) -> tuple[int, ...]:
        """One person's 均等割 of each component in yen, for its months of 介護 and of the others."""
        key = (cls, band, months, care_months)
        found = self._capita.get(key)
        if found is None:
            found = self._capita[key] = tuple(
                sum(rounded(n * (care_months if c.care else months), DEN * 12, plan.per_capita_mode) for n in part)
                for c, part in zip(plan.components, plan.parts[cls][band], strict=True)
            )
        return found

    def household(self, plan: Plan, cls: int, whole: int, half: int, three: int, care: int) -> tuple[int, ...]:
        """平等割 of each component in yen: ordinary months, those of 特定世帯 and 特定継続世帯, and those of 介護."""
        key = (cls, whole, half, three, care)
        found = self._households.get(key)
        if found is None:
            quarters = 4 * whole + 2 * half + 3 * three
            found = self._households[key] = tuple(
                rounded(n * (4 * care if c.care else quarters), DEN * 48, plan.per_household_mode)
                for c, n in zip(plan.components, plan.household_parts[cls], strict=True)
            )
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the levy of one ordinance and year needs. Made once by `prepare`, then only read."""

    ordinance: Ordinance
    fiscal_year: int
    bands: tuple[date, ...]
    income: IncomeRules
    reduction: ReductionRules
    # Classes: 0 none, then the statutory three and the ordinance's own. (ratio in tenths, extra threshold or None)
    ratios: tuple[int, ...]
    own_classes: tuple[tuple[int, int, int], ...]  # (class, base, per person) judged after the statutory ones
    rate_den: int
    components: tuple[ComponentPlan, ...]
    per_capita: tuple[tuple[tuple[int, ...], ...], ...]  # [class][band][component]: yen, or 1/DEN yen by household
    parts: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]  # [class][band][component]: exact parts in 1/DEN yen
    former_parts: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]  # the same for 旧被扶養者
    per_household: tuple[tuple[tuple[int, ...], ...], ...]  # [weight 0..4][class][component]: yen
    household_parts: tuple[tuple[int, ...], ...]  # [class][component]: ordinary 平等割, exact in 1/DEN yen
    former_household_parts: tuple[tuple[int, ...], ...]
    base_unit: int
    per_capita_by_household: bool
    per_capita_mode: str
    per_household_mode: str
    component_unit: int
    component_mode: str
    component_by_person: bool
    total_unit: int
    total_mode: str
    cap_order: str
    former_after_cap: bool
    second_child: tuple[tuple[int, int, tuple[int, ...]], ...]  # (percent, yen, components) from the second child on
    base_cuts: tuple[tuple[int, int, int], ...]  # (from age, to age on 1 April, yen off the household's bases)
    rows: tuple[tuple[int, bool, int, int, int], ...]  # code, care, rate, asset rate, cap of `components`
    plain: bool  # whether the whole-year path's shortest arithmetic applies
    month_tables: MonthTables
    general: bool  # whether every household needs the months path (reliefs that look at more than one person)


def check_year(fiscal_year: int) -> None:
    """`LawError` ``no_parameters`` when the national values of a fiscal year are not registered."""
    try:
        table("premium").at("reduction_base", date(fiscal_year, 4, 1))
    except (LawError, ValueError) as error:
        raise LawError("no_parameters", "fiscal_year", f"{fiscal_year}年度の値が登録されていません。") from error


def prepare(ordinance: Ordinance, fiscal_year: int) -> Plan:
    """Make an ordinance ready for `assess`; `LawError` for a year without national parameters."""
    if ordinance.fiscal_year != fiscal_year:
        raise LawError(
            "year_mismatch", "fiscal_year", f"{ordinance.fiscal_year}年度の条例です。{fiscal_year}年度ではありません。"
        )
    check_year(fiscal_year)
    settings = ordinance.settings
    income = income_rules(fiscal_year, settings["reduction"]["earner_pension_over_65"])
    income = replace(income, ratio_first=settings["involuntary_order"] == "ratio_first")
    if settings["basic_deduction"] is not None:
        income = replace(income, stages=((NO_CAP, settings["basic_deduction"]),))
    rounding = settings["rounding"]
    components = [(index, name, ordinance.components[name]) for index, name in enumerate(COMPONENTS)
                  if name in ordinance.components]  # fmt: skip
    rate_den = lcm(100_000, *(c.income_rate.denominator for _, _, c in components),
                   *(c.asset_rate.denominator for _, _, c in components))  # fmt: skip
    ratios, own = _classes(settings)
    tables = _Tables(fiscal_year, settings, [(name, component) for _, name, component in components])
    former = settings["former_dependent"]["per_capita_percent"]
    by_household = rounding["per_capita"]["scope"] == "household"
    parts = tuple(tables.per_capita(Fraction(ratio, 10)) for ratio in ratios)
    mode = rounding["per_capita"]["mode"]
    plans = tuple(_component_plan(index, name, component, rounding, rate_den) for index, name, component in components)
    by_person = rounding["component"]["scope"] == "person"
    return Plan(
        ordinance=ordinance,
        fiscal_year=fiscal_year,
        bands=months.bands(fiscal_year),
        income=income,
        reduction=reduction_rules(fiscal_year),
        ratios=ratios,
        own_classes=own,
        rate_den=rate_den,
        components=plans,
        per_capita=tuple(
            tuple(
                tuple(sum(p) if by_household else sum(rounded(n, DEN, mode) for n in p) for p in band) for band in cls
            )
            for cls in parts
        ),
        parts=parts,
        former_parts=tuple(tables.per_capita(max(Fraction(ratio, 10), Fraction(former, 100))) for ratio in ratios),
        per_household=tuple(
            tuple(
                tuple(
                    rounded(amount * (4 if c.care else weight), 4 * DEN, rounding["per_household"]["mode"])
                    for c, amount in zip(plans, tables.per_household(Fraction(ratio, 10)), strict=True)
                )
                for ratio in ratios
            )
            for weight in range(5)
        ),
        household_parts=tuple(tables.per_household(Fraction(ratio, 10)) for ratio in ratios),
        former_household_parts=tuple(
            tables.per_household(max(Fraction(ratio, 10), Fraction(former, 100))) for ratio in ratios
        ),
        base_unit=rounding["base_unit"],
        per_capita_by_household=by_household,
        per_capita_mode=mode,
        per_household_mode=rounding["per_household"]["mode"],
        component_unit=rounding["component"]["unit"],
        component_mode=rounding["component"]["mode"],
        component_by_person=by_person,
        total_unit=rounding["total"]["unit"],
        total_mode=rounding["total"]["mode"],
        cap_order=settings["cap_proration"],
        former_after_cap=settings["former_dependent"]["order"] == "after_cap",
        second_child=tuple(
            (r.get("percent", 0), r.get("yen", 0), _codes(plans, r))
            for r in settings["local_reductions"]
            if r["target"] == "per_capita" and r.get("who") == "second_child_on"
        ),
        base_cuts=tuple(
            (r["ages"][0], r["ages"][1], r["yen"]) for r in settings["local_reductions"] if r["target"] == "income_base"
        ),
        month_tables=MonthTables(),
        rows=tuple((c.code, c.care, c.rate, c.asset_rate, c.cap) for c in plans),
        general=any(
            r["target"] == "income_base" or r.get("who") == "second_child_on" for r in settings["local_reductions"]
        ),
        plain=not by_person
        and not by_household
        and rounding["component"]["mode"] == "floor"
        and all(c.income_unit == 1 and c.income_mode == "floor" and not c.income_by_person for c in plans),
    )


def _codes(plans: tuple[ComponentPlan, ...], rule: Mapping[str, Any]) -> tuple[int, ...]:
    """Positions in `Plan.components` that a local reduction concerns."""
    names = rule.get("components", COMPONENTS)
    return tuple(place for place, plan in enumerate(plans) if COMPONENTS[plan.code] in names)


def _component_plan(index: int, name: str, component: Component, rounding: Any, rate_den: int) -> ComponentPlan:
    income = {**rounding["income"], **rounding["income_by_component"].get(name, {})}
    return ComponentPlan(
        code=index,
        care=name == "care",
        rate=int(component.income_rate * rate_den),
        asset_rate=int(component.asset_rate * rate_den),
        cap=NO_CAP if component.cap is None else component.cap,
        income_unit=income["unit"],
        income_mode=income["mode"],
        income_by_person=income["scope"] == "person",
        per_household=component.per_household > 0,
    )


def _classes(settings: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[tuple[int, int, int], ...]]:
    ratios = [0, *settings["reduction"]["ratios"]]
    own = []
    for rule in settings["local_reductions"]:
        if rule["target"] == "class":
            own.append((len(ratios), rule["yen"], rule.get("per_person", 0)))
            ratios.append(rule["ratio"])
    return tuple(ratios), tuple(own)


class _Tables:
    """Fills the tables of 均等割 and 平等割, exact in 1/DEN yen unless the discount itself is rounded."""

    def __init__(self, fiscal_year: int, settings: Mapping[str, Any], components: list[tuple[str, Component]]) -> None:
        self.rounding = settings["rounding"]
        self.components = components
        self.preschool = Fraction(table("premium").at("preschool_half", date(fiscal_year, 4, 1)).value, 100)
        self.local = [
            rule
            for rule in settings["local_reductions"]
            if rule["target"] == "per_capita" and rule.get("who") != "second_child_on"
        ]

    def per_capita(self, ratio: Fraction) -> tuple[tuple[tuple[int, ...], ...], ...]:
        return tuple(
            tuple(self._person(band, name, component, ratio) for name, component in self.components)
            for band in range(BAND_COUNT)
        )

    def per_household(self, ratio: Fraction) -> tuple[int, ...]:
        how = self.rounding["per_household"]
        return tuple(self._cut(Fraction(c.per_household), ratio, how) for _, c in self.components)

    def _cut(self, amount: Fraction, ratio: Fraction, how: Mapping[str, Any]) -> int:
        """amount × (1 − ratio) in 1/DEN yen; the discount rounded to the yen where the ordinance has it so."""
        discount = amount * ratio
        if how["on"] == "discount":
            discount = Fraction(rounded(discount.numerator, discount.denominator, how["mode"]))
        left = (amount - discount) * DEN
        return left.numerator // left.denominator

    def _person(self, band: int, name: str, component: Component, ratio: Fraction) -> tuple[int, ...]:
        young = band in YOUNG_BANDS
        if (name == "care" and band not in CARE_BANDS) or (name == "child" and young):
            return (0,)
        base = [component.per_capita]
        if name == "child" and component.per_capita_adult:
            if self.rounding["per_capita_adult_separate"]:
                base.append(component.per_capita_adult)
            else:
                base[0] += component.per_capita_adult
        values = [self._cut(Fraction(amount), ratio, self.rounding["per_capita"]) for amount in base]
        if band in PRESCHOOL_BANDS and name in ("medical", "support"):
            values = [self._cut(Fraction(v, DEN), self.preschool, self.rounding["preschool"]) for v in values]
        for rule in self.local:
            if self._concerns(rule, band, young) and name in rule.get("components", COMPONENTS):
                keep = 100 - rule.get("percent", 0)
                values = [max(0, v * keep // 100 - (rule.get("yen", 0) * DEN if i == 0 else 0))
                          for i, v in enumerate(values)]  # fmt: skip
        return tuple(values)

    @staticmethod
    def _concerns(rule: Mapping[str, Any], band: int, young: bool) -> bool:
        who = rule.get("who", "all")
        return who == "all" or (who == "under_18" and young) or (who == "preschool" and band in PRESCHOOL_BANDS)

"""Planted cases: what a town must contain however small it is, because a rule turns on it.

Every block of a thousand households (the whole town when it is smaller) holds each case once, at a place drawn by the
seed; in a large town only the first blocks and every tenth one do, so that the town as a whole stays believable.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from kokuho.town.plan import Plan
from kokuho.town.streams import stream

# (member, age reached, month, day): the member reaches the age on that day of the fiscal year
Births = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One planted household: its form and what is fixed about it; the rest is drawn as for any other."""

    key: str
    form: str
    births: Births = ()
    works: dict[int, str] = field(default_factory=dict)
    family: str = ""  # kind of family name: ivs, supplementary, variant
    income: str = ""  # name of an income set of `incomes.PLANTED`, for the head
    story: str = ""
    marks: frozenset[str] = frozenset()  # protected, former_name, disability, unknown_birth, arrived_after_tax_day, …


def _case(key: str, form: str, *births: tuple[int, int, int, int], **more: object) -> Case:
    return Case(key, form, tuple(births), **more)  # type: ignore[arg-type]


CASES: tuple[Case, ...] = (
    # ages at which a rule turns
    _case("turns_75_on_the_1st", "single_senior", (0, 75, 9, 1)),
    _case("turns_75_mid_month", "senior_couple", (0, 75, 11, 17)),
    _case("turns_75_before_levy", "senior_couple", (0, 75, 5, 12)),
    _case("turns_75_alone_before_levy", "single_senior", (0, 75, 6, 20)),
    _case("turns_75_on_1_april", "senior_couple", (0, 75, 4, 1)),
    _case("turns_75_on_2_april", "senior_couple", (0, 75, 4, 2)),
    _case("turns_75_born_29_february", "single_senior", (0, 75, 2, 29)),
    _case("turns_75_on_31_march", "single_senior", (0, 75, 3, 31)),
    _case("turns_70_on_the_1st", "senior_couple", (0, 70, 8, 1)),
    _case("turns_65_on_the_1st", "single_adult", (0, 65, 8, 1)),
    _case("turns_65_mid_month", "adult_couple", (0, 65, 12, 15), (1, 62, 6, 3)),
    _case("turns_65_on_1_april", "single_senior", (0, 65, 4, 1)),
    _case("turns_65_on_2_april", "single_adult", (0, 65, 4, 2)),
    _case("turns_40_on_the_1st", "self_employed_family", (0, 40, 10, 1), (1, 37, 6, 3)),
    _case("turns_40_mid_month", "single_adult", (0, 40, 7, 20)),
    _case("turns_40_on_1_april", "single_adult", (0, 40, 4, 1)),
    _case("turns_40_on_2_april", "single_adult", (0, 40, 4, 2)),
    _case("child_18_on_1_april", "single_parent", (0, 46, 6, 3), (1, 18, 4, 1)),
    _case("child_18_on_2_april", "single_parent", (0, 47, 6, 3), (1, 18, 4, 2)),
    _case("child_6_on_1_april", "young_family", (0, 34, 6, 3), (1, 33, 6, 3), (2, 6, 4, 1)),
    _case("child_6_on_2_april", "young_family", (0, 34, 6, 3), (1, 33, 6, 3), (2, 6, 4, 2)),
    _case("child_born_29_february", "single_parent", (0, 44, 9, 9), (1, 14, 2, 29)),
    # names and registers
    _case("name_ivs", "senior_couple", family="ivs"),
    _case("name_supplementary", "single_adult", family="supplementary"),
    _case("name_variant", "self_employed_family", family="variant"),
    _case("former_name", "adult_couple", marks=frozenset({"former_name"})),
    _case("alias", "foreign_single", marks=frozenset({"alias"})),
    _case("birth_date_unknown", "foreign_single", marks=frozenset({"unknown_birth"})),
    _case("protected", "single_parent", marks=frozenset({"protected"})),
    _case("disability_elderly", "senior_couple", marks=frozenset({"disability"})),
    _case("nominal_head_elderly", "elderly_head"),
    _case("nominal_head_employee", "employee_head"),
    _case("former_insured", "senior_and_elderly"),
    _case("arrived_after_tax_day", "single_adult", marks=frozenset({"arrived"})),
    _case("dead_member", "single_senior", marks=frozenset({"dead"})),
    _case("moved_out_member", "senior_couple", marks=frozenset({"moved_out"})),
    # incomes
    _case("income_capped", "self_employed_family", income="capped"),
    _case("income_over_24_million", "self_employed_family", income="stage_24"),
    _case("income_over_24_5_million", "self_employed_family", income="stage_24_5"),
    _case("income_over_25_million", "self_employed_family", income="stage_25"),
    _case("income_land_special_deduction", "single_senior", income="land"),
    _case("income_land_short", "single_adult", income="land_short"),
    _case("income_listed_stocks", "senior_couple", income="stocks"),
    _case("income_net_loss", "self_employed_family", income="net_loss"),
    _case("income_casualty_loss", "single_adult", income="casualty"),
    _case("income_negative_business", "single_adult", income="negative"),
    _case("income_farm", "farm_family", works={0: "farmer"}),
    _case("income_real_estate", "single_senior", works={0: "landlord"}),
    _case("income_forestry", "farm_family", income="forestry"),
    _case("income_futures", "single_adult", income="futures"),
    _case("income_half_taxed", "single_senior", income="half_taxed"),
    _case("income_adjustment_overlap", "single_senior", works={0: "pension_and_work"}, income="overlap"),
    _case("income_adjustment_child", "single_parent", (0, 45, 6, 3), (1, 12, 6, 3), income="adjustment_child"),
    _case("income_family_employee", "self_employed_family", works={0: "owner", 1: "family_employee"}),
    _case("income_salary_650999", "single_adult", income="salary_650999"),
    _case("income_salary_651000", "single_adult", income="salary_651000"),
    _case("income_salary_1899999", "single_adult", income="salary_1899999"),
    _case("income_salary_1900000", "single_adult", income="salary_1900000"),
    _case("income_pension_1250000", "senior_couple", income="pension_1250000"),
    _case("income_pension_1250001", "senior_couple", income="pension_1250001"),
    _case("income_at_seven_tenths", "single_adult", income="at_430000"),
    _case("income_just_over_seven_tenths", "single_adult", income="at_430001"),
    _case("income_zero_declared", "single_adult", income="zero"),
    _case("income_undeclared", "single_adult", income="undeclared"),
    # what happens between the full load and the levy
    *(
        _case(f"story_{story}", form, story=story)
        for story, form in (
            ("arrival", "single_adult"), ("birth", "young_family"), ("move", "senior_couple"),
            ("split", "senior_and_child"), ("merge", "senior_and_child"), ("departure", "single_adult"),
            ("member_departure", "senior_and_child"), ("death", "single_senior"), ("death_of_head", "senior_couple"),
            ("name_change", "single_adult"), ("alias_change", "foreign_single"), ("head_change", "senior_couple"),
            ("protection_start", "single_parent"), ("protection_end", "single_parent"),
            ("residence_renewal", "foreign_single"), ("joins_employer", "single_adult"),
            ("leaves_employer", "employee_family"), ("welfare_start", "single_adult"),
            ("welfare_end", "welfare_single"), ("joins_guild", "self_employed_family"),
            ("disability_elderly", "senior_couple"), ("correction", "single_adult"),
            ("departure_cancelled", "single_adult"), ("struck_off", "foreign_single"), ("recorded", "single_adult"),
        )
    ),
)  # fmt: skip


def reaches(age: int, month: int, day: int, fiscal_year: int) -> date:
    """Birth date of somebody who reaches the age on that day of the fiscal year.

    29 February in a year without one becomes the nearest earlier 29 February (the age is reached later).
    """
    year = fiscal_year + (1 if month < 4 else 0) - age
    if (month, day) == (2, 29):
        while not isleap(year):
            year -= 1
    return date(year, month, day)


@lru_cache(maxsize=8)
def _places(seed: int, block: int) -> dict[int, Case]:
    rng = stream(seed, "cases")
    free = list(range(block))
    places = {}
    for case in CASES[:block]:
        places[free.pop(rng.below(len(free)))] = case
    return places


def case_at(plan: Plan, index: int) -> Case | None:
    """The case planted at a household (counted from 0), None for all the others."""
    block, place = divmod(index, plan.block)
    if block >= 3 and block % 10:
        return None
    return _places(plan.seed, plan.block).get(place)

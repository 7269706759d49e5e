"""The simple levy written for OpenFisca-core, to measure the twin against it when somebody has it installed.

OpenFisca is AGPL and never a dependency of this product: it is looked for, not required.
"""

from __future__ import annotations

import importlib
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from kokuho.law.premium import months as m
from kokuho.law.premium.columns import Population
from kokuho.law.premium.ordinance import COMPONENTS
from kokuho.law.premium.plan import Plan


def available() -> bool:
    """Whether OpenFisca-core can be imported."""
    return find_spec("openfisca_core") is not None


def measure(plan: Plan, people: Population, bands: Any) -> tuple[float, float, Any]:
    """(seconds from columns to totals, of them the calculation, totals by household) of the simple levy.

    Whole year, incomes of one kind; `bands` is the age band of each person. Building the rules is not counted, building
    the simulation from the columns is: a run on other columns needs it again.
    """
    system, roles = _system(plan), ["member"] * people.persons
    began = time.perf_counter()
    simulation = _simulation(plan, system, people, bands, roles)
    built = time.perf_counter()
    totals = simulation.calculate("total", str(plan.fiscal_year))
    ended = time.perf_counter()
    return ended - began, ended - built, totals


def _system(plan: Plan) -> Any:
    entities = importlib.import_module("openfisca_core.entities")
    systems = importlib.import_module("openfisca_core.taxbenefitsystems")
    person = entities.SingleEntity("person", "persons", "", "")
    roles = [{"key": "member", "plural": "members", "label": "", "doc": ""}]
    household = entities.GroupEntity("household", "households", "", "", roles=roles)
    system = systems.TaxBenefitSystem([person, household])
    system.add_variables(*_variables(plan, person, household))
    return system


def _simulation(plan: Plan, system: Any, people: Population, bands: Any, roles: list[str]) -> Any:
    builders = importlib.import_module("openfisca_core.simulation_builder")
    builder = builders.SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", np.arange(people.persons))
    instance = builder.declare_entity("household", np.arange(len(people)))
    builder.join_with_persons(instance, people.household_of(), roles=roles)
    simulation = builder.build(system)
    year = str(plan.fiscal_year)
    simulation.set_input("income", year, people.other)
    for name, chosen in (
        ("is_care", bands == m.CARE), ("is_adult", bands <= m.ADULT), ("is_preschool", bands == m.PRESCHOOL)
    ):  # fmt: skip
        simulation.set_input(name, year, chosen)
    return simulation


def _variables(plan: Plan, person: Any, household: Any) -> list[Any]:
    variables = importlib.import_module("openfisca_core.variables")
    year = importlib.import_module("openfisca_core.periods").YEAR

    def variable(name: str, entity: Any, kind: type, formula: Any = None) -> Any:
        body = {"value_type": kind, "entity": entity, "definition_period": year, "label": name}
        if formula is not None:
            body["formula"] = formula
        return type(name, (variables.Variable,), body)

    rules = plan.reduction
    deduction = plan.income.stages[0][1]

    def base(people: Any, period: Any) -> Any:
        return np.maximum(people("income", period) - deduction, 0)

    def ratio(homes: Any, period: Any) -> Any:
        income, persons = homes.sum(homes.members("income", period)), homes.nb_persons()
        return np.select(
            [
                income <= rules.base,
                income <= rules.base + rules.per_person_5 * persons,
                income <= rules.base + rules.per_person_2 * persons,
            ],
            [0.7, 0.5, 0.2],
            0,
        )

    found = [
        variable("income", person, int),
        variable("is_care", person, bool),
        variable("is_adult", person, bool),
        variable("is_preschool", person, bool),
        variable("base", person, int, base),
        variable("ratio", household, float, ratio),
    ]
    names = [COMPONENTS[component.code] for component in plan.components]
    for name, component in zip(names, plan.components, strict=True):
        found += _component(plan, name, component.cap, variable, person, household)

    def total(homes: Any, period: Any) -> Any:
        return sum(homes(f"{name}_amount", period) for name in names)

    return [*found, variable("total", household, int, total)]


def _component(plan: Plan, name: str, cap: int, variable: Any, person: Any, household: Any) -> list[Any]:
    given = plan.ordinance.components[name]
    rate, unit = float(given.income_rate), plan.component_unit

    def capita(people: Any, period: Any) -> Any:
        amount = given.per_capita * (1 - people.household("ratio", period))
        if name == "care":
            return np.floor(amount) * people("is_care", period)
        if name == "child":
            adult = given.per_capita_adult * (1 - people.household("ratio", period))
            return np.floor(amount + adult) * people("is_adult", period)
        return np.floor(amount * (1 - 0.5 * people("is_preschool", period)))

    def amount(homes: Any, period: Any) -> Any:
        bases = homes.members("base", period)
        levied: Any = 1
        if name == "care":
            bases = bases * homes.members("is_care", period)
            levied = homes.any(homes.members("is_care", period))
        own = np.floor(given.per_household * (1 - homes("ratio", period))) * levied
        parts = np.floor(homes.sum(bases) * rate) + homes.sum(homes.members(f"{name}_capita", period)) + own
        return np.minimum(np.floor(parts / unit) * unit, cap)

    return [
        variable(f"{name}_capita", person, float, capita),
        variable(f"{name}_amount", household, int, amount),
    ]

"""`kokuho bench law`: how fast the levy is, exact with its explanation kept, vectorised, and beside OpenFisca-core."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from kokuho.law.premium import bench_openfisca
from kokuho.law.premium import months as m
from kokuho.law.premium.assess import assess, prepare
from kokuho.law.premium.columns import columns
from kokuho.law.premium.explain import explain
from kokuho.law.premium.household import Household, Income
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.plan import Plan
from kokuho.law.premium.population import town
from kokuho.law.premium.twin import levy

CHUNK = 1000  # households whose results are held at once, as the batch holds them before it copies them out


def run(argv: Sequence[str]) -> int:
    """Measure on one core and print the figures; ``--json`` for machines. Returns 0."""
    parser = argparse.ArgumentParser(prog="kokuho bench law")
    parser.add_argument("--insured", type=int, default=100_000)
    parser.add_argument("--municipality", default="401307")
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(list(argv))
    plan = prepare(load_ordinance(args.municipality, args.year), args.year)
    # A town household has 1.55 insured on average.
    households = list(town(max(1, args.insured * 100 // 155), args.year))
    figures = {
        "municipality": plan.ordinance.name,
        "fiscal_year": str(args.year),
        **_exact(plan, households, args.repeat),
        **_twin(plan, households, args.repeat),
        **_simple(plan, households, args.repeat),
    }
    if args.json:
        json.dump(figures, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        for name, value in figures.items():
            print(f"{name:36} {value:,}" if isinstance(value, int) else f"{name:36} {value}")
    return 0


def _exact(plan: Plan, households: list[Household], repeat: int) -> dict[str, Any]:
    """The exact engine as the levy batch runs it: chunk by chunk, every trace serialised, the cycle collector off.

    Results hold no cycles, so that collecting them only costs time.
    """
    insured = sum(member.insured for household in households for member in household.members)
    best = serialised = float("inf")
    size = by_months = 0
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeat):
            seconds, with_json, size, by_months = _pass(plan, households)
            best, serialised = min(best, seconds), min(serialised, with_json)
    finally:
        gc.enable()
    sample = [assess(plan, household) for household in households[:: max(1, len(households) // 1000)]]
    began = time.perf_counter()
    for one in sample:
        explain(plan, one.trace)
    rendered = (time.perf_counter() - began) / len(sample)
    return {
        "households": len(households),
        "insured": insured,
        "households_by_months": by_months,
        "exact_insured_per_second": int(insured / best),
        "exact_insured_per_second_trace_as_json": int(insured / serialised),
        "trace_bytes_per_household": size // len(households),
        "sheets_rendered_per_second": int(1 / rendered),
    }


def _pass(plan: Plan, households: list[Household]) -> tuple[float, float, int, int]:
    """(seconds of the levy, seconds with the traces made JSON, bytes of JSON, households levied by months)."""
    levied = encoded = 0.0
    size = by_months = 0
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    for first in range(0, len(households), CHUNK):
        chunk = households[first : first + CHUNK]
        began = time.perf_counter()
        levies = [assess(plan, household) for household in chunk]
        middle = time.perf_counter()
        texts = [encode(one.trace) for one in levies]
        encoded += time.perf_counter() - middle
        levied += middle - began
        size += sum(map(len, texts))
        by_months += sum(one.trace[0] == 2 for one in levies)
    return levied, levied + encoded, size, by_months


def _twin(plan: Plan, households: list[Household], repeat: int) -> dict[str, Any]:
    people = columns(households)
    best = float("inf")
    for _ in range(repeat):
        began = time.perf_counter()
        found = levy(plan, people)
        best = min(best, time.perf_counter() - began)
    return {
        "twin_insured_per_second": int(people.insured.sum() / best),
        "twin_left_to_exact": int(found.exact.sum()),
    }


def _simple(plan: Plan, households: list[Household], repeat: int) -> dict[str, Any]:
    """Twin and OpenFisca on one levy: everybody insured all year, one kind of income, no change of age status."""
    simple = [_simplified(household, plan.fiscal_year) for household in households]
    people = columns(simple)
    best = float("inf")
    for _ in range(repeat):
        began = time.perf_counter()
        found = levy(plan, people)
        best = min(best, time.perf_counter() - began)
    figures: dict[str, Any] = {"twin_simple_insured_per_second": int(people.persons / best)}
    if not bench_openfisca.available():
        return {**figures, "openfisca": "not installed"}
    bands = np.array([m.band_of_age(age) for age in people.age])
    whole = calculation = float("inf")
    for _ in range(repeat):
        seconds, of_it, totals = bench_openfisca.measure(plan, people, bands)
        whole, calculation = min(whole, seconds), min(calculation, of_it)
    return {
        **figures,
        "openfisca_simple_insured_per_second": int(people.persons / whole),
        "openfisca_calculation_only": int(people.persons / calculation),
        "twin_times_openfisca": round(whole / best, 1),
        "openfisca_households_off_by_a_yen_or_more": int((totals != found.total).sum()),
    }


def _simplified(household: Household, year: int) -> Household:
    """The household with ages instead of birth dates, all insured all year, every income of the kind `other`."""
    members = []
    for member in household.members:
        age = year - member.birth.year if member.birth is not None else member.age or 0
        income = member.income
        amount = 0 if income is None else max(0, income.salary_receipts + income.pension_receipts + income.other)
        members.append(
            member._replace(
                birth=None, age=min(max(age, 0), 74), insured=True, former_insured=False, months=m.span(0, 12),
                special=None, asset_tax=0, income=Income(other=amount),
            )
        )  # fmt: skip
    return Household(household.id, tuple(members))

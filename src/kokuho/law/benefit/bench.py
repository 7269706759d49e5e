"""`kokuho bench benefit`: a month's claims of a city, grouped into households and judged for 高額療養費, with
explanations.

The claims are made up here from a seed, as flat rows in random order the way a file of the 国保連合会 holds them.
Timed is all that follows: reading the rows, joining them by household, working out every household's month with its
steps, and handing the results back to the parent. Making the rows is timed apart and reported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from typing import NamedTuple

from kokuho.law.benefit.classes import OVER_70, UNDER_70
from kokuho.law.benefit.high_cost import HouseholdMonth, high_cost, unit_steps
from kokuho.law.benefit.units import Claim, PublicPart
from kokuho.law.eligibility.months import Month

Row = tuple[int, int, bool, bool, int, int, int, bool, int, int, int, int]
"""household, person, 70+, inpatient, institution, cost, share, dental, prescriber (-1), 特定疾病 cap (0), public
cost, patient part.
"""


class Household(NamedTuple):
    """What the income judgement says about a household of the month."""

    class_under_70: str
    class_70_plus: str
    multiple: bool
    half: bool


@dataclass(frozen=True, slots=True)
class CityMonth:
    """The month of a synthetic city: its households and its claims in random order."""

    month: Month
    households: list[Household]
    rows: list[Row]


_WEIGHTS_UNDER = (3, 4, 22, 41, 30)
_WEIGHTS_OVER = (1, 2, 5, 52, 25, 15)


def make_month(claims: int, insured: int, seed: int, month: Month) -> CityMonth:
    """A synthetic city's month: ages, classes, institutions, pharmacies and costs spread as in 国保 at large."""
    dice = random.Random(seed)
    households: list[Household] = []
    people: list[tuple[int, bool]] = []
    while len(people) < insured:
        number = len(households)
        households.append(
            Household(
                dice.choices(UNDER_70, _WEIGHTS_UNDER)[0],
                dice.choices(OVER_70, _WEIGHTS_OVER)[0],
                dice.random() < 0.04,
                dice.random() < 0.002,
            )
        )
        for _ in range(dice.choices((1, 2, 3, 4), (58, 30, 8, 4))[0]):
            people.append((number, dice.random() < 0.26))
    people = people[:insured]
    ill = dice.choices(range(insured), [3 if senior else 1 for _, senior in people], k=claims)
    rows = [_row(dice, person, people[person]) for person in ill]
    return CityMonth(month, households, rows)


def _row(dice: random.Random, person: int, place: tuple[int, bool]) -> Row:
    household, senior = place
    inpatient = dice.random() < 0.02
    cost = int(dice.lognormvariate(13.0 if inpatient else 9.2, 0.9)) // 10 * 10 + 10
    tenths = 2 if senior else 3
    pharmacy = not inpatient and dice.random() < 0.4
    # People go to a few places near them, so that pharmacies and second claims meet their institution.
    clinic = (person * 7 + dice.randrange(4)) % 900
    cap = 10_000 if dice.random() < 0.004 else 0
    public = dice.random() < 0.03
    return (
        household,
        person,
        senior,
        inpatient,
        5000 + dice.randrange(300) if pharmacy else clinic,
        cost,
        cost * tenths // 10,
        not pharmacy and dice.random() < 0.15,
        clinic if pharmacy else -1,
        cap,
        cost if public else 0,
        min(5000, cost // 10) if public else 0,
    )


class Summary(NamedTuple):
    """What one process hands back: amounts by household and counts."""

    amounts: list[tuple[int, int, int, int]]
    claims: int
    units: int
    steps: int


def judge_part(city: CityMonth, process: int, processes: int, explain_units: bool) -> Summary:
    """Group and judge the households whose number falls to this process."""
    groups: dict[int, list[Claim]] = {}
    for row in city.rows:
        if row[0] % processes == process:
            groups.setdefault(row[0], []).append(_claim(row))
    amounts = []
    claims = units = steps = 0
    for number, mine in groups.items():
        household = city.households[number]
        case = HouseholdMonth(
            city.month,
            mine,
            household.class_under_70,
            household.class_70_plus,
            household.multiple,
            Fraction(1, 2) if household.half else Fraction(1),
        )
        result = high_cost(case)
        if explain_units:
            steps += len(unit_steps(case, result))
        amounts.append((number, result.outpatient, result.over_70, result.household))
        claims += len(mine)
        units += len(result.burdens)
        steps += len(result.steps)
    return Summary(amounts, claims, units, steps)


def _claim(row: Row) -> Claim:
    _, person, senior, inpatient, institution, cost, share, dental, prescriber, cap, public_cost, patient = row
    return Claim(
        str(person),
        senior,
        inpatient,
        str(institution),
        cost,
        share,
        0,
        dental,
        None if prescriber < 0 else str(prescriber),
        cap or None,
        PublicPart(public_cost, public_cost * (2 if senior else 3) // 10, patient) if public_cost else None,
    )


_city: CityMonth | None = None


def _work(task: tuple[int, int, bool]) -> Summary:
    if _city is None:
        raise RuntimeError("the claims were not made before the processes started")
    return judge_part(_city, *task)


def run(argv: Sequence[str]) -> int:
    """Run the benchmark; 0 when the households were judged within `--limit` seconds, 1 otherwise."""
    global _city
    parser = argparse.ArgumentParser(prog="kokuho bench benefit", description="高額療養費の一括計算を測ります。")
    parser.add_argument("--claims", type=int, default=1_000_000, help="レセプトの件数")
    parser.add_argument("--insured", type=int, default=60_000, help="被保険者の数")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), help="プロセスの数")
    parser.add_argument("--month", default="2026-09", help="診療年月")
    parser.add_argument("--seed", type=int, default=1, help="乱数の種")
    parser.add_argument("--limit", type=float, default=60.0, help="許す秒数")
    parser.add_argument("--explain-units", action="store_true", help="病院等ごとの説明も作ります")
    parser.add_argument("--json", action="store_true", help="結果をJSONで出します")
    args = parser.parse_args(list(argv))
    started = time.perf_counter()
    _city = make_month(args.claims, args.insured, args.seed, Month.parse(args.month))
    made = time.perf_counter() - started
    tasks = [(process, args.processes, args.explain_units) for process in range(args.processes)]
    started = time.perf_counter()
    if args.processes == 1:
        parts = [_work(tasks[0])]
    else:
        with get_context("fork").Pool(args.processes) as pool:
            parts = pool.map(_work, tasks)
    amounts = sorted(amount for part in parts for amount in part.amounts)
    seconds = time.perf_counter() - started
    _report(args, made, seconds, parts, amounts)
    return 0 if seconds <= args.limit else 1


def _report(
    args: argparse.Namespace,
    made: float,
    seconds: float,
    parts: Sequence[Summary],
    amounts: Sequence[tuple[int, int, int, int]],
) -> None:
    claims = sum(part.claims for part in parts)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report = {
        "claims": claims,
        "insured": args.insured,
        "households": len(amounts),
        "units": sum(part.units for part in parts),
        "explanation_steps": sum(part.steps for part in parts),
        "households_with_benefit": sum(1 for _, *steps in amounts if sum(steps) > 0),
        "outpatient": sum(amount[1] for amount in amounts),
        "over_70": sum(amount[2] for amount in amounts),
        "household": sum(amount[3] for amount in amounts),
        "processes": args.processes,
        "seconds_to_make_claims": round(made, 2),
        "seconds": round(seconds, 2),
        "claims_per_second": round(claims / seconds) if seconds else None,
        "peak_memory_mb": memory // 1024,
        "limit_seconds": args.limit,
        "within_limit": seconds <= args.limit,
    }
    if args.json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        return
    print(f"レセプト {claims:,}件・被保険者 {args.insured:,}人・世帯 {len(amounts):,}、{args.processes}プロセス")
    speed = f"{claims / seconds:,.0f}件/秒、目標 {args.limit:.0f}秒以内"
    print(f"準備 {made:.1f}秒（計測外）、計算 {seconds:.1f}秒（{speed}）")
    print(f"支給のある世帯 {report['households_with_benefit']:,}、説明 {report['explanation_steps']:,}行")

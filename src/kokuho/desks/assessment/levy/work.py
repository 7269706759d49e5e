"""One chunk of the annual levy in a worker process: read facts, apply the law, write decisions. COPY in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from time import perf_counter
from typing import Any

import psycopg

from kokuho.desks.assessment.levy import facts
from kokuho.law.premium import instalments, months
from kokuho.law.premium.assess import Assessment, Plan, assess, prepare
from kokuho.law.premium.ordinance import COMPONENTS, load_ordinance

COLUMNS = (
    "id, run_id, fiscal_year, basis_year, notice_no, household_no, payer_no, decided_on, reduction, reduction_income, "
    "insured_count, total, components, instalments, trace"
)
COUNTED = (
    "households", "insured", "insured_months", "total", "reduced7", "reduced5", "reduced2", "capped", "terms", "zero",
)  # fmt: skip
_ESCAPE = str.maketrans({"\\": "\\\\"})


@cache
def _plan(municipality: str, fiscal_year: int) -> Plan:
    return prepare(load_ordinance(municipality, fiscal_year), fiscal_year)


def decision_id(fiscal_year: int, seq: int, part: int) -> int:
    """The same household gets the same number in every run of a year."""
    return fiscal_year * 10**10 + seq * 10 + part


def notice_no(fiscal_year: int, seq: int, part: int) -> int:
    """通知書番号: 10 digits, the year's last two first."""
    return fiscal_year % 100 * 10**8 + seq * 10 + part


def run_chunk(
    db: psycopg.Connection, run_id: int, first: int, last: int, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Levy the households `first`…`last` of the snapshot. `parameters`: municipality, fiscal_year, snapshot (trial id),
    levy_run, decided_on, table. Returns counts, sums and a hash of what was decided."""
    year, levy_run = int(parameters["fiscal_year"]), int(parameters["levy_run"])
    plan = _plan(parameters["municipality"], year)
    terms = Terms(parameters["municipality"], year)
    t0 = perf_counter()
    with db.cursor() as cursor, cursor.copy(facts.READ, (int(parameters["snapshot"]), first, last)) as copy:
        lines = b"".join(copy).splitlines()
    t1 = perf_counter()
    counts = dict.fromkeys(COUNTED, 0)
    by_component = dict.fromkeys(COMPONENTS, 0)
    decided_on, digest, rows = parameters["decided_on"], sha256(), []
    for levied in facts.read(lines, year):
        result = assess(plan, levied.household)
        parts = terms.split(result.total, levied.single_birth)
        number, content = _row(levied, result, parts, year, decided_on)
        rows.append(f"{number}\t{levy_run}\t{content}")
        digest.update(f"{number}\t{content}".encode())
        counts["households"] += 1
        counts["insured"] += levied.insured
        counts["insured_months"] += levied.insured_months
        counts["total"] += result.total
        counts["terms"] += sum(1 for part in parts if part)
        counts["zero"] += result.total == 0
        if result.reduction:
            key = f"reduced{result.reduction}"
            counts[key] = counts.get(key, 0) + 1
        capped = False
        for component in result.components:
            by_component[COMPONENTS[component.code]] += component.amount
            capped = capped or bool(component.over_cap)
        counts["capped"] += capped
    text = "".join(rows)
    t2 = perf_counter()
    table = {"trial": "assessment_trialdecision", "final": "assessment_decision"}[parameters["mode"]]
    with db.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as copy:
        copy.write(text)
    t3 = perf_counter()
    return {
        **counts,
        **{f"component_{name}": amount for name, amount in by_component.items()},
        "persons_read": len(lines),
        "read_seconds": round(t1 - t0, 4),
        "assess_seconds": round(t2 - t1, 4),
        "write_seconds": round(t3 - t2, 4),
        "hash": digest.hexdigest(),
    }


def _row(levied: facts.Levied, result: Assessment, parts: list[int], year: int, decided_on: str) -> tuple[int, str]:
    """The decision's number and what was decided, without the number of the run: trial and final must agree on it."""
    components = [
        [COMPONENTS[c.code], c.income, c.asset, c.per_capita, c.per_household, c.over_cap, c.relief, c.amount]
        for c in result.components
    ]
    trace = json.dumps(result.trace, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPE)
    content = "\t".join(
        (
            str(year), str(year), str(notice_no(year, levied.seq, levied.part)), str(levied.household_no), str(levied.payer_no), decided_on,
            str(result.reduction), str(result.reduction_income), str(levied.insured), str(result.total),
            json.dumps(components, separators=(",", ":")), "{" + ",".join(map(str, parts)) + "}", trace,
        )
    )  # fmt: skip
    return decision_id(year, levied.seq, levied.part), content + "\n"


class Terms:
    """期割 of one city and year."""

    def __init__(self, municipality: str, fiscal_year: int) -> None:
        self._settings = load_ordinance(municipality, fiscal_year).settings["instalments"]
        self._year = fiscal_year
        self._count = len(self._settings["months"])
        self._unit = int(self._settings["unit"])
        self._remainder = self._settings["remainder"]

    def split(self, total: int, single_birth: date | None) -> list[int]:
        """Yen by 期; a household that ends with its only member's 75th birthday pays until the month before."""
        if single_birth is not None and self._year - 75 <= single_birth.year <= self._year - 74:
            turns = months.birthday(single_birth, 75)
            if 0 <= months.month_index(self._year, turns) < 12:
                return instalments.split_75_single(total, self._settings, self._year, turns)
        return instalments.split(total, self._count, self._unit, self._remainder)

"""Judging households of one chunk: read, ask the law, write what would be decided. COPY in; no Django."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import psycopg

from kokuho.desks.assessment.burden import facts
from kokuho.desks.assessment.burden.facts import Household
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.law.benefit.copayment import ChangeCause, change_effective
from kokuho.law.benefit.income_class import ClassJudgement, income_class
from kokuho.law.benefit.settings import ClassSettings, class_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.premium.incomes import IncomeRules, income_rules

COLUMNS = (
    "run_id", "household_no", "year", "cause", "cause_on", "seniors", "active", "exemption", "application_needed", "under_70",
    "over_70", "highest", "base_total", "undeclared", "unknown", "facts", "judged_on", "effective", "before_active",
    "before_under_70", "before_over_70",
)  # fmt: skip
_ESCAPE = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})

_BEFORE = """
SELECT household_no, active, under_70, over_70, application_needed, exemption, seniors, facts::text
  FROM eligibility_burdenjudgement
 WHERE superseded_at IS NULL AND valid @> %(day)s::date AND household_no = ANY(%(households)s)
"""
_APPLIED = """
SELECT household_no, receipts::text FROM eligibility_receiptsapplication
 WHERE superseded_at IS NULL AND valid @> %(day)s::date AND household_no = ANY(%(households)s)
"""


class Before(NamedTuple):
    """The judgement in force that a new one is compared with."""

    active: bool
    under_70: str
    over_70: str
    application_needed: bool
    exemption: str
    seniors: int
    facts: str


class Judged(NamedTuple):
    """What the law says of a household. `unknown`: 3割 only because the tax office did not tell the 課税所得."""

    result: ClassJudgement
    applied: bool
    needed: bool
    unknown: bool


@cache
def _rules(year: int) -> IncomeRules:
    return income_rules(year)


def judge(household: Household, month: Month, settings: ClassSettings, receipts: Mapping[str, int] | None) -> Judged:
    """The judgement of one household in a month."""
    applied = receipts is not None
    found = income_class(facts.members(household.facts, receipts), month, settings, applied=applied)
    active = found.active is not None and found.active.active
    seniors = [fact for fact in household.facts if fact.senior]
    unknown = active and any(fact.taxable is None for fact in seniors)
    untold = active and not applied and any(fact.receipts is None for fact in seniors)
    needed = bool(found.active and found.active.application_needed) or untold
    return Judged(found, applied, needed and not unknown, unknown)


def judge_one(
    db: psycopg.Connection, household_no: int, year: int, day: date, own: Mapping[str, Any]
) -> tuple[Household, Judged, Before | None] | None:
    """A household as it stands on a day of the year from 1 August `year`, its judgement, and the one in force then; None where nobody is
    insured.

    `own`: the municipality's own values for `ClassSettings`.
    """
    month, settings = Month.of(day), class_settings(day, own)
    given = {**facts.parameters(year, day), "household": household_no}
    which = "p.household_no = %(household)s"
    rows = db.execute(facts.READ.format(which=which, recognised=RECOGNISED), given).fetchall()
    numbers = {"day": day, "households": [household_no]}
    for household in facts.read(rows, year, month, _rules(year)):
        before = [Before._make(row[1:]) for row in db.execute(_BEFORE, numbers).fetchall()]
        applied = [json.loads(told) for _, told in db.execute(_APPLIED, numbers).fetchall()]
        return household, judge(household, month, settings, applied[0] if applied else None), before[0] if before else None
    return None


def run_chunk(
    db: psycopg.Connection, run_id: int, first: int, last: int, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Judge the households whose number leaves a remainder of `first` − 1 … `last` − 1.

    `parameters`: year (of August), day (ISO), judged_on (ISO), mode (annual, check), pieces, settings (the municipality's own
    for `ClassSettings`), household (only this one). In mode ``check`` only what differs from the judgement in force is written.
    Returns counts.
    """
    year, day = int(parameters["year"]), date.fromisoformat(parameters["day"])
    month, rules = Month.of(day), _rules(year)
    settings = class_settings(day, parameters["settings"])
    given = {**facts.parameters(year, day), "first": first - 1, "last": last - 1, "pieces": parameters["pieces"]}
    which = "p.household_no %% %(pieces)s BETWEEN %(first)s AND %(last)s"
    if parameters.get("household"):
        which, given["household"] = "p.household_no = %(household)s", parameters["household"]
    else:
        # Bulk work: where the tables have no statistics yet, a nested loop over them would not end.
        db.execute("SET LOCAL enable_nestloop = off")
    db.execute("SET LOCAL work_mem = '128MB'")
    rows = db.execute(facts.READ.format(which=which, recognised=RECOGNISED), given).fetchall()
    households = list(facts.read(rows, year, month, rules))
    numbers = {"day": day, "households": [household.household_no for household in households]}
    before = {row[0]: Before._make(row[1:]) for row in db.execute(_BEFORE, numbers).fetchall()}
    applied = {number: json.loads(told) for number, told in db.execute(_APPLIED, numbers).fetchall()}
    counts = dict.fromkeys(("households", "active", "application", "changed", "undeclared", "unknown", "seniors"), 0)
    lines = []
    for household in households:
        found = judge(household, month, settings, applied.get(household.household_no))
        old = before.get(household.household_no)
        if parameters["mode"] == "check" and old is not None and not _differs(found, old):
            continue
        lines.append(_line(run_id, household, found, old, parameters, settings))
        counts["households"] += 1
        counts["seniors"] += bool(found.result.over_70)
        counts["active"] += _active(found)
        counts["application"] += found.needed
        counts["changed"] += old is not None and old.active != _active(found)
        counts["undeclared"] += any(not fact.declared for fact in household.facts)
        counts["unknown"] += found.unknown
    with (
        db.cursor() as cursor,
        cursor.copy(f"COPY eligibility_burdenproposal ({', '.join(COLUMNS)}) FROM STDIN") as copy,
    ):
        copy.write("".join(lines))
    return counts


def _active(found: Judged) -> bool:
    return found.result.active is not None and found.result.active.active


def _exemption(found: Judged) -> str:
    return found.result.active.exemption.value if found.result.active and found.result.active.exemption else ""


def _differs(found: Judged, old: Before) -> bool:
    new = (_active(found), found.result.under_70, found.result.over_70 or "", found.needed, _exemption(found))
    return new != (old.active, old.under_70, old.over_70, old.application_needed, old.exemption)


def _cause(
    household: Household, old: Before | None, mode: str, day: date, applied: bool
) -> tuple[ChangeCause, date, str]:
    """Why it is judged anew, the day of the event, and the name of the cause."""
    if mode == "annual":
        return ChangeCause.ANNUAL, date(day.year if day.month >= 8 else day.year - 1, 8, 1), "annual"
    if old is None:
        return ChangeCause.NEW_HOUSEHOLD, household.since, "new_household"
    then = {fact.atena_no: fact for fact in facts.unpacked(json.loads(old.facts))}
    now = {fact.atena_no: fact for fact in household.facts}
    if set(then) != set(now):
        return ChangeCause.HOUSEHOLD_CHANGE, (household.since if set(now) - set(then) else day), "household_change"
    if household.senior_since and any(now[no].senior and not then[no].senior for no in now):
        return ChangeCause.HOUSEHOLD_CHANGE, household.senior_since, "household_change"
    if applied and all(now[no]._replace(receipts=None) == then[no]._replace(receipts=None) for no in now):
        return ChangeCause.HOUSEHOLD_CHANGE, day, "application"
    return ChangeCause.INCOME_CHANGE, household.incomes_on or day, "income_change"


def _line(
    run_id: int, household: Household, found: Judged, old: Before | None, parameters: Mapping[str, Any], settings: ClassSettings
) -> str:  # fmt: skip
    year, day = int(parameters["year"]), date.fromisoformat(parameters["day"])
    cause, event, name = _cause(household, old, parameters["mode"], day, found.applied)
    active, result = _active(found), found.result
    august = date(year, 8, 1)
    effective = change_effective(cause, event, settings, increases=old is not None and active and not old.active)
    effective = min(max(effective, august), date(year + 1, 7, 31))
    values = (
        run_id, household.household_no, year, name, event, sum(fact.senior for fact in household.facts), active,
        _exemption(found), found.needed, result.under_70, result.over_70 or "",
        result.active.highest_income if result.active else None, result.base_total,
        any(not fact.declared for fact in household.facts), found.unknown, facts.packed(household.facts), parameters["judged_on"],
        effective, old.active if old else None, old.under_70 if old else "", old.over_70 if old else "",
    )  # fmt: skip
    return "\t".join(_text(value) for value in values) + "\n"


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPE)

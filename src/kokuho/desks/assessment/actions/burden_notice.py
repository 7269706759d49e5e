"""負担割合 judged inside a notice that two persons decide: of a household that comes in, and of one that a person of 70 or more joins."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries import municipality
from kokuho.desks.assessment.actions.burden import KIND
from kokuho.desks.assessment.burden import facts, work
from kokuho.desks.assessment.burden.facts import Household
from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement
from kokuho.law.benefit.copayment import ChangeCause, change_effective
from kokuho.law.benefit.income_class import Role
from kokuho.law.benefit.settings import class_settings
from kokuho.law.eligibility.months import Month, august_year

# A notice may come late: what benefits were given further back than this can no longer be claimed (法110条).
_YEARS_BACK = 2


def judge_with_notice(by: Actor, on: date, household_no: int, event_on: date, origin: str) -> tuple[BurdenJudgement, ...]:
    """Judge the household for the years from the notice's event to the current one, and for the next where its yearly run is in force
    already; the judgements made, the earliest first. What the second person confirms is shown before, the ratio with it.

    Nothing is judged without the right, without anybody of 70 and more, where 3割 follows only from an income that was not told, and
    where a judgement stands that counts everybody of 70 and more already.
    """
    if not (by.may("burden.run") or by.may("burden.approve")):
        return ()
    connection.ensure_connection()
    own = dict(municipality().settings.get("classes", {}))
    current = august_year(Month.of(on))
    first = max(min(august_year(Month.of(event_on)), current), current - _YEARS_BACK)
    years = [*range(first, current + 1), *([current + 1] if _year_in_force(current + 1) else [])]
    made = [row for year in years if (row := _judge_year(by, on, household_no, event_on, year, own, origin)) is not None]
    if made:
        told = {"household": household_no, "origin": origin}
        audit.record(by, function="burden.notice", operation="update", row_count=len(made), detail=told)
    return tuple(made)


def _year_in_force(year: int) -> bool:
    """Whether the yearly run from 1 August `year` holds: a household that comes after it is in no later one."""
    runs = BatchRun.objects.filter(kind=KIND, parameters__mode="annual", parameters__year=year, parameters__household=None)
    return runs.filter(results__has_key="applied").exists()


def _judge_year(
    by: Actor, on: date, household_no: int, event_on: date, year: int, own: dict[str, Any], origin: str
) -> BurdenJudgement | None:  # fmt: skip
    august, ends = date(year, 8, 1), date(year + 1, 8, 1)
    day = on if august <= on < ends else max(august, event_on)
    judged = work.judge_one(connection.connection, household_no, year, day, own)
    if judged is None:
        return None
    household, found, old = judged
    seniors = sum(fact.senior for fact in household.facts)
    if not seniors or found.unknown or (old is not None and not _joined(household, old)):
        return None
    cause, starts = "new_household", household.since
    if old is not None:
        cause = "household_change"
        if old.seniors:
            starts = change_effective(ChangeCause.HOUSEHOLD_CHANGE, household.since, class_settings(day, own), increases=False)
    starts = max(starts, august)
    if starts >= ends:
        return None
    valid = DateRange(starts, ends)
    over = list(BurdenJudgement.objects.filter(BELIEVED, household_no=household_no, valid__overlap=valid))
    if over and old is None:
        return None
    for row in over:
        if row.valid.lower < starts:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, starts))
        else:
            BurdenJudgement.objects.filter(pk=row.pk).update(superseded_at=Now())
    active, result = found.result.active, found.result
    return BurdenJudgement.objects.create(
        household_no=household_no, year=year, cause=cause, cause_on=household.since, seniors=seniors,
        active=active is not None and active.active, exemption=active.exemption.value if active and active.exemption else "",
        application_needed=found.needed, under_70=result.under_70, over_70=result.over_70 or "",
        highest=active.highest_income if active else None, base_total=result.base_total,
        undeclared=any(not fact.declared for fact in household.facts), unknown=False, facts=[list(fact) for fact in household.facts],
        judged_on=on, valid=valid, recorded_by=by.staff_no, origin=origin,
    )  # fmt: skip


def _joined(household: Household, old: work.Before) -> bool:
    """Whether somebody of 70 and more is insured in the household whom its judgement did not count among the insured."""
    then = facts.unpacked(json.loads(old.facts))
    if not then:  # taken over from a former system, which told only how many
        return sum(fact.senior for fact in household.facts) > old.seniors
    insured = {fact.atena_no for fact in then if fact.role in (Role.INSURED, Role.INSURED_HEAD)}
    return any(fact.senior and fact.atena_no not in insured for fact in household.facts)


def judging_basis(household_no: int) -> str:
    """Changes when anything does that the judgement would rest on: an income of somebody who lives in the household, its judgements and
    application, a yearly run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT max(t.id) FROM assessment_income t JOIN people_person p ON p.atena_no = t.atena_no "
            "         WHERE p.household_no = %(no)s AND p.superseded_at IS NULL AND t.superseded_at IS NULL), "
            "(SELECT max(j.id) FROM eligibility_burdenjudgement j WHERE j.household_no = %(no)s AND j.superseded_at IS NULL), "
            "(SELECT max(a.id) FROM eligibility_receiptsapplication a WHERE a.household_no = %(no)s AND a.superseded_at IS NULL), "
            "(SELECT max(r.id) FROM core_batchrun r "
            "  WHERE r.kind = %(kind)s AND r.parameters->>'mode' = 'annual' AND r.results ? 'applied')",
            {"no": household_no, "kind": KIND},
        )
        return repr(cursor.fetchone())

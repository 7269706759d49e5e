"""Every read of the upper desks and the doors asks for its right before anything else."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor, Refused

DAY = date(2026, 7, 1)


def reads() -> dict[str, Any]:
    from django.http import QueryDict

    from kokuho.core import queries as core
    from kokuho.desks.assessment.queries import decisions, explanation, incomes, levy, ordinance
    from kokuho.desks.collection import queries as collection
    from kokuho.desks.eligibility import queries as eligibility
    from kokuho.exchange import queries as exchange

    q = QueryDict()
    return {
        "standing": lambda by: eligibility.standing(by, [1], household_no=1, on=DAY),
        "insured_on": lambda by: eligibility.insured_on(by, [1], on=DAY),
        "households_of_number": lambda by: eligibility.households_of_number(by, "1"),
        "open_candidates": lambda by: eligibility.open_candidates(by, on=DAY),
        "candidates": lambda by: eligibility.candidates(by, q, on=DAY),
        "candidate": lambda by: eligibility.candidate(by, 1, on=DAY),
        "candidates_of": lambda by: eligibility.candidates_of(by, [1], on=DAY),
        "findings": lambda by: eligibility.findings(by, q, on=DAY),
        "finding": lambda by: eligibility.finding(by, 1, on=DAY),
        "open_findings": lambda by: eligibility.open_findings(by),
        "outside": lambda by: eligibility.outside(by, [1], municipality="市"),
        "incomes": lambda by: incomes.incomes(by, [1]),
        "assets": lambda by: incomes.assets(by, 1),
        "decisions_of_household": lambda by: decisions.decisions_of_household(by, 1),
        "household_of_decision": lambda by: decisions.household_of_decision(by, 1),
        "households_of_notice": lambda by: decisions.households_of_notice(by, 1),
        "decision_list": lambda by: decisions.decision_list(by, q, None, on=DAY),  # type: ignore[arg-type]
        "explanation": lambda by: explanation.explanation(by, 1, on=DAY),
        "levy_years": lambda by: levy.levy_years(by),
        "year": lambda by: levy.year(by, 2026),
        "run": lambda by: levy.run(by, 1),
        "run_of_batch": lambda by: levy.run_of_batch(by, 1),
        "ordinance": lambda by: ordinance.ordinance(by, 2026),
        "account": lambda by: collection.account(by, [1], 2026, on=DAY),
        "year_totals": lambda by: collection.year_totals(by, 2026),
        "years": lambda by: collection.years(by),
        "postings": lambda by: collection.postings(by, q, 2026, totals=None, on=DAY),
        "inbox": lambda by: exchange.inbox(by, q),
        "file": lambda by: exchange.file(by, 1),
        "errors": lambda by: exchange.errors(by, q, None),  # type: ignore[arg-type]
        "open_work": lambda by: exchange.open_work(by),
        "refused_files": lambda by: exchange.refused_files(by, since=DAY),
        "work": lambda by: exchange.work(by, q, on=DAY),
        "work_item": lambda by: exchange.work_item(by, 1, on=DAY),
        "batch_runs": lambda by: core.batch_runs(by, q),
        "latest_runs": lambda by: core.latest_runs(by),
        "progress": lambda by: core.progress(by, 1),
        "audit_records": lambda by: core.audit_records(by, q, on=DAY),
        "staff_list": lambda by: core.staff_list(by, q, on=DAY),
    }


def test_without_the_right_there_is_no_answer(db: None) -> None:
    nobody = Actor("9999", "試験 職員", "国保課", frozenset(), "test", "s1", "試験")
    answered = []
    for name, read in reads().items():
        try:
            read(nobody)
        except Refused:
            continue
        answered.append(name)
    assert answered == []

"""The qualification of a day of treatment by number, old or new; arrears that may lead to 特別療養費, children spared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def valid(first: date, last: date | None = None) -> Any:
    from django.db.backends.postgresql.psycopg_any import DateRange

    return DateRange(first, last)


def test_everything_of_the_day_is_told_by_the_number(desk: Any, person: Callable) -> None:
    from kokuho.core.access import Refused
    from kokuho.desks.eligibility.actions.certificates import Item, issue
    from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement, InsuredBranch, LimitApproval, Status
    from kokuho.desks.eligibility.queries.benefit_view import on_day, persons_of_number

    t = {"recorded_by": "t", "origin": "t"}
    person(1, 10, date(1953, 3, 3), head=True)  # 73
    person(2, 10, date(1980, 3, 3), lost=date(2026, 5, 1), reason="204")  # left on 1 May: uninsured from 2 May
    person(3, 10, date(2021, 6, 1), insured_from=date(2021, 6, 1))  # before school
    person(9, 90, date(1980, 1, 1), head=True)
    BurdenJudgement.objects.create(
        household_no=10, active=True, under_70="ウ", over_70="現役並みⅠ", valid=valid(date(2025, 8, 1), date(2026, 8, 1)), year=2025,
        seniors=1, application_needed=False, base_total=0, undeclared=False, unknown=False, facts=[], cause="annual",
        cause_on=date(2025, 8, 1), judged_on=date(2025, 7, 1), **t,
    )  # fmt: skip
    Status.objects.create(
        atena_no=1, household_no=10, kind=Status.SPECIAL_ADDRESS, kind_no=Status.NUMBERS[Status.SPECIAL_ADDRESS],
        valid=valid(date(2026, 1, 1), date(2026, 6, 1)), **t,
    )  # fmt: skip
    LimitApproval.objects.create(
        atena_no=1, household_no=10, certificate_kind="limit", income_class="現役並みⅠ", applied_on=date(2026, 4, 1),
        valid=valid(date(2026, 4, 1), date(2026, 8, 1)), **t,
    )  # fmt: skip
    issue(by=desk.second, on=date(2026, 4, 10), items=[Item(1, "notice", "new")], method="window")
    number = InsuredBranch.objects.get(BELIEVED, atena_no=1).number
    wanted = persons_of_number(desk.clerk, number)
    assert set(wanted) == {1, 2, 3}

    def told(day: date) -> dict[int, Any]:
        return {row.atena_no: row for row in on_day(desk.clerk, wanted, day, on=DAY, number=number)}

    may = told(date(2026, 5, 1))
    assert {no: (row.holder is not None, row.share) for no, row in may.items()} == {1: (True, 3), 2: (True, 3), 3: (True, 2)}
    assert may[1].income_class == "現役並みⅠ" and may[2].income_class == "ウ" and may[1].numbered_then
    assert [row.income_class for row in may[1].limits] == ["現役並みⅠ"]
    assert [label for label, _ in may[1].certificates] == ["資格情報のお知らせ"] and not may[3].certificates
    assert [row.kind for row in may[1].statuses] == [Status.SPECIAL_ADDRESS]
    june = told(date(2026, 6, 10))
    assert june[2].holder is None and june[2].last.valid.upper == date(2026, 5, 2)
    assert not june[1].statuses and not told(date(2026, 3, 31))[1].certificates
    assert persons_of_number(desk.clerk, number, branch="1") and not persons_of_number(desk.clerk, "99999999")
    with pytest.raises(Refused):
        from dataclasses import replace

        on_day(replace(desk.clerk, capabilities=frozenset({"eligibility.read"})), wanted, DAY, on=DAY)


def test_arrears_of_a_year_are_listed_and_children_spared(desk: Any, person: Callable) -> None:
    from kokuho.core.access import machine
    from kokuho.desks.collection.models import Account, Posting
    from kokuho.desks.eligibility.models import ArrearsHousehold, SpecialBenefit
    from kokuho.jobs.special_candidates import refresh

    def owes(payer: int, due: date, amount: int = 10_000, *, paid: bool = False) -> None:
        number = Posting.objects.count() + 1
        sides = {"debit": Account.RECEIVABLE, "credit": Account.REVENUE}
        if paid:
            sides = {"debit": Account.REVENUE, "credit": Account.RECEIVABLE}
        Posting.objects.create(
            id=number, kind="levy", amount=amount, payer_no=payer, fiscal_year=2025, basis_year=2025, accounting_year=2025,
            notice_no=payer, term=due.month, due_on=due, effective_on=due - timedelta(30), decision_id=payer, **sides,
        )  # fmt: skip

    old, new = date(2025, 6, 30), date(2025, 7, 31)
    born, child = date(1980, 5, 5), date(2010, 5, 5)
    for no in (1, 2, 3, 4, 5, 6):
        person(no, no * 10, born, head=True, insured_from=None if no == 2 else date(2020, 4, 1))
    person(11, 10, child)
    person(21, 20, child)  # a household of nobody but a child
    owes(1, old)
    owes(1, new, 7_000)  # due less than a year ago: arrears, but not overdue by the law
    owes(2, old)
    owes(3, new)  # only a younger debt
    owes(4, old)
    owes(4, old, 10_000, paid=True)  # nothing left
    owes(5, old)
    SpecialBenefit.objects.create(household_no=50, kind="special", valid=valid(date(2026, 1, 1)), recorded_by="t", origin="t")
    owes(6, date(2025, 7, 1))  # exactly a year: not yet past it
    by = machine("試験", frozenset({"certificate.issue", "ledger.read"}))
    assert refresh(by=by, on=DAY) == {"listed": 3, "open": 1}
    assert refresh(by=by, on=DAY) == {"listed": 3, "open": 1}
    rows = {row.household_no: row for row in ArrearsHousehold.objects.all()}
    assert {no: row.standing for no, row in rows.items()} == {10: "open", 20: "spared", 50: "special"}
    assert (rows[10].arrears, rows[10].overdue, rows[10].terms, rows[10].insured, rows[10].spared) == (17_000, 10_000, 2, 2, 1)
    assert refresh(by=by, on=DAY + timedelta(days=1))["listed"] == 4, "the day after, the year of the sixth is over"

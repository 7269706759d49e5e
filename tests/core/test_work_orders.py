"""LOG-04: jobs are asked for, approved by another, run as ordered, confirmed by a third; what ran without shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

DAY = date(2026, 7, 1)


def refused(call: Callable[[], Any]) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as error:
        call()
    return error.value.code


def test_an_order_is_approved_run_and_confirmed_by_others(db: None, office: Callable[..., Any]) -> None:
    from kokuho.core import runs
    from kokuho.core.actions import orders
    from kokuho.core.models import Approval, OrderedRun, WorkOrder
    from kokuho.core.queries import orders as queries

    people = office()
    order = orders.request(
        by=people.operator, on=DAY, kind="notices", title="当初通知", instruction="全件、見込み60通", suitability="起案書12号",
        planned_on=DAY
    )
    early = runs.order(by=people.operator, kind="notices", title="早すぎる実行", business_date=DAY, parameters={})
    with pytest.raises(Exception, match="not approved"):
        from django.db import transaction

        with transaction.atomic():
            OrderedRun.objects.create(order=order, run=early, linked_by="op")
    approval = Approval.objects.get(subject=f"work-order:{order.pk}")
    orders.decide(by=people.approver, approval_id=approval.pk, approve=True)
    other = runs.order(by=people.operator, kind="levy-trial", title="別の作業", business_date=DAY, parameters={})
    run = runs.order(by=people.operator, kind="notices", title="当初通知", business_date=DAY, parameters={})
    assert list(order.runs.all()) == [run] and {r.pk for r in queries.unordered()} == {early.pk, other.pk}
    assert refused(lambda: orders.confirm(by=people.approver, order_id=order.pk, result="60通")) == "LOG-04-STATE"
    runs.finish(run, {"printed": 60})
    assert refused(lambda: orders.confirm(by=people.approver, order_id=order.pk, result=" ")) == "LOG-04-RESULT"
    done = orders.confirm(by=people.approver, order_id=order.pk, result="60通、宛名の計と一致")
    assert done.state == WorkOrder.CONFIRMED
    assert refused(lambda: orders.link(by=people.operator, order_id=order.pk, run_id=early.pk, reason="後から")) == "LOG-04-STATE"


def test_a_run_that_needs_an_order_is_refused_without_one(db: None, office: Callable[..., Any]) -> None:
    from kokuho.core import runs
    from kokuho.core.actions import orders
    from kokuho.core.actions.parameters import _write
    from kokuho.core.models import Approval, BatchRun, OrderedRun

    people = office()
    _write({"log.ordered_kinds": ["notices"]}, profile="default", exceptions={}, requested_by="a", approved_by="b", reason="試験",
           origin="opening")  # fmt: skip

    def run() -> Any:
        return runs.order(by=people.operator, kind="notices", title="当初通知", business_date=DAY, parameters={})

    assert refused(run) == "LOG-04-REQUIRED" and not BatchRun.objects.exists()
    order = orders.request(
        by=people.operator, on=DAY, kind="notices", title="当初通知", instruction="全件", suitability="起案書12号", planned_on=DAY
    )
    assert refused(run) == "LOG-04-REQUIRED", "asked for, not approved"
    orders.decide(by=people.approver, approval_id=Approval.objects.get(subject=f"work-order:{order.pk}").pk, approve=True)
    made = run()
    assert OrderedRun.objects.get(run=made).order == order
    assert refused(run) == "LOG-04-REQUIRED", "an order is for one run"
    assert runs.order(by=people.operator, kind="levy-trial", title="試算", business_date=DAY, parameters={}).pk


def test_the_journal_of_a_day_has_one_row_a_run(db: None, office: Callable[..., Any]) -> None:
    from kokuho.core import clock, runs
    from kokuho.core.actions import orders
    from kokuho.core.queries import orders as queries

    people = office()
    made = [runs.order(by=people.operator, kind="notices", title=f"実行{n}", business_date=DAY, parameters={}) for n in range(3)]
    runs.fail(made[2], "止まった")
    today = clock.now().astimezone(clock.JAPAN).date()
    orders.note(by=people.operator, on=today, day=today, text="空調の点検")
    journal = queries.journal(people.operator, today, on=today)
    assert [r.pk for r in journal.runs] == [r.pk for r in made] and journal.without_order == {r.pk for r in made}
    assert [n.text for n in journal.notes] == ["空調の点検"]
    assert refused(lambda: orders.note(by=people.operator, on=today, day=today + timedelta(days=1), text="先")) == "LOG-04-NOTE"

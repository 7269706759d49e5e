"""The filled city of the benchmarks: every large batch runs in it, every list opens with rows, and none asks too much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

pytestmark = [pytest.mark.db, pytest.mark.city]
# Lists that stay empty in a city without disputes, disasters or rewritten records.
FEW = 30


def test_the_batches_and_lists_of_a_filled_city(committed_db: str, town: Callable, office: Callable, deliver: Callable) -> None:
    from django.test import override_settings

    from kokuho.commands import bench_desks, bench_levy, bench_lists
    from kokuho.commands.bench_city import DAY, Watch
    from kokuho.commands.office import connect_neighbours
    from kokuho.desks.assessment.actions import levy
    from kokuho.jobs import levy as job

    staff = office("川口市")
    deliver(staff, town("川口市", 600))
    trial = job.run(levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=bench_levy.YEAR).pk, by=staff.assessor)
    approval = levy.propose_approval(by=staff.assessor, run_id=trial.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    job.run(levy.order_final(by=staff.assessor, on=DAY, trial_id=trial.pk).pk, by=staff.assessor)
    bench_desks.staff()
    connect_neighbours(enter=staff.operator, confirm=staff.approver, on=DAY, since=date(2026, 4, 1))
    bench_desks.fill("bench_facts", "bench_work")
    bench_desks.records()
    watch = Watch()
    bench_desks.batches(watch, 1)
    counted = {line["work"]: line["count"] for line in watch.lines}
    assert counted["証の一斉更新 交付"] > 300 and counted["負担割合 定期判定"] > 300, counted
    assert counted["集約システムへの報告（全世帯）"] >= 600, counted
    broken: list[str] = []
    with override_settings(KOKUHO_TRAINING=True):
        pages = list(bench_lists.measure(1, "", broken))
    assert broken == []
    opened = {page.address for page in pages}
    lists = {page.address: page.rows for page in pages if page.rows}
    assert {"/", "/eligibility/candidates/", "/entries/", "/people/changes/", "/audit/"} <= opened
    assert len(opened) > 90 and len(lists) >= FEW, sorted(lists)
    assert not {page.address: page.queries for page in pages if page.queries > 2 * bench_lists.LIMIT_QUERIES}

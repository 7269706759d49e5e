"""Every write of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kokuho.core import audit, era, runs
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.desks.assessment.models import LevyRun
from kokuho.desks.collection.models import Account, Posting

KIND = "levy-posting"
CHUNK = 4000
WORK = "kokuho.desks.collection.posting:post_chunk"


class HandOverError(CodedError):
    """The decisions cannot be taken over. `code` is stable."""


def order_take_over(*, by: Actor, levy: LevyRun) -> BatchRun:
    """Order the 調定 of a final levy (FUKA-22). A levy is taken over once; calling again returns the same run.

    Raises `HandOverError` HND01 before the levy is frozen.
    """
    by.require("levy.run")
    if levy.mode != LevyRun.FINAL or levy.frozen_at is None:
        raise HandOverError("HND01", "確定していない賦課は調定にできません。")
    existing = BatchRun.objects.filter(kind=KIND, parameters__levy=levy.pk).first()
    if existing is not None:
        return existing
    run = runs.order(
        by=by, kind=KIND, title=f"調定 {era.fiscal_year(levy.fiscal_year)} 当初", business_date=levy.decided_on,
        parameters={"levy": levy.pk, "fiscal_year": levy.fiscal_year},
    )  # fmt: skip
    runs.cut(run, int(levy.batch.parameters["households"]), CHUNK)
    audit.record(by, function="ledger.levy", operation="run", detail={"levy": levy.pk, "run": run.pk})
    return run


def take_over(
    run: BatchRun, levy: LevyRun, *, processes: int | None = None, progress: runs.Progress | None = None
) -> Mapping[str, Any]:
    """Post the 調定 of every decision and instalment. Complete or not at all: raises `HandOverError` HND02 when the posted
    sum is not the sum of the decisions. Resumes after a kill."""
    runs.start(run)
    parameters = {
        "levy": levy.pk, "fiscal_year": levy.fiscal_year, "due": [d.isoformat() for d in levy.due_dates],
        "kind": Posting.LEVY, "debit": Account.RECEIVABLE.value, "credit": Account.REVENUE.value,  # type: ignore[attr-defined]
    }  # fmt: skip
    try:
        results = runs.work_off(run, WORK, parameters, processes=processes, progress=progress)
        levied = levy.batch.results.get("total", 0)
        if results.get("amount", 0) != levied:
            message = f"調定額 {results.get('amount', 0):,}円が賦課額 {levied:,}円と一致しません。"
            raise HandOverError("HND02", message)
    except Exception as error:
        runs.fail(run, str(error))
        raise
    runs.finish(run, results)
    return results

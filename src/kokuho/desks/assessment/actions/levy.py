"""当初賦課 step by step: trial → check list → approval by a second person → final run → frozen (FUKA-11, ENTRY-08)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, clock, era, runs
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.actions.office import holidays_between
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval, BatchRun, Municipality
from kokuho.desks.assessment.levy import checks, snapshot
from kokuho.desks.assessment.models import Decision, LevyInput, LevyLeftOut, LevyRun, TrialDecision
from kokuho.law.premium import instalments
from kokuho.law.premium.ordinance import Ordinance, load_ordinance

TRIAL_KIND, FINAL_KIND = "levy-trial", "levy-final"
# Households of one chunk: small enough for flat memory and an even load, large enough that overhead does not count.
CHUNK = 2000
WORK = "kokuho.desks.assessment.levy.work:run_chunk"


class LevyError(CodedError):
    """The step is not possible now. `code` is stable, the message says what to do."""


def due_dates(ordinance: Ordinance, fiscal_year: int) -> list[date]:
    """納期限 of the year by the ordinance and the table of holidays. Raises `LevyError` L01 while the table does not reach to its end."""
    closed = holidays_between(date(fiscal_year, 4, 1), date(fiscal_year + 1, 6, 30))
    if not closed or max(closed) < date(fiscal_year + 1, 4, 1):
        raise LevyError(
            "L01",
            f"{fiscal_year}年度の終わりまでの休日が登録されていません。バッチ > 定時処理の「休日の表」を実行してから、やり直してください。",
        )
    return instalments.due_dates(ordinance.settings["instalments"], fiscal_year, closed.__contains__)


def ordinance_hash(ordinance: Ordinance) -> str:
    """Changes when any value of the ordinance's year changes; a note about its source does not count."""
    return sha256(repr(replace(ordinance, provenance={})).encode("utf-8")).hexdigest()


def order_trial(*, by: Actor, on: date, fiscal_year: int, expectations: Mapping[str, int] | None = None) -> LevyRun:
    """Order a trial: takes the snapshot of the facts and cuts the work. `expectations` (households, insured, total in
    yen) come from the budget or last year and are compared in the check list.

    A trial that was approved gives way to the new one, and its approval with it. Raises `LevyError` L02 after the year is final.
    """
    by.require("levy.run")
    municipality = Municipality.objects.get()
    ordinance = load_ordinance(municipality.code, fiscal_year)
    with transaction.atomic():
        if LevyRun.objects.filter(fiscal_year=fiscal_year, mode=LevyRun.FINAL).exists():
            raise LevyError("L02", f"{fiscal_year}年度の当初賦課は本算定が始まっています。以後の変更は更正で行います。")
        dates = due_dates(ordinance, fiscal_year)
        batch = runs.order(
            by=by, kind=TRIAL_KIND, title=f"当初賦課 試算 {era.fiscal_year(fiscal_year)}", business_date=on,
            parameters={"fiscal_year": fiscal_year, "expectations": dict(expectations or {})},
        )  # fmt: skip
        run = LevyRun.objects.create(
            batch=batch, mode=LevyRun.TRIAL, fiscal_year=fiscal_year, known_at=clock.now(), decided_on=on,
            ordinance_hash=ordinance_hash(ordinance), due_dates=dates,
        )  # fmt: skip
        # Only the newest trial keeps its rows; older ones keep their totals and check lists.
        TrialDecision.objects.filter(fiscal_year=fiscal_year).delete()
        LevyInput.objects.filter(run_id__in=LevyRun.objects.filter(fiscal_year=fiscal_year).values("pk")).delete()
        LevyLeftOut.objects.filter(run_id__in=LevyRun.objects.filter(fiscal_year=fiscal_year).values("pk")).delete()
        for pending in Approval.objects.filter(kind="levy", state=Approval.PENDING, subject__startswith="levy-run:"):
            pending.state, pending.decided_by, pending.decided_at = Approval.RETURNED, by.staff_no, clock.now()
            pending.reason = "新しい試算に置き換え"
            if pending.entered_by != by.staff_no:
                pending.save(update_fields=["state", "decided_by", "decided_at", "reason"])
        households, persons = snapshot.take(run.pk, fiscal_year, on=on)
        batch.parameters["households"], batch.parameters["persons"] = households, persons
        batch.save(update_fields=["parameters"])
        runs.cut(batch, households, CHUNK)
        audit.record(
            by,
            function="levy.trial",
            operation="run",
            row_count=households,
            detail={"run": run.pk, "fiscal_year": fiscal_year},
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE assessment_levyinput")
    return run


def order_final(*, by: Actor, on: date, trial_id: int) -> LevyRun:
    """Order the final run of an approved trial. Raises `LevyError` L02 when it exists already, L03 when a newer trial has taken its
    place, L04 without approval, L05 when the ordinance changed since the trial."""
    by.require("levy.run")
    with transaction.atomic():
        trial = LevyRun.objects.select_for_update().select_related("batch").get(pk=trial_id, mode=LevyRun.TRIAL)
        if LevyRun.objects.filter(fiscal_year=trial.fiscal_year, mode=LevyRun.FINAL).exists():
            raise LevyError("L02", f"{trial.fiscal_year}年度の本算定は既にあります。")
        if LevyRun.objects.filter(fiscal_year=trial.fiscal_year, mode=LevyRun.TRIAL, pk__gt=trial.pk).exists():
            raise LevyError("L03", "この試算の後に新しい試算があります。新しい試算の承認を受けてください。")
        approval = Approval.objects.filter(subject=subject(trial), state=Approval.APPROVED).first()
        if approval is None or approval.content_hash != trial.result_hash:
            raise LevyError("L04", "この試算は承認されていません。点検表を確かめ、承認を受けてください。")
        ordinance = load_ordinance(Municipality.objects.get().code, trial.fiscal_year)
        if ordinance_hash(ordinance) != trial.ordinance_hash:
            raise LevyError("L05", "試算の後に条例の設定が変わりました。試算からやり直してください。")
        batch = runs.order(
            by=by, kind=FINAL_KIND, title=f"当初賦課 本算定 {era.fiscal_year(trial.fiscal_year)}", business_date=on,
            parameters={**trial.batch.parameters, "trial": trial.pk},
        )  # fmt: skip
        run = LevyRun.objects.create(
            batch=batch, mode=LevyRun.FINAL, fiscal_year=trial.fiscal_year, trial=trial, known_at=trial.known_at,
            decided_on=trial.decided_on, ordinance_hash=trial.ordinance_hash, due_dates=trial.due_dates,
        )  # fmt: skip
        runs.cut(batch, trial.batch.parameters["households"], CHUNK)
        audit.record(
            by, function="levy.final", operation="run", row_count=trial.batch.parameters["households"],
            detail={"run": run.pk, "trial": trial.pk},
        )  # fmt: skip
    return run


def execute(run: LevyRun, *, processes: int | None = None, progress: runs.Progress | None = None) -> dict[str, Any]:
    """Calculate all open chunks and close the run. Call it again after a kill: it goes on where it was.

    Raises `LevyError` L06 when a final run does not come to what was approved.
    """
    batch = run.batch
    runs.start(batch)
    parameters = {
        "municipality": Municipality.objects.get().code, "fiscal_year": run.fiscal_year, "levy_run": run.pk,
        "snapshot": run.trial_id or run.pk, "decided_on": run.decided_on.isoformat(), "mode": run.mode,
    }  # fmt: skip
    try:
        results = runs.work_off(batch, WORK, parameters, processes=processes, progress=progress)
        results["hash"] = sha256("".join(results.get("hash", [])).encode()).hexdigest()
        if run.mode == LevyRun.FINAL and run.trial is not None and results["hash"] != run.trial.result_hash:
            raise LevyError(
                "L06", "本算定の結果が承認された試算と一致しません。確定していません。保守担当に連絡してください。"
            )
    except Exception as error:
        runs.fail(batch, str(error))
        raise
    with transaction.atomic():
        run.result_hash = results["hash"]
        if run.mode == LevyRun.FINAL:
            run.frozen_at = clock.now()
        run.save(update_fields=["result_hash", "frozen_at"])
        if run.mode == LevyRun.TRIAL:
            checks.make(run, results)
        runs.finish(batch, results)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {(TrialDecision if run.mode == LevyRun.TRIAL else Decision)._meta.db_table}")
    return results


def subject(run: LevyRun) -> str:
    """How a run is named in approvals."""
    return f"levy-run:{run.pk}"


def propose_approval(*, by: Actor, run_id: int) -> Approval:
    """Put a finished trial with its totals and check list before a second person. Raises `LevyError` L07 while it runs
    and L08 while a check stops it."""
    by.require("levy.run")
    run = LevyRun.objects.select_related("batch").get(pk=run_id, mode=LevyRun.TRIAL)
    if run.batch.state != BatchRun.DONE:
        raise LevyError("L07", "試算が終わっていません。")
    stopping = list(run.checks.filter(level="stop").values_list("code", flat=True))
    if stopping:
        raise LevyError(
            "L08", f"点検で不一致があります（{'、'.join(stopping)}）。原因を直して試算をやり直してください。"
        )
    keys = ("households", "insured", "total", "terms", "zero", "capped")
    return approvals.propose(
        by=by, kind="levy", subject=subject(run), title=run.batch.title, content_hash=run.result_hash,
        summary={key: run.batch.results.get(key, 0) for key in keys},
    )  # fmt: skip


def decide_approval(*, by: Actor, approval_id: int, approve: bool, reason: str = "") -> Approval:
    """The second person's decision on a trial; bound to exactly what the trial came to."""
    by.require("levy.approve")
    approval = Approval.objects.get(pk=approval_id, kind="levy")
    run = LevyRun.objects.get(pk=int(approval.subject.removeprefix("levy-run:")))
    return approvals.decide(
        by=by, approval_id=approval_id, approve=approve, reason=reason, content_hash=run.result_hash
    )


def describe(results: Mapping[str, Any]) -> str:
    """Totals in one line for the log of a command."""
    return json.dumps({k: v for k, v in results.items() if not isinstance(v, (list, dict))}, ensure_ascii=False)

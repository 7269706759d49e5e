"""負担割合・所得区分の判定: yearly for everybody, or for what has changed; approved as a whole, then in force (AKASHI-08).

A run proposes; nothing holds before a second person has approved exactly its result (ENTRY-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, bulk, clock, era, runs
from kokuho.core.access import Actor
from kokuho.core.actions.run_approvals import RunApprovals, hash_in_results
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval, BatchRun
from kokuho.core.queries import municipality
from kokuho.desks.assessment.burden import work
from kokuho.desks.eligibility.models import BurdenProposal
from kokuho.law.eligibility.months import Month, august_year

KIND, APPROVAL = "burden", "burden"
WORK = "kokuho.desks.assessment.burden.work:run_chunk"
# Households of one chunk, about.
CHUNK = 5000
COUNTS = ("households", "seniors", "active", "application", "changed", "undeclared", "unknown")


APPROVALS = RunApprovals(KIND, APPROVAL, "burden-run", hash_in_results)


class BurdenError(CodedError):
    """The judgement cannot take this step. `code` is stable, the message says what to do."""


def order(*, by: Actor, on: date, mode: str, year: int | None = None, household_no: int | None = None) -> BatchRun:
    """Order a run. `mode` ``annual``: everybody for the year from 1 August `year`; ``check``: what differs today from the judgement
    in force (`household_no`: of one household).

    Raises `BurdenError` BUR01 for an annual run more than two months ahead, BUR02 while an earlier run of the year waits.
    """
    by.require("burden.run")
    if mode == "annual":
        wanted = year or on.year
        day = date(wanted, 8, 1)
        title = f"負担割合 定期判定 {era.long(day)}から"
        if (day - on).days > 62:
            raise BurdenError("BUR01", "定期判定は、8月1日の2か月前から実行できます。")
        if (on - day).days > 300:
            raise BurdenError("BUR01", "過ぎた年の定期判定はできません。")
    else:
        wanted, day, title = august_year(Month.of(on)), on, f"負担割合 再判定 {era.long(on)}"
    title += f" 世帯 {household_no}" if household_no else ""
    for waiting in BatchRun.objects.filter(kind=KIND, parameters__mode=mode, parameters__year=wanted).exclude(
        state=BatchRun.CANCELLED
    ):
        if not waiting.parameters.get("household") and not household_no and not _settled(waiting):
            raise BurdenError("BUR02", f"{waiting.title}（{waiting.pk}）が終わっていません。承認・反映するか、取り下げてください。")
    parameters: dict[str, Any] = {
        "mode": mode, "year": wanted, "day": day.isoformat(), "judged_on": on.isoformat(), "household": household_no,
        "settings": dict(municipality().settings.get("classes", {})),
    }  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM eligibility_insuredperiod WHERE superseded_at IS NULL AND valid @> %s", [day])
            insured = int(cursor.fetchone()[0])
        parameters["pieces"] = 1 if household_no else max(1, insured // (CHUNK * 3 // 2))
        run = runs.order(by=by, kind=KIND, title=title, business_date=on, parameters=parameters)
        runs.cut(run, parameters["pieces"], 1)
        audit.record(by, function="burden.order", operation="run", detail={"run": run.pk, "mode": mode, "year": wanted})
    return run


def _settled(run: BatchRun) -> bool:
    return run.state == BatchRun.DONE and ("applied" in run.results or not run.results.get("households"))


def judge_now(*, by: Actor, on: date, household_no: int) -> BatchRun:
    """Judge one household at once and put the difference before a second person. Raises `BurdenError` BUR03 when nothing differs."""
    with transaction.atomic():
        run = order(by=by, on=on, mode="check", household_no=household_no)
        connection.ensure_connection()
        counts = work.run_chunk(connection.connection, run.pk, 1, 1, run.parameters)
        if not counts["households"]:
            raise BurdenError("BUR03", "今の所得・世帯で判定しても、いまの負担割合・所得区分と変わりません。")
        run.chunks.update(done_at=clock.now())
        _close(run, counts)
        propose(by=by, run_id=run.pk)
    return run


def execute(run: BatchRun, *, processes: int | None = None, progress: runs.Progress | None = None) -> BatchRun:
    """Judge all open chunks. Called again after a kill it goes on where it was; a finished run is returned as it is."""
    if run.state == BatchRun.DONE:
        return run
    runs.start(run)
    try:
        counts = runs.work_off(run, WORK, run.parameters, processes=processes, progress=progress)
    except Exception as error:
        runs.fail(run, str(error))
        raise
    _close(run, counts)
    return run


def _close(run: BatchRun, counts: Mapping[str, Any]) -> None:
    runs.finish(run, {**{key: counts.get(key, 0) for key in COUNTS}, "hash": _content(run)})


def _content(run: BatchRun) -> str:
    """The hash that an approval is bound to, of the proposals as they stand now."""
    return bulk.content_hash(BurdenProposal._meta.db_table, work.COLUMNS[1:], run.pk)


def propose(*, by: Actor, run_id: int) -> Approval:
    """Put a finished run before a second person. Raises `BurdenError` BUR04 while it runs, BUR05 when it found nothing."""
    by.require("burden.run")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state != BatchRun.DONE:
        raise BurdenError("BUR04", "判定が終わっていません。")
    if not run.results.get("households"):
        raise BurdenError("BUR05", "判定の変わる世帯がありません。承認は要りません。")
    return APPROVALS.propose(by=by, run=run, summary={key: run.results[key] for key in COUNTS})


def decide(*, by: Actor, approval: Approval, approve: bool, reason: str = "") -> Approval:
    """The second person's word. A returned run is cancelled. An approved one of a single household holds at once."""
    by.require("burden.approve")
    with transaction.atomic():
        run, decided = APPROVALS.decide(by=by, approval=approval, approve=approve, reason=reason)
        if approve and run.parameters.get("household"):
            _put_in_force(run, by)
    return decided


def apply(*, by: Actor, run_id: int) -> int:
    """Put an approved run in force, all of it in one transaction. Returns how many judgements hold anew; repeating it does nothing.

    Households whose 課税所得 is not known are left to the list of problems. Raises `BurdenError` BUR06 without approval, BUR08 when the
    proposals are not those that were approved.
    """
    by.require("burden.run")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if "applied" in run.results:
        return int(run.results["applied"])
    if not APPROVALS.approved(run):
        raise BurdenError("BUR06", "この判定は承認されていません。")
    with transaction.atomic():
        return _put_in_force(run, by)


_COLUMNS = (
    "household_no, year, cause, cause_on, seniors, active, exemption, application_needed, under_70, over_70, highest, base_total, "
    "undeclared, unknown, facts, judged_on"
)


def _put_in_force(run: BatchRun, by: Actor) -> int:
    run = BatchRun.objects.select_for_update().get(pk=run.pk)
    if "applied" in run.results:
        return int(run.results["applied"])
    if not APPROVALS.covers(run, _content(run)):
        raise BurdenError(
            "BUR08", "承認の後に判定案が変わっているため、反映しません。書込みの記録で誰が変えたかを調べ、判定をやり直してください。"
        )
    given = {"run": run.pk, "by": by.staff_no, "origin": f"run:{run.pk}", "end": date(run.parameters["year"] + 1, 8, 1)}
    columns = ", ".join(f"o.{name.strip()}" for name in _COLUMNS.split(","))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("DROP TABLE IF EXISTS burden_over")
        cursor.execute(
            """
            CREATE TEMP TABLE burden_over ON COMMIT DROP AS
            SELECT j.id, r.effective FROM eligibility_burdenjudgement j
              JOIN eligibility_burdenproposal r ON r.household_no = j.household_no AND r.run_id = %(run)s AND NOT r.unknown
             WHERE j.superseded_at IS NULL AND j.valid && daterange(r.effective, %(end)s)
            """,
            given,
        )
        cursor.execute("UPDATE eligibility_burdenjudgement SET superseded_at = now() WHERE id IN (SELECT id FROM burden_over)")
        cursor.execute(
            f"""
            INSERT INTO eligibility_burdenjudgement ({_COLUMNS}, valid, recorded_by, origin)
            SELECT {columns}, daterange(lower(o.valid), b.effective), %(by)s, %(origin)s
              FROM burden_over b JOIN eligibility_burdenjudgement o ON o.id = b.id WHERE lower(o.valid) < b.effective
            """,
            given,
        )
        cursor.execute(
            f"""
            INSERT INTO eligibility_burdenjudgement ({_COLUMNS}, valid, recorded_by, origin)
            SELECT {columns}, daterange(o.effective, %(end)s), %(by)s, %(origin)s FROM eligibility_burdenproposal o
             WHERE o.run_id = %(run)s AND NOT o.unknown ORDER BY hashint8(o.household_no)
            """,
            given,
        )
        count = int(cursor.rowcount)
    run.add(applied=count)
    run.save(update_fields=["results"])
    audit.record(by, function="burden.apply", operation="update", row_count=count, detail={"run": run.pk})
    return count


def cancel(*, by: Actor, run_id: int, reason: str) -> None:
    """Take back a run that is not approved, or is no longer what was approved. Raises `BurdenError` BUR07 when it is in force or
    approved."""
    by.require("burden.run")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if "applied" in run.results or APPROVALS.covers(run, _content(run)):
        raise BurdenError("BUR07", "承認された判定は取り下げられません。")
    with transaction.atomic():
        if APPROVALS.standing(run) is None:  # what was once approved stays to be looked into
            BurdenProposal.objects.filter(run=run).delete()
        APPROVALS.withdraw(by=by, run=run, reason=reason, function="burden.cancel")

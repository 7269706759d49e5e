"""年齢到達: the events of a month are frozen, put before a second person as a whole, and then carried out (SHI-18).

Reaching 75 is recorded as an event of eligibility (異動事由210); loss, 後期 and 特定同一世帯所属者 follow from it. Nothing is done twice:
a row is waiting, done or not to be done, and a run that was cut off goes on with the rows that wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from kokuho.core import audit, clock, era, runs
from kokuho.core.access import Actor
from kokuho.core.actions.run_approvals import RunApprovals
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval, BatchChunk, BatchRun
from kokuho.desks.eligibility.actions.engine import lock, record
from kokuho.desks.eligibility.ages import month_windows
from kokuho.desks.eligibility.models import AgeEventRow, ChangeCandidate
from kokuho.desks.eligibility.plan import Draft, judged
from kokuho.desks.eligibility.settings import office_settings
from kokuho.law.eligibility.ages import AgeEventKind
from kokuho.law.eligibility.months import Month

KIND = "age-events"
APPROVAL = "eligibility.ages"
REACHED_75 = "210"
_CHUNK = 500


class AgeError(CodedError):
    """The run cannot be ordered or carried out as asked. `code` is stable."""


def ahead(on: date, month: Month) -> int:
    """By how many days too early the events of a month would be frozen on a day; 0 when they may be."""
    return max(0, (month.last - on).days - office_settings().future_days)


def order(*, by: Actor, on: date, month: Month) -> BatchRun:
    """Freeze the age events of a month and put them before a second person.

    Raises `AgeError`: AG1 while a run of the month waits or runs, AG2 for a month too far ahead, AG3 when there is nothing to do.
    """
    by.require("eligibility.batch")
    if ahead(on, month):
        days = office_settings().future_days
        raise AgeError("AG2", f"{era.month(month.first)}は{days}日を超えて先です。月末が{days}日以内になってから実行してください。")
    with transaction.atomic():
        title = f"年齢到達 {era.month(month.first)}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(718, hashtext('age-events'))")
        if held := runs.unfinished(KIND, parameters__month=str(month)).first():
            raise AgeError("AG1", f"{title}は既に作られています（実行番号 {held.pk}）。承認・実行を済ませてください。")
        run = runs.order(by=by, kind=KIND, title=title, business_date=on, parameters={"month": str(month)})
        count = _freeze(run, month)
        if not count:
            raise AgeError("AG3", f"{era.month(month.first)}に処理する年齢到達はありません。")
        APPROVALS.propose(by=by, run=run, summary=_counts(run))
        audit.record(by, function="eligibility.order_ages", operation="run", row_count=count, detail={"run": run.pk})
    return run


def prepare(*, by: Actor, on: date) -> dict[str, int]:
    """What a night does about ages: freezes this month's and the next month's events that no run has yet, and carries out approved
    runs whose month has begun. A month whose last run was returned waits for staff. Returns how many of each.
    """
    by.require("eligibility.batch")
    counts = {"ordered": 0, "rows": 0, "carried_out": 0, "events": 0}
    for run in BatchRun.objects.filter(kind=KIND, state__in=(BatchRun.PREPARED, BatchRun.RUNNING, BatchRun.FAILED)).order_by("pk"):
        if Month.parse(run.parameters["month"]).first <= on and APPROVALS.standing(run) is not None:
            counts["carried_out"] += 1
            counts["events"] += execute(run.pk, by=by, on=on).results["done"]
    for month in (Month.of(on), Month.of(on).plus(1)):
        last = BatchRun.objects.filter(kind=KIND, parameters__month=str(month)).order_by("-pk").first()
        if last is not None and last.state != BatchRun.DONE:
            continue
        try:
            run = order(by=by, on=on, month=month)
        except AgeError as error:
            if error.code not in ("AG2", "AG3"):
                raise
            continue
        counts["ordered"] += 1
        counts["rows"] += AgeEventRow.objects.filter(run=run).count()
    return counts


def _freeze(run: BatchRun, month: Month) -> int:
    """The rows of a month by one statement a kind: insured on the day or the day before, not done by an earlier run."""
    number = 0
    with connection.cursor() as cursor:
        for window in month_windows(month):
            cursor.execute(
                """
                INSERT INTO eligibility_ageeventrow (run_id, seq, atena_no, household_no, birth_date, kind, effective, state, note)
                SELECT %(run)s, %(after)s + row_number() OVER (ORDER BY w.effective, p.household_no, p.atena_no), p.atena_no,
                       p.household_no, w.birth, %(kind)s, w.effective, 'waiting', ''
                  FROM unnest(%(births)s::date[], %(effective)s::date[]) w(birth, effective)
                  JOIN people_person p ON p.birth_date = w.birth AND p.superseded_at IS NULL AND p.valid @> (w.effective - 1)
                  JOIN eligibility_insuredperiod e ON e.atena_no = p.atena_no AND e.superseded_at IS NULL
                       AND e.valid @> (w.effective - 1)
                 WHERE (%(kind)s <> 'elderly' OR upper_inf(e.valid) OR upper(e.valid) > w.effective + 1)
                   AND NOT EXISTS (SELECT 1 FROM eligibility_ageeventrow d WHERE d.atena_no = p.atena_no AND d.kind = %(kind)s
                                      AND d.birth_date = w.birth AND d.state IN ('waiting', 'done'))
                """,
                {
                    "run": run.pk, "after": number, "kind": str(window.kind), "births": list(window.births),
                    "effective": list(window.effective),
                },
            )  # fmt: skip
            number += cursor.rowcount
    return number


def _counts(run: BatchRun) -> dict[str, int]:
    counts = dict.fromkeys((str(kind) for kind in AgeEventKind), 0)
    for kind in AgeEventRow.objects.filter(run=run).values_list("kind", flat=True):
        counts[kind] += 1
    return counts


def content_hash(run: BatchRun) -> str:
    """SHA-256 over the frozen rows, so that exactly what was approved is carried out."""
    digest = hashlib.sha256()
    rows = AgeEventRow.objects.filter(run=run).order_by("seq")
    for row in rows.values_list("seq", "atena_no", "kind", "effective", "birth_date"):
        digest.update("|".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


APPROVALS = RunApprovals(KIND, APPROVAL, "age-events", content_hash)


def decide(*, by: Actor, approval: Approval, approve: bool, reason: str = "") -> Approval:
    """The second person's word on a run as a whole. A run that is returned is cancelled; another one may be ordered."""
    by.require("eligibility.approve")
    with transaction.atomic():
        run, decided = APPROVALS.decide(by=by, approval=approval, approve=approve, reason=reason)
        if not approve:
            AgeEventRow.objects.filter(run=run, state=AgeEventRow.WAITING).update(
                state=AgeEventRow.SKIPPED, note="差戻し"
            )
    return decided


def execute(run_id: int, *, by: Actor, on: date, progress: runs.Progress | None = None) -> BatchRun:
    """Carry an approved run out. Called again after a kill it goes on where it was; a finished run is returned as it is.

    Raises `AgeError`: AG4 without approval, AG5 when the rows are not those that were approved.
    """
    by.require("eligibility.batch")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state == BatchRun.DONE:
        return run
    approval = APPROVALS.standing(run)
    if approval is None:
        raise AgeError("AG4", "この実行はまだ承認されていません。承認を待ってから実行してください。")
    if approval.content_hash != content_hash(run):
        raise AgeError("AG5", "承認の後に対象が変わりました。作り直してください。")
    last = AgeEventRow.objects.filter(run=run).count()
    runs.cut(run, last, _CHUNK)
    runs.start(run)
    audit.record(by, function="eligibility.run_ages", operation="run", row_count=last, detail={"run": run.pk})
    try:
        while _next_chunk(run, by, on):
            if progress:
                progress(BatchChunk.objects.filter(run=run, done_at__isnull=False).count(), run.chunks_total)
    except Exception as error:
        runs.fail(run, str(error))
        raise
    states = AgeEventRow.objects.filter(run=run).values_list("kind", "state")
    results: dict[str, int] = {"done": 0, "skipped": 0}
    for kind, state in states:
        results[state] = results.get(state, 0) + 1
        results[kind] = results.get(kind, 0) + 1
    runs.finish(run, results)
    return run


def _next_chunk(run: BatchRun, by: Actor, on: date) -> bool:
    """Do one open chunk in one transaction; False when none is left."""
    with transaction.atomic():
        chunk = (
            BatchChunk.objects.select_for_update(skip_locked=True)
            .filter(run=run, done_at__isnull=True)
            .order_by("number")
            .first()
        )
        if chunk is None:
            return False
        rows = AgeEventRow.objects.select_for_update().filter(
            run=run, seq__range=(chunk.first_key, chunk.last_key), state=AgeEventRow.WAITING
        )
        reached = list(rows.filter(kind=AgeEventKind.ELDERLY).order_by("seq"))
        _hand_over(run, reached, by, on)
        AgeEventRow.objects.bulk_update(reached, ["state", "note"])
        rows.exclude(kind=AgeEventKind.ELDERLY).update(state=AgeEventRow.DONE)
        chunk.done_at = clock.now()
        chunk.save(update_fields=["done_at"])
    return True


def _hand_over(run: BatchRun, rows: Sequence[AgeEventRow], by: Actor, on: date) -> None:
    """75歳到達 as an event: loss, 後期, 特定同一世帯所属者 and what the levy has to know follow from it. Says in each row what became of
    it."""
    drafts = [Draft(row.atena_no, row.household_no, row.effective, REACHED_75) for row in rows]
    lock(draft.atena_no for draft in drafts)
    # Left, died or moved to another scheme since the run was ordered: there is nothing to lose on that day.
    _, refused = judged(drafts, office_settings(), on=on)
    taken = [draft for draft in drafts if draft.atena_no not in refused]
    if taken:
        record(by=by, on=on, drafts=taken, origin=f"ages:{run.pk}")
    for row in rows:
        error = refused.get(row.atena_no)
        row.state, row.note = (AgeEventRow.SKIPPED, str(error)[:200]) if error else (AgeEventRow.DONE, "")
    # What the register proposed about the same loss in the meantime is done with it.
    proposed = ChangeCandidate.objects.filter(
        atena_no__in=[draft.atena_no for draft in taken], state=ChangeCandidate.OPEN, act="lose", proposal__reason=REACHED_75
    )
    proposed.exclude(entered_by=by.staff_no).update(
        state=ChangeCandidate.APPLIED, result="done_before", decided_by=by.staff_no, decided_at=clock.now(),
        reason=f"年齢到達の実行 {run.pk}",
    )

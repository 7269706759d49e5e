"""The letters of 年齢到達 as a batch: ordered from a run of age events, printed in the order of the post."""

from __future__ import annotations

from datetime import date

from kokuho.core import audit, database, runs
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries import municipality
from kokuho.desks.eligibility.actions.ages import KIND as AGES
from kokuho.desks.eligibility.actions.ages import AgeError
from kokuho.desks.eligibility.models import AgeEventRow
from kokuho.desks.eligibility.settings import office_settings
from kokuho.documents.age_letters import BATCH_KIND, KIND, AgeLetterSource, wanted
from kokuho.documents.reprints import before
from kokuho.documents.settings import PrintSettings, print_settings
from kokuho.jobs.printing import Progress, printed


def order(*, by: Actor, on: date, run_id: int, reason: str = "") -> BatchRun:
    """Order the letters of a run of age events, dated `on`. Asked again while they are unfinished, it returns that run; asked again
    after it, it needs a reason, and what was printed before is marked 再発行 (EXPORT-07).

    Raises BatchRun.DoesNotExist; `AgeError` AG6 for a run that was returned, AG7 when nobody gets a letter, AG8 for printing again
    without a reason.
    """
    by.require("eligibility.letter")
    source = BatchRun.objects.get(pk=run_id, kind=AGES)
    if source.state == BatchRun.CANCELLED:
        raise AgeError("AG6", "差し戻された年齢到達です。作り直したものから通知を作ってください。")
    kinds = wanted(office_settings().age_letters)
    count = AgeEventRow.objects.filter(run=source, kind__in=kinds).exclude(state=AgeEventRow.SKIPPED).count()
    if not count:
        raise AgeError("AG7", "通知を送る人がいません。通知を送る年齢は、資格の設定（age_letters）で決まっています。")
    if (open_run := runs.unfinished(BATCH_KIND, parameters__ages=run_id).first()) is not None:
        return open_run
    if before(BATCH_KIND, ages=run_id) and not reason.strip():
        raise AgeError("AG8", "この年齢到達の通知は印刷済みです。もう一度印刷する理由を入力してください。")
    run = runs.order(
        by=by, kind=BATCH_KIND, title=f"{source.title} 通知", business_date=on,
        parameters={"ages": run_id, "kinds": kinds, **({"reason": reason.strip()} if reason.strip() else {})},
    )  # fmt: skip
    runs.cut(run, count, print_settings(municipality().code).chunk)
    audit.record(
        by, function="eligibility.order_age_letters", operation="run", row_count=count, detail={"run": run.pk, "ages": run_id}
    )
    return run


def source(batch: BatchRun, by: Actor) -> AgeLetterSource:
    """What an ordered run prints."""
    return AgeLetterSource(
        letter_date=batch.business_date, by=by, batch_id=batch.pk, database_url=database.current_url(),
        run_id=batch.parameters["ages"], kinds=tuple(batch.parameters["kinds"]),
        before=before(BATCH_KIND, until=batch.pk, ages=batch.parameters["ages"]), reason=batch.parameters.get("reason", ""),
    )  # fmt: skip


def run(batch_id: int, *, by: Actor, processes: int | None = None, progress: Progress | None = None) -> BatchRun:
    """Print an ordered run of letters. After a kill it is called again and comes to the same files; a finished run is returned."""
    by.require("eligibility.letter")
    batch = BatchRun.objects.get(pk=batch_id, kind=BATCH_KIND)
    if batch.state == BatchRun.DONE:
        return batch
    runs.start(batch)

    def prepared() -> tuple[AgeLetterSource, PrintSettings]:
        return source(batch, by), print_settings(municipality().code)

    printed(batch, KIND, prepared, by=by, processes=processes, progress=progress)
    return batch

"""The decision notices of an annual levy as a batch: ordered by number of levy, printed into a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from kokuho.core import audit, database, era, runs
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.desks.assessment.models import Decision
from kokuho.desks.people.models import Sender
from kokuho.documents.dated import settings_on
from kokuho.documents.decisions import BATCH_KIND, KIND, DecisionSource, NoticeError, issued_levy
from kokuho.documents.reprints import before
from kokuho.documents.settings import PrintSettings, print_settings
from kokuho.jobs.printing import Progress, printed


def order(*, by: Actor, on: date, levy_id: int, notice_nos: Sequence[int] = (), reason: str = "") -> BatchRun:
    """Order the notices of a final levy, dated `on`; `notice_nos` picks some of them, with a reason (再作成). What was printed before
    needs a reason too, and its paper carries 再発行. Asked again while such a run is unfinished, it returns that run.

    Raises LevyRun.DoesNotExist, `NoticeError` as `issued_levy` and: N04 a letter dated before its decision, N05 a 通知書番号
    that the levy has not, N06 while another run of this levy is unfinished, N07 再作成 without a reason.
    """
    by.require("notice.print")
    levy = issued_levy(levy_id)
    if on < levy.decided_on:
        raise NoticeError("N04", f"通知書の日付（{on}）が決定日（{levy.decided_on}）より前です。")
    decisions = Decision.objects.filter(run_id=levy_id, version=0)
    wanted = sorted(set(notice_nos))
    if wanted:
        known = set(decisions.filter(notice_no__in=wanted).values_list("notice_no", flat=True))
        if unknown := [number for number in wanted if number not in known]:
            raise NoticeError("N05", f"この賦課にない通知書番号です: {'、'.join(map(str, unknown[:10]))}")
    parameters: dict[str, Any] = {"levy": levy_id, "fiscal_year": levy.fiscal_year, "notices": wanted or None}
    if reason.strip():
        parameters["reason"] = reason.strip()
    for waiting in BatchRun.objects.filter(pk__in=unfinished(), parameters__levy=levy_id):
        if waiting.business_date == on and waiting.parameters["notices"] == parameters["notices"]:
            return waiting
        raise NoticeError(
            "N06", f"実行 {waiting.pk} の通知書の作成が終わっていません。電算担当に続きの実行を依頼してください。"
        )
    if (wanted or before(BATCH_KIND, levy=levy_id)) and not reason.strip():
        raise NoticeError("N07", "通知書を作り直す理由を入力してください。前に印刷した通知書には再発行と印字します。")
    count = len(wanted) or decisions.count()
    title = f"通知書 {era.fiscal_year(levy.fiscal_year)} 当初" + (f"（再作成 {count}通）" if wanted else "")
    run = runs.order(by=by, kind=BATCH_KIND, title=title, business_date=on, parameters=parameters)
    runs.cut(run, count, print_settings(levy.municipality).chunk)
    audit.record(
        by, function="notices.order", operation="run", row_count=count, reason=reason.strip()[:200],
        detail={"run": run.pk, "levy": levy_id},
    )
    return run


def source(batch: BatchRun, by: Actor) -> DecisionSource:
    """What an ordered run prints. Raises `NoticeError` as `issued_levy`."""
    levy, chosen = issued_levy(batch.parameters["levy"], on=batch.business_date), batch.parameters["notices"]
    return DecisionSource(
        levy=levy, letter_date=batch.business_date, by=by, batch_id=batch.pk, database_url=database.current_url(),
        numbers=None if chosen is None else tuple(chosen), before=before(BATCH_KIND, until=batch.pk, levy=batch.parameters["levy"]),
        reason=batch.parameters.get("reason", ""),
    )  # fmt: skip


def run(batch_id: int, *, by: Actor, processes: int | None = None, progress: Progress | None = None) -> BatchRun:
    """Print an ordered run. After a kill it is called again and comes to the same files; a finished run is returned.

    Raises `NoticeError` as `issued_levy`, FontsMissing, RunInUse while another process prints it.
    """
    by.require("notice.print")
    batch = BatchRun.objects.get(pk=batch_id, kind=BATCH_KIND)
    if batch.state == BatchRun.DONE:
        return batch
    runs.start(batch)
    audit.record(
        by, function="notices.run", operation="run", detail={"run": batch.pk, "levy": batch.parameters["levy"]}
    )

    def prepared() -> tuple[DecisionSource, PrintSettings]:
        letters = source(batch, by)
        return letters, settings_on(letters.levy.municipality, Sender.LEVY, batch.business_date)

    printed(batch, KIND, prepared, by=by, processes=processes, progress=progress)
    return batch


def unfinished() -> list[int]:
    """Runs that were ordered and are not done, oldest first: cut off by a kill, or failed."""
    return list(runs.unfinished(BATCH_KIND).values_list("pk", flat=True))

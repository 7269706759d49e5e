"""Batches of certificates: the judgement of 負担割合, the renewal, and the printing of what was issued."""

from __future__ import annotations

from datetime import date

from kokuho.core import audit, database, runs
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries import municipality
from kokuho.desks.assessment.actions import burden
from kokuho.desks.eligibility.actions import renewal
from kokuho.desks.eligibility.actions.certificates import record_run_print
from kokuho.desks.eligibility.models import Certificate
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people.models import Sender
from kokuho.documents.batch import PrintResult
from kokuho.documents.certificates import BATCH_KIND, KIND, CertificateSource
from kokuho.documents.dated import settings_on
from kokuho.documents.settings import PrintSettings, print_settings
from kokuho.jobs.printing import Progress, printed


def work(run_id: int, *, by: Actor, processes: int | None = None, progress: Progress | None = None) -> BatchRun:
    """Do whatever a run waits for: calculate, put in force what is approved, print. Goes on after a kill."""
    run = BatchRun.objects.get(pk=run_id)

    def tell(done: int, total: int) -> None:
        if progress:
            progress(run.title, done, total)

    if run.kind == burden.KIND:
        if run.state != BatchRun.DONE:
            burden.execute(run, processes=processes, progress=tell)
        elif burden.APPROVALS.approved(run):
            burden.apply(by=by, run_id=run_id)
    elif run.kind == renewal.KIND:
        if run.state != BatchRun.DONE:
            renewal.plan(by=by, run_id=run_id)
        elif renewal.APPROVALS.approved(run):
            renewal.issue(by=by, run_id=run_id)
    elif run.kind == BATCH_KIND:
        _print(run, by, processes, progress)
    run.refresh_from_db()
    return run


def order_print(*, by: Actor, on: date, renewal_id: int, reason: str = "") -> BatchRun:
    """Order the printing of an issued renewal. Asked again while such a run is unfinished, it returns that run; asked again after it,
    it needs a reason, and what was printed before is marked 再発行 (EXPORT-07).

    Raises `CertificateError` CRT66 before the renewal is issued, CRT23 for printing it again without a reason.
    """
    by.require("certificate.print")
    source = BatchRun.objects.get(pk=renewal_id, kind=renewal.KIND)
    if "issued" not in source.results:
        raise CertificateError("CRT66", "交付が終わっていません。承認を受けて交付してから印刷します。")
    if (open_run := runs.unfinished(BATCH_KIND, parameters__renewal=renewal_id).first()) is not None:
        return open_run
    printed = BatchRun.objects.filter(kind=BATCH_KIND, parameters__renewal=renewal_id, state=BatchRun.DONE)
    if printed.exists() and not reason.strip():
        raise CertificateError("CRT23", "この更新は印刷済みです。もう一度印刷する理由を入力してください。")
    run = runs.order(
        by=by, kind=BATCH_KIND, title=f"{source.title} 印刷", business_date=on,
        parameters={"renewal": renewal_id, **({"reason": reason.strip()} if reason.strip() else {})},
    )  # fmt: skip
    runs.cut(run, Certificate.objects.filter(run_id=renewal_id).count(), print_settings(municipality().code).chunk)
    audit.record(by, function="certificates.order", operation="run", detail={"run": run.pk, "renewal": renewal_id})
    return run


def source(run: BatchRun, by: Actor) -> CertificateSource:
    """What an ordered run prints."""
    return CertificateSource(
        letter_date=run.business_date, by=by, batch_id=run.pk, database_url=database.current_url(),
        run_id=run.parameters["renewal"], reason=run.parameters.get("reason", ""),
    )  # fmt: skip


def _print(run: BatchRun, by: Actor, processes: int | None, progress: Progress | None) -> None:
    if run.state == BatchRun.DONE:
        return
    by.require("certificate.print")
    runs.start(run)

    def prepared() -> tuple[CertificateSource, PrintSettings]:
        return source(run, by), settings_on(municipality().code, Sender.ELIGIBILITY, run.business_date)

    def after(made: PrintResult) -> None:
        record_run_print(
            by=by, on=run.business_date, renewal_id=run.parameters["renewal"], not_printed=map(int, made.unprinted),
            reason=run.parameters.get("reason", ""),
        )  # fmt: skip

    printed(run, KIND, prepared, by=by, processes=processes, progress=progress, after=after)


def unfinished() -> list[int]:
    """Runs that were ordered and are not done, oldest first: cut off by a kill, or failed."""
    return list(runs.unfinished(burden.KIND, renewal.KIND, BATCH_KIND).values_list("pk", flat=True))

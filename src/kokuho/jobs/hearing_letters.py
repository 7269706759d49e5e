"""事前通知 of 特別療養費 as a batch: issued to the chosen candidates and printed in the order of the post (AKASHI-12, LAW-04)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction

from kokuho.core import audit, database, era, runs
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries import municipality
from kokuho.desks.eligibility.actions import hearings
from kokuho.desks.eligibility.models import HearingNotice
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people.models import Sender
from kokuho.documents.batch import PrintResult
from kokuho.documents.dated import settings_on
from kokuho.documents.hearing_letters import BATCH_KIND, KIND, HearingLetterSource, reached
from kokuho.documents.settings import PrintSettings, print_settings
from kokuho.jobs.printing import Progress, printed


@transaction.atomic
def order(*, by: Actor, on: date, households: Collection[int]) -> BatchRun:
    """Issue the 事前通知 of these candidates, dated `on`, and order their letters. The run's `left` are the households that no letter
    would reach; they stay candidates.

    Raises `Refused` without `eligibility.letter` and `certificate.issue`; `CertificateError` CRT50, CRT51, and CRT56 when no letter would
    reach any of them.
    """
    by.require("eligibility.letter")
    rows = hearings.candidates(households)
    able = reached([row.household_no for row in rows], on)
    chosen = [row for row in rows if able.get(row.household_no)]
    left = [row.household_no for row in rows if not able.get(row.household_no)]
    if not chosen:
        raise CertificateError(
            "CRT56", "届く宛先のある世帯がありません。支援措置の安全な送付先、発送停止、納付義務者の死亡・転出を確かめてください。"
        )
    run = _ordered(by, on, f"特別療養費の事前通知 {len(chosen)}世帯", left=left)
    made = hearings.issue(by=by, on=on, rows=chosen, run=run)
    run.parameters["notices"] = [notice.pk for notice in made]
    run.save(update_fields=["parameters"])
    _cut(by, run, len(made), "")
    return run


@transaction.atomic
def order_again(*, by: Actor, on: date, notice_id: int, reason: str = "") -> BatchRun:
    """Order the letter of a 事前通知 once more, marked 再発行; its date and deadline stay. Asked again while it is unfinished, it
    returns that run.

    Raises HearingNotice.DoesNotExist; `CertificateError` CRT57 for one that is withdrawn or decided upon, CRT58 without a reason.
    """
    by.require("eligibility.letter")
    notice = HearingNotice.objects.get(pk=notice_id)
    if (waiting := runs.unfinished(BATCH_KIND, parameters__notices=[notice_id]).first()) is not None:
        return waiting
    if not hearings.open_notices().filter(pk=notice_id).exists():
        raise CertificateError("CRT57", "取り下げた通知、変更を決定した通知は作り直せません。")
    if not reason.strip():
        raise CertificateError("CRT58", "この事前通知は作成済みです。もう一度印刷する理由を入力してください。")
    run = _ordered(
        by, on, f"特別療養費の事前通知 再発行（{era.short(notice.notified_on)}）", left=[], notices=[notice_id], reason=reason.strip()
    )
    _cut(by, run, 1, reason)
    return run


def _ordered(by: Actor, on: date, title: str, **parameters: object) -> BatchRun:
    return runs.order(by=by, kind=BATCH_KIND, title=title, business_date=on, parameters=parameters)


def _cut(by: Actor, run: BatchRun, count: int, reason: str) -> None:
    runs.cut(run, count, print_settings(municipality().code).chunk)
    audit.record(
        by, function="certificate.order_hearing_letters", operation="run", row_count=count, reason=reason.strip()[:200],
        detail={"run": run.pk, "left": run.parameters["left"]},
    )  # fmt: skip


def source(batch: BatchRun, by: Actor) -> HearingLetterSource:
    """What an ordered run prints."""
    return HearingLetterSource(
        letter_date=batch.business_date, by=by, batch_id=batch.pk, database_url=database.current_url(),
        notices=tuple(batch.parameters["notices"]), reason=batch.parameters.get("reason", ""),
    )  # fmt: skip


def run(batch_id: int, *, by: Actor, processes: int | None = None, progress: Progress | None = None) -> BatchRun:
    """Print an ordered run of letters. After a kill it is called again and comes to the same files; a finished run is returned.
    A notice whose letter could not be made is withdrawn: nobody was notified."""
    by.require("eligibility.letter")
    batch = BatchRun.objects.get(pk=batch_id, kind=BATCH_KIND)
    if batch.state == BatchRun.DONE:
        return batch
    runs.start(batch)

    def prepared() -> tuple[HearingLetterSource, PrintSettings]:
        return source(batch, by), settings_on(municipality().code, Sender.ELIGIBILITY, batch.business_date)

    def after(made: PrintResult) -> None:
        hearings.withdraw_unprinted(
            by=by, on=batch.business_date, run=batch, notice_ids=[int(number[1:]) for number in made.unprinted]
        )

    printed(batch, KIND, prepared, by=by, processes=processes, progress=progress, after=after)
    return batch

"""The annual levy as batches: the trial, and the final run with its hand-over to the ledger."""

from __future__ import annotations

from collections.abc import Callable

from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.desks.assessment.actions import levy as assessment
from kokuho.desks.assessment.models import LevyRun
from kokuho.desks.collection import actions as ledger

# (what is being done, done, total)
Progress = Callable[[str, int, int], None]


def run(levy_id: int, *, by: Actor, processes: int | None = None, progress: Progress | None = None) -> LevyRun:
    """Calculate an ordered trial or final run; a final run is then posted to the ledger. Goes on after a kill."""
    levy = LevyRun.objects.select_related("batch", "trial").get(pk=levy_id)

    def tell(text: str) -> Callable[[int, int], None] | None:
        return (lambda done, total: progress(text, done, total)) if progress else None

    if levy.batch.state != BatchRun.DONE:
        assessment.execute(levy, processes=processes, progress=tell(levy.batch.title))
        levy.refresh_from_db()
    if levy.mode == LevyRun.FINAL:
        posting = ledger.order_take_over(by=by, levy=levy)
        if posting.state != BatchRun.DONE:
            ledger.take_over(posting, levy, processes=processes, progress=tell(posting.title))
    return levy


def unfinished() -> list[int]:
    """Levies that were ordered and are not done, oldest first: cut off by a kill, or failed."""
    levies = LevyRun.objects.exclude(batch__state__in=(BatchRun.DONE, BatchRun.CANCELLED)).order_by("pk")
    waiting = list(levies.values_list("pk", flat=True))
    postings = BatchRun.objects.filter(kind=ledger.KIND).exclude(state=BatchRun.DONE)
    return waiting + [run.parameters["levy"] for run in postings]

"""The annual levy of a year: its runs, where it stands, and the check list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.models import Approval, BatchRun
from kokuho.core.queries import ApprovalRow, Progress, approvals_of, progress, staff_names
from kokuho.core.reads import seen
from kokuho.desks.assessment.models import LevyCheck, LevyRun
from kokuho.law.premium.ordinance import COMPONENT_NAMES


@dataclass(frozen=True, slots=True)
class RunView:
    """A run of the levy: how far, what came out, what the check list says, how it was approved."""

    run: LevyRun
    progress: Progress
    checks: tuple[LevyCheck, ...]
    approvals: tuple[ApprovalRow, ...]
    ordered_name: str

    @property
    def finished(self) -> bool:
        """True when it has calculated every household."""
        return self.run.batch.state == BatchRun.DONE

    @property
    def results(self) -> Mapping[str, Any]:
        """Totals by name; empty while it runs."""
        return self.run.batch.results

    @property
    def components(self) -> list[tuple[str, int]]:
        """Yen by component."""
        return [
            (name, self.results[f"component_{code}"])
            for code, name in COMPONENT_NAMES.items()
            if f"component_{code}" in self.results
        ]

    @property
    def stops(self) -> int:
        """Lines of the check list that stop it."""
        return sum(check.level == LevyCheck.STOP for check in self.checks)

    @property
    def doubts(self) -> int:
        """Lines that a person has to look at."""
        return sum(check.level == LevyCheck.WARN for check in self.checks)

    @property
    def pending(self) -> ApprovalRow | None:
        """The approval that waits."""
        return next((row for row in self.approvals if row.approval.state == Approval.PENDING), None)

    @property
    def approved(self) -> ApprovalRow | None:
        """The approval that was given to exactly this result."""
        return next(
            (
                row
                for row in self.approvals
                if row.approval.state == Approval.APPROVED and row.approval.content_hash == self.run.result_hash
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class YearView:
    """Where the levy of a year stands."""

    fiscal_year: int
    trial: RunView | None  # the newest
    final: RunView | None
    followed: tuple[BatchRun, ...] = ()  # what was run on the final levy: 調定, 通知書

    @property
    def stage(self) -> int:
        """0 nothing, 1 trial running, 2 to be checked, 3 waits for approval, 4 approved, 5 final running, 6 final."""
        if self.final is not None:
            return 6 if self.final.finished else 5
        if self.trial is None:
            return 0
        if not self.trial.finished:
            return 1
        if self.trial.approved is not None:
            return 4
        return 3 if self.trial.pending is not None else 2


def levy_years(by: Actor) -> list[int]:
    """Years that have a run, newest first."""
    by.require("levy.read")
    return list(LevyRun.objects.order_by("-fiscal_year").values_list("fiscal_year", flat=True).distinct())


def year(by: Actor, fiscal_year: int) -> YearView:
    """The runs of a year and where its levy stands."""
    by.require("levy.read")
    runs = list(LevyRun.objects.filter(fiscal_year=fiscal_year).select_related("batch").order_by("-pk"))
    trial = next((run for run in runs if run.mode == LevyRun.TRIAL), None)
    final = next((run for run in runs if run.mode == LevyRun.FINAL), None)
    view = YearView(
        fiscal_year,
        _run_view(by, trial) if trial else None,
        _run_view(by, final) if final else None,
        tuple(BatchRun.objects.filter(parameters__levy=final.pk).order_by("pk")) if final else (),
    )
    seen(by, "assessment.levy_year", row_count=len(runs), detail={"fiscal_year": fiscal_year})
    return view


def run(by: Actor, run_id: int) -> RunView:
    """One run. Raises DoesNotExist."""
    by.require("levy.read")
    view = _run_view(by, LevyRun.objects.select_related("batch", "trial").get(pk=run_id))
    seen(by, "assessment.levy_run", row_count=1, detail={"run": run_id})
    return view


def run_of_batch(by: Actor, batch_id: int) -> LevyRun | None:
    """The levy that a batch run belongs to, if it is one."""
    by.require("batch.read")
    return LevyRun.objects.filter(batch_id=batch_id).first()


def _run_view(by: Actor, run: LevyRun) -> RunView:
    names = staff_names([run.batch.ordered_by])
    how_far = Progress(run.batch, 0, run.batch.chunks_total, None)
    if run.batch.state != BatchRun.DONE and by.may("batch.read"):
        how_far = progress(by, run.batch_id, silent=True)
    if run.mode == LevyRun.FINAL:
        # The check list and the approval are the trial's.
        return RunView(run, how_far, (), (), names[run.batch.ordered_by])
    checks = tuple(run.checks.order_by("code"))
    return RunView(run, how_far, checks, tuple(approvals_of(by, f"levy-run:{run.pk}")), names[run.batch.ordered_by])

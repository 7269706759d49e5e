"""The annual levy of a year: its runs, where it stands, and the check list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

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
        trial, final = self.trial, self.final
        return _stage(
            trial.run if trial else None, final.run if final else None,
            approved=bool(trial and trial.approved), pending=bool(trial and trial.pending),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class YearStage:
    """Where the levy of a year stands, with the figures of its last run: as much as the home page says."""

    fiscal_year: int
    stage: int
    run: RunView | None


def _stage(trial: LevyRun | None, final: LevyRun | None, *, approved: bool, pending: bool) -> int:
    if final is not None:
        return 6 if final.batch.state == BatchRun.DONE else 5
    if trial is None:
        return 0
    if trial.batch.state != BatchRun.DONE:
        return 1
    return 4 if approved else 3 if pending else 2


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


def final_run(by: Actor, fiscal_year: int) -> RunView | None:
    """The newest 本算定 of a year, without the years' checks and approvals."""
    by.require("levy.read")
    found = LevyRun.objects.filter(fiscal_year=fiscal_year, mode=LevyRun.FINAL).select_related("batch").order_by("-pk").first()
    seen(by, "assessment.levy_year", row_count=int(found is not None), detail={"fiscal_year": fiscal_year})
    return _run_view(by, found) if found else None


def stage(by: Actor, fiscal_year: int) -> YearStage:
    """Where the levy of a year stands, by one statement."""
    by.require("levy.read")
    of_run = Approval.objects.filter(subject=Concat(Value("levy-run:"), Cast(OuterRef("pk"), CharField())))
    runs = list(
        LevyRun.objects.filter(fiscal_year=fiscal_year).select_related("batch").order_by("-pk").annotate(
            pending=Exists(of_run.filter(state=Approval.PENDING)),
            approved=Exists(of_run.filter(state=Approval.APPROVED, content_hash=OuterRef("result_hash"))),
        )
    )  # fmt: skip
    trial = next((run for run in runs if run.mode == LevyRun.TRIAL), None)
    final = next((run for run in runs if run.mode == LevyRun.FINAL), None)
    last = final or trial
    seen(by, "assessment.levy_stage", row_count=len(runs), detail={"fiscal_year": fiscal_year})
    return YearStage(
        fiscal_year,
        _stage(trial, final, approved=getattr(trial, "approved", False), pending=getattr(trial, "pending", False)),
        RunView(last, Progress(last.batch, 0, last.batch.chunks_total, None), (), (), "") if last else None,
    )


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

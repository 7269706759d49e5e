"""Reads of 負担割合・所得区分: runs and what they propose, a household's judgements with their reasons, who may apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.counting import rows_together
from kokuho.core.models import BatchRun
from kokuho.core.queries import ApprovalRow, approvals_of, municipality
from kokuho.core.reads import seen
from kokuho.core.screens import lists, sheet
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.assessment.actions.burden import APPROVALS, KIND
from kokuho.desks.assessment.burden import facts
from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement, BurdenProposal, ReceiptsApplication
from kokuho.desks.eligibility.models.burden import BurdenBase
from kokuho.law.benefit.income_class import Role, income_class
from kokuho.law.benefit.settings import class_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.steps import Step

CAUSES = BurdenBase.CAUSES


@dataclass(frozen=True, slots=True)
class RunView:
    """A run of the judgement with what was decided about it."""

    run: BatchRun
    approvals: Sequence[ApprovalRow]

    @property
    def stage(self) -> str:
        """calculating, found_nothing, to_propose, waiting, approved, in_force, cancelled."""
        if self.run.state == BatchRun.CANCELLED:
            return "cancelled"
        if self.run.state != BatchRun.DONE:
            return "calculating"
        if "applied" in self.run.results:
            return "in_force"
        if not self.run.results.get("households"):
            return "found_nothing"
        states = [row.approval.state for row in self.approvals]
        return "approved" if "approved" in states else "waiting" if "pending" in states else "to_propose"


def burden_runs(by: Actor) -> list[RunView]:
    """The newest runs."""
    by.require("burden.read")
    found = [RunView(run, approvals_of(by, APPROVALS.subject(run))) for run in BatchRun.objects.filter(kind=KIND).order_by("-pk")[:12]]
    seen(by, "burden.runs", row_count=len(found))
    return found


def burden_run(by: Actor, run_id: int) -> RunView:
    """One run. Raises BatchRun.DoesNotExist."""
    by.require("burden.read")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    seen(by, "burden.run", row_count=1, detail={"run": run_id})
    return RunView(run, approvals_of(by, APPROVALS.subject(run)))


def ratio_word(active: bool | None, seniors: int) -> str:
    """2割, 3割, or a dash for a household without anybody of 70 and more."""
    if active is None or not seniors:
        return "—"
    return "3割" if active else "2割"


PROPOSAL_COLUMNS = (
    Column("household", "世帯番号", ("household_no",)),
    Column("ratio", "負担割合", ("active", "household_no")),
    Column("before", "前回"),
    Column("classes", "区分（70歳未満／以上）", ("under_70", "household_no")),
    Column("highest", "課税所得（最高）", ("highest", "household_no"), numeric=True),
    Column("base", "基準所得額の計", ("base_total", "household_no"), numeric=True),
    Column("cause", "事由", ("cause", "household_no")),
    Column("effective", "適用年月日", ("effective", "household_no")),
    Column("marks", "備考"),
)


def proposals(by: Actor, params: QueryDict, run_id: int, url: Any) -> Listing[Any]:
    """What a run proposes, by household. `url(household_no)` leads to the household's page."""
    by.require("burden.read")

    def cells(row: BurdenProposal) -> list[Any]:
        marks = [("課税所得不明（反映しない）", row.unknown), ("未申告あり", row.undeclared), ("申請で2割の見込み", row.application_needed)]
        before = ratio_word(row.before_active, row.seniors)
        return [
            sheet.name(row.household_no, url(row.household_no)),
            sheet.cell(ratio_word(row.active, row.seniors), tone="attention" if row.changes else ""),
            before, f"{row.under_70}／{row.over_70 or '—'}", row.highest, row.base_total, CAUSES[row.cause], row.effective,
            "、".join(text for text, holds in marks if holds),
        ]  # fmt: skip

    done = BatchRun.objects.filter(pk=run_id, kind=KIND, state=BatchRun.DONE).first()
    found = lists.listing(
        params,
        BurdenProposal.objects.filter(run_id=run_id).defer("facts"),
        columns=PROPOSAL_COLUMNS,
        filters=(
            lists.choice("active", "負担割合", "active", (("True", "3割"), ("False", "2割"))),
            lists.choice("application", "申請", "application_needed", (("True", "申請で2割の見込み"),)),
            lists.choice("unknown", "課税所得", "unknown", (("True", "不明（反映しない）"),)),
            lists.choice("undeclared", "申告", "undeclared", (("True", "未申告あり"),)),
            lists.number("household", "世帯番号", "household_no"),
        ),
        order=("household_no",),
        known={"count": done.results["households"]} if done and "households" in done.results else None,
        keys_first=True,
        convert=sheet.cells(cells),
    )
    seen(by, "burden.proposals", row_count=len(found.rows), detail={"run": run_id})
    return found


def to_apply(by: Actor, params: QueryDict, *, on: date, url: Any) -> Listing[Any]:
    """Households that pay 3割 and would pay 2割 on an application by receipts (基準収入額適用申請の対象)."""
    by.require("burden.read")
    applied = ReceiptsApplication.objects.filter(BELIEVED, valid__contains=on).values("household_no")

    def cells(row: BurdenJudgement) -> list[Any]:
        return [
            sheet.name(row.household_no, url(row.household_no)), row.seniors, row.highest, row.base_total, row.valid.lower,
        ]  # fmt: skip

    found = lists.listing(
        params,
        BurdenJudgement.objects.filter(BELIEVED, application_needed=True, valid__contains=on)
        .exclude(household_no__in=applied).defer("facts"),
        columns=(
            Column("household", "世帯番号", ("household_no",)), Column("seniors", "70歳以上", numeric=True),
            Column("highest", "課税所得（最高）", ("highest",), numeric=True), Column("base", "基準所得額の計", numeric=True),
            Column("since", "適用年月日"),
        ),
        filters=(lists.number("household", "世帯番号", "household_no"),),
        order=("household_no",),
        convert=sheet.cells(cells),
    )  # fmt: skip
    seen(by, "burden.to_apply", row_count=len(found.rows))
    return found


@dataclass(frozen=True, slots=True)
class HouseholdBurden:
    """A household's judgements, newest first, the explanation of the one in force, and its application."""

    judgements: Sequence[BurdenJudgement]
    current: BurdenJudgement | None
    steps: Sequence[Step]
    application: ReceiptsApplication | None
    seniors: Sequence[int]  # 宛名番号 of those past the month of 70, then of 特定同一世帯所属者


def explanation(row: BurdenBase, receipts: dict[str, int] | None, on: date) -> Sequence[Step]:
    """The law's steps to a stored judgement, from its facts; none where a judgement was taken over without them (移行)."""
    if not row.facts:
        return ()
    day = max(date(row.year, 8, 1), min(on, date(row.year + 1, 7, 31)))
    settings = class_settings(day, municipality().settings.get("classes", {}))
    members = facts.members(facts.unpacked(row.facts), receipts)
    found = income_class(members, Month.of(day), settings, applied=receipts is not None)
    return found.steps


def household_burden(by: Actor, household_no: int, *, on: date) -> HouseholdBurden:
    """Everything that was judged of a household."""
    by.require("burden.read")
    rows = list(BurdenJudgement.objects.filter(household_no=household_no).order_by("-valid", "-recorded_at"))
    believed = [row for row in rows if row.superseded_at is None]
    current = next((row for row in believed if _holds(row, on)), None)
    current = current or (believed[0] if believed else None)
    applied = ReceiptsApplication.objects.filter(
        Q(BELIEVED, household_no=household_no, valid__contains=current.valid.lower if current else on)
    ).first()
    persons = [fact.atena_no for fact in facts.unpacked(current.facts)] if current else []
    told = facts.unpacked(current.facts) if current else ()
    seniors = [fact.atena_no for fact in told if fact.senior]
    if seniors:
        seniors += [fact.atena_no for fact in told if fact.role == Role.FORMER_INSURED.value]
    steps = explanation(current, applied.receipts if applied else None, on) if current else ()
    seen(by, "burden.household", persons=persons, detail={"household": household_no})
    return HouseholdBurden(rows, current, steps, applied, seniors)


@dataclass(frozen=True, slots=True)
class Untold:
    """A judgement of 3割 that rests on a 課税所得 which the tax office did not tell: it was not put in force, the old ratio goes on."""

    proposal: BurdenProposal
    kept: str
    missing: Sequence[int]  # 宛名番号 of those whose 課税所得 is not known


# The yearly run and the monthly ones after it; older proposals are past.
_RUNS_BACK = 24


def untold(by: Actor, household_no: int, *, on: date) -> Untold | None:
    """Whether a household keeps an old ratio because the 課税所得 of somebody is not known; None when it was judged since."""
    by.require("burden.read")
    applied = BatchRun.objects.filter(kind=KIND, results__has_key="applied", parameters__household=None).order_by("-pk").values("pk")
    newest = BurdenProposal.objects.filter(run_id__in=applied[:_RUNS_BACK], household_no=household_no).order_by("-run_id")[:1]
    rows, runs, believed = rows_together(
        newest, BatchRun.objects.filter(pk__in=newest.values("run_id")),
        BurdenJudgement.objects.filter(BELIEVED, household_no=household_no),
    )  # fmt: skip
    row = next(iter(rows), None)
    if row is None or not row.unknown:
        return None
    if any(held.recorded_at > runs[0].ended_at and _holds(held, max(on, row.effective)) for held in believed):
        return None
    held = next((held for held in believed if _holds(held, on)), None)
    missing = [fact.atena_no for fact in facts.unpacked(row.facts) if fact.senior and fact.taxable is None]
    seen(by, "burden.household", persons=missing, detail={"household": household_no})
    return Untold(row, ratio_word(held.active if held else None, row.seniors), missing)


def _holds(row: BurdenJudgement, on: date) -> bool:
    return bool(row.valid.lower <= on and (row.valid.upper is None or on < row.valid.upper))

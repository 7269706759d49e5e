"""Decisions, issued or of a trial: by household, by notice, as a list of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.queries import municipality
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.assessment.models import Decision, DecisionBase, LevyLeftOut, LevyRun, TrialDecision
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.premium.ordinance import COMPONENT_NAMES


def word() -> str:
    """保険料 or 保険税, as this municipality levies."""
    return "保険料" if municipality().levy_kind == "premium" else "保険税"


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """One component of a decision. Yen; parts are after reductions. `rest` is what rounding took."""

    code: str
    name: str
    income: int | None
    asset: int | None
    per_capita: int | None
    per_household: int | None
    over_cap: int
    relief: int
    rest: int
    amount: int

    @property
    def deducted(self) -> int:
        """What the cap and reliefs took."""
        return self.over_cap + self.relief

    @property
    def levied(self) -> bool:
        """False when the component does not concern the household."""
        return bool(self.amount or self.over_cap or self.relief or self.income or self.per_capita or self.per_household)


@dataclass(frozen=True, slots=True)
class TermLine:
    """One 期: number, 納期限, yen."""

    term: int
    due_on: date | None
    amount: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision, issued or of a trial, as pages show it."""

    id: int
    trial: bool
    run_id: int
    fiscal_year: int
    notice_no: int
    version: int
    household_no: int
    payer_no: int
    decided_on: date
    reason: str
    reduction: int
    reduction_income: int
    insured_count: int
    total: int
    components: tuple[ComponentLine, ...]
    terms: tuple[TermLine, ...]

    @property
    def with_assets(self) -> bool:
        """True when the ordinance levies 資産割."""
        return any(line.asset for line in self.components)

    @property
    def with_household(self) -> bool:
        """True when the ordinance levies 平等割."""
        return any(line.per_household for line in self.components)

    @property
    def sums(self) -> ComponentLine:
        """The columns' sums."""

        def total(name: str) -> int:
            return sum(getattr(line, name) or 0 for line in self.components)

        return ComponentLine(
            "", "計", total("income"), total("asset"), total("per_capita"), total("per_household"), total("over_cap"),
            total("relief"), total("rest"), self.total,
        )  # fmt: skip


REASONS = {"annual": "当初賦課"}


def component_lines(stored: Sequence[Sequence[Any]]) -> tuple[ComponentLine, ...]:
    """Stored components (name, 所得割, 資産割, 均等割, 平等割, 限度超過, 減免, 額) as lines."""
    lines = []
    for code, income, asset, per_capita, per_household, over_cap, relief, amount in stored:
        parts = [part for part in (income, asset, per_capita, per_household) if part is not None]
        rest = sum(parts) - over_cap - relief - amount if parts else 0
        lines.append(
            ComponentLine(
                code, COMPONENT_NAMES[code], income, asset, per_capita, per_household, over_cap, relief, rest, amount
            )
        )
    return tuple(lines)


def decision_view(row: DecisionBase, due_dates: Sequence[date] | None) -> DecisionView:
    dues = list(due_dates or ())
    return DecisionView(
        id=row.id,
        trial=isinstance(row, TrialDecision),
        run_id=row.run_id,
        fiscal_year=row.fiscal_year,
        notice_no=row.notice_no,
        version=getattr(row, "version", 0),
        household_no=row.household_no,
        payer_no=row.payer_no,
        decided_on=row.decided_on,
        reason=REASONS.get(getattr(row, "reason", "annual"), getattr(row, "reason", "")),
        reduction=row.reduction,
        reduction_income=row.reduction_income,
        insured_count=row.insured_count,
        total=row.total,
        components=component_lines(row.components),
        terms=tuple(
            TermLine(place, dues[place - 1] if place <= len(dues) else None, amount)
            for place, amount in enumerate(row.instalments, start=1)
        ),
    )


DUE_DATES = Subquery(LevyRun.objects.filter(pk=OuterRef("run_id")).values("due_dates")[:1])


def decisions_of_household(by: Actor, household_no: int) -> list[DecisionView]:
    """Every issued decision of a household, the newest year and version first."""
    by.require("levy.read")
    rows = (
        Decision.objects.filter(household_no=household_no)
        .defer("trace")
        .annotate(due_dates=DUE_DATES)
        .order_by("-fiscal_year", "notice_no", "-version")
    )
    found = [decision_view(row, row.due_dates) for row in rows]
    seen(by, "assessment.decisions", persons=[row.payer_no for row in found], detail={"household": household_no})
    return found


def household_of_decision(by: Actor, decision_id: int, *, trial: bool = False) -> int:
    """世帯番号 of a decision, for the guard of protected persons. Raises DoesNotExist."""
    by.require("levy.read")
    model = TrialDecision if trial else Decision
    household_no: int = model.objects.values_list("household_no", flat=True).get(pk=decision_id)
    return household_no


def households_of_notice(by: Actor, notice_no: int) -> list[int]:
    """世帯番号 that a 通知書番号 leads to, for the search."""
    by.require("person.search")
    return list(Decision.objects.filter(notice_no=notice_no).values_list("household_no", flat=True).distinct())


DECISION_COLUMNS = (
    Column("notice_no", "通知書番号", ("notice_no",)),
    Column("payer", "納付義務者"),
    Column("household", "世帯番号"),
    Column("reduction", "軽減"),
    Column("insured", "被保険者", numeric=True),
    Column("reduction_income", "軽減判定所得", numeric=True),
    Column("total", "年額", ("total", "notice_no"), numeric=True),
    Column("decided_on", "決定日"),
    Column("open", "説明"),
)


def left_out(by: Actor, params: QueryDict, run: LevyRun, *, on: date) -> Listing[tuple[LevyLeftOut, PersonView | None]]:
    """The households that a run left out because of 処理停止（賦課）, with who is stopped and why."""
    by.require("levy.read")

    def convert(rows: Sequence[LevyLeftOut]) -> list[tuple[LevyLeftOut, PersonView | None]]:
        shown = people.persons(by, (row.atena_no for row in rows), on=on)
        return [(row, shown.get(row.atena_no)) for row in rows]

    found: Listing[tuple[LevyLeftOut, PersonView | None]] = lists.listing(
        params,
        LevyLeftOut.objects.filter(run_id=run.trial_id or run.pk),
        columns=(
            Column("household", "世帯番号", ("household_no", "atena_no")), Column("person", "処理停止の人", ("atena_no",)),
            Column("reason", "理由"),
        ),
        filters=(lists.number("household", "世帯番号", "household_no"), lists.number("person", "宛名番号", "atena_no")),
        order=("household_no", "atena_no"),
        convert=convert,
    )  # fmt: skip
    seen(by, "assessment.left_out", persons=[row.atena_no for row, _ in found.rows], detail={"run": run.pk})
    return found


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list, with its payer."""

    decision: DecisionView
    person: PersonView | None


def decision_list(by: Actor, params: QueryDict, run: LevyRun, *, on: date) -> Listing[DecisionRow]:
    """The decisions of a run: those of the trial, or those issued."""
    by.require("levy.read")
    trial = run.mode == LevyRun.TRIAL

    def of_payer(found: QuerySet[Any], value: str) -> QuerySet[Any]:
        return found.filter(payer_no__in=people.same_person(lists.whole_number(value), on=on))

    rows = (TrialDecision if trial else Decision).objects.filter(run_id=run.pk).defer("trace")

    def convert(page: Sequence[DecisionBase]) -> list[DecisionRow]:
        shown = people.persons(by, (row.payer_no for row in page), on=on)
        return [DecisionRow(decision_view(row, run.due_dates), shown.get(row.payer_no)) for row in page]

    found: Listing[DecisionRow] = lists.listing(
        params,
        rows,
        columns=DECISION_COLUMNS,
        filters=(
            lists.number("notice", "通知書番号", "notice_no"),
            lists.number("household", "世帯番号", "household_no"),
            lists.Filter("payer", "納付義務者（宛名番号）", of_payer, kind="number"),
            *people.ward_filter(by, "payer_no", on=on),
            lists.choice("reduction", "軽減", "reduction", (("7", "7割"), ("5", "5割"), ("2", "2割"), ("0", "なし"))),
            lists.number("min", "年額（以上）", "total__gte"),
            lists.number("max", "年額（以下）", "total__lte"),
        ),
        order=("notice_no",),
        totals=("total",),
        known={"count": run.batch.results["households"], "total": run.batch.results["total"]}
        if run.batch.results
        else None,
        convert=convert,
    )
    seen(by, "assessment.decision_list", persons=[row.decision.payer_no for row in found.rows], detail={"run": run.pk})
    return found

"""Reads of mass renewals: runs, their lines, why somebody was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries import ApprovalRow, approvals_of
from kokuho.core.reads import seen
from kokuho.core.screens import lists, sheet
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions.renewal import APPROVALS, KIND
from kokuho.desks.eligibility.models import RenewalLine


@dataclass(frozen=True, slots=True)
class RenewalView:
    """A renewal with what was decided about it and its print runs."""

    run: BatchRun
    approvals: Sequence[ApprovalRow]
    prints: Sequence[BatchRun]

    @property
    def stage(self) -> str:
        """planning, to_propose, waiting, approved, issued, cancelled."""
        if self.run.state == BatchRun.CANCELLED:
            return "cancelled"
        if self.run.state != BatchRun.DONE:
            return "planning"
        if "issued" in self.run.results:
            return "issued"
        states = [row.approval.state for row in self.approvals]
        return "approved" if "approved" in states else "waiting" if "pending" in states else "to_propose"


def _view(by: Actor, run: BatchRun) -> RenewalView:
    prints = BatchRun.objects.filter(kind="certificates", parameters__renewal=run.pk).order_by("-pk")
    return RenewalView(run, approvals_of(by, APPROVALS.subject(run)), list(prints))


def renewals(by: Actor) -> list[RenewalView]:
    """The newest renewals."""
    by.require("certificate.read")
    found = [_view(by, run) for run in BatchRun.objects.filter(kind=KIND).order_by("-pk")[:8]]
    seen(by, "certificate.renewals", row_count=len(found))
    return found


def renewal(by: Actor, run_id: int) -> RenewalView:
    """One renewal. Raises BatchRun.DoesNotExist."""
    by.require("certificate.read")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    seen(by, "certificate.renewal", row_count=1, detail={"run": run_id})
    return _view(by, run)


def renewal_lines(by: Actor, params: QueryDict, run_id: int, url: Any) -> Listing[Any]:
    """Everybody of a renewal; usually those who were left out, with the reason."""
    by.require("certificate.read")
    labels = papers.types()

    def cells(row: RenewalLine) -> list[Any]:
        left_out = row.outcome == RenewalLine.EXCLUDED
        return [
            sheet.name(row.atena_no, url(row.atena_no)), sheet.name(row.household_no), labels[row.kind].label,
            sheet.cell(RenewalLine.WHY[row.why] if left_out else "交付", tone="attention" if left_out else "good"), row.area,
            sheet.Cell(row.postal_code), row.valid_until, row.limited_by,
        ]  # fmt: skip

    done = BatchRun.objects.filter(pk=run_id, kind=KIND, state=BatchRun.DONE).first()

    def counted(narrowing: Mapping[str, str]) -> Mapping[str, int] | None:
        """The plan has counted both outcomes; without a word the list shows who was left out."""
        outcome = narrowing.get("outcome", "excluded")
        figures = {"excluded": "excluded", "issue": "renewed"}
        if done is None or narrowing.keys() - {"outcome"} or outcome not in figures:
            return None
        count = done.results.get(figures[outcome])
        return None if count is None else {"count": count}

    found = lists.listing(
        params,
        RenewalLine.objects.filter(run_id=run_id),
        columns=(
            Column("atena", "宛名番号", ("atena_no",)), Column("household", "世帯番号", ("household_no",)),
            Column("kind", "種類", ("kind", "seq")),
            Column("outcome", "扱い", ("outcome", "why", "seq")), Column("area", "区・地区", ("area", "seq")),
            Column("postal", "郵便番号", ("seq",)), Column("until", "有効期限", ("valid_until", "seq")), Column("why", "期限の理由"),
        ),
        filters=(
            lists.choice("outcome", "扱い", "outcome", (("issue", "交付"), ("excluded", "除外")), default="excluded"),
            lists.choice("why", "除外の理由", "why", tuple(RenewalLine.WHY.items())),
            lists.choice("kind", "種類", "kind", [(code, paper.label) for code, paper in labels.items()]),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("seq",),
        known=counted,
        keys_first=True,
        convert=sheet.cells(cells),
    )  # fmt: skip
    persons = [int(row[0].text) for row in found.rows]
    seen(by, "certificate.renewal_lines", persons=persons, detail={"run": run_id})
    return found

"""Reads of approvals: what waits for whom, who entered and who decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core import approving
from kokuho.core.access import Actor
from kokuho.core.models import Approval
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing


def _decidable(by: Actor) -> list[str]:
    return [code for code, kind in approving.kinds().items() if by.may(kind.capability)]


def decides(by: Actor) -> bool:
    """True for those who decide approvals of some kind."""
    return bool(_decidable(by))


def approvals_waiting(by: Actor) -> QuerySet[Approval]:
    """What waits for this person, to be counted: of the kinds that the person decides, entered by somebody else."""
    return Approval.objects.filter(state=Approval.PENDING, kind__in=_decidable(by)).exclude(entered_by=by.staff_no)


APPROVAL_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("kind", "種類", ("kind", "pk")),
    Column("title", "件名", ("title",)),
    Column("state", "状態", ("state",)),
    Column("entered", "起案", ("entered_at",)),
    Column("decided", "決裁", ("decided_at",)),
    Column("reason", "理由"),
)


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval with the names of the two persons and whether the reader may decide it."""

    approval: Approval
    entered_name: str
    decided_name: str
    decidable: bool

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        known = approving.kinds().get(self.approval.kind)
        return known.label if known else self.approval.kind


def approvals(by: Actor, params: QueryDict) -> Listing[ApprovalRow]:
    """What this person decides or has entered. Nobody sees the approvals of other desks."""
    mine = Q(kind__in=_decidable(by)) | Q(entered_by=by.staff_no)
    found = lists.listing(
        params,
        Approval.objects.filter(mine),
        columns=APPROVAL_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", Approval.STATES, default=Approval.PENDING),
            lists.choice("kind", "種類", "kind", [(code, kind.label) for code, kind in approving.kinds().items()]),
        ),
        order=("-pk",),
        convert=lambda rows: _approval_rows(by, rows),
    )
    seen(by, "approval.list", row_count=len(found.rows))
    return found


def approval(by: Actor, approval_id: int) -> ApprovalRow:
    """One approval. Raises DoesNotExist for one that is not this person's matter."""
    mine = Q(kind__in=_decidable(by)) | Q(entered_by=by.staff_no)
    found = _approval_rows(by, [Approval.objects.filter(mine).get(pk=approval_id)])[0]
    seen(by, "approval", row_count=1, detail={"approval": approval_id})
    return found


def approvals_of(by: Actor, subject: str) -> list[ApprovalRow]:
    """Every approval of one subject, newest first. The desk that calls this has asked for its own right."""
    return _approval_rows(by, list(Approval.objects.filter(subject=subject).order_by("-pk")))


def _approval_rows(by: Actor, rows: Sequence[Approval]) -> list[ApprovalRow]:
    names = staff_names(n for row in rows for n in (row.entered_by, row.decided_by))
    kinds = set(_decidable(by))
    return [
        ApprovalRow(
            row, names[row.entered_by], names[row.decided_by],
            row.state == Approval.PENDING and row.kind in kinds and row.entered_by != by.staff_no,
        )
        for row in rows
    ]  # fmt: skip

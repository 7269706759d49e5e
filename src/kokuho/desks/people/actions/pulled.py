"""引抜帳票: what a print run kept out of the mail, and what was done with it (ATENA-09, DV-04)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.people.models import PulledDocument

# Who prints notices of the levy, certificates, and the letters of the eligibility desk.
_RUNS = ("notice.print", "certificate.print", "eligibility.letter")


class PulledError(CodedError):
    """A pulled document cannot be closed as asked. `code` is stable."""


def keep(*, by: Actor, on: date, batch_id: int, document: str, rows: Iterable[tuple[str, str, str]]) -> int:
    """Keep what a run pulled: (文書番号, 宛名番号, reason). A run that is repeated adds nothing twice. Returns how many there are.
    Raises `Refused` for one who may order none of the runs that pull."""
    if not any(by.may(right) for right in _RUNS):
        by.require(_RUNS[0])
    made = [
        PulledDocument(
            batch_id=batch_id, document=document, number=number, atena_no=int(atena_no), reason=reason, pulled_on=on
        )
        for number, atena_no, reason in rows
    ]
    PulledDocument.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
    if made:
        audit.record(
            by, function="people.pulled", operation="update", row_count=len(made), detail={"run": batch_id, "document": document}
        )  # fmt: skip
    return len(made)


@transaction.atomic
def dispose(*, by: Actor, on: date, pulled_id: int, outcome: str, note: str) -> PulledDocument:
    """Say what was done with a pulled document. Raises `PulledError`: PUL01 done already, PUL02 no such outcome or no note;
    `Refused` for a protected person's document without `protected.read`."""
    by.require("person.work")
    row = PulledDocument.objects.select_for_update().get(pk=pulled_id)
    if row.reason != PulledDocument.STOPPED:
        by.require("protected.read")
    if row.outcome:
        raise PulledError("PUL01", "この帳票は既に処置されています。")
    if outcome not in dict(PulledDocument.OUTCOMES) or not note.strip():
        raise PulledError("PUL02", "処置と、その内容を入力してください。")
    row.outcome, row.note, row.done_by, row.done_at = outcome, note.strip(), by.staff_no, now()
    row.save(update_fields=["outcome", "note", "done_by", "done_at"])
    audit.record(
        by, function="people.pulled", operation="update", persons=[row.atena_no], reason=row.note,
        detail={"pulled": row.pk, "outcome": outcome, "on": on.isoformat()},
    )  # fmt: skip
    return row

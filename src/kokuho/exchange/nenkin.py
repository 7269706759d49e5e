"""国民年金 (IF-31-1, IF-31-2): loss of 第1号, and who is insured as what. They become findings, never changes (SHI-20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions import findings
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

LOSS, RELATION = "nenkin-loss", "nenkin-relation"
# layout → the items that are staged as scheme, since, until
_ITEMS = {LOSS: ("second", "lost_on", ""), RELATION: ("kind", "from", "until")}


def _stage(decoder: Any, file: InboxFile) -> None:
    def rows() -> Iterator[list[Any]]:
        for batch in data_batches(decoder):
            place = {name: index for index, name in enumerate(batch.names)}
            scheme, since, until = (place.get(name) for name in _ITEMS[file.layout])
            assert scheme is not None and since is not None
            for row, record in zip(batch.rows, batch.numbers, strict=True):
                ended = None if until is None else row[until]
                yield [record, row[place["atena_number"]], row[scheme], row[since], ended]

    bulk.stage("staged", findings.PENSION_COLUMNS, rows())
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    counts, unapplied = findings.compare_pension(
        by=by, on=file.business_date, origin=f"file:{file.pk}", source=file.layout
    )
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in unapplied]
    return Applied(file.record_count - len(troubles), counts, troubles)


DOOR = Door("nenkin", "国民年金", (LOSS, RELATION), _stage, _apply)

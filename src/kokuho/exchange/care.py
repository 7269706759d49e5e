"""介護・福祉 (IF-25-2, IF-35-2): stays in facilities that exempt from the care levy. They become proposals, never changes (SHI-13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions import facilities
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

EXEMPT, STAYS = "kaigo-exempt", "shisetsu"
# Kinds of facility as the status names them; 児童福祉施設 has nobody of 40 to 64.
_SUPPORT, _CHILDREN = "1", "2"
_ENTERED, _LEFT = "1", "2"


def _stage(decoder: Any, file: InboxFile) -> None:
    def rows() -> Iterator[list[Any]]:
        for batch in data_batches(decoder):
            place = {name: index for index, name in enumerate(batch.names)}
            for row, record in zip(batch.rows, batch.numbers, strict=True):
                told = {name: row[index] for name, index in place.items()}
                if file.layout == STAYS:
                    if told["kind"] != _CHILDREN:
                        kind = "support" if told["kind"] == _SUPPORT else "other"
                        yield [record, told["atena_number"], told["entered_on"], told["left_on"], kind, told["facility"]]
                elif told["kind"] == _ENTERED:
                    yield [record, told["atena_number"], told["from"], told["until"], "other", told["facility"]]
                elif told["kind"] == _LEFT:
                    yield [record, told["atena_number"], None, told["from"], "other", told["facility"]]

    bulk.stage("staged", facilities.COLUMNS, rows())
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    counts, unapplied = facilities.propose_exempt(by=by, on=file.business_date, source=file.layout)
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in unapplied]
    return Applied(file.record_count - len(troubles), counts, troubles)


CARE = Door("kaigo", "介護保険", (EXEMPT,), _stage, _apply)
WELFARE = Door("fukushi", "障害福祉・児童福祉", (STAYS,), _stage, _apply)

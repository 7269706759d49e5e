"""税務システム (IF-17-1, IF-17-2): incomes for the levy, and property tax where the city levies 資産割."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.desks.assessment.actions import sources
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

INCOME, ASSET = "zei-income", "zei-asset"


def _stage(decoder: Any, file: InboxFile) -> None:
    columns = sources.INCOME_COLUMNS if file.layout == INCOME else sources.ASSET_COLUMNS
    names = [name for name, _ in columns]
    renamed = {"atena_no": "atena_number", "asset_no": "asset_number"}

    def rows() -> Iterator[list[Any]]:
        for batch in data_batches(decoder):
            place = {name: index for index, name in enumerate(batch.names)}
            order = [place[renamed.get(name, name)] for name in names[1:]]
            for row, record in zip(batch.rows, batch.numbers, strict=True):
                yield [record, *(row[index] for index in order)]

    bulk.stage("staged", columns, rows())
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    origin = f"file:{file.pk}"
    take = sources.apply_incomes if file.layout == INCOME else sources.apply_assets
    counts, unapplied = take(by=by, origin=origin)
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in unapplied]
    return Applied(counts["added"] + counts["changed"] + counts["unchanged"], counts, troubles)


DOOR = Door("zei", "税務", (INCOME, ASSET), _stage, _apply)

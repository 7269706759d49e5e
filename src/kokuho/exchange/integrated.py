"""団体内統合宛名システムから (IF-08-2): the numbers by which the municipality's systems know one person."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.desks.people.actions.integrated import IntegratedLine, take_integrated
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

LAYOUT = "atena-number"


def _day(value: Any) -> date:
    return date.fromisoformat(str(value))


def _stage(decoder: Any, file: InboxFile) -> list[IntegratedLine]:
    lines = []
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            said = {name: row[index] for name, index in place.items()}
            ended = _day(said["abolished_on"]) if said["abolished_on"] else None
            lines.append(
                IntegratedLine(record, int(said["atena_number"]), said["integrated_number"], _day(said["numbered_on"]), ended)
            )
    return lines


def _apply(by: Actor, file: InboxFile, staged: list[IntegratedLine]) -> Applied:
    counts, problems = take_integrated(by=by, on=file.business_date, lines=staged, origin=f"file:{file.pk}")
    return Applied(len(staged) - len(problems), counts, [Trouble(*problem) for problem in problems])


DOOR = Door("togoatena", "団体内統合宛名システム", (LAYOUT,), _stage, _apply)

"""統合マスタの職員 (IF-07-1): who moved or left loses the rights of the former unit at once (RIGHTS-05)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.actions.leaving import Personnel, take_personnel
from kokuho.exchange.doors import Applied, Door, data_batches
from kokuho.exchange.models import InboxFile

STAFF = "kyotsu-staff"


def _stage(decoder: Any, file: InboxFile) -> list[Personnel]:
    found = []
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        for row in batch.rows:
            found.append(
                Personnel(
                    row[place["staff_number"]],
                    row[place["unit"]],
                    row[place["unit_name"]] or "",
                    date.fromisoformat(str(row[place["valid_from"]])),
                    date.fromisoformat(str(until)) if (until := row[place["valid_until"]]) else None,
                )
            )
    return found


def _apply(by: Actor, file: InboxFile, staged: list[Personnel]) -> Applied:
    counts = take_personnel(by=by, on=file.business_date, lines=staged, origin=f"file:{file.pk}")
    return Applied(len(staged), counts)


DOOR = Door("kyotsu", "統合マスタ", (STAFF,), _stage, _apply)

"""統合マスタ (IF-07-1): 職員, so that who moved or left loses the rights of the former unit at once (RIGHTS-05), and 文字変換表."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.actions.leaving import Personnel, take_personnel
from kokuho.desks.people.actions import characters
from kokuho.desks.people.actions.characters import RuleLine
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

STAFF, CHARACTERS = "kyotsu-staff", "kyotsu-characters"


def _stage(decoder: Any, file: InboxFile) -> list[Personnel] | list[RuleLine]:
    return _characters(decoder) if file.layout == CHARACTERS else _staff(decoder)


def _characters(decoder: Any) -> list[RuleLine]:
    found = []
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            found.append(RuleLine(record, int(row[place["kind"]]), row[place["source"]].upper(), row[place["target"]].upper()))
    return found


def _staff(decoder: Any) -> list[Personnel]:
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


def _apply(by: Actor, file: InboxFile, staged: Any) -> Applied:
    if file.layout == CHARACTERS:
        counts, wrong = characters.take(by=by, on=file.business_date, lines=staged, origin=f"file:{file.pk}")
        troubles = [Trouble(record, None, "K20", message) for record, message in wrong]
        return Applied(len(staged) - len(wrong), counts, troubles)
    counts = take_personnel(by=by, on=file.business_date, lines=staged, origin=f"file:{file.pk}")
    return Applied(len(staged), counts)


DOOR = Door("kyotsu", "統合マスタ", (STAFF, CHARACTERS), _stage, _apply)

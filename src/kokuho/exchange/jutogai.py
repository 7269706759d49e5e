"""住登外管理システムから (IF-10-1): persons outside the register under the numbers that the city's system of them gives, also as the
answer to a request of the office's own (IF-10-2, `outside_requests`)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.desks.people.actions.outside import OutsideLine, take_outside
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.juki import birth
from kokuho.exchange.models import InboxFile
from kokuho.exchange.outside_requests import LAYOUT, SYSTEM, answered, asked


def _stage(decoder: Any, file: InboxFile) -> tuple[list[OutsideLine], list[Trouble]]:
    lines, troubles = [], []
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            said = {name: row[index] for name, index in place.items()}
            atena_no = int(said["atena_number"])
            born, given = birth(said["birth_date"])
            if born is None:
                text = "生年月日がすべて不詳のため反映できません。住登外管理の担当に確かめてください。"
                troubles.append(Trouble(record, atena_no, "J17", text))
                continue
            lines.append(
                OutsideLine(
                    record, said["update"], atena_no, said["name"], said["name_kana"] or "", date.fromisoformat(born), given,
                    said["sex"], said["postal_code"] or "", said["address"] or "", date.fromisoformat(str(said["registered_on"])),
                    int(said["requested_number"]) if said["requested_number"] else None,
                )
            )  # fmt: skip
    return lines, troubles


def _apply(by: Actor, file: InboxFile, staged: tuple[list[OutsideLine], list[Trouble]]) -> Applied:
    lines, troubles = staged
    numbers = [line.requested for line in lines if line.requested is not None]
    requested = asked(numbers)
    counts, problems = take_outside(by=by, on=file.business_date, lines=lines, origin=f"file:{file.pk}", asked=requested)
    if requested and by.may("exchange.send"):
        answered(by, sorted(requested), receipt=f"受信ファイル {file.pk}")
    troubles = [*troubles, *(Trouble(*problem) for problem in problems)]
    return Applied(len(lines) - sum(problem[2] != "O07" for problem in problems), counts, troubles)


DOOR = Door(SYSTEM, "住登外管理システム", (LAYOUT,), _stage, _apply)

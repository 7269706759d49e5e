"""Persons as an entry names them to the one who confirms it: name and number, for a citizen is not known by a number."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from kokuho.core.access import Actor
from kokuho.desks.people.queries.persons import persons

PROTECTED = "支援措置対象者"


def naming(by: Actor, atena_nos: Iterable[int], *, about: Collection[int], on: date) -> dict[int, str]:
    """「氏名（宛名番号 …）」 of each of these persons. Only the number of whom the register does not know or the reader may not see.

    `about`: whom the entry concerns; its page asks for the reason before it shows one of them who is protected (DV-02). Somebody
    protected who is only mentioned is not named: nobody was asked why they look.
    """
    wanted = list(dict.fromkeys(atena_nos))
    told = {number: f"宛名番号 {number}" for number in wanted}
    for person in (persons(by, wanted, on=on) if wanted and by.may("person.read") else {}).values():
        name = PROTECTED if person.protected and person.atena_no not in about else person.name
        told[person.atena_no] = f"{name}（宛名番号 {person.atena_no}）"
    return told

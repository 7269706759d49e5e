"""Reads of the 文字の置換の記録: which character of whose record became what, in which file (ATENA-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.exchange import registry
from kokuho.exchange.models import Replacement
from kokuho.exchange.reduction import MISSING


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """A replaced character with the person, the item in words, and whether it may be seen."""

    row: Replacement
    person: PersonView | None
    item: str
    hidden: bool


REPLACEMENT_COLUMNS = (
    Column("file", "送信番号", ("file_id", "record")),
    Column("person", "氏名"),
    Column("atena", "宛名番号", ("atena_no", "file_id")),
    Column("item", "項目"),
    Column("position", "位置", numeric=True),
    Column("original", "元の文字"),
    Column("points", "コードポイント"),
    Column("replacement", "置換後"),
    Column("rule", "根拠"),
)


def replacements(by: Actor, params: QueryDict, *, on: date) -> Listing[ReplacementRow]:
    """What was replaced on the way out, the newest files first. Needs `exchange.read`; persons and the letters themselves are shown
    with `person.read`, letters of the address of a protected person only to those who may see it."""
    by.require("exchange.read")
    names = by.may("person.read")

    def convert(rows: Sequence[Replacement]) -> list[ReplacementRow]:
        shown = people.persons(by, (row.atena_no for row in rows), on=on) if names else {}
        found = []
        for row in rows:
            person = shown.get(row.atena_no)
            hidden = not names or ((person is None or person.address_hidden) and "address" in row.item)
            found.append(ReplacementRow(row, person, registry.item_titles(row.file.layout, [row.item])[0], hidden))
        return found

    missing = lists.Filter(
        "rule", "根拠", lambda rows, value: rows.filter(rule=MISSING) if value == "missing" else rows.exclude(rule=MISSING),
        (("missing", "対応のない文字だけ"), ("found", "対応のある文字だけ")), "choice",
    )  # fmt: skip
    found = lists.listing(
        params,
        Replacement.objects.select_related("file"),
        columns=REPLACEMENT_COLUMNS,
        filters=(lists.number("file", "送信番号", "file_id"), lists.number("atena", "宛名番号", "atena_no"), missing),
        order=("-file_id", "record"),
        convert=convert,
    )
    seen(by, "exchange.replacements", persons=[row.row.atena_no for row in found.rows])
    return found


def replaced_in(by: Actor, file_id: int) -> int:
    """How many characters of a file were replaced. Needs `exchange.read`."""
    by.require("exchange.read")
    count = Replacement.objects.filter(file_id=file_id).count()
    seen(by, "exchange.replaced_in", row_count=count, detail={"file": file_id})
    return count

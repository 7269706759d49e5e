"""Reads of the 文字変換表."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.characters import character, reducer
from kokuho.desks.people.models import BELIEVED, CharacterRule
from kokuho.formats.names import Reduced


def rules(by: Actor, params: QueryDict, *, on: date) -> Listing[CharacterRule]:
    """The rules that hold on a day."""
    by.require("master.read")
    found: Listing[CharacterRule] = lists.listing(
        params,
        CharacterRule.objects.filter(BELIEVED, valid__contains=on),
        columns=(
            Column("kind", "区分", ("kind", "source")), Column("source", "変換元", ("source", "kind")), Column("from", "文字"),
            Column("target", "変換先", ("target", "pk")), Column("to", "文字"), Column("since", "いつから"),
        ),
        filters=(
            lists.choice("kind", "区分", "kind", [(str(code), words) for code, words in CharacterRule.KINDS]),
            lists.Filter("source", "変換元（コードポイント）", lambda rows, value: rows.filter(source__startswith=value.upper())),
        ),
        order=("kind", "source"),
    )  # fmt: skip
    seen(by, "people.character_rules", row_count=len(found.rows))
    return found


def reduced(by: Actor, text: str, repertoire: str, *, on: date) -> Reduced:
    """What a text becomes on a channel of a repertoire on a day. The text itself is not recorded, only how much was replaced."""
    by.require("master.read")
    found = reducer(repertoire, on).reduce(text)
    seen(
        by, "people.reduced", row_count=len(found.changes),
        detail={"repertoire": repertoire, "points": [change.points for change in found.changes], "complete": found.complete},
    )  # fmt: skip
    return found


def shown(points: str) -> str:
    """The character of code points, for a list that was recorded."""
    return character(points)

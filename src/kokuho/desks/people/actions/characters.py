"""Taking in the city's 文字変換表 as a whole, and recording what a text became (ATENA-18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.characters import character, rule_code
from kokuho.desks.people.models import BELIEVED, CharacterRule


class RuleLine(NamedTuple):
    """One line of the table."""

    record: int
    kind: int
    source: str
    target: str


@transaction.atomic
def take(*, by: Actor, on: date, lines: Sequence[RuleLine], origin: str) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """Let the table hold from a day: new rules begin, changed ones change, those it no longer names end. Returns counts and the
    lines that are no code points (record, message), which are left out."""
    by.require("exchange.receive")
    wanted: dict[int, RuleLine] = {}
    wrong: list[tuple[int, str]] = []
    for line in lines:
        try:
            character(line.source), character(line.target)
        except (ValueError, OverflowError):
            wrong.append((line.record, f"コードポイントではありません（{line.source} → {line.target}）。反映していません。"))
            continue
        wanted[rule_code(line.kind, line.source)] = line
    held = {row.code: row for row in CharacterRule.objects.select_for_update().filter(BELIEVED, valid__contains=on)}
    ended = [row for code, row in held.items() if code not in wanted or wanted[code].target != row.target]
    CharacterRule.objects.filter(pk__in=[row.pk for row in ended]).update(superseded_at=Now())
    same = {"recorded_by": by.staff_no, "origin": origin}
    rows = [
        CharacterRule(code=row.code, kind=row.kind, source=row.source, target=row.target, valid=DateRange(row.valid.lower, on), **same)
        for row in ended if row.valid.lower < on
    ]  # fmt: skip
    begun = [line for code, line in wanted.items() if code not in held or held[code].target != line.target]
    rows += [
        CharacterRule(
            code=rule_code(line.kind, line.source), kind=line.kind, source=line.source, target=line.target,
            valid=DateRange(on, None), **same,
        )
        for line in begun
    ]  # fmt: skip
    CharacterRule.objects.bulk_create(rows)
    changed = sum(1 for row in ended if row.code in wanted)
    counts = {"begun": len(begun) - changed, "changed": changed, "ended": len(ended) - changed}
    detail = {**counts, "origin": origin}
    audit.record(by, function="people.characters", operation="update", row_count=len(begun) + len(ended), detail=detail)
    return counts, wrong

"""団体内統合宛名番号 as the city's system of them tells it (IF-08-2): kept a person with the days it held (ATENA-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.models import BELIEVED, IntegratedNumber, NumberJoin, Person

_STEP = 5000


class IntegratedLine(NamedTuple):
    """One line: `number` belongs to `atena_no` from `since`, and no more from `ended` on."""

    record: int
    atena_no: int
    number: str
    since: date
    ended: date | None


def take_integrated(
    *, by: Actor, on: date, lines: Sequence[IntegratedLine], origin: str
) -> tuple[dict[str, int], list[tuple[int, int, str, str]]]:
    """Believe the numbers that were told, each from its day on; what was told before about other days stays.

    Returns counts and what staff must look at: (record, 宛名番号, code, message) — U01 nobody has this 宛名番号, U02 the number is
    another person's, U03 abolished before it began, U04 two lines of one 宛名番号.
    """
    by.require("exchange.receive")
    counts = {"new": 0, "changed": 0, "ended": 0, "same": 0}
    problems: list[tuple[int, int, str, str]] = []
    seen: set[int] = set()
    for start in range(0, len(lines), _STEP):
        problems += _take(by, lines[start : start + _STEP], seen, counts, origin)
    audit.record(
        by, function="people.integrated_file", operation="update", persons=[line.atena_no for line in lines], row_count=len(lines),
        detail={**counts, "origin": origin},
    )  # fmt: skip
    return counts, problems


def _take(
    by: Actor, lines: Sequence[IntegratedLine], seen: set[int], counts: dict[str, int], origin: str
) -> list[tuple[int, int, str, str]]:
    who, told = [line.atena_no for line in lines], [line.number for line in lines]
    known = set(Person.objects.filter(BELIEVED, atena_no__in=who).values_list("atena_no", flat=True))
    joined = dict(NumberJoin.objects.filter(BELIEVED, valid__endswith__isnull=True).values_list("atena_no", "joined_to"))
    held: dict[int, list[IntegratedNumber]] = {}
    for row in IntegratedNumber.objects.select_for_update().filter(BELIEVED, atena_no__in=who).order_by("valid"):
        held.setdefault(row.atena_no, []).append(row)
    owners: dict[str, set[int]] = {}
    for row in IntegratedNumber.objects.filter(BELIEVED, number__in=told, valid__endswith__isnull=True):
        owners.setdefault(row.number, set()).add(row.atena_no)
    problems: list[tuple[int, int, str, str]] = []
    gone: list[int] = []
    made: list[IntegratedNumber] = []
    for line in lines:
        person = joined.get(line.atena_no, line.atena_no)
        fault: tuple[str, str] | None = None
        if line.atena_no in seen:
            fault = "U04", "同じ宛名番号の行が二つあります。二つ目は反映していません。"
        elif line.atena_no not in known:
            fault = "U01", "宛名にない宛名番号です。反映していません。住民記録・住登外の取込みを確かめてください。"
        elif any(joined.get(other, other) != person for other in owners.get(line.number, ())):
            fault = "U02", "団体内統合宛名番号がほかの人に登録されています。反映していません。統合宛名の担当に確かめてください。"
        elif line.ended is not None and line.ended <= line.since:
            fault = "U03", "廃止の日が付番の日以前です。反映していません。"
        if fault is not None:
            problems.append((line.record, line.atena_no, *fault))
            continue
        seen.add(line.atena_no)
        period = DateRange(line.since, line.ended)
        rows = held.get(line.atena_no, [])
        if any((row.number, row.valid) == (line.number, period) for row in rows):
            counts["same"] += 1
            continue
        before = [row for row in rows if row.valid.upper is None or row.valid.upper > line.since]
        gone += [row.pk for row in before]
        kept = [(row.number, DateRange(row.valid.lower, line.since)) for row in before if row.valid.lower < line.since]
        made += [
            IntegratedNumber(atena_no=line.atena_no, number=number, valid=valid, recorded_by=by.staff_no, origin=origin)
            for number, valid in (*kept, (line.number, period))
        ]
        if line.ended is None:
            owners.setdefault(line.number, set()).add(line.atena_no)
        counts["ended" if line.ended else "changed" if rows else "new"] += 1
    IntegratedNumber.objects.filter(pk__in=gone).update(superseded_at=Now())
    IntegratedNumber.objects.bulk_create(made, batch_size=_STEP)
    return problems

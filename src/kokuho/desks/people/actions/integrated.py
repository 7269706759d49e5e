"""団体内統合宛名番号 as the city's system of them answers (IF-08-2): one number a person, with the days it held (ATENA-12, LINK-05).

An answer is accepted only for the person about whom was asked. Two numbers for one person, or one number for two, are linked to
nobody: the case goes to the 確認リスト, where two persons decide.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.people.models import BELIEVED, IntegratedNumber, NumberDoubt, NumberJoin, Person

_STEP = 5000


class IntegratedLine(NamedTuple):
    """One line: `number` belongs to `atena_no` from `since`, and no more from `ended` on."""

    record: int
    atena_no: int
    number: str
    since: date
    ended: date | None


def take_integrated(
    *, by: Actor, on: date, lines: Sequence[IntegratedLine], asked: Collection[int], origin: str
) -> tuple[dict[str, int], list[tuple[int, int, str, str]]]:
    """Believe the numbers that were told about the persons of `asked`, each from its day on; what was told before about other days
    stays. What would give a person two numbers, or a number two persons, goes to the 確認リスト and is not linked.

    Returns counts and what staff must look at: (record, 宛名番号, code, message) — U01 nobody has this 宛名番号, U03 abolished before
    it began, U04 two lines of one 宛名番号, U05 nobody asked about this person.
    """
    by.require("exchange.receive")
    counts = {"new": 0, "changed": 0, "ended": 0, "same": 0, "doubted": 0}
    problems: list[tuple[int, int, str, str]] = []
    seen: set[int] = set()
    joined = dict(NumberJoin.objects.filter(BELIEVED, valid__endswith__isnull=True).values_list("atena_no", "joined_to"))
    told: dict[str, set[int]] = {}
    for line in lines:
        if line.ended is None and line.atena_no in asked:
            told.setdefault(line.number, set()).add(joined.get(line.atena_no, line.atena_no))
    for start in range(0, len(lines), _STEP):
        step = lines[start : start + _STEP]
        problems += _take(by, on, step, _Answers(frozenset(asked), joined, told), seen, counts, origin)
    audit.record(
        by, function="people.integrated_file", operation="update", persons=[line.atena_no for line in lines], row_count=len(lines),
        detail={**counts, "origin": origin},
    )  # fmt: skip
    if strangers := [atena for _, atena, code, _ in problems if code == "U05"]:
        audit.record(
            by, function="people.integrated_file", operation="refuse", persons=strangers, result="refused",
            detail={"type": "INTEGRATED_UNASKED", "code": "LINK-05", "origin": origin},
        )  # fmt: skip
    return counts, problems


class _Answers(NamedTuple):
    """What a file is held against: who was asked about, which numbers are one person, to whom the file gives each number."""

    asked: frozenset[int]
    joined: dict[int, int]
    told: dict[str, set[int]]


def _take(
    by: Actor, on: date, lines: Sequence[IntegratedLine], against: _Answers, seen: set[int], counts: dict[str, int], origin: str
) -> list[tuple[int, int, str, str]]:
    who, joined = [line.atena_no for line in lines], against.joined
    known = set(Person.objects.filter(BELIEVED, atena_no__in=who).values_list("atena_no", flat=True))
    held: dict[int, list[IntegratedNumber]] = {}
    for row in IntegratedNumber.objects.select_for_update().filter(BELIEVED, atena_no__in=who).order_by("valid"):
        held.setdefault(row.atena_no, []).append(row)
    owners: dict[str, set[int]] = {}
    numbers = [line.number for line in lines]
    for row in IntegratedNumber.objects.filter(BELIEVED, number__in=numbers, valid__endswith__isnull=True):
        owners.setdefault(row.number, set()).add(joined.get(row.atena_no, row.atena_no))
    # What two persons decided against is not asked again.
    kept = NumberDoubt.objects.filter(state=NumberDoubt.SETTLED, outcome="keep", offered__in=numbers)
    declined = set(kept.values_list("atena_no", "offered"))
    problems: list[tuple[int, int, str, str]] = []
    doubts: list[NumberDoubt] = []
    gone: list[int] = []
    made: list[IntegratedNumber] = []
    for line in lines:
        person = joined.get(line.atena_no, line.atena_no)
        fault: tuple[str, str] | None = None
        if line.atena_no in seen:
            fault = "U04", "同じ宛名番号の行が二つあります。二つ目は反映していません。"
        elif line.atena_no not in known:
            fault = "U01", "宛名にない宛名番号です。反映していません。住民記録・住登外の取込みを確かめてください。"
        elif line.atena_no not in against.asked:
            fault = "U05", "登録を依頼していない人への回答です。反映していません。統合宛名の担当に確かめてください。"
        elif line.ended is not None and line.ended <= line.since:
            fault = "U03", "廃止の日が付番の日以前です。反映していません。"
        if fault is not None:
            problems.append((line.record, line.atena_no, *fault))
            continue
        seen.add(line.atena_no)
        rows = held.get(line.atena_no, [])
        others = (owners.get(line.number, set()) | against.told.get(line.number, set())) - {person}
        if line.ended is None and (doubt := _doubt(line, rows, others)) is not None:
            doubt.origin, doubt.found_on = origin, on
            if (line.atena_no, line.number) not in declined:
                doubts.append(doubt)
            counts["doubted"] += 1
            continue
        if any((row.number, row.valid) == (line.number, DateRange(line.since, line.ended)) for row in rows):
            counts["same"] += 1
            continue
        ends, begins = _believed(line, rows, by, origin)
        gone, made = gone + ends, made + begins
        counts["ended" if line.ended else "changed" if rows else "new"] += 1
    IntegratedNumber.objects.filter(pk__in=gone).update(superseded_at=Now())
    IntegratedNumber.objects.bulk_create(made, batch_size=_STEP)
    NumberDoubt.objects.bulk_create(doubts, ignore_conflicts=True, batch_size=_STEP)
    return problems


def _doubt(line: IntegratedLine, rows: Sequence[IntegratedNumber], others: set[int]) -> NumberDoubt | None:
    """Why the number of a line is not linked: somebody else has it, or the person has another one then."""
    then = [row for row in rows if row.number != line.number and (row.valid.upper is None or row.valid.upper > line.since)]
    if not others and not then:
        return None
    return NumberDoubt(
        atena_no=line.atena_no, code=NumberDoubt.OFFER_SHARED if others else NumberDoubt.OFFER_CHANGED,
        other_no=min(others) if others else None, kept=bool(rows), offered=line.number, offered_from=line.since,
    )  # fmt: skip


def _believed(
    line: IntegratedLine, rows: Sequence[IntegratedNumber], by: Actor, origin: str
) -> tuple[list[int], list[IntegratedNumber]]:
    """Rows that are believed no more, and those that are from now on, when the number of a line holds over its days."""
    before = [row for row in rows if row.valid.upper is None or row.valid.upper > line.since]
    kept = [(row.number, DateRange(row.valid.lower, line.since)) for row in before if row.valid.lower < line.since]
    return [row.pk for row in before], [
        IntegratedNumber(atena_no=line.atena_no, number=number, valid=valid, recorded_by=by.staff_no, origin=origin)
        for number, valid in (*kept, (line.number, DateRange(line.since, line.ended)))
    ]


def link_offered(*, by: Actor, doubt: NumberDoubt, origin: str) -> None:
    """Two persons decided for the number that was offered: it holds from its day; whoever had it until then has it no more."""
    by.require("mynumber.confirm")
    assert doubt.offered_from is not None
    since = doubt.offered_from
    others = IntegratedNumber.objects.select_for_update().filter(BELIEVED, number=doubt.offered).exclude(atena_no=doubt.atena_no)
    for row in others.filter(valid__overlap=DateRange(since, None)):
        if row.valid.lower < since:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, since))
        else:
            IntegratedNumber.objects.filter(pk=row.pk).update(superseded_at=Now())
    rows = list(IntegratedNumber.objects.select_for_update().filter(BELIEVED, atena_no=doubt.atena_no).order_by("valid"))
    ends, begins = _believed(IntegratedLine(0, doubt.atena_no, doubt.offered, since, None), rows, by, origin)
    IntegratedNumber.objects.filter(pk__in=ends).update(superseded_at=Now())
    IntegratedNumber.objects.bulk_create(begins)

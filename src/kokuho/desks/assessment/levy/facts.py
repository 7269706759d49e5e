"""From rows of the snapshot to households as the law takes them: one a payer, members with their months.

Months are masks of the fiscal year (bit 0 April). A person belongs to the household, and the household to its head, by
where they are on the last day of a month: the month of a change is the newcomer's (premium-rules 7.3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from kokuho.law.premium import months
from kokuho.law.premium.household import FULL_YEAR, Household, Income, Member, Special

# COPY of a chunk's facts, in the order that `read` takes them.
READ = """COPY (SELECT seq, household_no, atena_no, is_head, birth_date, lived_from, lived_until, insured_from, insured_until,
       former_from, declaration, amounts, asset_tax, statuses
  FROM assessment_levyinput WHERE run_id = %s AND seq BETWEEN %s AND %s ORDER BY seq, atena_no, insured_from, lived_from)
  TO STDOUT"""
_NULL = "\\N"
# Nobody below this age is expected to declare an income; an adult without any record is unknown (所得不明).
DECLARING_AGE = 18
_UNDECLARED = ("5", "7")


class Levied(NamedTuple):
    """One payer's household, ready for the law."""

    seq: int
    part: int  # 0 for the first payer of the year, 1 for the next …
    household_no: int
    payer_no: int
    insured: int  # insured persons in any month
    insured_months: int  # their months together
    single_birth: date | None  # the only insured's birth date, when there is only one
    household: Household


class _Row(NamedTuple):
    atena_no: int
    is_head: bool
    birth: date
    lived: int  # months of this row in the household
    insured: int
    since: str | None  # first insured day of the year: "" for 1 April, an ISO date after it, None when not insured
    former_from: date | None
    income: Income | None
    asset_tax: int
    statuses: str


def read(lines: Iterable[bytes], fiscal_year: int) -> Iterator[Levied]:
    """Households of COPY's text lines (see `READ`), in the order of `seq`."""
    adult_born_by = date(fiscal_year - DECLARING_AGE, 4, 1)
    year_start = f"{fiscal_year}-04-01"
    dates: dict[str, date] = {}

    def day(text: str) -> date:
        found = dates.get(text)
        if found is None:
            found = dates[text] = date.fromisoformat(text)
        return found

    group: list[_Row] = []
    current = household_no = -1
    for raw in lines:
        (seq_text, household_text, atena, head, birth_text, lived_from, lived_until, insured_from, insured_until, former, declaration,
         amounts, asset_tax, statuses) = raw.decode("utf-8").rstrip("\n").split("\t")  # fmt: skip
        seq = int(seq_text)
        if seq != current:
            if group:
                yield from _payers(current, household_no, group, fiscal_year)
            group, current, household_no = [], seq, int(household_text)
        birth = day(birth_text)
        lived = FULL_YEAR
        if lived_from != _NULL or lived_until != _NULL:
            lived = _month_ends(
                fiscal_year,
                None if lived_from == _NULL else day(lived_from),
                None if lived_until == _NULL else day(lived_until),
            )
        insured, since = 0, None
        if insured_from != _NULL:
            # ISO dates compare as text.
            since = insured_from if insured_from > year_start else ""
            if insured_until == _NULL and insured_from <= f"{fiscal_year}-04-30":
                insured = FULL_YEAR
            else:
                insured = months.insured_months(
                    fiscal_year, day(insured_from), None if insured_until == _NULL else day(insured_until)
                )
        if declaration in _UNDECLARED or (amounts == _NULL and birth <= adult_born_by):
            income: Income | None = Income(undeclared=True)
        elif amounts == _NULL or amounts == "{0,0,0,0,0,0,0,0,0,0,0}":
            income = None
        else:
            income = Income(*map(int, amounts[1:-1].split(",")))  # type: ignore[arg-type]  # the first eleven fields
        group.append(
            _Row(
                int(atena), head == "t", birth, lived, insured, since, None if former == _NULL else day(former), income,
                int(asset_tax), "" if statuses == _NULL else statuses,
            )
        )  # fmt: skip
    if group:
        yield from _payers(current, household_no, group, fiscal_year)


def _month_ends(fiscal_year: int, start: date | None, end: date | None) -> int:
    """Months on whose last day [start, end) holds."""
    first = 0 if start is None else months.month_index(fiscal_year, start)
    # A period that ends on the 1st holds on the last day of the month before; otherwise its last month is not its own.
    last = 12 if end is None else months.month_index(fiscal_year, end)
    return months.span(first, last)


def _payers(seq: int, household_no: int, rows: list[_Row], fiscal_year: int) -> Iterator[Levied]:
    heads = [row for row in rows if row.is_head]
    head_months: dict[int, int] = {}
    for row in heads:
        head_months[row.atena_no] = head_months.get(row.atena_no, 0) | row.lived
    if len(head_months) == 1 and (only := next(iter(head_months))) and all(row.lived == FULL_YEAR for row in rows):
        levied = _household(seq, 0, household_no, only, FULL_YEAR, rows, fiscal_year)
        if levied is not None:
            yield levied
        return
    taken, part = 0, 0
    # In the order of their first month; a month with two heads in the register stays with the earlier one.
    for head_no, mask in sorted(head_months.items(), key=lambda item: ((item[1] & -item[1]) or 1 << 12, item[0])):
        mask &= ~taken
        taken |= mask
        if mask and (levied := _household(seq, part, household_no, head_no, mask, rows, fiscal_year)):
            yield levied
            part += 1


def _household(
    seq: int, part: int, household_no: int, head_no: int, payer_months: int, rows: list[_Row], fiscal_year: int
) -> Levied | None:
    by_person: dict[int, list[_Row]] = {}
    for row in rows:
        by_person.setdefault(row.atena_no, []).append(row)
    members: list[Member] = []
    insured_persons = all_months = 0
    births: list[date] = []
    moved: date | None = None
    once = twice = 0  # months with at least one, at least two insured persons
    # 軽減判定 is made on 1 April, or on the day on which the household's first member was insured (令29条の7第6項).
    judged_on = min((row.since for row in rows if row.since is not None), default=None) if part == 0 else None
    for atena_no, own in by_person.items():
        row = own[0]
        mask = 0
        for entry in own:
            mask |= entry.insured & entry.lived
        mask &= payer_months & months.months_before_75(fiscal_year, row.birth)
        head = atena_no == head_no
        former = row.former_from is not None
        if former and (moved is None or row.former_from > moved):  # type: ignore[operator]
            moved = row.former_from
        if mask:
            insured_persons += 1
            all_months += mask.bit_count()
            twice |= once & mask
            once |= mask
            births.append(row.birth)
        since = min((entry.since for entry in own if entry.since is not None), default=None)
        counted: bool | None = None
        if judged_on is not None and since is not None and since > judged_on:
            counted = False  # joined after the day, be it in the same month
        elif judged_on is not None and since == judged_on and not mask:
            counted = True  # insured on the day, gone before the month was over
        if not mask and not head and not former and not counted:
            continue
        special = _special(row.statuses, fiscal_year, row.birth) if row.statuses else None
        if counted is not None:
            special = (special or Special())._replace(counted=counted)
        members.append(
            Member(
                atena_no, row.birth, head, bool(mask), row.income, mask or FULL_YEAR, row.asset_tax,
                former and not mask, special,
            )
        )  # fmt: skip
    if not insured_persons:
        return None
    half = three_quarter = 0
    if moved is not None and (alone := once & ~twice):
        # 特定世帯: one insured is left. The day of the move is the day before the loss (令29条の7第2項).
        half, three_quarter = months.specified_household_masks(fiscal_year, moved - timedelta(days=1))
        half, three_quarter = half & alone, three_quarter & alone
    household = Household(household_no, members, half, three_quarter)
    return Levied(
        seq,
        part,
        household_no,
        head_no,
        insured_persons,
        all_months,
        births[0] if insured_persons == 1 else None,
        household,
    )


def _special(statuses: str, fiscal_year: int, birth: date) -> Special:
    masks = {"involuntary_unemployment": 0, "maternity": 0, "care_exempt": 0, "former_dependent": 0}
    relief_until = None
    for kind, start, end, detail in json.loads(statuses):
        first = months.month_index(fiscal_year, date.fromisoformat(start))
        if end is None:
            last = 12
        elif kind == "care_exempt":
            # Back among the 介護第2号被保険者 from the day of leaving: that month is levied (premium-rules 7.3).
            last = months.month_index(fiscal_year, date.fromisoformat(end))
        else:
            last = months.month_index(fiscal_year, date.fromisoformat(end) - timedelta(days=1)) + 1
        masks[kind] |= months.span(first, last)
        if kind == "former_dependent":
            relief_until = detail.get("per_capita_until")
    per_capita = masks["former_dependent"]
    if relief_until:
        per_capita &= months.span(0, months.month_index(fiscal_year, date.fromisoformat(relief_until)) + 1)
    care = None
    if masks["care_exempt"]:
        # 適用除外施設: the months of age less those in the institution.
        care = months.care_months(fiscal_year, birth) & ~masks["care_exempt"]
    return Special(
        masks["involuntary_unemployment"], masks["maternity"], masks["former_dependent"], per_capita, None, care
    )

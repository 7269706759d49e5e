"""The facts of a household as `law.benefit.income_class` takes them: read in one statement, kept in a compact form.

Knows psycopg and the law, no Django: it runs in clean worker processes as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from kokuho.law.benefit.income_class import Member, Role
from kokuho.law.eligibility.ages import age_on, is_senior, senior_from
from kokuho.law.eligibility.months import Month
from kokuho.law.premium.incomes import IncomeRules

# Nobody below this age on 1 April is expected to declare an income; an adult without any record is unknown (as in the levy).
DECLARING_AGE = 18
NOT_DECLARED = ("5", "7")
DEPENDANT_INCOME, SALARY_OFF = 380_000, 100_000  # 施行令27条の2第1項

# A household with insured persons as it stands on a day: its head, its insured, and 特定同一世帯所属者. Incomes are those that
# the tax office tells now.
READ = """
WITH insured AS MATERIALIZED (
    SELECT e.atena_no, lower(e.valid) AS since FROM eligibility_insuredperiod e
     WHERE e.superseded_at IS NULL AND e.valid @> %(day)s::date),
former AS MATERIALIZED (
    SELECT atena_no, household_no FROM eligibility_status
     WHERE kind = 'former_insured_same_household' AND superseded_at IS NULL AND valid @> %(day)s::date),
involuntary AS MATERIALIZED (
    SELECT DISTINCT atena_no FROM eligibility_status
     WHERE kind = 'involuntary_unemployment' AND superseded_at IS NULL AND lower(valid) <= %(day)s::date
       AND (upper(valid) IS NULL OR upper(valid) > %(august)s::date)),
household AS MATERIALIZED (
    SELECT DISTINCT p.household_no FROM people_person p JOIN insured i ON i.atena_no = p.atena_no
     WHERE p.superseded_at IS NULL AND p.valid @> %(day)s::date AND {which})
SELECT p.household_no, p.atena_no, CASE WHEN r.atena_no IS NULL THEN p.is_head ELSE p.atena_no = r.atena_no END AS head, p.birth_date,
       greatest(lower(p.valid), i.since), i.atena_no IS NOT NULL,
       f.atena_no IS NOT NULL, v.atena_no IS NOT NULL,
       p.resident_since > %(tax_day)s::date AND p.resident_reason = '03',
       CASE WHEN y.atena_no IS NULL THEN coalesce(d.is_head, false) ELSE d.atena_no IS NOT NULL AND y.atena_no = d.atena_no END,
       t.declaration, t.taxation, t.total_income, t.aggregate_income, t.casualty_loss_carried,
       t.sep_short_before - t.sep_short_after + t.sep_long_before - t.sep_long_after,
       t.salary_receipts, t.salary_income - t.income_adjustment, t.pension_receipts, t.pension_income,
       t.taxable_income, t.receipts, t.decided_on
  FROM household h
  JOIN people_person p ON p.household_no = h.household_no AND p.superseded_at IS NULL AND p.valid @> %(day)s::date
       AND p.resident_state = '1'
  LEFT JOIN insured i ON i.atena_no = p.atena_no
  LEFT JOIN former f ON f.atena_no = p.atena_no AND f.household_no = p.household_no
  LEFT JOIN involuntary v ON v.atena_no = p.atena_no
  LEFT JOIN people_person d ON d.atena_no = p.atena_no AND d.superseded_at IS NULL AND d.valid @> %(year_end)s::date
  LEFT JOIN {recognised} r ON r.household_no = p.household_no AND r.valid @> %(day)s::date
  LEFT JOIN {recognised} y ON y.household_no = d.household_no AND y.valid @> %(year_end)s::date
  LEFT JOIN assessment_income t ON t.atena_no = p.atena_no AND t.fiscal_year = %(year)s AND t.superseded_at IS NULL
 WHERE CASE WHEN r.atena_no IS NULL THEN p.is_head ELSE p.atena_no = r.atena_no END OR i.atena_no IS NOT NULL OR f.atena_no IS NOT NULL
 ORDER BY p.household_no, p.atena_no
"""


class Row(NamedTuple):
    """One person of `READ`."""

    household_no: int
    atena_no: int
    is_head: bool
    birth: date
    since: date | None
    insured: bool
    former: bool
    involuntary: bool
    from_abroad: bool
    head_then: bool
    declaration: str | None
    taxation: str | None
    total: int | None
    aggregate: int | None
    casualty: int | None
    special: int | None
    salary_receipts: int | None
    salary: int | None
    pension_receipts: int | None
    pension: int | None
    taxable: int | None
    receipts: int | None
    decided_on: date | None


class Fact(NamedTuple):
    """A member as judged: what goes into the stored facts, in this order. `taxable`, `receipts` None: the tax office did not say."""

    atena_no: int
    role: str
    total: int
    combined: int
    salary: int
    pension_receipts: int
    other: int
    taxed: bool
    domestic: bool
    declared: bool
    earner: bool
    involuntary: bool
    senior: bool
    taxable: int | None
    receipts: int | None
    under_16: int
    from_16_to_18: int

    def member(self, *, receipts: int | None = None) -> Member:
        """As the law takes it. `receipts` from an application take the place of what the tax office said."""
        known = self.receipts if receipts is None else receipts
        return Member(
            role=Role(self.role), total_income=self.total, taxed=self.taxed, salary_income=self.salary,
            pension_receipts=self.pension_receipts, other_income=self.other, combined_income=self.combined,
            domestic=self.domestic, declared=self.declared, earner=self.earner, involuntary=self.involuntary, senior=self.senior,
            # Unknown 課税所得 is at most the income before deductions; unknown 収入 exempts nobody.
            taxable_income=self.total if self.taxable is None else self.taxable,
            receipts=UNKNOWN_RECEIPTS if known is None else known,
            dependants_under_16=self.under_16, dependants_16_to_18=self.from_16_to_18,
        )  # fmt: skip


UNKNOWN_RECEIPTS = 10**12


class Household(NamedTuple):
    """A household to judge. `since`: the latest day on which an insured member joined; `incomes_on`: of the latest income."""

    household_no: int
    facts: tuple[Fact, ...]
    since: date
    senior_since: date | None
    incomes_on: date | None


def parameters(year: int, day: date) -> dict[str, Any]:
    """What `READ` needs: the year of August `year`, its fiscal year's incomes, as things stand on a day."""
    return {
        "day": day, "august": date(year, 8, 1), "tax_day": date(year, 1, 1), "year_end": date(year - 1, 12, 31), "year": year,
    }  # fmt: skip


def read(rows: Iterable[Sequence[Any]], year: int, month: Month, rules: IncomeRules) -> Iterator[Household]:
    """Households of `READ`'s rows that have exactly one head and an insured member."""
    for household_no, group in groupby(map(Row._make, rows), key=lambda row: row.household_no):
        members = list(group)
        if sum(row.is_head for row in members) != 1 or not any(row.insured for row in members):
            continue
        facts = tuple(_fact(row, members, year, month, rules) for row in members)
        joined = [row.since for row in members if row.insured and row.since]
        seniors = [senior_from(row.birth) for row in members if row.insured and is_senior(row.birth, month)]
        known = [row.decided_on for row in members if row.decided_on]
        yield Household(
            household_no, facts, max(joined, default=month.first), max(seniors, default=None), max(known, default=None)
        )


def _fact(row: Row, members: Sequence[Row], year: int, month: Month, rules: IncomeRules) -> Fact:
    if row.insured:
        role = Role.INSURED_HEAD if row.is_head else Role.INSURED
    else:
        role = Role.NOMINAL_HEAD if row.is_head else Role.FORMER_INSURED
    adult = row.birth <= date(year - DECLARING_AGE, 4, 1)
    declared = row.declaration not in NOT_DECLARED if row.declaration else not adult
    salary, pension = row.salary or 0, row.pension or 0
    combined = row.aggregate or 0
    senior = row.insured and is_senior(row.birth, month)
    over_65 = age_on(row.birth, date(year, 1, 1)) >= 65
    pension_line = rules.earner_pension_65 if over_65 else rules.earner_pension_under65
    young, middle = _dependants(row, members, year) if senior and row.head_then else (0, 0)
    return Fact(
        atena_no=row.atena_no, role=role.value,
        # 雑損失の繰越控除 is not taken off, 譲渡の特別控除 is (施行令29条の3第2項).
        total=max(0, (row.total or 0) + (row.casualty or 0) - (row.special or 0)), combined=combined, salary=salary,
        pension_receipts=row.pension_receipts or 0, other=max(0, combined - salary - pension),
        taxed=row.taxation in ("1", "2"), domestic=not row.from_abroad, declared=declared,
        earner=(row.salary_receipts or 0) > rules.earner_salary or (row.pension_receipts or 0) > pension_line,
        involuntary=row.involuntary, senior=senior, taxable=row.taxable if declared else None, receipts=row.receipts,
        under_16=young, from_16_to_18=middle,
    )  # fmt: skip


def _dependants(head: Row, members: Sequence[Row], year: int) -> tuple[int, int]:
    """Insured under 16 and from 16 to 18 on 31 December with an income up to 380,000 yen (施行令27条の2第1項)."""
    end = date(year - 1, 12, 31)
    young = middle = 0
    for row in members:
        age = age_on(row.birth, end)
        income = max(0, (row.aggregate or 0) - min(row.salary or 0, SALARY_OFF))
        if row is head or not row.insured or row.birth > end or age >= 19 or income > DEPENDANT_INCOME:
            continue
        if age < 16:
            young += 1
        else:
            middle += 1
    return young, middle


def packed(facts: Sequence[Fact]) -> str:
    """For the column `facts`."""
    return json.dumps([list(fact) for fact in facts], separators=(",", ":"))


def unpacked(stored: Sequence[Sequence[Any]]) -> tuple[Fact, ...]:
    """From the column `facts`."""
    return tuple(Fact._make(entry) for entry in stored)


def members(facts: Sequence[Fact], receipts: Mapping[str, int] | None = None) -> list[Member]:
    """As the law takes a household; `receipts` by 宛名番号 from an application."""
    told = receipts or {}
    return [fact.member(receipts=told.get(str(fact.atena_no))) for fact in facts]

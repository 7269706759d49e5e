"""Who is insured on a day with everything that a certificate prints and that decides which one it is: one statement for one
person, a household or the whole city. Callers have asked for the right and record what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from kokuho.core import past
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.desks.people import names
from kokuho.law.benefit.copayment import copayment_ratio
from kokuho.law.eligibility.ages import senior_born_until, senior_from
from kokuho.law.eligibility.months import Month


class Holder(NamedTuple):
    """An insured person as certificates see them on a day. `active`: 現役並み since `judged_from`, None where nothing
    was judged."""

    atena_no: int
    household_no: int
    name: str
    kana: str
    real_name: str  # the registered name where the printed one is a 通称
    real_kana: str
    birth_date: date
    sex: str
    head_no: int | None
    head_name: str
    symbol: str
    number: str
    branch: str
    applied_from: date
    acquired_on: date
    residence_until: date | None
    registered: bool | None  # マイナ保険証: None where nothing is known
    needs_support: bool
    applied: bool
    active: bool | None
    judged_from: date | None
    under_70: str
    over_70: str
    special: bool
    protected: bool
    senior: bool
    area: str
    postal_code: str

    @property
    def ratio(self) -> str:
        """一部負担割合 in tenths, "" under 70 and where the household is not judged yet."""
        return ratio_of(self.birth_date, self.active, self.senior)

    def ratio_on(self, on: date) -> str:
        """The same by the law of a day."""
        return ratio_of(self.birth_date, self.active, self.senior, on)

    @property
    def ratio_from(self) -> date:
        """発効期日 of the ratio: the first day on which the person is insured, past the month of 70 and judged like this."""
        return max(self.applied_from, senior_from(self.birth_date), self.judged_from or self.applied_from)


def ratio_of(birth: date, active: bool | None, senior: bool, on: date | None = None) -> str:
    """Tenths as text for those past the month of 70 whose household is judged; else ""."""
    if not senior or active is None:
        return ""
    # The day matters for laws of other times only: 70+ persons are asked on a day on which they are.
    day = on or date(birth.year + 74, 12, 1)
    share, _ = copayment_ratio(birth, day, active=active)
    return str(share * 10)


# 記号番号 and 枝番 are the person's own; until they are given, the household's 記号番号 stands. 特別療養費 does not reach
# those whom the law leaves out (施行規則27条の4の2): their births are later than %(child_born_until)s.
SELECT = """
SELECT DISTINCT ON (e.atena_no) e.atena_no, p.household_no,
       {name} AS name, {kana} AS kana, {real_name} AS real_name, {real_kana} AS real_kana,
       p.birth_date, p.sex, h.atena_no AS head_no,
       coalesce({head}, '') AS head_name,
       coalesce(i.symbol, n.symbol, '') AS symbol, coalesce(i.number, n.number, '') AS number, coalesce(i.branch, '') AS branch,
       lower(e.valid) AS applied_from, e.acquired_on, p.residence_until,
       c.registered, coalesce(c.needs_support, false) AS needs_support, coalesce(c.applied, false) AS applied,
       b.active, lower(b.valid) AS judged_from, coalesce(b.under_70, '') AS under_70, coalesce(b.over_70, '') AS over_70,
       s.id IS NOT NULL AND p.birth_date <= %(child_born_until)s AS special,
       {protected} AS protected,
       p.birth_date <= %(senior_until)s AS senior,
       coalesce(substring(p.town FROM '^[^0-9０-９]{{1,4}}?区'), p.town) AS area, p.postal_code
  FROM eligibility_insuredperiod e
  JOIN people_person p ON p.atena_no = e.atena_no AND p.superseded_at IS NULL AND p.valid @> %(on)s
  {joined}
 WHERE e.superseded_at IS NULL AND e.valid @> %(on)s {which}
 ORDER BY e.atena_no
"""
_JOINED = {
    "k": (RECOGNISED, "k.household_no = p.household_no AND k.valid @> %(on)s"),
    "h": ("people_person", "h.household_no = p.household_no AND h.superseded_at IS NULL AND h.valid @> %(on)s AND h.resident_state = '1' "
          "AND CASE WHEN k.atena_no IS NULL THEN h.is_head ELSE h.atena_no = k.atena_no END"),
    "n": ("eligibility_insurednumber", "n.household_no = p.household_no AND n.superseded_at IS NULL AND n.valid @> %(on)s"),
    "i": ("eligibility_insuredbranch", "i.atena_no = e.atena_no AND i.superseded_at IS NULL AND i.valid @> %(on)s"),
    "c": ("eligibility_carduse", "c.atena_no = e.atena_no AND c.superseded_at IS NULL AND c.valid @> %(on)s"),
    "b": ("eligibility_burdenjudgement", "b.household_no = p.household_no AND b.superseded_at IS NULL AND b.valid @> %(on)s"),
    "s": ("eligibility_specialbenefit", "s.household_no = p.household_no AND s.kind = 'special' AND s.superseded_at IS NULL "
          "AND s.valid @> %(on)s"),
}  # fmt: skip
_PROTECTED = """
    SELECT gp.household_no FROM people_protection g JOIN people_person gp ON gp.atena_no = g.atena_no
     WHERE g.superseded_at IS NULL AND gp.superseded_at IS NULL AND gp.valid @> %(on)s
       AND (upper(g.valid) IS NULL OR upper(g.valid) > %(on)s)"""


def statement(which: str = "", *, few: bool = False) -> str:
    """The SELECT with a further condition on ``e`` and ``p``. `few`: the condition leaves few persons, for each of whom the rest is
    looked up (OFFSET 0); the database cannot foresee how few rows of a view of the past there are, and would read all the city's."""
    work = names.ELIGIBILITY
    each = "LEFT JOIN LATERAL (SELECT * FROM {0} {1} WHERE {2} OFFSET 0) {1} ON true"
    joined = "\n  ".join(
        (each if few else "LEFT JOIN {0} {1} ON {2}").format(table, alias, condition) for alias, (table, condition) in _JOINED.items()
    )
    protected = f"EXISTS ({_PROTECTED} AND gp.household_no = p.household_no OFFSET 0)" if few else f"p.household_no IN ({_PROTECTED})"
    return SELECT.format(
        which=which, joined=joined, protected=protected,
        name=names.printed("p", work), kana=names.kana("p", work), head=names.printed("h", work),
        real_name=names.real("p", work, "name"), real_kana=names.real("p", work, "name_kana"),
    )  # fmt: skip


def parameters(on: date) -> dict[str, Any]:
    """What the statement needs of a day. The bounds of age are the law's."""
    from kokuho.desks.eligibility import papers

    children = child_born_until(on, papers.settings().child_exception)
    return {"on": on, "senior_until": senior_born_until(Month.of(on)), "child_born_until": children}


def child_born_until(on: date, exception: str) -> date:
    """Born on this day or before: no longer a child whom 特別療養費 leaves out. By 義務教育 or by 18歳年度末 (AKASHI-13)."""
    from kokuho.law.eligibility.ages import child_end, compulsory_school_end

    end = compulsory_school_end if exception == "compulsory" else child_end
    years = 15 if exception == "compulsory" else 18
    # 年度末 falls on 31 March: who was born up to 1 April of the year before is past it.
    start = on.year if on.month >= 4 else on.year - 1
    born = date(start - years, 4, 1)
    assert end(born) < on <= end(date(start - years, 4, 2))
    return born


def holders(atena_nos: Iterable[int], on: date) -> dict[int, Holder]:
    """Those of these persons who are insured on the day, by 宛名番号."""
    return _read("AND e.atena_no = ANY(%(wanted)s)", list(atena_nos), on)


def household_holders(household_no: int, on: date) -> dict[int, Holder]:
    """The insured of a household on a day."""
    members = "SELECT m.atena_no FROM people_person m WHERE m.household_no = ANY(%(wanted)s) AND m.superseded_at IS NULL"
    return _read(f"AND p.household_no = ANY(%(wanted)s) AND e.atena_no = ANY(ARRAY({members}))", [household_no], on)


def _read(which: str, wanted: Sequence[int], on: date) -> dict[int, Holder]:
    with connection.cursor() as cursor:
        cursor.execute(statement(which, few=past.known() is not None), {**parameters(on), "wanted": wanted})
        return {row[0]: Holder._make(row) for row in cursor.fetchall()}


def prepare_for_all(cursor: Any) -> None:
    """Plan the rest of the transaction as bulk work: without statistics a nested loop over the city would not end."""
    cursor.execute("SET LOCAL work_mem = '256MB'")
    cursor.execute("SET LOCAL enable_nestloop = off")

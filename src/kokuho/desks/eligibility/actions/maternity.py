"""産前産後の免除 by the office itself: births in the register become proposals of 異動整理 (LAW-02, 施行規則第32条の10の3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, clock
from kokuho.core.access import MACHINE, Actor, machine
from kokuho.core.actions.entries import confirm
from kokuho.core.actions.office import holidays_between
from kokuho.core.queries import municipality
from kokuho.desks.eligibility.actions.statuses import ADD, CORRECT, propose_status
from kokuho.desks.eligibility.models import ChangeCandidate, Status
from kokuho.law.eligibility.months import Month
from kokuho.law.eligibility.months import fiscal_year as fiscal_year_of
from kokuho.law.errors import LawError
from kokuho.law.premium.instalments import due_dates
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.reassessment import Kind, first_forbidden_day

ACT, EVENT = "status", "出生（産前産後の免除）"
_FIRST, _FIRST_YEAR = date(2023, 11, 1), 2023  # its months begin in January 2024
_MONTHS_AFTER = 2  # the exemption ends with the second month after that of the birth

# One row a birth of a household: the likeliest mother among the insured women who lived there, and how many there are. A birth
# for which one of them has the exemption, or that was proposed before, is left out.
_BIRTHS = """
WITH birth AS (
    SELECT p.household_no, p.birth_date, count(DISTINCT p.atena_no) AS children, min(lower(p.valid)) AS seen
      FROM people_person p
     WHERE p.superseded_at IS NULL AND p.resident_state = '1' AND p.birth_date BETWEEN %(first)s AND %(on)s
       AND lower(p.valid) <= p.birth_date + 92
     GROUP BY p.household_no, p.birth_date),
woman AS (
    SELECT b.household_no, b.birth_date, b.children, m.atena_no,
           row_number() OVER w AS place, count(*) OVER (PARTITION BY b.household_no, b.birth_date) AS women
      FROM birth b
      JOIN people_person m ON m.household_no = b.household_no AND m.superseded_at IS NULL AND m.sex = '2' AND m.resident_state = '1'
           AND m.valid @> greatest(b.birth_date, b.seen) AND m.birth_date BETWEEN b.birth_date - 20454 AND b.birth_date - 5114
     WHERE EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = m.atena_no AND e.superseded_at IS NULL
                      AND e.valid && daterange((date_trunc('month', b.birth_date) - interval '1 month')::date,
                                               (date_trunc('month', b.birth_date) + interval '3 months')::date))
    WINDOW w AS (PARTITION BY b.household_no, b.birth_date ORDER BY m.relation IN ('02', '12') DESC, m.birth_date DESC, m.atena_no))
SELECT w.household_no, w.birth_date, w.children, w.atena_no, w.women FROM woman w
 WHERE w.place = 1
   AND NOT EXISTS (SELECT 1 FROM woman o JOIN eligibility_status s ON s.atena_no = o.atena_no
                    WHERE o.household_no = w.household_no AND o.birth_date = w.birth_date AND s.kind = %(kind)s
                      AND s.superseded_at IS NULL AND s.valid @> w.birth_date)
   AND NOT EXISTS (SELECT 1 FROM eligibility_changecandidate c
                    WHERE c.origin = 'birth:' || w.household_no || ':' || w.birth_date)
 ORDER BY w.birth_date, w.household_no
"""


def _last_day(fiscal_year: int) -> date:
    """The last day on which the levy of a year can still be reduced (国民健康保険法110条の2、地方税法17条の5)."""
    office = municipality()
    try:
        terms = load_ordinance(office.code, fiscal_year).settings["instalments"]
        closed = holidays_between(date(fiscal_year, 4, 1), date(fiscal_year + 1, 6, 30))
        first_due = due_dates(terms, fiscal_year, closed.__contains__)[0]
    except LawError:  # no ordinance on file: the first 納期 of most municipalities
        first_due = date(fiscal_year, 7, 31)
    return first_forbidden_day(office.levy_kind, first_due, Kind.DECREASE) - timedelta(days=1)


def first_birth(on: date) -> date:
    """The earliest birth of which a month still falls into a year whose levy can be reduced."""
    year = fiscal_year_of(on)
    while year > _FIRST_YEAR and _last_day(year - 1) >= on:
        year -= 1
    return max(_FIRST, Month.of(date(year, 4, 1)).plus(-_MONTHS_AFTER).first)


def propose_maternity(*, by: Actor, on: date) -> dict[str, int]:
    """Propose the exemption for births that nobody notified, and close proposals that a notice has settled. Returns how many.

    A proposal has no deadline (the 届出 may come at any time): it says until when the levy can be reduced. Births past that are left out.
    """
    by.require("eligibility.batch")
    with transaction.atomic():
        with connection.cursor() as cursor:
            given = {"on": on, "first": first_birth(on), "kind": Status.MATERNITY}
            cursor.execute(_BIRTHS, given)
            found = cursor.fetchall()
        for household_no, born, children, atena_no, women in found:
            proposal: dict[str, Any] = {"status": Status.MATERNITY, "event_on": born.isoformat(), "multiple": children > 1}
            last = fiscal_year_of(Month.of(born).plus(_MONTHS_AFTER).first)
            proposal["closes_on"] = _last_day(last).isoformat()
            if women > 1:
                proposal["doubt"] = f"世帯に母でありうる被保険者が{women}人います。母を出生の届書・戸籍で確かめる"
            ChangeCandidate.objects.create(
                atena_no=atena_no, household_no=household_no, act=ACT, event=EVENT, event_date=born, proposal=proposal,
                origin=f"birth:{household_no}:{born}", entered_by=MACHINE,
            )  # fmt: skip
        settled = _settle()
        audit.record(by, function="eligibility.propose_maternity", operation="run", row_count=len(found), detail={"settled": settled})
    return {"proposed": len(found), "settled": settled}


def _settle() -> int:
    """Open proposals whose birth is covered by now."""
    closed = 0
    waiting = ChangeCandidate.objects.select_for_update().filter(state=ChangeCandidate.OPEN, act=ACT, origin__startswith="birth:")
    for row in waiting:
        covered = Status.objects.filter(
            superseded_at__isnull=True, atena_no=row.atena_no, kind=row.proposal["status"], valid__contains=row.event_date
        )
        if covered.exists():
            row.state, row.result, row.decided_by = ChangeCandidate.APPLIED, "notice", f"{MACHINE}（照合）"
            row.decided_at, row.reason = clock.now(), "特例が登録された"
            row.save(update_fields=["state", "result", "decided_by", "decided_at", "reason"])
            closed += 1
    return closed


def register_proposed(*, by: Actor, on: date, atena_no: int, proposal: Mapping[str, Any], origin: str) -> None:
    """The status as proposed (`values`; for a birth its day), or the correction of the one it ends (`held`): entered by the machine
    from what was told, confirmed by the one who decides the proposal.

    Raises `StatusError` for what cannot hold (not insured in its months, registered already …) and `EntryError`.
    """
    by.require("eligibility.confirm")
    clerk = machine("特例の候補", frozenset({"eligibility.change"}))
    born = {"actual_on": str(proposal.get("event_on", "")), "multiple": "1" if proposal.get("multiple") else "", "basis": "register"}
    held = proposal.get("held")
    entry = propose_status(
        by=clerk, on=on, kind=str(proposal["status"]), operation=ADD if held is None else CORRECT, atena_no=atena_no,
        values=proposal.get("values") or born, status_id=held, reason="届いた記録による職権", proposed=origin,
    )  # fmt: skip
    if entry.state == entry.PENDING:
        confirm(by=by, on=on, entry_id=entry.pk, decision="異動整理で確認")

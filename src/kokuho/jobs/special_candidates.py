"""Households that may come to 特別療養費: arrears of the ledger joined with eligibility (AKASHI-12, AKASHI-13, LAW-04).

Only a list for staff: 納付の勧奨, 事前通知, 弁明 and the decision are made case by case (`desks.eligibility` special entries).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, clock
from kokuho.core.access import Actor
from kokuho.desks.collection.models import Account
from kokuho.desks.eligibility import holders, papers
from kokuho.desks.eligibility.actions.hearings import untold
from kokuho.desks.eligibility.models import ArrearsHousehold

# What a term still owes is the sum of its postings; a payer's household is where the payer lives now. Children whom the law spares
# are counted apart, and a household of nobody else is no candidate.
_REFRESH = """
INSERT INTO eligibility_arrearshousehold (household_no, payer_no, arrears, overdue, terms, oldest_due, insured, spared, standing,
                                          counted_on)
WITH term AS (
    SELECT payer_no, notice_no, term, min(due_on) AS due_on,
           sum(CASE WHEN debit = %(receivable)s THEN amount WHEN credit = %(receivable)s THEN -amount ELSE 0 END) AS owed
      FROM collection_posting WHERE due_on <= %(on)s GROUP BY payer_no, notice_no, term),
payer AS (
    SELECT payer_no, sum(owed) AS arrears, sum(owed) FILTER (WHERE due_on < %(limit)s) AS overdue, count(*) AS terms,
           min(due_on) AS oldest
      FROM term WHERE owed > 0 GROUP BY payer_no HAVING min(due_on) < %(limit)s),
home AS (
    SELECT y.*, p.household_no FROM payer y
      JOIN people_person p ON p.atena_no = y.payer_no AND p.superseded_at IS NULL AND p.valid @> %(on)s AND p.resident_state = '1'),
house AS (
    SELECT household_no, min(payer_no) AS payer_no, sum(arrears) AS arrears, sum(overdue) AS overdue, sum(terms) AS terms,
           min(oldest) AS oldest
      FROM home GROUP BY household_no)
SELECT h.household_no, h.payer_no, h.arrears, h.overdue, h.terms, h.oldest, i.insured, i.spared,
       CASE WHEN s.kind = 'special' THEN 'special' WHEN i.insured = 0 THEN 'gone' WHEN i.insured = i.spared THEN 'spared'
            WHEN e.id IS NOT NULL THEN 'entered' ELSE 'open' END, %(on)s
  FROM house h
  CROSS JOIN LATERAL (
        SELECT count(*) AS insured, count(*) FILTER (WHERE p.birth_date > %(child_born_until)s) AS spared
          FROM people_person p JOIN eligibility_insuredperiod q ON q.atena_no = p.atena_no AND q.superseded_at IS NULL
           AND q.valid @> %(on)s
         WHERE p.household_no = h.household_no AND p.superseded_at IS NULL AND p.valid @> %(on)s) i
  LEFT JOIN eligibility_specialbenefit s ON s.household_no = h.household_no AND s.superseded_at IS NULL AND s.valid @> %(on)s
  LEFT JOIN LATERAL (SELECT id FROM core_entry e WHERE e.kind = 'certificate.special' AND e.state = 'pending'
                        AND e.household_no = h.household_no LIMIT 1) e ON true
"""


def refresh(*, by: Actor, on: date) -> dict[str, Any]:
    """Count anew. Returns how many households stand on the list and how many of them are candidates whom no 事前通知 told."""
    by.require("certificate.issue")
    by.require("ledger.read")
    months = papers.settings().arrears_months
    child = holders.child_born_until(on, papers.settings().child_exception)
    given = {
        "on": on, "limit": clock.months_later(on, -months), "receivable": Account.RECEIVABLE, "child_born_until": child
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        holders.prepare_for_all(cursor)
        ArrearsHousehold.objects.all().delete()
        cursor.execute(_REFRESH, given)
        found = cursor.rowcount
        candidates = untold().count()
        audit.record(
            by, function="certificate.count_arrears", operation="run", row_count=found, detail={"on": on.isoformat(), "open": candidates}
        )
    return {"listed": found, "open": candidates}

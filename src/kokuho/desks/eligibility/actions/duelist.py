"""The daily count: certificates that lapsed or are to be handed in, and 交付するもの anew (AKASHI-02, -03, -06)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, bulk
from kokuho.core.access import Actor
from kokuho.desks.eligibility import holders, papers
from kokuho.desks.eligibility.due import Approved, Due, Held, by_person, due_of
from kokuho.desks.eligibility.holders import Holder
from kokuho.desks.eligibility.models import CertificateDue

_HELD = """
SELECT c.id, c.atena_no, c.kind, c.name, c.symbol, c.number, c.branch, c.valid_until, coalesce(c.printed->>'ratio', ''),
       coalesce(c.printed->>'head', ''), coalesce(c.printed->>'income_class', ''), (c.printed->>'cap')::int,
       coalesce(c.printed->>'disease', '')
  FROM eligibility_certificateholding h JOIN eligibility_certificate c ON c.id = h.certificate_id
 WHERE h.state IN ('held', 'returned') {which} ORDER BY c.id DESC
"""
_APPROVED = """
SELECT atena_no, certificate_kind, income_class, (upper(valid) - 1), NULL, NULL FROM eligibility_limitapproval
 WHERE superseded_at IS NULL AND valid @> %(on)s {which}
 UNION ALL
SELECT atena_no, 'specific_disease', income_class, (upper(valid) - 1), disease, cap FROM eligibility_diseaseapproval
 WHERE superseded_at IS NULL AND valid @> %(on)s {which}
"""


def _facts(on: date, atena_nos: Sequence[int] | None) -> tuple[dict[int, list[Held]], dict[int, list[Approved]]]:
    """What is held, and the 認定 in force, by person."""
    names = papers.words("diseases")
    which = "" if atena_nos is None else "AND {}atena_no = ANY(%(wanted)s)"
    given = {"on": on, "wanted": None if atena_nos is None else list(atena_nos)}
    with connection.cursor() as cursor:
        cursor.execute(f"{_HELD.format(which=which.format('h.'))}; {_APPROVED.format(which=which.format(''))}", given)
        held = [Held._make(row) for row in cursor.fetchall()]
        cursor.nextset()
        approved = [
            Approved(no, kind, klass, until) if disease is None else Approved(no, kind, klass, until, disease, names[str(disease)], cap)
            for no, kind, klass, until, disease, cap in cursor.fetchall()
        ]
    return dict(by_person(held)), dict(by_person(approved))


def due(found: Iterable[Holder], on: date, atena_nos: Sequence[int] | None = None) -> Iterator[Due]:
    """What is to be issued to these persons on a day (`atena_nos` None: they are the whole city)."""
    settings = papers.settings()
    held, approved = _facts(on, atena_nos)
    for holder in found:
        if holder.number:
            yield from due_of(holder, held.get(holder.atena_no, ()), approved.get(holder.atena_no, ()), settings, on)


def due_papers(atena_nos: Sequence[int], on: date) -> dict[int, tuple[Due, ...]]:
    """What is to be issued to these persons on a day, by person; a 認定 to be looked at first is left out."""
    found: dict[int, tuple[Due, ...]] = {}
    for item in due(holders.holders(atena_nos, on).values(), on, list(atena_nos)):
        if not item.review:
            found[item.atena_no] = (*found.get(item.atena_no, ()), item)
    return found


def _every_holder(on: date) -> Iterator[Holder]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(holders.statement(), holders.parameters(on))
        while rows := cursor.fetchmany(5000):
            yield from map(Holder._make, rows)


_COLUMNS = ("atena_no", "household_no", "kind", "reason", "review", "disease", "held_id", "counted_on")


def refresh(*, by: Actor, on: date) -> dict[str, Any]:
    """Count anew: what lapsed, what is to come back, what is to be issued. Returns the numbers. Repeating it changes nothing."""
    by.require("certificate.issue")
    with transaction.atomic():
        moved = _sweep(on)
        with connection.cursor() as cursor:
            holders.prepare_for_all(cursor)
            CertificateDue.objects.all().delete()
            rows = (
                (d.atena_no, d.household_no, d.kind, d.reason, "t" if d.review else "f", d.disease, d.held_id, on)
                for d in due(_every_holder(on), on)
            )
            count = bulk.copy_rows(CertificateDue._meta.db_table, _COLUMNS, list(rows), cursor)
        audit.record(
            by, function="certificate.count", operation="run", row_count=count, detail={"on": on.isoformat(), **moved}
        )
    return {"due": count, **moved}


def _sweep(on: date) -> dict[str, int]:
    """What is held by those who are no longer insured, and what has run out."""
    collect = [code for code, paper in papers.types().items() if paper.collect]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE eligibility_certificateholding h SET state = 'ended', changed_on = h.valid_until + 1
             WHERE h.state IN ('held', 'returned') AND h.valid_until < %(on)s
            """,
            {"on": on},
        )
        ended = cursor.rowcount
        cursor.execute(
            """
            UPDATE eligibility_certificateholding h
               SET state = CASE WHEN h.kind = ANY(%(collect)s) AND h.state = 'held' THEN 'due_back' ELSE 'ended' END,
                   cause = 'loss', cause_on = coalesce(l.lost_on, %(on)s), changed_on = %(on)s
              FROM eligibility_certificateholding o
              LEFT JOIN LATERAL (
                    SELECT max(e.lost_on) AS lost_on FROM eligibility_insuredperiod e
                     WHERE e.atena_no = o.atena_no AND e.superseded_at IS NULL AND e.lost_on <= %(on)s) l ON true
             WHERE o.certificate_id = h.certificate_id AND o.state IN ('held', 'returned')
               AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e
                                WHERE e.atena_no = o.atena_no AND e.superseded_at IS NULL AND e.valid @> %(on)s)
            """,
            {"on": on, "collect": collect},
        )
        lost = cursor.rowcount
    return {"lapsed": ended, "due_back": lost}

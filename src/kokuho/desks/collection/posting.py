"""One chunk of 調定 in a worker process. PostgreSQL does all of it: the decisions' instalments become postings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg


def post_chunk(
    db: psycopg.Connection, run_id: int, first: int, last: int, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """調定 of the decisions `first`…`last` of a year: debit 未収, credit 収入, one posting an instalment."""
    year = int(parameters["fiscal_year"])
    row = db.execute(
        """
        WITH posted AS (
            INSERT INTO collection_posting (id, kind, debit, credit, amount, payer_no, fiscal_year, basis_year, accounting_year,
                                            notice_no, term, due_on, effective_on, decision_id)
            SELECT d.id * 100 + t.term, %(kind)s, %(debit)s, %(credit)s, t.amount, d.payer_no,
                   d.fiscal_year, d.basis_year, d.fiscal_year, d.notice_no, t.term, (%(due)s::date[])[t.term], d.decided_on, d.id
              FROM assessment_decision d, unnest(d.instalments) WITH ORDINALITY t (amount, term)
             WHERE d.id BETWEEN %(low)s AND %(high)s AND d.run_id = %(levy)s AND t.amount > 0
             ORDER BY d.id, t.term
            RETURNING amount)
        SELECT count(*), coalesce(sum(amount), 0)::bigint FROM posted
        """,
        {
            **parameters,
            "low": year * 10**10 + first * 10, "high": year * 10**10 + last * 10 + 9,
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    return {"postings": row[0], "amount": row[1]}

"""国保資格情報（住民票記載, IF-15-2): the dates that the federation fixed, handed to the resident register. Differences only."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.exchange import outbox
from kokuho.exchange.models import OutboxFile
from kokuho.exchange.outbox import Outgoing

LAYOUT, SYSTEM = "juki-nhi-eligibility", "juki"

_DIFFERENCES = """
WITH told AS (
    SELECT DISTINCT ON (p.atena_no) p.atena_no, p.acquired_on, p.lost_on,
           sha256(convert_to(concat_ws('|', p.acquired_on, 'L', p.lost_on), 'UTF8')) AS digest
      FROM eligibility_prefecturestay p WHERE p.superseded_at IS NULL ORDER BY p.atena_no, p.acquired_on DESC),
sent AS (
    SELECT DISTINCT ON (r.atena_no) r.atena_no, r.digest FROM exchange_outboxrecord r
      JOIN exchange_outboxfile f ON f.id = r.file_id
     WHERE f.system = 'juki' AND f.layout = 'juki-nhi-eligibility' AND f.state <> 'withdrawn' AND f.resend_of_id IS NULL
     ORDER BY r.atena_no, f.id DESC)
SELECT t.atena_no, t.acquired_on, t.lost_on, t.digest, s.atena_no IS NULL FROM told t LEFT JOIN sent s USING (atena_no)
 WHERE s.digest IS DISTINCT FROM t.digest ORDER BY t.atena_no
"""


def prepare(*, by: Actor, on: date) -> OutboxFile | None:
    """The file of what changed since the last one; None when nothing did. It waits for a second person like every file."""
    by.require("exchange.prepare")
    moment = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('handover:juki'))")
            cursor.execute(_DIFFERENCES)
            found = cursor.fetchall()
        if not found:
            return None
        stamp = moment.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M:%S")
        rows = (
            Outgoing(
                atena, [str(atena), "1" if first else "2", acquired.isoformat(), lost.isoformat() if lost else None, "0", stamp],
                digest=bytes(digest), update="1" if first else "2",
            )
            for atena, acquired, lost, digest, first in found
        )  # fmt: skip
        made = outbox.make(
            by=by, on=on, system=SYSTEM, layout=LAYOUT, rows=rows, created_at=moment, exempt=("processed_at",), scope=stamp
        )
        return outbox.enter(
            by=by, on=on, made=made, title=f"国保資格情報（住民票記載） {on:%Y-%m-%d}", known_at=moment, counts={}
        )

"""The worker process of a batch run. Knows PostgreSQL, but no Django: it starts at once and stays small."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

# A chunk's work: (connection in a transaction, run id, first key, last key, parameters) → counts. A function of a module
# that imports no model.
Work = Callable[[psycopg.Connection, int, int, int, Mapping[str, Any]], Mapping[str, Any]]


def work_off(url: str, run_id: int, work: Work, parameters: Mapping[str, Any]) -> None:
    """Take open chunks of a run one by one until none is left. Body of a worker process."""
    with psycopg.connect(url) as db:
        while True:
            with db.transaction():
                row = db.execute(
                    """
                    SELECT id, first_key, last_key FROM core_batchchunk WHERE run_id = %s AND done_at IS NULL
                     ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
                    """,
                    (run_id,),
                ).fetchone()
                if row is None:
                    return
                started = time.perf_counter()
                counts = dict(work(db, run_id, row[1], row[2], parameters))
                counts["seconds"] = round(time.perf_counter() - started, 4)
                counts["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                db.execute(
                    "UPDATE core_batchchunk SET done_at = now(), counts = %s WHERE id = %s", (json.dumps(counts), row[0])
                )



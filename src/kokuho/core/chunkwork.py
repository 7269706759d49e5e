"""The worker process of a batch run: `python -m kokuho.core.chunkwork`, its order as JSON on standard input.

Knows PostgreSQL, but no Django: it starts at once, stays small and inherits nothing from the process that ordered it.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from kokuho.core import writing

# A chunk's work: (connection in a transaction, run id, first key, last key, parameters) → counts. A function of a module
# that imports no model, named "module:function".
Work = Callable[[psycopg.Connection, int, int, int, Mapping[str, Any]], Mapping[str, Any]]


def find(name: str) -> Work:
    """The function of ``module:function``."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _peak_mb() -> int:
    """The most memory this process has used. Not `getrusage`: that figure carries over from the process that started it."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def work_off(url: str, run_id: int, work: Work, parameters: Mapping[str, Any]) -> None:
    """Take open chunks of a run one by one until none is left."""
    with psycopg.connect(url) as db:
        writing.tell(db)
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
                counts["peak_mb"] = _peak_mb()
                db.execute(
                    "UPDATE core_batchchunk SET done_at = now(), counts = %s WHERE id = %s",
                    (json.dumps(counts), row[0]),
                )


if __name__ == "__main__":
    order = json.load(sys.stdin)
    writing.name(order["writer"])
    work_off(order["url"], order["run_id"], find(order["work"]), order["parameters"])

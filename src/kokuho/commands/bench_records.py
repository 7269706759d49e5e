"""`kokuho bench records`: the same levy with the triggers that record every write, and without them, in turn.

Triggers are switched off only in a copy of the benchmark's own database, which is dropped afterwards.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from kokuho.commands import bench_city

COPY = "kokuho_bench_without_records"
LIMIT = 20  # per cent
PHASES = ("levy_seconds", "trial_seconds", "final_seconds", "posting_seconds")


def run(argv: Sequence[str]) -> int:
    """Prints both figures and the difference in per cent; exit status 1 when it exceeds the limit."""
    parser = bench_city.parser("kokuho bench records", "書込みの記録が当初賦課に要する時間を測る", insured=30_000)
    parser.add_argument("--rounds", type=int, default=2, help="交互に測る回数（少ないほうの時間を採る）")
    args = parser.parse_args(argv)
    best: dict[str, dict[str, float]] = {}
    for _ in range(args.rounds):
        for what in ("with", "without"):
            figures = _child(what, args)
            held = best.setdefault(what, figures)
            best[what] = {name: min(held[name], figures[name]) for name in PHASES}
    cost = {name: round(100 * (best["with"][name] / best["without"][name] - 1), 1) for name in PHASES}
    if args.json:
        print(json.dumps({**best, "cost_percent": cost, "insured": args.insured}, ensure_ascii=False, indent=1))
    else:
        print(
            f"被保険者 {args.insured:,}人　{args.rounds}回のうち短いほう\n段階\t記録あり（秒）\t記録なし（秒）\t差（％）"
        )
        for name, label in zip(PHASES, ("収集＋本算定＋調定", "試算", "本算定", "調定"), strict=True):
            print(f"{label}\t{best['with'][name]:.2f}\t{best['without'][name]:.2f}\t{cost[name]:+.1f}")
    return 1 if cost["levy_seconds"] > LIMIT else 0


def _child(what: str, args: Namespace) -> dict[str, float]:
    told = Namespace(**{**vars(args), "rebuild": False, "json": True})
    function = "bench_levy.inside" if what == "with" else "bench_records.without"
    status, printed = bench_city.child(told, function, read=True)
    if status:
        raise SystemExit(status)
    found: dict[str, Any] = json.loads(printed[printed.index("{") :])
    return {name: float(found[name]) for name in PHASES}


def without(arguments: str) -> int:
    """The measured process: a copy of the loaded city without the triggers, dropped at the end."""
    args = bench_city.options(arguments)
    from psycopg import sql

    from kokuho.commands import bench_levy
    from kokuho.core import database

    bench_city.copied(COPY, anew=True)
    try:
        with database.owner_address().connect() as owner:
            tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        print(json.dumps(bench_levy.measure(args.processes)))
        from django.db import connections

        connections.close_all()
    finally:
        bench_city.drop(COPY)
    return 0

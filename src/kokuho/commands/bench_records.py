"""`kokuho bench records`: the same levy with the triggers that record every write, and without them, in turn.

Triggers are switched off only in a copy of the benchmark's own database, which is dropped afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

COPY = "kokuho_bench_without_records"
LIMIT = 20  # per cent
PHASES = ("levy_seconds", "trial_seconds", "final_seconds", "posting_seconds")


def run(argv: Sequence[str]) -> int:
    """Prints both figures and the difference in per cent; exit status 1 when it exceeds the limit."""
    parser = argparse.ArgumentParser(
        prog="kokuho bench records", description="書込みの記録が当初賦課に要する時間を測る"
    )
    parser.add_argument("--insured", type=int, default=30_000, help="被保険者数")
    parser.add_argument("--municipality", default="川口市")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=2, help="交互に測る回数（少ないほうの時間を採る）")
    parser.add_argument("--json", action="store_true")
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


def _child(what: str, args: argparse.Namespace) -> dict[str, float]:
    from kokuho.commands import bench_levy
    from kokuho.core import config

    home = config.home() / "bench" / f"{args.municipality}-{args.insured}-{args.seed}"
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "KOKUHO_HOME": str(home), "KOKUHO_BUSINESS_DATE": bench_levy.DAY.isoformat()}
    for name in ("DATABASE_URL", "KOKUHO_OWNER_URL", "KOKUHO_VAULT_URL"):
        environment.pop(name, None)
    order = json.dumps({**vars(args), "rebuild": False, "json": True})
    code = (
        "import sys; from kokuho.commands import bench_levy, bench_records; "
        f"sys.exit({'bench_levy.inside' if what == 'with' else 'bench_records.without'}(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, order], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    return {name: float(found[name]) for name in PHASES}


def without(arguments: str) -> int:
    """The measured process: a copy of the loaded city without the triggers, dropped at the end."""
    args = argparse.Namespace(**json.loads(arguments))
    from psycopg import sql

    from kokuho.commands import bench_levy
    from kokuho.core import database, pgtools

    assert "bench" in Path(os.environ["KOKUHO_HOME"]).parts, "triggers are switched off in a benchmark's database only"
    addresses = {
        "DATABASE_URL": database.app_address(),
        "KOKUHO_OWNER_URL": database.owner_address(),
        "KOKUHO_VAULT_URL": database.vault_address(),
    }
    admin = pgtools.administrator()
    copy = sql.Identifier(COPY)
    with admin.connect(autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            copy, sql.Identifier(addresses["DATABASE_URL"].name), sql.Identifier(database.OWNER_ROLE)))  # fmt: skip
    try:
        os.environ.update({name: replace(address, name=COPY).url for name, address in addresses.items()})
        with database.owner_address().connect() as owner:
            tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        print(json.dumps(bench_levy.measure(args.processes)))
        from django.db import connections

        connections.close_all()
    finally:
        with admin.connect(autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
    return 0

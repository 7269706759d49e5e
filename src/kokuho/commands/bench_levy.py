"""`kokuho bench levy`: builds a city once (or reuses it), then levies it from database to database and measures the phases."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.commands import bench_city
from kokuho.commands.bench_city import DAY, YEAR


def run(argv: Sequence[str]) -> int:
    """Prints a table, or JSON with `--json`. Works in `KOKUHO_HOME/bench/…`, never in the installation's own database."""
    args = bench_city.parser("kokuho bench levy", "当初賦課の速さを測る").parse_args(argv)
    return bench_city.child(args, "bench_levy.inside")[0]


def inside(arguments: str) -> int:
    """The measured process, with the city's own folder as its installation."""
    args = bench_city.options(arguments)
    if status := city(arguments):
        return status
    from kokuho.core import config

    figures = measure(args.processes)
    figures["load_seconds"] = json.loads((config.home() / "loaded").read_text())
    if args.json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        _print(figures)
    return 0


def city(arguments: str) -> int:
    """Build the town and take it in through the doors, unless that was done before."""
    args = bench_city.options(arguments)
    from kokuho.core import config

    home = config.home()
    town = home / "town"
    if args.rebuild or not (town / "town.json").exists():
        from kokuho.town.cli import main as town_main

        status = town_main(
            ["build", "--insured", str(args.insured), "--seed", str(args.seed), "--municipality", args.municipality,
             "--out", str(town), "--business-date", DAY.isoformat()]
        )  # fmt: skip
        if status:
            return status
        (home / "loaded").unlink(missing_ok=True)
    if not (home / "loaded").exists():
        (home / "loaded").write_text(json.dumps(_load(args.municipality, town)))
    from kokuho.core.prepare import prepare

    prepare()  # a city that an earlier version loaded
    return 0


def _load(municipality: str, town: Path) -> dict[str, float]:
    from kokuho.core import database

    database.stop_bundled()
    from kokuho.core.prepare import prepare

    prepare()
    _empty(everything=True)
    from kokuho.commands.office import connect_neighbours, open_city
    from kokuho.core.access import actor_for
    from kokuho.core.actions.staff import register

    open_city(municipality, DAY)
    for number, roles in (
        ("bench1", ("operation", "assessment")),
        ("bench2", ("assessment_approver", "qualification", "exchange_approver")),
    ):
        register(
            staff_no=number, name=number, unit_code="01", unit_name="計測", password=os.urandom(12).hex(), roles=roles,
            applied_by="head", approved_by="chief", on=date(YEAR, 4, 1), reason="計測",
        )  # fmt: skip
    from kokuho.exchange import doors

    by = actor_for("bench1", on=DAY, terminal="bench")
    second = actor_for("bench2", on=DAY, terminal="bench")
    connect_neighbours(enter=by, confirm=second, on=DAY, since=date(YEAR, 4, 1))
    seconds: dict[str, float] = {}
    for path in [town / "juki-full.csv", *sorted(town.glob("juki-changes-*.csv")), *sorted(town.glob("zei-*.csv"))]:
        started = time.perf_counter()
        doors.receive_path(by=by, on=DAY, path=path, progress=lambda text: print(text, file=sys.stderr))
        name = path.stem if not path.stem.startswith("juki-changes") else "juki-changes"
        seconds[name] = round(seconds.get(name, 0) + time.perf_counter() - started, 1)
    from kokuho.core.database import owner_address

    with owner_address().connect(autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    return seconds


def _empty(*, everything: bool) -> None:
    from kokuho.core.database import owner_address

    with owner_address().connect(autocommit=True) as owner:
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        levy = (
            "assessment_levy",
            "assessment_trial",
            "assessment_decision",
            "collection_",
            "core_batch",
            "core_approval",
            "core_workorder",
        )
        keep = ("django_migrations", "django_content_type", "auth_permission")
        names = [t for (t,) in rows if (everything and t not in keep) or t.startswith(levy)]
        owner.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
        if everything:
            owner.execute("TRUNCATE vault.my_number")


def measure(processes: int) -> dict[str, Any]:
    """Levy the loaded city anew in the database that this process talks to; seconds by phase."""
    from kokuho.core import manage

    manage.setup()
    _empty(everything=False)
    from kokuho.commands.work_orders import ordered
    from kokuho.core import edge
    from kokuho.core.access import actor_for
    from kokuho.desks.assessment.actions import levy
    from kokuho.jobs import levy as job

    by, second = (actor_for(number, on=DAY, terminal="bench") for number in ("bench1", "bench2"))
    bar = edge.Bar()
    for kind in ("levy-trial", "levy-final"):
        ordered(kind, "計測", ask=by, approve=second, on=DAY)
    t0 = time.perf_counter()
    trial = levy.order_trial(by=by, on=DAY, fiscal_year=YEAR)
    t1 = time.perf_counter()
    trial = job.run(trial.pk, by=by, processes=processes, progress=bar)
    t2 = time.perf_counter()
    approval = levy.propose_approval(by=by, run_id=trial.pk)
    levy.decide_approval(by=second, approval_id=approval.pk, approve=True)
    t3 = time.perf_counter()
    final = levy.order_final(by=by, on=DAY, trial_id=trial.pk)
    results = levy.execute(final, processes=processes, progress=lambda d, t: bar(final.batch.title, d, t))
    t4 = time.perf_counter()
    job.run(final.pk, by=by, processes=processes, progress=bar)
    t5 = time.perf_counter()
    first = trial.batch.results
    return {
        "insured": results["insured"],
        "households": results["households"],
        "processes": processes,
        "total_yen": results["total"],
        "snapshot_seconds": round(t1 - t0, 2),
        "read_seconds": round(first["read_seconds"], 2),
        "assess_seconds": round(first["assess_seconds"], 2),
        "write_seconds": round(first["write_seconds"], 2),
        "trial_seconds": round(t2 - t0, 2),
        "final_seconds": round(t4 - t3, 2),
        "posting_seconds": round(t5 - t4, 2),
        "levy_seconds": round((t1 - t0) + (t4 - t3) + (t5 - t4), 2),
        "households_per_second": round(results["households"] / (t2 - t0)),
        "peak_mb_per_worker": max(first["peak_mb"], results["peak_mb"]),
        "postings": results["terms"],
    }


def _print(figures: dict[str, Any]) -> None:
    labels = {
        "insured": "被保険者数", "households": "世帯数", "processes": "プロセス数", "total_yen": "調定額（円）",
        "snapshot_seconds": "事実の収集（秒）", "read_seconds": "読込み（秒・全プロセス計）",
        "assess_seconds": "計算（秒・全プロセス計）", "write_seconds": "書込み（秒・全プロセス計）",
        "trial_seconds": "試算 合計（秒：収集から点検表まで）", "final_seconds": "本算定（秒：計算と決定の書込み）",
        "posting_seconds": "調定（秒）", "levy_seconds": "収集＋本算定＋調定（秒）",
        "households_per_second": "世帯／秒（試算）", "peak_mb_per_worker": "1プロセスの最大メモリ（MB）", "postings": "調定件数",
        "load_seconds": "取込み（秒）",
    }  # fmt: skip
    for key, value in figures.items():
        text = f"{value:,}" if isinstance(value, int) else str(value)
        print(f"{labels[key]:<24}\t{text}")

"""What the benchmarks of a whole city share: the city's own installation, its child processes, copies of its database."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

DAY = date(2026, 7, 1)
YEAR = 2026
_PLACES = ("DATABASE_URL", "KOKUHO_OWNER_URL", "KOKUHO_VAULT_URL")
_COPIED = (*_PLACES, "KOKUHO_ADMIN_URL")


def parser(prog: str, description: str, *, insured: int = 300_000) -> argparse.ArgumentParser:
    """Options that every benchmark of a city has."""
    made = argparse.ArgumentParser(prog=prog, description=description)
    made.add_argument("--insured", type=int, default=insured, help="被保険者数")
    made.add_argument("--municipality", default="川口市")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--processes", type=int, default=os.cpu_count())
    made.add_argument("--rebuild", action="store_true", help="街を作り直す")
    made.add_argument("--json", action="store_true")
    return made


def child(args: argparse.Namespace, function: str, *, read: bool = False, **environment: str) -> tuple[int, str]:
    """Call `module.function` of this package with the options as JSON, in a process of its own whose installation is the city's:
    this process may already have settled where its database is. Returns (exit status, what it printed when `read`)."""
    from kokuho.core import config

    home = config.home() / "bench" / f"{args.municipality}-{args.insured}-{args.seed}"
    home.mkdir(parents=True, exist_ok=True)
    told = {**os.environ, "KOKUHO_HOME": str(home), "KOKUHO_BUSINESS_DATE": DAY.isoformat(), **environment}
    for name in _COPIED:
        told.pop(name, None)
    module = function.partition(".")[0]
    code = f"import sys; from kokuho.commands import {module}; sys.exit({function}(sys.argv[1]))"
    order = json.dumps({**vars(args), "rebuild": getattr(args, "rebuild", False)})
    done = subprocess.run(
        [sys.executable, "-c", code, order], env=told, check=False, text=True, stdout=subprocess.PIPE if read else None
    )
    return done.returncode, done.stdout or ""


def options(arguments: str) -> argparse.Namespace:
    """The options as the child process is given them."""
    return argparse.Namespace(**json.loads(arguments))


def copied(name: str, *, anew: bool) -> bool:
    """Let this process work in a copy of the city's database, made when it is missing or `anew`. True when it was made now.

    Must be called before Django is set up. The copy stays until it is made anew or dropped.
    """
    from psycopg import sql

    from kokuho.core import database, pgtools

    assert "bench" in Path(os.environ["KOKUHO_HOME"]).parts, "a benchmark works in its own installation only"
    source = database.app_address().name
    addresses = dict(
        zip(_PLACES, (database.app_address(), database.owner_address(), database.vault_address()), strict=True)
    )
    # Who makes and drops databases is settled before the copy takes the place of the city's own.
    os.environ["KOKUHO_ADMIN_URL"] = pgtools.administrator().url
    made = anew or pgtools.tables_in(name) is None
    if made:
        drop(name)
        with pgtools.administrator().connect(autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(source), sql.Identifier(database.OWNER_ROLE)))  # fmt: skip
    os.environ.update({place: replace(address, name=name).url for place, address in addresses.items()})
    return made


def drop(name: str) -> None:
    """Drop a copy, whoever is connected to it."""
    from psycopg import sql

    from kokuho.core import pgtools

    with pgtools.administrator().connect(autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Watch:
    """Seconds and figures of one piece of work after another."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def time(self, title: str, work: Any, *, unit: str = "件") -> Any:
        """Do the work (which returns its result) and note how long it took."""
        begun = time.perf_counter()
        found = work()
        seconds = round(time.perf_counter() - begun, 2)
        self.lines.append({"work": title, "seconds": seconds})
        print(f"{title}\t{seconds:.2f}秒", file=sys.stderr, flush=True)
        return found

    def count(self, number: int) -> None:
        """How many the last piece of work was about."""
        self.lines[-1]["count"] = number


def load() -> str:
    """How busy the machine is, beside every figure."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (5 min {five:.1f}), {os.cpu_count()} cores"

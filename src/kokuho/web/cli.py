"""`kokuho serve`: the screens by gunicorn, and beside them a worker that does what the screens order."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

import kokuho


class Screens(BaseApplication):  # type: ignore[misc]
    """gunicorn with the settings of the house instead of a configuration file."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, loaded once before the processes part, with templates compiled and tables read: the first
        clerk of the day does not wait longer than the others."""
        from kokuho.web.wsgi import application

        _warm()
        return application


def _warm() -> None:
    from django.template.loader import get_template

    from kokuho.core.access import catalogue
    from kokuho.desks.people.labels import label

    catalogue()
    label("sex", "1")

    for room in (
        "web",
        "exchange",
        *(f"desks/{desk}" for desk in ("people", "eligibility", "assessment", "collection")),
    ):
        folder = Path(kokuho.__file__).parent / room / "templates"
        for path in folder.rglob("*.html"):
            get_template(str(path.relative_to(folder)))


def _permitted() -> bool:
    """Whether this database may be opened with the rules of signing in of this installation."""
    from django.db import connections

    from kokuho.core import manage

    manage.setup()
    from kokuho.core import environment  # its models only after the setup

    try:
        environment.guard()
    except environment.WrongEnvironment as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return False
    finally:
        connections.close_all()  # the processes below have connections of their own
    return True


def main(argv: Sequence[str]) -> int:
    """Serve until interrupted. Exit status 0; 1 when the database may not be opened like this."""
    parser = argparse.ArgumentParser(prog="kokuho serve", description="画面を開く")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--bind", default="127.0.0.1", help="待ち受けるアドレス（既定はこの機械だけ）")
    parser.add_argument("--workers", type=int, default=max(2, min(8, os.cpu_count() or 2)), help="画面のプロセス数")
    parser.add_argument("--no-worker", action="store_true", help="バッチを実行するプロセスを起動しない")
    args = parser.parse_args(argv)
    from kokuho.core import database

    # The bundled server is started once here; the processes below use it.
    database.app_address()
    if not _permitted():
        return 1
    worker = None if args.no_worker else subprocess.Popen([sys.executable, "-m", "kokuho.cli", "worker"])
    print(f"画面: http://{args.bind}:{args.port}/　（Ctrl+C で終わります）", file=sys.stderr, flush=True)
    try:
        Screens(
            {
                "bind": f"{args.bind}:{args.port}",
                "workers": args.workers,
                "threads": 4,
                "preload_app": True,
                "timeout": 120,
                "graceful_timeout": 20,
                "accesslog": None,
                "loglevel": "warning",
                "limit_request_line": 4096,
                "proc_name": "kokuho-screens",
            }
        ).run()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=30)
    return 0

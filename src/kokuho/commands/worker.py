"""`kokuho worker`: does what the screens order. Run as many as there is work, on as many machines as there are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kokuho.core import manage


def main(argv: Sequence[str]) -> int:
    """Work until stopped. Work that an earlier worker was killed in is taken up first. Exit status 1: this database may not be opened."""
    parser = argparse.ArgumentParser(prog="kokuho worker", description="画面から依頼されたバッチを実行する")
    parser.add_argument("--once", action="store_true", help="待っている仕事を終えたら止まる")
    args = parser.parse_args(argv)
    manage.setup()
    from procrastinate.contrib.django import app

    import kokuho.jobs.queue as queue
    from kokuho.core import environment, workplace
    from kokuho.core.extracts import running

    try:
        environment.guard()
    except environment.WrongEnvironment as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 1
    workplace.sweep()
    workplace.seal_open()
    running.erase_overdue()
    queue.requeue_stalled()
    # Django's own connection defers jobs; a worker listens on a connection of its own.
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker_app.run_worker(queues=[queue.QUEUE], wait=not args.once, install_signal_handlers=True, delete_jobs="never")
    return 0

"""`kokuho db prepare | start | stop | url`: the database of this installation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kokuho.core import database


def main(argv: Sequence[str]) -> int:
    """Prepare, start, stop or name the database. What `start` started runs on until `stop`."""
    parser = argparse.ArgumentParser(prog="kokuho db", description="データベースの準備・起動・停止")
    parser.add_argument("what", choices=["prepare", "start", "stop", "url"])
    what = parser.parse_args(argv).what
    if what == "stop":
        print("停止しました。" if database.stop_bundled() else "起動していません。")
        return 0
    if what == "url":
        print(database.app_address().url)
        return 0
    if what == "prepare":
        from kokuho.core.prepare import prepare

        prepare(verbosity=1)
        print("データベースの準備ができました。", file=sys.stderr)
        return 0
    database.leave_running()
    print(database.app_address().url)
    return 0

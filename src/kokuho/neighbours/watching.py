"""How a stand-in is started: the folder that it takes files from, the folder of its answers, and whether it keeps looking."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def watch(
    argv: Sequence[str] | None, system: Callable[[Path, str, tuple[str, ...]], Callable[[Path], int]], *, prog: str, stands_for: str,
    faults: Sequence[str],
) -> int:  # fmt: skip
    """Run a stand-in. `system` makes it from its folder of answers, the moment it works at and its faults, and gives what takes the
    files of a folder. Exit status 0; 1 when a file was refused."""
    parser = argparse.ArgumentParser(prog=prog, description=f"{stands_for}の代わり")
    parser.add_argument("--in", dest="inbox", type=Path, required=True, help="市町村が送信ファイルを置くフォルダー")
    parser.add_argument("--out", dest="outbox", type=Path, required=True, help="結果を置くフォルダー")
    parser.add_argument("--fault", action="append", default=[], choices=faults, help="誤った結果を返す")
    parser.add_argument("--at", default="2026-07-01T20:00:00", help="処理日時")
    parser.add_argument("--watch", type=float, help="この秒数ごとに見続ける。指定しなければ一度で終わる")
    args = parser.parse_args(argv)
    take = system(args.outbox, args.at, tuple(args.fault))
    status = 0
    while True:
        status |= take(args.inbox)
        if args.watch is None:
            return status
        time.sleep(args.watch)

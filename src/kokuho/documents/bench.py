"""`kokuho bench notices`: how fast a print run is on this machine."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from kokuho.core import sealing
from kokuho.documents.batch import print_run
from kokuho.documents.sample import sample_notices
from kokuho.documents.settings import office, print_settings
from kokuho.documents.source import MemorySource

MUNICIPALITY = "112038"


def run(argv: Sequence[str]) -> int:
    """Print `--count` synthetic notices with the real template and report pages a second; returns the exit status.

    Only pages that carry text are counted, not the blank last sides. The folder is removed afterwards unless `--keep`.
    """
    parser = argparse.ArgumentParser(prog="kokuho bench notices", description="帳票の印刷の速さを測ります。")
    parser.add_argument("--count", type=int, default=2_000, help="通知書の件数")
    parser.add_argument("--processes", type=int, default=None, help="プロセス数（省略時は使えるコアの数）")
    parser.add_argument("--keep", type=Path, default=None, metavar="DIR", help="作ったファイルを残すフォルダー")
    parser.add_argument("--json", action="store_true", help="JSONで出力")
    args = parser.parse_args(list(argv))
    if args.count < 1:
        parser.error("--count は1以上です。")
    started = perf_counter()
    notices = sample_notices(args.count, office(MUNICIPALITY))
    built = perf_counter() - started
    out = args.keep or Path(tempfile.mkdtemp(prefix="kokuho-notices-"))
    try:
        result = print_run(
            "levy-notice", MemorySource(notices), out, print_settings(MUNICIPALITY), processes=args.processes
        )
        size = sum(len(sealing.read_sealed(path)) for path in out.rglob("*.pdf"))
    finally:
        if args.keep is None:
            shutil.rmtree(out, ignore_errors=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        **asdict(result),
        "processes": args.processes or len(os.sched_getaffinity(0)),
        "build_seconds": round(built, 2),
        "seconds": round(result.seconds, 2),
        "pages_per_second": round(result.pages / result.seconds, 1),
        "notices_per_second": round((result.printed + result.pulled) / result.seconds, 1),
        "bytes": size,
        "cpu_seconds": round(children.ru_utime + children.ru_stime, 2),
        "worker_peak_mib": round(children.ru_maxrss / 1024),
    }
    if args.json:
        print(json.dumps(figures, ensure_ascii=False))
        return 0 if not result.refused else 1
    print(
        f"通知書 {result.items:,}件  印刷 {result.printed:,}  引抜 {result.pulled:,}  印刷できない {result.refused:,}"
    )
    print(f"{result.pages:,}ページ / {result.seconds:.2f}秒 = {figures['pages_per_second']:,}ページ/秒")
    print(f"{result.files}ファイル {size / 1_048_576:.1f}MiB  {figures['processes']}プロセス")
    print(f"ワーカーのCPU時間 {figures['cpu_seconds']}秒  最大メモリー {figures['worker_peak_mib']}MiB")
    return 0 if not result.refused else 1

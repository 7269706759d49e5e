"""`kokuho town build` and `kokuho town spoil`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kokuho.law.errors import LawError
from kokuho.town.assets import levies_assets
from kokuho.town.build import CannotBuild, build
from kokuho.town.plan import CITIES, Plan
from kokuho.town.spoil import NothingToSpoil, spoil


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 done, 1 the files could not be made, 2 the call was wrong."""
    parser = _parser()
    try:
        options = parser.parse_args(list(argv))
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(options.run(options))
    except (CannotBuild, NothingToSpoil, LawError) as error:
        print(f"kokuho town: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kokuho town", description="架空の町を作り、相手先のファイルとして書き出します。"
    )
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("build", help="町を作る")
    size = make.add_mutually_exclusive_group(required=True)
    size.add_argument("--households", type=_positive, metavar="N", help="世帯数（住民記録の全件にある現住の世帯）")
    size.add_argument("--insured", type=_positive, metavar="M", help="基準日の国保被保険者がこの数に達するまで作る")
    make.add_argument("--seed", type=int, required=True, metavar="S", help="同じ番号からは同じ町ができる")
    make.add_argument("--municipality", required=True, choices=list(CITIES), help="舞台にする市")
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="書き出すディレクトリ")
    make.add_argument(
        "--base-date", type=date.fromisoformat, default=date(2026, 4, 1), help="全件の時点（既定 2026-04-01）"
    )
    make.add_argument(
        "--business-date", type=date.fromisoformat, default=date(2026, 7, 1), help="この日までの異動（既定 2026-07-01）"
    )
    make.add_argument(
        "--assets",
        choices=["auto", "yes", "no"],
        default="auto",
        help="固定資産税額のファイル（auto は条例に資産割があるとき）",
    )
    make.add_argument("--processes", type=_positive, default=os.cpu_count() or 1, help="プロセス数")
    make.set_defaults(run=_build)
    broken = commands.add_parser("spoil", help="誤りを一つずつ入れたファイルを作る")
    broken.add_argument("source", type=Path, metavar="DIR", help="町のディレクトリ")
    broken.add_argument("--out", type=Path, required=True, metavar="DIR2", help="書き出すディレクトリ")
    broken.add_argument("--records", type=_positive, default=50, help="1ファイルに残す件数（既定 50）")
    broken.set_defaults(run=_spoil)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("1以上の数を指定してください")
    return value


def _build(options: argparse.Namespace) -> int:
    if options.business_date < options.base_date:
        print("kokuho town: --business-date は --base-date 以後の日にしてください。", file=sys.stderr)
        return 2
    assets = options.assets == "yes"
    fiscal_year = options.base_date.year - (options.base_date.month < 4)
    if options.assets == "auto":
        assets = levies_assets(CITIES[options.municipality], fiscal_year)
    plan = Plan(
        options.municipality, options.seed, options.households, options.insured, options.base_date,
        options.business_date, assets,
    )  # fmt: skip
    started = time.monotonic()
    built = build(plan, options.out, options.processes, _Progress(plan))
    seconds = time.monotonic() - started
    changes = sum(file["rows"] for file in built.files.values() if file["layout"] == "juki-changes")
    print(
        f"{plan.municipality}: {built.households:,}世帯 被保険者{built.insured:,}人 異動{changes:,}件 "
        f"{len(built.files)}ファイル {seconds:.1f}秒 → {options.out}"
    )
    return 0


class _Progress:
    """A line on standard error, at most one in five seconds."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._shown = time.monotonic()

    def __call__(self, households: int, insured: int) -> None:
        now = time.monotonic()
        if now - self._shown < 5:
            return
        self._shown = now
        if self._plan.households:
            share = f"{households * 100 // self._plan.households}%"
        else:
            share = f"{min(100, insured * 100 // (self._plan.insured or 1))}%"
        print(f"kokuho town: {share} {households:,}世帯 被保険者{insured:,}人", file=sys.stderr, flush=True)


def _spoil(options: argparse.Namespace) -> int:
    faults = spoil(options.source, options.out, options.records)
    print(f"{len(faults)}ファイル → {options.out}（一覧は faults.json）")
    return 0

"""`kokuho files sweep`: remove temporary files that a kill left behind and extracts that nobody took in time (EXPORT-06); print
files that an older version left open are sealed (NET-04)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kokuho.core import manage


def main(argv: Sequence[str]) -> int:
    """Exit status 0; with `--check` 1 when something is left over."""
    parser = argparse.ArgumentParser(prog="kokuho files", description="一時ファイルの片付け")
    parser.add_argument("word", choices=["sweep"])
    parser.add_argument("--check", action="store_true", help="消さずに数える")
    args = parser.parse_args(argv)
    manage.setup()
    from kokuho.core import workplace
    from kokuho.core.extracts import running

    if args.check:
        left = workplace.residue()
        print(f"残っている一時ファイル {len(left)}")
        return 1 if left else 0
    print(f"一時ファイル {workplace.sweep()}、期限を過ぎた抽出 {len(running.erase_overdue())} を消しました。")
    if sealed := workplace.seal_open():
        print(f"以前の版が暗号化せずに残した印刷ファイル {sealed} を暗号化しました。")
    return 0

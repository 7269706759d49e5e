"""`kokuho prints take`: the papers and lists of a print run out of the sealed store, for the printer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokuho.core import edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 everything was written, 1 when it was refused or papers of protected persons were left."""
    parser = edge.parser("kokuho prints", "一括印刷のファイルの取出し（保存中は暗号化されている）")
    words = parser.add_subparsers(dest="word", required=True)
    take = words.add_parser("take", help="印刷する紙と一覧を、暗号を解いてフォルダーに書く（記録が残る）")
    take.add_argument("run", type=int, help="実行の番号")
    take.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="書き出すフォルダー（KOKUHO_HOME の外）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    try:
        return edge.told(lambda: _take(args, actor))
    except OSError as error:
        print(f"書き出せません: {error}", file=sys.stderr)
        return 1


def _take(args: Any, actor: Any) -> int:
    from kokuho.jobs import papers

    taken = papers.take(by=actor, run_id=args.run, out=args.out)
    print(f"{len(taken.written)}個のファイルを {args.out} に書きました。印刷が済んだら消してください。")
    if taken.left:
        print(f"引抜のもの{len(taken.left)}個は、支援措置の住所を見る権限のある職員が取り出します。", file=sys.stderr)
    return 1 if taken.left else 0

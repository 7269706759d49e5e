"""`kokuho prints`: the papers and lists of a print run out of the sealed store for the printer; the encrypted package of a run for a
printer outside (IF-39-1), and what opens it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokuho.core import edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 everything was done, 1 when it was refused or papers were left in the office."""
    parser = edge.parser("kokuho prints", "一括印刷のファイルの取出し（保存中は暗号化されている）")
    words = parser.add_subparsers(dest="word", required=True)
    take = words.add_parser("take", help="印刷する紙と一覧を、暗号を解いてフォルダーに書く（記録が残る）")
    take.add_argument("run", type=int, help="実行の番号")
    take.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="書き出すフォルダー（KOKUHO_HOME の外）")
    package = words.add_parser("package", help="外部の印刷委託先に渡す、暗号化した一つのファイルを作る（別の職員の確認を待つ）")
    package.add_argument("run", type=int, help="実行の番号")
    package.add_argument("--receiver", required=True, metavar="接続先", help="登録簿にある印刷委託先の符号")
    opens = words.add_parser("passphrase", help="確認を終えた暗号化ファイルのパスフレーズを示す（記録が残る。別の方法で相手に伝える）")
    opens.add_argument("file", type=int, metavar="送信番号")
    opens.add_argument("--reason", default="", metavar="理由", help="もう一度表示する理由（表示は一度だけ）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    do = {"take": _take, "package": _package, "passphrase": _passphrase}[args.word]
    try:
        return edge.told(lambda: do(args, actor))
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


def _package(args: Any, actor: Any) -> int:
    from kokuho.core.clock import business_date
    from kokuho.jobs import packages

    file = packages.package(by=actor, on=args.on or business_date(), run_id=args.run, receiver=args.receiver)
    made = f"{file.record_count}通、{file.counts['面数']}面（白紙の裏を含む）"
    print(f"送信番号 {file.pk}: {made}を一つの暗号化ファイルにしました。別の職員の確認を待ちます。")
    if left := file.counts["残した文書"]:
        print(f"{left}通（{file.counts['残したファイル']}ファイル）は渡しません。庁内で取り出すか、作り直してください。", file=sys.stderr)
    return 1 if left else 0


def _passphrase(args: Any, actor: Any) -> int:
    from kokuho.exchange import outbox

    print(outbox.passphrase(by=actor, file_id=args.file, reason=args.reason))
    return 0

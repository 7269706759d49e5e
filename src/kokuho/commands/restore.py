"""`kokuho restore --by STAFF FILE --into DATABASE [--home DIR] | --drill`: restore elsewhere, and prove it equal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kokuho.core import config, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when the restored database equals what was kept, 1 when not or when it was refused."""
    parser = edge.parser("kokuho restore", "バックアップの復元と復元訓練")
    parser.add_argument("file", type=Path)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--into", metavar="DATABASE", help="復元先のデータベース名（新しいもの）")
    where.add_argument("--drill", action="store_true", help="一時データベースに復元して比べ、消す")
    parser.add_argument("--home", type=Path, help="受信ファイル等の復元先（既定は KOKUHO_HOME/restored/データベース名）")
    parser.add_argument("--replace-filled", action="store_true", help="表のあるデータベースを捨てて置き換える")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core import restore
    from kokuho.core.access import Refused
    from kokuho.core.backup import BackupError
    from kokuho.core.pgtools import ToolMissing

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    try:
        if args.drill:
            done = restore.drill(by=actor, path=args.file, say=say)
        else:
            home = args.home or config.home() / "restored" / args.into
            done = restore.into(
                by=actor, path=args.file, name=args.into, home=home, replace_filled=args.replace_filled, say=say
            )
    except (BackupError, Refused, ToolMissing) as error:
        print(f"{getattr(error, 'code', 'B00')} {error}", file=sys.stderr)
        return 1
    state, manifest = done.state, done.generation.manifest
    print(f"取得 {manifest['taken_at']}  所要 {done.seconds:.1f}秒  SHA-256 {done.generation.sha256}")
    print(f"表 {len(state['tables'])}  行 {sum(n for n, _ in state['tables'].values()):,}  "
          f"個人番号 {state['tables']['vault.my_number'][0]:,}行  復元後の再消去 {done.erased_again:,}行")  # fmt: skip
    for account, (rows, debit, credit) in state["ledger"].items():
        print(f"勘定 {account}: {rows:,}件 借方 {debit:,}円 貸方 {credit:,}円")
    print(f"操作記録 {state['record']['rows']:,}件 最後 {state['record']['last_id']} SHA-256 {state['record']['sha256']}")
    for line in done.differences:
        print(f"不一致 {line}")
    print("一致しません。" if done.differences else "控えと一致しました。")
    return 1 if done.differences else 0

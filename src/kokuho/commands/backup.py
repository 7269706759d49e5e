"""`kokuho backup --by STAFF [--out DIR] [--keep N] | --list`: take a sealed generation, read it back, drop old ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when the generation was verified, 1 when it was refused or failed."""
    parser = edge.parser("kokuho backup", "バックアップ（データベースと受信ファイル等を封印した1ファイル）")
    parser.add_argument("--out", type=Path, help="保管先（既定は KOKUHO_HOME/backups）")
    parser.add_argument("--keep", type=int, metavar="N", help="残す世代数（2以上。既定は設定 backup.onsite_generations）")
    parser.add_argument("--list", action="store_true", help="記録の一覧（最後の2世代と復元訓練の時期）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core import backup, parameters
    from kokuho.core.access import Refused
    from kokuho.core.pgtools import ToolMissing

    try:
        if args.list:
            return _list(actor)
        keep = parameters.value("backup.onsite_generations") if args.keep is None else args.keep
        made = backup.take(by=actor, out=args.out, keep=keep, say=lambda text: print(text, file=sys.stderr))
    except (backup.BackupError, Refused, ToolMissing) as error:
        print(f"{getattr(error, 'code', 'B00')} {error}", file=sys.stderr)
        return 1
    state = made.manifest["state"]
    rows = sum(count for count, _ in state["tables"].values())
    print(f"{made.path}\n{made.size:,}バイト {len(state['tables'])}表 {rows:,}行 ファイル{len(made.manifest['files'])}件 "
          f"SHA-256 {made.sha256}")  # fmt: skip
    print(f"マスター鍵（{made.manifest['key_id']}）は含まれません。復元にはこの鍵が要ります。別に保管してください。", file=sys.stderr)
    return 0


def _list(actor) -> int:  # type: ignore[no-untyped-def]
    actor.require("backup.run")
    from kokuho.core.models import BackupEvent

    for event in BackupEvent.objects.order_by("-at")[:30]:
        at = event.at.astimezone(clock.JAPAN)
        print(f"{at:%Y-%m-%d %H:%M}\t{event.get_kind_display()}\t{'合' if event.ok else '否'}\t{event.size}\t"
              f"{event.seconds:.1f}秒\t{event.staff_no}\t{event.file_name}")  # fmt: skip
    return 0

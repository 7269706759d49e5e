"""`kokuho migration list | extract | load | destroy | verify …`: what was confirmed on the screens, at the machine where the files are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused or (verify) when a file is not what was registered."""
    parser = edge.parser("kokuho migration", "データ移行の工程（画面で申し出て、もう一人が確認したもの）")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("list", help="移行の一覧")
    take = words.add_parser("extract", help="抽出したファイルを封印して台帳に載せ、もとのファイルを消す")
    take.add_argument("step", type=int)
    take.add_argument("file", type=Path)
    words.add_parser("load", help="封印したファイルを確かめ、連携ファイルとして受け付ける").add_argument("step", type=int)
    words.add_parser("destroy", help="封印したファイルを廃棄する").add_argument("step", type=int)
    words.add_parser("verify", help="封印したファイルが登録したとおりか確かめる").add_argument("work", type=int)
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core.models import MigrationWork

    try:
        return edge.told(lambda: _run(args, actor, args.on or clock.business_date()))
    except MigrationWork.DoesNotExist:
        print("その移行はありません。", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: 読めません（{error.strerror}）。", file=sys.stderr)
    return 1


def _run(args: Any, actor: Any, on: date) -> int:
    from kokuho.core.actions import migration
    from kokuho.core.queries import migration as queries
    from kokuho.exchange import doors

    if args.word == "list":
        for work in queries.works(actor):
            print(f"{work.pk}\t{work.title}\t{work.valid_from}〜{work.valid_until}\t{'完了' if work.completed_at else '作業中'}")
        return 0
    if args.word == "verify":
        told = queries.work(actor, args.work)
        wrong = [(file, migration.problem(file)) for file in told.files if file.destroyed_at is None]
        for file, why in wrong:
            print(f"{file.pk}\t{file.name}\t{why or '登録したとおり'}")
        print(f"作成 {told.made}、廃棄 {told.destroyed}")
        return 1 if any(why for _, why in wrong) else 0
    if args.word == "extract":
        file = migration.extract(by=actor, on=on, step_id=args.step, source=args.file)
    elif args.word == "load":
        file = migration.load(
            by=actor, on=on, step_id=args.step, take=lambda path: _received(doors.receive_path(by=actor, on=on, path=path))
        )
    else:
        file = migration.destroy(by=actor, on=on, step_id=args.step)
    print(f"ファイル {file.pk}\t{file.name}\t{file.sha256}")
    return 0


def _received(file: Any) -> None:
    print(f"受付番号 {file.pk}\t{file.get_state_display()}")

"""`kokuho exchange receive FILE… | resume | list | outbox | release | send | …`: the doors, for the batch operator."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.commands import exchange_out
from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when every file is applied, 1 when one was refused."""
    parser = edge.parser("kokuho exchange", "連携ファイルの受付")
    words = parser.add_subparsers(dest="word", required=True)
    take = words.add_parser("receive", help="ファイルを受け付けて反映する")
    take.add_argument("files", nargs="+", type=Path)
    take.add_argument("--medium", action="store_true", help="電子記録媒体から読む")
    online = words.add_parser("applications", help="電子申請のフォルダーを取り込む（自動取込みの設定のとき）")
    online.add_argument("folder", type=Path)
    words.add_parser("resume", help="途中で止まった受付を再開する")
    words.add_parser("list", help="受け付けたファイルの一覧")
    exchange_out.words(words)
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor, args.on or clock.business_date()))


def _do(args: Any, actor: Any, on: date) -> int:
    from kokuho.exchange import doors
    from kokuho.exchange.models import ConnectedSystem

    if (status := exchange_out.run(args, actor, on)) is not None:
        return status

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if args.word == "list":
        actor.require("exchange.read")
        from kokuho.exchange.models import InboxFile

        for file in InboxFile.objects.order_by("pk"):
            print(f"{file.pk}\t{file.layout}\t{file.get_state_display()}\t{file.record_count}\t{file.applied_count}\t"
                  f"{file.work_count}\t{file.error_count}\t{file.file_name}")  # fmt: skip
        return 0
    if args.word == "applications":
        return _applications(actor, on, args.folder)
    refused = 0
    if args.word == "resume":
        for file_id in doors.unfinished():
            try:
                doors.resume(by=actor, file_id=file_id, progress=say)
            except doors.Refusal as refusal:
                refused += 1
                _explain(refusal)
        return 1 if refused else 0
    for path in args.files:
        try:
            route = ConnectedSystem.MEDIUM if args.medium else ConnectedSystem.FOLDER
            doors.receive_path(by=actor, on=on, path=path, route=route, progress=say)
        except doors.Refusal as refusal:
            refused += 1
            _explain(refusal)
        except OSError as error:
            refused += 1
            print(f"{path}: 読めません（{error.strerror}）。", file=sys.stderr)
    return 1 if refused else 0


def _applications(actor, on, folder: Path) -> int:  # type: ignore[no-untyped-def]
    from kokuho.exchange.applications import take_folder

    taken = take_folder(by=actor, on=on, folder=folder)
    stopped = [one for one in taken if one.code]
    print(f"取り込んだ申請 {len(taken) - len(stopped)}件、隔離 {len(stopped)}件、残したファイル {sum(1 for _ in folder.iterdir())}件")
    return 1 if stopped else 0


def _explain(refusal) -> None:  # type: ignore[no-untyped-def]
    print(f"{refusal.code} {refusal}", file=sys.stderr)
    if refusal.file is not None:
        for error in refusal.file.errors.all()[:20]:
            place = f"{error.record}行" if error.record else "ファイル"
            print(f"  {error.code} {place} {error.field} 位置{error.offset}: {error.message}", file=sys.stderr)

"""The outgoing half of `kokuho exchange`: files, releases, handing over, and the registry."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any


def words(parsers: Any) -> None:
    """The words that this module answers."""
    parsers.add_parser("outbox", help="送信ファイルの一覧")
    for word, text in (("release", "送信ファイルを確認する（作成者以外）"), ("send", "確認済みの送信ファイルを引き渡す")):
        sub = parsers.add_parser(word, help=text)
        sub.add_argument("files", nargs="*", type=int, metavar="送信番号")
        if word == "send":
            sub.add_argument("--to", type=Path, metavar="フォルダー", help="電子媒体管理簿の印を付けた媒体に書き込む")
            sub.add_argument("--resume", action="store_true", help="途中で止まった引渡しを終える")
    for word, text in (("withdraw", "送信前のファイルを取り下げる"), ("resend", "送信したファイルの再送を準備する")):
        sub = parsers.add_parser(word, help=text)
        sub.add_argument("file", type=int, metavar="送信番号")
        sub.add_argument("--reason", required=True)
    book = parsers.add_parser("registry", help="接続先・提供の登録簿")
    book.add_argument("act", choices=("list", "propose", "confirm"))
    book.add_argument("--approval-no", help="承認番号（propose）")
    book.add_argument("--from", dest="start", type=date.fromisoformat, help="開始日（propose）")


def run(args: argparse.Namespace, actor: Any, on: date) -> int | None:
    """Exit status, or None when the word is not one of these."""
    if args.word not in ("outbox", "release", "send", "withdraw", "resend", "registry"):
        return None
    if args.word == "outbox":
        return _list(actor)
    return _registry(args, actor, on) if args.word == "registry" else _steps(args, actor, on)


def _list(actor: Any) -> int:
    from kokuho.exchange.models import OutboxFile

    actor.require("exchange.read")
    for file in OutboxFile.objects.order_by("pk"):
        print(f"{file.pk}\t{file.system}\t{file.layout}\t{file.get_state_display()}\t{file.record_count}\t{file.person_count}\t"
              f"{file.withheld_count}\t{file.rejected_count if file.rejected_count is not None else ''}\t{file.file_name}")  # fmt: skip
    return 0


def _steps(args: argparse.Namespace, actor: Any, on: date) -> int:
    from kokuho.core.coded import CodedError
    from kokuho.exchange import outbox
    from kokuho.exchange.models import OutboxFile

    if args.word == "withdraw":
        outbox.withdraw(by=actor, file_id=args.file, reason=args.reason)
        return 0
    if args.word == "resend":
        again = outbox.resend(by=actor, on=on, file_id=args.file, reason=args.reason)
        print(f"再送を準備しました（送信番号 {again.pk}）。")
        return 0
    status = 0
    chosen = args.files or (outbox.unfinished() if args.word == "send" and args.resume else [])
    for file_id in chosen:
        try:
            if args.word == "release":
                outbox.release(by=actor, on=on, file_id=file_id)
            else:
                file = outbox.hand_over(by=actor, on=on, file_id=file_id, volume=args.to)
                print(f"{file.pk}\t{(args.to or outbox.folder(file.system)) / file.file_name}\t{file.sha256}")
        except (CodedError, OutboxFile.DoesNotExist) as error:
            status = 1
            print(f"送信番号 {file_id}: {getattr(error, 'code', 'X00')} {error}", file=sys.stderr)
    return status


def _registry(args: argparse.Namespace, actor: Any, on: date) -> int:
    from kokuho.core.actions import entries
    from kokuho.core.models import Entry
    from kokuho.exchange import queries, registry

    if args.act == "propose":
        if not args.approval_no or not args.start:
            print("--approval-no と --from を指定してください。", file=sys.stderr)
            return 2
        made = list(registry.propose(by=actor, on=on, approval_no=args.approval_no, valid_from=args.start))
        print(f"{len(made)}件を入力しました。別の職員の確認を待ちます。")
        return 0
    if args.act == "confirm":
        waiting = Entry.objects.filter(kind__in=(registry.SYSTEM, registry.RULE), state=Entry.PENDING)
        for entry in waiting.order_by("pk"):
            entries.confirm(by=actor, on=on, entry_id=entry.pk)
            print(f"確認しました: {entry.title}")
        return 0
    for system in queries.systems(actor, on=on):
        print(f"接続先\t{system.system.code}\t{system.system.name}\t{system.routes}\t{'有効' if system.in_force else '期間外'}")
    for rule in queries.rules(actor, on=on):
        print(f"提供\t{rule.rule.system}\t{rule.rule.layout}\t{len(rule.rule.items)}項目\t{'有効' if rule.in_force else '期間外'}")
    return 0

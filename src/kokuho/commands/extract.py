"""`kokuho extract …`: run an approved extract once, write its file to the registered medium, open a received file."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused."""
    parser = edge.parser("kokuho extract", "抽出（承認された依頼を一度だけ実行する）")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("list", help="実行・引渡しを待つ依頼")
    words.add_parser("run", help="承認された抽出を実行する（一度だけ）").add_argument("number", type=int)
    write = words.add_parser("write", help="登録した媒体に書き込み、サーバーのファイルを消す")
    write.add_argument("number", type=int)
    write.add_argument("--to", required=True, type=Path, help="媒体の場所（マウントした所）")
    opened = words.add_parser("open", help="受け取ったファイルを開く（パスフレーズを尋ねる）。7-Zip等でも開ける")
    opened.add_argument("file", type=Path)
    opened.add_argument("--out", type=Path, required=True, help="開いた内容を置くフォルダー")
    args = parser.parse_args(argv)
    if args.word == "open":
        return _open(args.file, args.out)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor, args.on or clock.business_date()))


def _do(args, actor, on: date) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core.extracts import running
    from kokuho.core.models import Extract
    from kokuho.jobs import extracts

    if args.word == "list":
        actor.require("extract.read")
        waiting = Extract.objects.filter(state__in=(Extract.APPROVED, Extract.RUNNING, Extract.READY)).select_related("medium")
        for extract in waiting.order_by("pk"):
            print(f"{extract.pk}\t{extract.definition}\t{extract.get_state_display()}\t媒体 {extract.medium.code}\t期限 {extract.use_by}")
    elif args.word == "run":
        made = extracts.run(by=actor, on=on, extract_id=args.number)
        print(f"抽出 {made.pk}: {made.row_count:,}行 除いた行 {made.left_out} 伏せた行 {made.masked} SHA-256 {made.sha256}")
    else:
        event = running.write(by=actor, on=on, extract_id=args.number, volume=args.to)
        print(f"媒体 {event.medium.code} に書き込みました。{event.due_on} までに消去を確認してください。")
    return 0


def _open(file: Path, out: Path) -> int:
    from kokuho.formats import aeszip

    try:
        members = aeszip.read(file.read_bytes(), getpass.getpass("パスフレーズ: "))
    except (OSError, ValueError) as error:
        print(str(error), file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in members.items():
        (out / Path(name).name).write_bytes(data)
        print(out / Path(name).name)
    return 0

"""`kokuho media …`: the 電子媒体管理簿 at the machine where media are plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused or (overdue) when something waits for its erasure."""
    parser = edge.parser("kokuho media", "電子媒体管理簿")
    words = parser.add_subparsers(dest="word", required=True)
    mark = words.add_parser("mark", help="登録した媒体に標識を付ける。標識のない所には書き込まない")
    mark.add_argument("code")
    mark.add_argument("volume", type=Path)
    words.add_parser("overdue", help="消去が確認されていない媒体")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor, args.on or clock.business_date()))


def _do(args: Any, actor: Any, on: date) -> int:
    from kokuho.core import media
    from kokuho.core.queries import extracts

    if args.word == "mark":
        print(media.mark(by=actor, code=args.code, volume=args.volume))
        return 0
    late = extracts.media_overdue(actor, on=on)
    for event in late:
        print(f"{event.medium.code}\t抽出 {event.extract_id}\t書込み {event.on}\t期限 {event.due_on}")
    return 1 if late else 0

"""`kokuho environment`: what this database is, and the step by which a restored copy takes the office's place."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kokuho.core import edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when it may be opened, 1 when not or when the step was refused."""
    parser = edge.parser("kokuho environment", "この環境の種類")
    parser.add_argument("--production", metavar="REASON", help="復元した写しを本番環境とする（本番を失ったとき）。理由を書く")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core import environment
    from kokuho.core.access import Refused

    try:
        if args.production:
            environment.promote(by=actor, reason=args.production)
        found = environment.mark()
        told = f"{found.get_kind_display()}（{found.at:%Y-%m-%d}　{found.reason}）" if found else "まだ団体を開いていません"
        print(f"{told}　表示: {environment.banner() or 'なし'}")
        environment.guard()
    except (environment.WrongEnvironment, Refused) as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 1
    return 0

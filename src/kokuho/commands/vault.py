"""`kokuho vault show | reveal | find | review | rotate | scan`: the store of My Numbers, for those who may.

A number is never an argument: arguments are seen by everyone on the machine and stay in the shell's history.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import date

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused or (scan) a number was found where none may be."""
    parser = edge.parser("kokuho vault", "個人番号の保管庫")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("show", help="登録の有無（番号は伏せる）").add_argument("atena_no", type=int, nargs="+")
    reveal = words.add_parser("reveal", help="個人番号を表示する（記録される）")
    reveal.add_argument("atena_no", type=int)
    reveal.add_argument("--reason", required=True)
    words.add_parser("find", help="個人番号（標準入力）に一致する宛名番号を探す（記録される）").add_argument("--reason", required=True)
    words.add_parser("review", help="確認リスト（未登録・置換え・重複）")
    rotate = words.add_parser("rotate", help="鍵を更新する（既定はデータ鍵。途中で止まったら同じ命令で続きから）")
    what = rotate.add_mutually_exclusive_group()
    what.add_argument("--master", action="store_true", help="KOKUHO_MASTER_KEY_NEXT のマスター鍵に移す")
    what.add_argument("--blind", action="store_true", help="照合用の索引の鍵も新しくする")
    words.add_parser("scan", help="保管庫の外の表とファイルに個人番号がないか走査する")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)

    try:
        return edge.told(lambda: _do(args, actor, args.on or clock.business_date()))
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1


def _do(args, actor, on: date) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core import rekey, vault, vault_keys

    if args.word == "show":
        actor.require("mynumber.review")
        for atena_no, mask in vault.masks(args.atena_no).items():
            print(f"{atena_no}\t{mask}")
    elif args.word == "reveal":
        print(vault.reveal(actor, args.atena_no, args.reason) or vault.ABSENT)
    elif args.word == "find":
        number = getpass.getpass("個人番号: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        print(vault.find(actor, number, args.reason) or "該当なし")
    elif args.word == "review":
        _review(actor, on)
    elif args.word == "rotate":
        if args.master:
            done = rekey.change(by=actor)
            print(f"鍵 {done['keys']} 個、認証手段の秘密 {done['secrets']} 個とファイル {done['files']} 件を新しいマスター鍵に移しました。")
            if rekey.promote():
                print("鍵ファイルを入れ替えました。KOKUHO_MASTER_KEY_NEXT を外してください。")
            else:
                print("KOKUHO_MASTER_KEY を新しい鍵に替え、KOKUHO_MASTER_KEY_NEXT を外してください。")
        else:
            bar = edge.Bar()
            rows = vault.rotate(actor, blind=args.blind, progress=lambda done, total: bar("封印し直し", done, total))
            print(f"{rows['sealed']:,}件を新しいデータ鍵で封印しました（1回 {vault_keys.BATCH:,}件）。")
            if args.blind:
                print(f"{rows['blind']:,}件の索引を新しい鍵で作り直しました。")
    else:
        return _scan(actor)
    return 0


def _review(actor, on: date) -> None:  # type: ignore[no-untyped-def]
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod
    from kokuho.desks.people.actions import numbers
    from kokuho.desks.people.models import NumberDoubt

    insured = InsuredPeriod.objects.filter(BELIEVED, valid__contains=on).values_list("atena_no", flat=True)
    new = numbers.look(by=actor, on=on, expected=insured.iterator(chunk_size=20_000))
    open_cases = NumberDoubt.objects.filter(state=NumberDoubt.OPEN).order_by("pk")
    for doubt in open_cases.iterator():
        print(f"{doubt.atena_no}\t{doubt.code}\t{doubt.get_code_display()}\t{doubt.other_no or ''}")
    print(f"確認リスト {open_cases.count():,}件（新しく載った {new:,}件）", file=sys.stderr)


def _scan(actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core import config, database, mnscan, vault

    known = vault.scanner(actor)
    home = config.home()
    with database.owner_address().connect() as connection:
        hits, rows = mnscan.scan_tables(connection, known)
    # The server's own files are what the tables were read from; keys and sealed backups hold nothing open.
    paths = (path for path in sorted(home.rglob("*")) if path.relative_to(home).parts[0] not in ("pg", "keys", "backups"))
    found, files = mnscan.scan_files(paths, known, home)
    for hit in [*hits, *found]:
        print(f"{hit.place}\t{hit.form}")
    print(f"{rows:,}行と{files:,}ファイルを走査し、{len(hits) + len(found)}か所で見つかりました。")
    return 1 if hits or found else 0

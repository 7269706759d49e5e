"""`kokuho mask --by STAFF FILE --into DATABASE`: a masked copy of a backup, for tests and training."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kokuho.core import config, database, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when nothing of before is left in the copy, 1 when something is or it was refused."""
    parser = edge.parser("kokuho mask", "バックアップから、仮名化した写しを作る")
    parser.add_argument("file", type=Path)
    parser.add_argument("--into", required=True, metavar="DATABASE", help="写しのデータベース名（新しいもの）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core import masking, pgtools, restore
    from kokuho.core.access import Refused
    from kokuho.core.backup import BackupError

    home = config.folder("restored") / f"{args.into}-files"
    try:
        restore.into(by=actor, path=args.file, name=args.into, home=home, say=lambda text: print(text, file=sys.stderr))
        try:
            counts = masking.mask(by=actor, address=replace(database.owner_address(), name=args.into))
        except BaseException:
            pgtools.drop_database(args.into)
            raise
    except (masking.MaskError, BackupError, Refused, pgtools.ToolMissing) as error:
        print(f"{getattr(error, 'code', 'MASK')} {error}", file=sys.stderr)
        return 1
    finally:
        # Files taken and sent, prints: nothing of them belongs to a masked copy.
        shutil.rmtree(home, ignore_errors=True)
    for table, rows in counts.items():
        print(f"{table}\t{rows:,}")
    print(f"{args.into} を仮名化しました。もとの氏名・個人番号は0件です。職員は kokuho open --staff で登録してください。")
    return 0

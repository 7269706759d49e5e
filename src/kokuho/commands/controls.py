"""`kokuho controls`: check every safety control against the running installation, and say what was seen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kokuho.core import clock, edge, manage

WHOLE, FALLS_SHORT, WRONG, NOTHING = 0, 1, 2, 3
_STATUSES = "終了状態: 0 不適合なし　1 不適合あり　2 指定の誤り　3 点検できない（データベース・権限・書き込む先がない）"


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when no control fails, 1 when one does, 2 when the call was wrong, 3 when nothing could be checked or kept: no
    database yet, no right, no file that can be written."""
    args = _parser().parse_args(argv)
    manage.setup()
    from kokuho.controls import assessment, report, runner
    from kokuho.controls.framework import FAILED
    from kokuho.controls.installation import NotReady
    from kokuho.core.access import Refused
    from kokuho.core.queries import municipality_name

    on = args.on or clock.business_date()
    by = edge.actor(args.by, args.on) if args.by else None
    try:
        wanted = runner.chosen(args.group, args.control)
        results = _last(by, wanted) if args.last else _run(by, on, wanted)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return WRONG
    except (NotReady, Refused) as error:
        print(error, file=sys.stderr)
        return NOTHING
    if args.assessment:
        try:
            assessment.write(args.assessment, results, on=on, municipality=municipality_name())
        except ValueError as error:
            print(error, file=sys.stderr)
            return WRONG
        except OSError as error:
            print(error, file=sys.stderr)
            return NOTHING
        print(f"{args.assessment} に評価書のⅢ・Ⅳ（案）を書きました。", file=sys.stderr)
    if args.json:
        print(report.as_json(results, on, municipality_name()))
    else:
        for line in report.lines(results, detailed=bool(args.control or args.detail)):
            print(line)
    return FALLS_SHORT if any(result.state == FAILED for result in results) else WHOLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kokuho controls", description="安全管理措置の点検", epilog=_STATUSES)
    parser.add_argument("--by", metavar="STAFF_NO", help="職員番号。指定すると結果を証跡として残す")
    parser.add_argument("--on", metavar="DATE", type=date.fromisoformat, help="処理日（既定は今日）")
    parser.add_argument("--group", default="", help="区分（AUTH など）だけ")
    parser.add_argument("--control", default="", help="一つの措置（AUTH-02 など）だけ")
    parser.add_argument("--detail", action="store_true", help="何をして何を見たかを一つずつ示す")
    parser.add_argument("--json", action="store_true", help="機械で読む形で出す")
    parser.add_argument("--assessment", metavar="FILE", type=Path, help="評価書のⅢ・Ⅳの表（案）を書く（.docx 又は .html）")
    parser.add_argument("--last", action="store_true", help="点検せずに、最後に残した結果を示す（--by が要る）")
    return parser


def _run(by: Any, on: date, wanted: Sequence[str]) -> list[Any]:
    """Check now; with an actor the results are kept."""
    from kokuho.controls import runner
    from kokuho.core.actions.controls import keep_run

    if by is not None:
        by.require("controls.run")
    results = runner.run(on, wanted)
    if by is not None:
        keep_run(by=by, on=on, results=[result.as_data() for result in results])
    return results


def _last(by: Any, wanted: Sequence[str]) -> list[Any]:
    """What the last kept run found."""
    from kokuho.controls.framework import Result
    from kokuho.controls.installation import NotReady
    from kokuho.core.queries import latest_control_run

    if by is None:
        raise LookupError("--last には --by（職員番号）が要ります。")
    kept = latest_control_run(by)
    if kept is None:
        raise NotReady("残された点検の結果がありません。")
    print(f"{kept.at.astimezone(clock.JAPAN):%Y-%m-%d %H:%M} の点検（処理日 {kept.business_date}、実施 {kept.staff_no}）", file=sys.stderr)
    return [Result.from_data(entry) for entry in kept.results if entry["id"] in wanted]

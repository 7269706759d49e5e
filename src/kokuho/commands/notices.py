"""`kokuho notices print | resume`: the decision notices of the annual levy, for the batch operator."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 when some notices could not be printed (problems.csv) or the run was refused."""
    parser = edge.parser("kokuho notices", "納入通知書・納税通知書の作成（--on は通知書の日付）")
    words = parser.add_subparsers(dest="word", required=True)
    make = words.add_parser("print", help="確定した当初賦課の通知書を作る")
    make.add_argument("--levy", type=int, metavar="ID", help="本算定の番号（既定は最新の確定した本算定）")
    make.add_argument(
        "--notice", type=int, nargs="+", default=[], metavar="NUMBER", help="この通知書番号だけを作り直す"
    )
    make.add_argument("--reason", default="", help="作り直す・もう一度印刷する理由（紙に再発行と印字する）")
    words.add_parser("resume", help="途中で止まった作成を再開する")
    for sub in words.choices.values():
        sub.add_argument("--processes", type=int, help="プロセス数（既定は使えるコアの数）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.documents.batch import RunInUse
    from kokuho.documents.fonts import FontsMissing

    try:
        return edge.told(lambda: _do(args, actor))
    except (FontsMissing, RunInUse) as error:
        print(error, file=sys.stderr)
    return 1


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.desks.assessment.models import LevyRun
    from kokuho.jobs import notices

    bar = edge.Bar()
    if args.word == "print":
        finals = LevyRun.objects.filter(mode=LevyRun.FINAL)
        levy = finals.filter(pk=args.levy).first() if args.levy else finals.order_by("-fiscal_year", "-pk").first()
        if levy is None:
            print("その番号の本算定はありません。" if args.levy else "本算定がまだありません。", file=sys.stderr)
            return 1
        on = args.on or clock.business_date()
        waiting = [notices.order(by=actor, on=on, levy_id=levy.pk, notice_nos=args.notice, reason=args.reason).pk]
    else:
        waiting = notices.unfinished()
        if not waiting:
            print("途中で止まった作成はありません。")
    problems = 0
    for batch_id in waiting:
        batch = notices.run(batch_id, by=actor, processes=args.processes, progress=bar)
        problems += batch.results["problems"]
        print(describe(batch.title, batch.results, batch_id))
    return 1 if problems else 0


def describe(title: str, results, run_id: int) -> str:  # type: ignore[no-untyped-def]
    """What a run made, how it is taken to the printer and what is left to do, for the operator."""
    lines = [
        f"{title}: {results['documents']:,}通",
        f"  印刷 {results['printed']:,}通　引抜 {results['pulled']:,}通",
        f"  {results['pages']:,}ページ {results['files']:,}ファイル {results['seconds']}秒",
    ]
    if results["undeliverable"]:
        lines.append(f"  送付先なし {results['undeliverable']:,}通（pulled/pull-list.csv）")
    if results["problems"]:
        lines.append(f"  印刷できないもの {results['problems']:,}通（problems.csv、引抜分は pulled/problems.csv）")
    lines.append(f"  ファイルは暗号化して保存しています。取出し: kokuho prints --by 職員番号 take {run_id} --out フォルダー")
    return "\n".join(lines)

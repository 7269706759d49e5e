"""`kokuho federation report | resume | confirm | handover | status`: 国保情報集約システム, for the desk and the batch operator."""

from __future__ import annotations

from collections.abc import Sequence

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused."""
    parser = edge.parser("kokuho federation", "国保情報集約システムとの連携")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("report", help="資格情報（世帯・個人）の差分を作る")
    words.add_parser("resume", help="途中で止まった作成を再開する")
    words.add_parser("status", help="報告していない異動と保留の件数")
    confirm = words.add_parser("confirm", help="届いた年月日・IDのうち一致したものを反映する")
    confirm.add_argument("file", type=int, metavar="受付番号")
    words.add_parser("handover", help="住民票に記載する資格情報の差分を作る")
    words.add_parser("monthly", help="被保険者情報等報告（月次差分）を作る")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor))


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core.models import BatchRun
    from kokuho.exchange import queries
    from kokuho.exchange.federation import answers, handover, monthly, report

    on, bar = args.on or clock.business_date(), edge.Bar()
    if args.word == "status":
        state = queries.federation_state(actor, on=on)
        late = f"うち期限経過 {state.overdue}件"
        print(f"報告していない異動 {state.unreported}件（{late}）、保留 {state.held}人、確認待ちの記録 {state.ready}件")
        return 0
    if args.word == "confirm":
        counts = answers.confirm(by=actor, on=on, file_id=args.file)
        print(f"{counts['confirmed']}件を確認しました（追加 {counts['added']}件、訂正 {counts['corrected']}件）。")
        return 0
    if args.word in ("handover", "monthly"):
        file = (handover if args.word == "handover" else monthly).prepare(by=actor, on=on)
        print("変わった資格はありません。" if file is None else f"送信番号 {file.pk}: {file.record_count}件")
        return 0
    ordered = [report.order(by=actor, on=on).pk] if args.word == "report" else report.unfinished()
    for run_id in ordered:
        run: BatchRun = report.execute(run_id, by=actor, progress=bar)
        done = run.results
        print(f"世帯 {done['households_reported']:,}、個人 {done['persons']:,}、{done['files']}ファイル、保留 {done['held']:,}人")
    return 0

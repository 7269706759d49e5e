"""`kokuho certificates count | judge | renew | propose | issue | print | resume`: certificates in bulk, for the batch operator."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 when a step was refused."""
    parser = edge.parser("kokuho certificates", "証・お知らせと負担割合の一括処理")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("count", help="失効・回収・交付するものを数え直す（毎日）")
    judge = words.add_parser("judge", help="負担割合・所得区分を判定する")
    judge.add_argument("--annual", type=int, metavar="YEAR", help="この年の8月1日からの定期判定（既定は、今と違う世帯の再判定）")
    renew = words.add_parser("renew", help="一斉更新の対象を抽出する")
    renew.add_argument("--from", dest="renew_on", type=date.fromisoformat, required=True, metavar="DATE", help="更新日")
    for word, text in (
        ("propose", "抽出・判定の結果の承認を求める"), ("issue", "承認された更新を交付する"), ("apply", "承認された判定を反映する"),
        ("print", "交付した更新を印刷する"),
    ):  # fmt: skip
        words.add_parser(word, help=text).add_argument("run", type=int)
    words.choices["print"].add_argument("--reason", default="", help="もう一度印刷する理由（紙に再発行と印字する）")
    words.add_parser("resume", help="途中で止まった処理を再開する")
    for sub in words.choices.values():
        sub.add_argument("--processes", type=int, help="プロセス数（既定は使えるコアの数）")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.core.models import BatchRun

    try:
        return edge.told(lambda: _do(args, actor))
    except BatchRun.DoesNotExist:
        print("その番号の実行はありません。", file=sys.stderr)
    return 1


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core.models import BatchRun
    from kokuho.desks.assessment.actions import burden
    from kokuho.desks.eligibility.actions import duelist, renewal
    from kokuho.jobs import certificates as jobs

    on = args.on or clock.business_date()
    if args.word == "count":
        counts = duelist.refresh(by=actor, on=on)
        print(f"交付するもの {counts['due']:,}件　失効 {counts['lapsed']:,}件　資格がなくなった人の証 {counts['due_back']:,}件")
        return 0
    if args.word == "propose":
        run = BatchRun.objects.get(pk=args.run, kind__in=(burden.KIND, renewal.KIND))
        made = (burden if run.kind == burden.KIND else renewal).propose(by=actor, run_id=run.pk)
        print(f"承認 {made.pk}: {made.title}")
        return 0
    if args.word == "judge":
        mode = "annual" if args.annual else "check"
        waiting = [burden.order(by=actor, on=on, mode=mode, year=args.annual).pk]
    elif args.word == "renew":
        waiting = [renewal.order(by=actor, on=on, renew_on=args.renew_on).pk]
    elif args.word == "print":
        waiting = [jobs.order_print(by=actor, on=on, renewal_id=args.run, reason=args.reason).pk]
    elif args.word == "resume":
        waiting = jobs.unfinished()
    elif args.word == "issue":
        renewal.issue(by=actor, run_id=args.run)
        waiting = [args.run]
    else:
        burden.apply(by=actor, run_id=args.run)
        waiting = [args.run]
    for number in waiting:
        run = jobs.work(number, by=actor, processes=args.processes, progress=edge.Bar())
        print(describe(run.title, run.pk, run.results))
        if "file_list" in run.results:
            print(f"  取出し: kokuho prints --by 職員番号 take {run.pk} --out フォルダー")
    return 0


def describe(title: str, number: int, results) -> str:  # type: ignore[no-untyped-def]
    """A run's totals in one line."""
    words = {
        "households": "世帯", "active": "3割", "changed": "割合の変更", "unknown": "課税所得不明", "applied": "反映", "renewed": "対象",
        "excluded": "除外", "issued": "交付", "printed": "印刷", "pulled": "引抜", "undeliverable": "送付先なし", "problems": "作成不可",
    }  # fmt: skip
    parts = [f"{label} {results[key]:,}" for key, label in words.items() if isinstance(results.get(key), int)]
    return f"{title}（{number}）: " + "　".join(parts)

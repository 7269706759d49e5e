"""`kokuho levy trial | check | propose | approve | final | resume`: the annual levy, for the batch operator."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused or a check stops the levy."""
    parser = edge.parser("kokuho levy", "当初賦課")
    words = parser.add_subparsers(dest="word", required=True)
    trial = words.add_parser("trial", help="試算する")
    trial.add_argument("--year", type=int, required=True)
    for name, text in (("households", "世帯数"), ("insured", "被保険者数"), ("total", "調定額（円）")):
        trial.add_argument(f"--expect-{name}", type=int, help=f"{text}の見込み")
    for word, text in (("check", "点検表を見る"), ("propose", "承認を求める"), ("final", "承認された試算で本算定する")):
        words.add_parser(word, help=text).add_argument("run", type=int)
    approve = words.add_parser("approve", help="承認・差戻し（起案者以外）")
    approve.add_argument("run", type=int)
    approve.add_argument("--return", dest="back", metavar="REASON", help="差し戻す理由")
    words.add_parser("resume", help="途中で止まった実行を再開する")
    for sub in words.choices.values():
        sub.add_argument("--processes", type=int)
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor))


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core.models import Approval
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import LevyCheck, LevyRun
    from kokuho.jobs import levy as job

    on = args.on or clock.business_date()
    bar = edge.Bar()
    if args.word == "trial":
        wanted = {"households": args.expect_households, "insured": args.expect_insured, "total": args.expect_total}
        expectations = {key: value for key, value in wanted.items() if value is not None}
        run = levy.order_trial(by=actor, on=on, fiscal_year=args.year, expectations=expectations)
        run = job.run(run.pk, by=actor, processes=args.processes, progress=bar)
        print(f"試算 {run.pk}: {levy.describe(run.batch.results)}")
    elif args.word == "check":
        actor.require("levy.read")
        worst = 0
        for line in LevyCheck.objects.filter(run_id=args.run).order_by("code"):
            worst = max(worst, {"ok": 0, "warn": 0, "stop": 1}[line.level])
            print(
                f"{line.code} {line.get_level_display()} {line.title}: 見込み {line.expected} 結果 {line.actual} {line.note}"
            )
        return worst
    elif args.word == "propose":
        approval = levy.propose_approval(by=actor, run_id=args.run)
        print(f"承認待ち {approval.pk}: {approval.title}")
    elif args.word == "approve":
        approval = Approval.objects.filter(
            subject=levy.subject(LevyRun.objects.get(pk=args.run)), state=Approval.PENDING
        ).first()
        if approval is None:
            print("承認を待っている試算はありません。", file=sys.stderr)
            return 1
        levy.decide_approval(by=actor, approval_id=approval.pk, approve=not args.back, reason=args.back or "")
        print("差し戻しました。" if args.back else "承認しました。")
    elif args.word == "final":
        run = levy.order_final(by=actor, on=on, trial_id=args.run)
        run = job.run(run.pk, by=actor, processes=args.processes, progress=bar)
        print(f"本算定 {run.pk}: {levy.describe(run.batch.results)}")
    else:
        for levy_id in job.unfinished():
            run = job.run(levy_id, by=actor, processes=args.processes, progress=bar)
            print(f"{run.batch.title}: 終了しました。")
    return 0

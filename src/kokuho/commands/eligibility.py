"""`kokuho eligibility ages | validate | night`: the batches of the eligibility desk, for the operator and the night."""

from __future__ import annotations

from collections.abc import Sequence

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused."""
    parser = edge.parser("kokuho eligibility", "資格の一括処理")
    words = parser.add_subparsers(dest="word", required=True)
    ages = words.add_parser("ages", help="年齢到達の対象を確定して承認に回す。承認済みの実行を行う")
    wanted = ages.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--month", help="対象の月（2026-08）")
    wanted.add_argument("--run", type=int, help="承認済みの実行番号。途中で止まったときは続きから")
    words.add_parser("validate", help="資格の点検を全件に行い、異動差異を更新する（毎夜）")
    words.add_parser("night", help="夜の定時処理を、時刻の外で行う。処理日の分が済んでいるものは行わない")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    from kokuho.law.errors import LawError

    return edge.told(lambda: _do(args, actor), LawError)


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.desks.eligibility.actions import ages, differences
    from kokuho.law.eligibility.months import Month

    on = args.on or clock.business_date()
    bar = edge.Bar()
    if args.word == "night":
        from kokuho.core import schedule
        from kokuho.jobs import nightly  # noqa: F401 -- registers the works

        for code, work in schedule.works().items():
            run = schedule.run(code, on, by=actor)
            print(f"{work.label}　{run.get_state_display()}　{schedule.said(work, run)}")
        return 0
    if args.word == "validate":
        run = differences.validate(by=actor, on=on, progress=lambda done, total: bar("資格の点検", done, total))
        figures = run.results
        print(
            f"差異 {figures['found']}件　新規 {figures['fresh']}件　解消 {figures['gone']}件　"
            f"特定同一世帯所属者の終了 {figures['former_insured_ended']}件"
        )
        return 0
    if args.run is None:
        run = ages.order(by=actor, on=on, month=Month.parse(args.month))
        print(f"年齢到達 {run.pk}: 承認待ち {run.title}")
        return 0
    run = ages.execute(args.run, by=actor, on=on, progress=lambda done, total: bar("年齢到達", done, total))
    print(f"年齢到達 {run.pk}: 処理 {run.results['done']}件　対象外 {run.results['skipped']}件")
    return 0

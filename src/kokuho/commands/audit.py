"""`kokuho audit search | sample | inspect | analyse | marks | seal | verify | export | purge`: the operation record."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 when done or intact, 1 when refused, overdue or broken."""
    args = _parser().parse_args(argv)
    if args.word == "verify" and args.offline:
        return _verify_offline(args)
    actor = edge.actor(args.by, args.on)
    try:
        return edge.told(lambda: WORDS[args.word](actor, args))
    except (ValueError, OSError) as refusal:
        print(refusal, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    day = date.fromisoformat
    parser = edge.parser("kokuho audit", "操作記録の検索・点検・分析・封・検証")
    words = parser.add_subparsers(dest="word", required=True)
    search = words.add_parser("search", help="誰がこの住民を見たか、この職員は何をしたか")
    search.add_argument("--atena", type=int, help="宛名番号")
    search.add_argument("--staff", default="", help="職員番号")
    search.add_argument("--terminal", default="", help="端末")
    search.add_argument("--function", default="", help="機能（先頭一致）")
    search.add_argument("--operation", default="", help="操作（view, search, print, update など）")
    search.add_argument("--limit", type=int, default=1000, help="表示する件数")
    sample = words.add_parser("sample", help="書面と突き合わせる標本")
    sample.add_argument("-n", "--size", type=int, default=50, help="標本の数")
    sample.add_argument("--seed", type=int, help="同じ標本をもう一度出すときの番号")
    inspect = words.add_parser("inspect", help="点検の予定を見る、結果を記録する")
    inspect.add_argument("--record", action="store_true", help="結果を記録する")
    inspect.add_argument("--list", action="store_true", help="期間内に行った点検の一覧")
    inspect.add_argument("--sample-size", type=int, default=0, help="標本の数")
    inspect.add_argument("--matched", type=int, default=0, help="書面と一致した数")
    inspect.add_argument("--findings", default="", help="結果")
    inspect.add_argument("--follow-up", default="", help="措置")
    analyse = words.add_parser("analyse", help="一日の利用を分析する")
    analyse.add_argument("--day", type=day, help="日（既定は前日）")
    marks = words.add_parser("marks", help="印の一覧と処理")
    marks.add_argument("--all", action="store_true", help="処理済みも含める")
    marks.add_argument("--dispose", type=int, metavar="MARK", help="処理する印の番号")
    marks.add_argument("--outcome", default="", help="explained / warned / incident")
    marks.add_argument("--reason", default="", help="判断の理由")
    seal = words.add_parser("seal", help="終わった日に封をする")
    seal.add_argument("--until", type=day, help="この日まで（既定は前日）")
    verify = words.add_parser("verify", help="記録が封のとおりかを確かめる")
    verify.add_argument("--from", dest="anchors", nargs="+", type=Path, default=[], metavar="FILE",
                        help="別に保管した封の控え（ファイル又はフォルダー）")  # fmt: skip
    verify.add_argument("--since", type=day, help="この日以後の行だけを読む（封はすべて確かめる）")
    verify.add_argument("--offline", nargs="+", type=Path, default=[], metavar="EXPORT", help="データベースなしで書出しを確かめる")
    verify.add_argument("--key", help="控えておいた公開鍵（16進64桁）")
    export = words.add_parser("export", help="封をした日を、検証できる形で書き出す")
    export.add_argument("--day", type=day, required=True, help="日")
    export.add_argument("--until", type=day, help="この日まで")
    export.add_argument("--out", type=Path, required=True, help="新しいファイル")
    purge = words.add_parser("purge", help="保存年数を過ぎた記録を消す（起案・承認・実行）")
    steps = purge.add_mutually_exclusive_group(required=True)
    steps.add_argument("--order", type=day, metavar="DATE", help="この日までの消去を起案する")
    steps.add_argument("--approve", type=int, metavar="ID", help="起案を承認する（起案者以外）")
    steps.add_argument("--execute", type=int, metavar="ID", help="承認された消去を実行する")
    for word in (search, sample, inspect, marks):
        word.add_argument("--since", type=day, help="この日から")
        if word is not marks:
            word.add_argument("--until", type=day, help="この日まで")
    return parser


def _search(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core.inspection import Criteria, trace

    found = trace(
        actor,
        Criteria(args.atena, args.staff, args.terminal, args.function, args.operation, args.since, args.until),
        limit=args.limit,
    )
    for row in found.records:
        _print_record(row)
    for write in found.writes:
        _line(_time(write.at), write.staff_no or "（名乗りなし）", write.terminal, write.function or write.application,
              write.operation, write.table_name, f"{write.row_count}行", write.reason)  # fmt: skip
    more = f"（先頭の{len(found.records)}件を表示）" if found.total > len(found.records) else ""
    print(f"{found.total}件{more}、住民{len(found.persons)}人、書込み{len(found.writes)}件", file=sys.stderr)
    return 0


def _sample(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core.inspection import sample

    since, until = _period(args)
    seed, found = sample(actor, since=since, until=until, size=args.size, seed=args.seed)
    for number, drawn in enumerate(found, start=1):
        _print_record(drawn.record, str(number), drawn.case or "受付番号なし")
    print(f"{since}～{until}から{len(found)}件。同じ標本: --seed {seed}", file=sys.stderr)
    return 0


def _inspect(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import inspection

    on = args.on or clock.business_date()
    since, until = _period(args)
    if args.record:
        made = inspection.inspect(
            by=actor, on=on, period_from=since, period_until=until, sample_size=args.sample_size, matched=args.matched,
            findings=args.findings, follow_up=args.follow_up,
        )  # fmt: skip
        print(f"点検 {made.pk} を記録しました（{since}～{until}、標本{made.sample_size}件）。")
        return 0
    if args.list:
        for row in inspection.inspections(actor, since=since, until=until):
            _line(row.pk, row.inspected_on, row.inspected_by, f"{row.period_from}～{row.period_until}",
                  f"{row.matched}/{row.sample_size}", row.findings, row.follow_up)  # fmt: skip
        return 0
    state = inspection.schedule(actor, on=on)
    print(f"前回の点検: {state.last.inspected_on if state.last else 'なし'}　期限: {state.due_on}"
          f"{'　期限を過ぎています' if state.overdue else ''}")  # fmt: skip
    print(f"処理を待つ印: {state.open_marks}件、うち所属長に上げるもの: {len(state.escalated)}件")
    return 1 if state.overdue or state.escalated else 0


def _analyse(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import analysis, seals

    day = args.day or seals.today() - timedelta(days=1)
    made = analysis.analyse(by=actor, on=day, households=households)
    for mark in made:
        _print_mark(mark)
    print(f"{day}: 新しい印 {len(made)}件", file=sys.stderr)
    return 0


def _marks(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import inspection

    if args.dispose is not None:
        made = inspection.dispose(by=actor, mark_id=args.dispose, outcome=args.outcome, reason=args.reason)
        print(f"印 {args.dispose} を処理しました（{made.get_outcome_display()}）。")
        return 0
    for mark in inspection.marks(actor, since=args.since, waiting=not args.all):
        _print_mark(mark)
    return 0


def _seal(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import audit, seals

    actor.require("audit.seal")
    made = seals.seal_until(args.until, sealed_by=actor.staff_no)
    audit.record(actor, function="audit.seal", operation="run", row_count=len(made),
                 detail={"days": [made[0].day.isoformat(), made[-1].day.isoformat()]} if made else {})  # fmt: skip
    for seal in made:
        content = seal.content
        _line(seal.day, f"{sum(content['counts'].values())}行", seal.hash)
        if content["clock"]:
            print(f"{seal.day} 時計が戻った記録があります: {'、'.join(content['clock'])}", file=sys.stderr)
    print(f"{len(made)}日に封をしました。控え: {seals.anchor_folder()}　公開鍵: {seals.public_key()}", file=sys.stderr)
    return 0


def _verify(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import audit, verifying

    if not actor.may("audit.read"):
        actor.require("audit.seal")
    found = verifying.verify(anchors=args.anchors, since=args.since)
    audit.record(actor, function="audit.verify", operation="run", row_count=len(found),
                 detail={"first": str(found[0])} if found else {})  # fmt: skip
    return _report(found)


def _verify_offline(args: argparse.Namespace) -> int:
    from kokuho.core import verifying

    findings: list[verifying.Finding] = []
    for path in args.offline:
        try:
            result = verifying.verify_export(path, key=args.key, anchors=args.anchors)
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        findings += result.findings
        print(f"{path}: {result.days}日 {result.rows}行　公開鍵 {'、'.join(sorted(result.keys))}", file=sys.stderr)
    if not (args.key or args.anchors):
        print("公開鍵を控えと見比べてください（--key 又は --from で照合できます）。", file=sys.stderr)
    return _report(findings)


def _report(found: Sequence[Any]) -> int:
    if not found:
        print("操作記録は封のとおりです。")
        return 0
    print(f"最初の異常: {found[0]}")
    for finding in found[1:100]:
        print(f"  {finding}")
    if len(found) > 100:
        print(f"  ほか {len(found) - 100}件")
    return 1


def _export(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import audit, verifying

    actor.require("audit.read")
    last = args.until or args.day
    # Recorded first: a file that could not be recorded must not exist.
    audit.record(actor, function="audit.export", operation="export",
                 detail={"days": [args.day.isoformat(), last.isoformat()], "file": args.out.name})  # fmt: skip
    days, rows = verifying.export(args.out, first=args.day, last=last)
    print(f"{args.out}: {days}日 {rows}行", file=sys.stderr)
    return 0


def _purge(actor: Any, args: argparse.Namespace) -> int:
    from kokuho.core import purging

    if args.order:
        made = purging.order(by=actor, until=args.order)
        print(f"起案 {made.pk}: {made.title}（{made.summary['rows']}行）")
    elif args.approve:
        made = purging.decide(by=actor, approval_id=args.approve, approve=True)
        print(f"起案 {made.pk} を承認しました。")
    else:
        print(f"{purging.execute(by=actor, approval_id=args.execute)}行を消去しました。")
    return 0


WORDS: Mapping[str, Callable[[Any, argparse.Namespace], int]] = {
    "search": _search, "sample": _sample, "inspect": _inspect, "analyse": _analyse, "marks": _marks, "seal": _seal,
    "verify": _verify, "export": _export, "purge": _purge,
}  # fmt: skip


def households(atena_nos: Iterable[int], on: date) -> dict[int, frozenset[int]]:
    """宛名番号 → all of the same household on a day, as the register says now. For the analysis; shown to nobody."""
    from kokuho.desks.people.models import Person

    believed = Person.objects.filter(superseded_at__isnull=True, valid__contains=on)
    of = dict(believed.filter(atena_no__in=list(atena_nos)).values_list("atena_no", "household_no"))
    members: defaultdict[int, set[int]] = defaultdict(set)
    for household, atena in believed.filter(household_no__in=set(of.values())).values_list("household_no", "atena_no"):
        members[household].add(atena)
    return {atena: frozenset(members[household]) for atena, household in of.items()}


def _period(args: argparse.Namespace) -> tuple[date, date]:
    """The asked period; by default the month up to the business date."""
    until = args.until or args.on or clock.business_date()
    return args.since or until - timedelta(days=30), until


def _print_record(row: Any, *before: str) -> None:
    persons = ",".join(map(str, row.persons[:5])) + (f" ほか{len(row.persons) - 5}" if len(row.persons) > 5 else "")
    _line(*before, _time(row.at), row.staff_no, row.terminal, row.function, row.operation, row.result, persons, row.row_count,
          row.reason)  # fmt: skip


def _print_mark(mark: Any) -> None:
    from kokuho.core import journal

    disposition = getattr(mark, "disposition", None)
    _line(mark.pk, mark.day, journal.settings()["rules"][mark.rule]["title"], mark.staff_no, mark.figure,
          disposition.get_outcome_display() if disposition else "未処理")  # fmt: skip


def _time(at: Any) -> str:
    return at.astimezone(clock.JAPAN).isoformat(sep=" ", timespec="milliseconds")[:23]  # type: ignore[no-any-return]


def _line(*values: Any) -> None:
    print("\t".join(str(value) for value in values))

"""`kokuho keep …`: retention plan, holds, erasure orders and their evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused."""
    parser = edge.parser("kokuho keep", "保存年限・消去")
    words = parser.add_subparsers(dest="word", required=True)
    adopt = words.add_parser("adopt", help="保存年限表を起案する")
    adopt.add_argument("--profile", required=True, help="基にする型（default, 000, 001, 002, 003, 004）")
    adopt.add_argument("--reason", required=True, help="根拠（文書管理規程等）")
    adopt.add_argument("--review-on", required=True, type=date.fromisoformat, help="見直し日")
    adopt.add_argument("--changes", type=Path, help="分類別の変更（JSON）")
    adopt.add_argument("--grace-days", type=int, help="物理消去までの日数")
    words.add_parser("status", help="分類ごとの規則と、消去できる件数")
    hold = words.add_parser("hold", help="消去を保留する")
    hold.add_argument("atena_no", type=int)
    hold.add_argument("--kind", required=True, help="appeal lawsuit arrears disclosure audit incident protection")
    hold.add_argument("--reason", required=True)
    hold.add_argument("--category", default="")
    words.add_parser("lift", help="保留を解除する").add_argument("hold", type=int)
    propose = words.add_parser("propose", help="消去を起案する（数えるだけで、まだ消さない）")
    propose.add_argument("category")
    propose.add_argument("--pressure", default="", help="容量圧迫の認定の理由")
    for word, text in (("approve", "消去を承認・差戻しする（起案者以外）"), ("approve-plan", "保存年限表を承認・差戻しする（起案者以外）")):
        sub = words.add_parser(word, help=text)
        sub.add_argument("number", type=int)
        sub.add_argument("--return", dest="back", metavar="REASON", help="差し戻す理由")
    for word, text in (("run", "承認された消去を実行する"), ("purge", "物理消去する"), ("certificate", "消去記録を印字する")):
        words.add_parser(word, help=text).add_argument("number", type=int)
    words.add_parser("archives", help="退避の台帳")
    read = words.add_parser("archive", help="退避したものを読む（1行に1件）")
    read.add_argument("number", type=int)
    read.add_argument("--reason", required=True, help="見る理由")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor, args.on or clock.business_date()))


def _do(args, actor, on: date) -> int:  # type: ignore[no-untyped-def]
    from kokuho.core.retention import archive, orders, rules

    if args.word == "adopt":
        changes = json.loads(args.changes.read_text("utf-8")) if args.changes else None
        approval = orders.adopt(
            by=actor, profile=args.profile, reason=args.reason, review_on=args.review_on, changes=changes,
            grace_days=args.grace_days,
        )  # fmt: skip
        print(f"承認待ち: {approval.title}")
    elif args.word == "status":
        for line in orders.survey(by=actor, on=on):
            waiting = "、".join(f"{why} {count}" for why, count in line.waiting.items())
            print(f"{line.code}\t{line.title}\t{line.rule}\t{line.certainty}\t対象 {line.subjects}\tファイル {line.files}\t{waiting}")
            for atena_no, why in line.held.items():
                print(f"\t保留: 宛名番号 {atena_no} {why}")
    elif args.word == "hold":
        made = orders.hold(
            by=actor, atena_no=args.atena_no, kind=args.kind, reason=args.reason, on=on, category=args.category
        )
        print(f"保留 {made.pk} を登録しました。")
    elif args.word == "lift":
        print(f"保留 {orders.lift(by=actor, hold_id=args.hold, on=on).pk} を解除しました。")
    elif args.word == "propose":
        order = orders.propose(by=actor, category=args.category, on=on, pressure=args.pressure)
        print(f"消去 {order.pk}（承認待ち）: 対象 {order.lines.count()}、ファイル {len(order.files)}、{order.counts}")
        for atena_no, year in order.lines.order_by("atena_no").values_list("atena_no", "fiscal_year"):
            print(f"{rules.categories()[order.category].words(atena_no)}\t{year or ''}")
    elif args.word in ("approve", "approve-plan"):
        if args.word == "approve":
            orders.decide(by=actor, order_id=args.number, approve=not args.back, reason=args.back or "")
        else:
            orders.decide_plan(by=actor, plan_id=args.number, approve=not args.back, reason=args.back or "")
        print("差し戻しました。" if args.back else "承認しました。")
    elif args.word == "run":
        order = orders.run(by=actor, order_id=args.number, on=on, progress=lambda left: print(f"残り {left}", file=sys.stderr))
        print(f"消去 {order.pk}: {order.get_state_display()} {order.erased} ファイル {len(order.files)}  物理消去日 {order.purge_on}")
    elif args.word == "archives":
        for found in archive.archives(actor):
            told = "、".join(f"{event.get_kind_display()} {event.at:%Y-%m-%d}" for event in found.events.all())
            print(f"{found.pk}\t消去 {found.order_no}\t{sum(found.counts.values()):,}行\t{found.keep_until}まで\t{found.sha256}\t{told}")
    elif args.word == "archive":
        for relation, row in archive.read(by=actor, archive_id=args.number, reason=args.reason):
            print(json.dumps({"table": relation, "row": row}, ensure_ascii=False))
    elif args.word == "purge":
        print(f"物理消去しました（{orders.purge(by=actor, order_id=args.number, on=on):,}行）。")
    else:
        print(orders.certificate(by=actor, order_id=args.number))
    return 0

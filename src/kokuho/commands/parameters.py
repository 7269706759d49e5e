"""`kokuho parameters [--profile P] [--drift] [--json]`: the security parameters, what a profile says, what differs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0; 1 when `--drift` finds something or a request is refused."""
    parser = edge.parser("kokuho parameters", "安全管理の設定値")
    parser.add_argument("--profile", help="型の値と見比べる（default, 000, 001, 002, 003, 004）")
    parser.add_argument("--drift", action="store_true", help="承認された値と違うものだけ。あれば終了コード1")
    parser.add_argument("--json", action="store_true", help="機械で読める形で出す")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="変更を申請する（--reason が要る）")
    parser.add_argument("--adopt", metavar="PROFILE", help="型の採用を申請する（--reason が要る）")
    parser.add_argument("--approve", type=int, metavar="ENTRY", help="申請を承認する（申請者以外）")
    parser.add_argument("--exception", default="", help="例外の決裁の番号")
    parser.add_argument("--reason", default="", help="理由")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    work = _change if args.set or args.adopt or args.approve else _drift if args.drift else _list
    return edge.told(lambda: work(args, actor))


def _change(args: Any, by: Any) -> int:
    from kokuho.core import parameters
    from kokuho.core.actions import entries
    from kokuho.core.actions import parameters as actions

    on = args.on or clock.business_date()
    if args.approve:
        entries.confirm(by=by, on=on, entry_id=args.approve)
        print(f"申請 {args.approve} を承認しました。")
        return 0
    if args.adopt:
        made = actions.request_profile(by=by, on=on, profile=args.adopt, reason=args.reason)
    else:
        changes = {}
        for text in args.set:
            key, _, value = text.partition("=")
            if key not in parameters.catalogue():
                raise parameters.ParameterError("PARAM-KEY", f"設定 {key} はありません。")
            changes[key] = parameters.catalogue()[key].parse(value)
        made = actions.request(by=by, on=on, changes=changes, reason=args.reason, exception=args.exception)
    print(f"申請 {made.pk}（承認待ち）: {made.title}")
    return 0


def _drift(args: Any, by: Any) -> int:
    from kokuho.core.actions.parameters import report_drift
    from kokuho.core.queries import parameters as queries

    found = queries.parameter_drift(by)
    report_drift(queries.parameter_state(by))
    if args.json:
        print(json.dumps([{"key": d.key, "running": d.running, "approved": d.approved} for d in found], ensure_ascii=False))
    else:
        for drift in found:
            print(f"{drift.key or '—'}\t{drift.label}\t{drift.running}\t承認された値 {drift.approved or '—'}")
        print("違いはありません。" if not found else f"{len(found)}件の違いがあります。", file=sys.stderr)
    return 1 if found else 0


def _list(args: Any, by: Any) -> int:
    from kokuho.core.queries import parameters as queries

    rows = queries.parameter_rows(by, profile=args.profile or "")
    if args.json:
        state = queries.parameter_state(by)
        told = [
            {
                "key": row.definition.key, "control": row.definition.control, "value": row.value, "default": row.definition.default,
                "exception": row.exception, "drift": row.drift is not None,
                **({"profile": row.definition.of_profile(args.profile)} if args.profile else {}),
            }
            for row in rows
        ]  # fmt: skip
        print(json.dumps({"baseline": state.number, "profile": state.profile, "parameters": told}, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        words = row.definition.elsewhere or row.words
        beside = f"\t型 {args.profile}: {row.profile_words or '—'}" if args.profile else ""
        mark = "*" if row.differs and not row.definition.elsewhere else " "
        print(f"{mark} {row.definition.control}\t{row.definition.key}\t{words}\t既定 {row.default_words}{beside}")
    return 0

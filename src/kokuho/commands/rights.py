"""`kokuho rights WORD`: the reports of accounts and rights as lists, for the re-check and for machines (RIGHTS-03, -06, VENDOR-01)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from kokuho.core import clock, edge

WORDS = {
    "changes": "権限の変更（--since --until）", "leftovers": "残っているID", "doubles": "二つ以上のIDを持つ人",
    "ownerless": "持ち主・終了日のないID",
    "state": "ある日の権限の状態（--day）", "tasks": "端末アカウントの停止の確認待ち", "purposes": "事務×情報項目の対応表",
    "review": "権限の再点検の期限、再点検していない日次の帳票",
    "system": "データベースの役割とOSのアカウント（持ち主・最後の使用）",
    "contractors": "名簿・契約・誓約書・研修のそろわない委託先のID", "windows": "記録・確認の済んでいない委託先の作業",
}  # fmt: skip
# A row here is a finding: the exit status says so.
FINDINGS = ("leftovers", "ownerless", "contractors", "windows", "review")


def main(argv: Sequence[str]) -> int:
    """Exit status 0; 1 when a report that should be empty is not, or when it is refused."""
    parser = edge.parser("kokuho rights", "IDと権限の帳票")
    parser.add_argument("word", choices=WORDS, metavar="|".join(WORDS), help="、".join(f"{k} {v}" for k, v in WORDS.items()))
    parser.add_argument("--since", type=date.fromisoformat)
    parser.add_argument("--until", type=date.fromisoformat)
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument("--json", action="store_true", help="機械で読める形で出す")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _tell(args, _rows(args, actor, args.on or clock.business_date())))


def _tell(args: Any, rows: list[dict[str, Any]]) -> int:
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
    else:
        for row in rows:
            print("\t".join("" if value is None else str(value) for value in row.values()))
        print(f"{WORDS[args.word]}: {len(rows)}件", file=sys.stderr)
    return 1 if rows and args.word in FINDINGS else 0


def _rows(args: Any, by: Any, on: date) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from kokuho.core import system_accounts
    from kokuho.core.queries import accounts, vendors

    until = args.until or max(on, clock.now().astimezone(clock.JAPAN).date())

    def account(staff: Any, why: str = "") -> dict[str, Any]:
        return {
            "staff_no": staff.staff_no, "person_no": staff.person_no, "name": staff.name, "class": staff.account_class,
            "valid_until": staff.valid_until, "why": why,
        }  # fmt: skip

    def review() -> list[dict[str, Any]]:
        state = accounts.review_state(by, on=on)
        overdue = [{"what": "再点検の期限", "day": state.due_on, "changes": ""}] if state.overdue else []
        return overdue + [{"what": "権限の変更", "day": day, "changes": n} for day, n in accounts.changes_to_check(by, until=until)]

    found: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "changes": lambda: [asdict(r) for r in accounts.rights_changes(by, since=args.since or until - timedelta(days=30), until=until)],
        "leftovers": lambda: [account(r.staff, r.why) for r in accounts.leftover_accounts(by, on=on)],
        "doubles": lambda: [account(s, person) for person, held in accounts.double_accounts(by) for s in held],
        "ownerless": lambda: [account(s) for s in accounts.accounts_without_owner(by)],
        "state": lambda: [asdict(r) for r in accounts.rights_state(by, on=args.day or on, today=on)],
        "tasks": lambda: [
            {"staff_no": t.staff_no, "opened_on": t.opened_on, "what": t.what, "late": late} for t, late in accounts.open_tasks(by, on=on)
        ],
        "review": review,
        "system": lambda: [asdict(r) for r in system_accounts.system_accounts(by, on=on)],
        "purposes": lambda: [{**asdict(r), "table": version} for version, rows in [accounts.purpose_rows(by)] for r in rows],
        "contractors": lambda: [account(s, why) for s, why in vendors.contractors_without_standing(by, on=on)],
        "windows": lambda: [
            {"window": r.window.pk, "workers": r.names, "ends": r.window.ends, "state": r.label} for r in vendors.unfinished_windows(by)
        ],
    }
    return found[args.word]()

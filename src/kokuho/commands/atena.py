"""`kokuho atena register | resume | outside | status`: 宛名情報 to 団体内統合宛名 and 住登外管理, for the desk and the batch operator."""

from __future__ import annotations

from collections.abc import Sequence

from kokuho.core import clock, edge


def main(argv: Sequence[str]) -> int:
    """Exit status 0 done, 1 refused."""
    parser = edge.parser("kokuho atena", "統合宛名・住登外管理への宛名情報の登録・変更")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("register", help="団体内統合宛名への登録・変更の差分を作る")
    words.add_parser("resume", help="途中で止まった作成を再開する")
    words.add_parser("outside", help="ここで登録・変更した住登外者の、住登外管理への依頼を作る")
    words.add_parser("status", help="送った時点、回答待ち、保留の件数")
    args = parser.parse_args(argv)
    actor = edge.actor(args.by, args.on)
    return edge.told(lambda: _do(args, actor))


def _do(args, actor) -> int:  # type: ignore[no-untyped-def]
    from kokuho.exchange import outside_requests, queries, registration

    on = args.on or clock.business_date()
    if args.word == "status":
        for state in queries.addressee_states(actor):
            until = f"{state.told_until:%Y-%m-%d %H:%M}" if state.told_until else "未送信"
            print(f"{state.title}\t{until}\t異動 {state.changes:,}\t回答待ち {state.waiting:,}\t保留 {state.held:,}"
                  f"\t食い違い {state.doubted:,}")  # fmt: skip
        return 0
    if args.word == "outside":
        file = outside_requests.prepare(by=actor, on=on)
        print("登録・変更した住登外者はいません。" if file is None else f"送信番号 {file.pk}: {file.record_count}件")
        return 0
    for run_id in [registration.order(by=actor, on=on).pk] if args.word == "register" else registration.unfinished():
        done = registration.execute(run_id, by=actor).results
        print(f"{done['persons']:,}人、{done['files']}ファイル、保留 {done['held']:,}人")
    return 0

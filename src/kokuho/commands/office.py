"""`kokuho open --municipality CODE`: make an installation ready for one city: its data, holidays, first staff."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from datetime import date
from functools import cache

import yaml

from kokuho.core import clock, edge, manage


def main(argv: Sequence[str]) -> int:
    """Register the municipality and its holidays; with `--staff` also a member of staff (asks for the password),
    with `--terminal` the first terminal."""
    parser = argparse.ArgumentParser(prog="kokuho open", description="団体・休日・職員の登録")
    parser.add_argument("--municipality", metavar="CODE_OR_NAME", help="団体コード（6桁）又は市の名前")
    parser.add_argument("--insurer-number", default="", help="保険者番号（8桁又は国保の6桁）")
    parser.add_argument("--staff", metavar="STAFF_NO", help="登録する職員番号")
    parser.add_argument("--name", help="職員の氏名")
    parser.add_argument("--unit", default="01:国民健康保険課", help="所属コード:所属名")
    parser.add_argument("--role", action="append", default=[], help="役割（core/data/rights.yaml）")
    parser.add_argument("--applied-by", help="権限の申請者（職員番号）")
    parser.add_argument("--approved-by", help="権限の承認者（職員番号）")
    parser.add_argument("--terminal", metavar="TERMINAL", help="最初の端末を登録し、登録コードを示す（端末ID。場所は --place）")
    parser.add_argument("--place", default="", help="端末の設置場所")
    parser.add_argument("--masters", metavar="STAFF_NO", help="金融機関・支店の一覧（と、空なら町名）を取り込む職員番号")
    parser.add_argument("--on", type=date.fromisoformat)
    args = parser.parse_args(argv)
    manage.setup()
    on = args.on or clock.business_date()
    if args.municipality:
        city = open_city(args.municipality, on, args.insurer_number)
        print(f"{city.name}（{city.code}）を開きました。", file=sys.stderr)
    if args.staff:
        if not (args.name and args.role and args.applied_by and args.approved_by):
            parser.error("--staff には --name --role --applied-by --approved-by が要ります")
        if wrong := _open_staff(args, on):
            print(wrong, file=sys.stderr)
            return 1
        print(f"職員 {args.staff} を登録しました。", file=sys.stderr)
    if args.terminal:
        return edge.told(lambda: _open_terminal(args, on))
    if args.masters:
        told = take_masters(args.masters, on)
        print(f"共通マスタを取り込みました（{told}）。", file=sys.stderr)
    return 0


def _open_terminal(args: argparse.Namespace, on: date) -> int:
    """Register the first terminal and print the code that is typed there."""
    from kokuho.core.actions.places import terminal_at_opening

    terminal, code = terminal_at_opening(
        code=args.terminal, place=args.place, unit=args.unit.partition(":")[0], applied_by=args.applied_by or "",
        approved_by=args.approved_by or "", on=on, reason="開設",
    )  # fmt: skip
    how = "その端末で /accounts/terminal/ を開き、端末IDと登録コードを入力します（24時間有効）。"
    print(f"端末 {terminal.code} を登録しました。{how}", file=sys.stderr)
    print(code)
    return 0


def _open_staff(args: argparse.Namespace, on: date) -> str:
    """Register a member of staff with a password typed twice. Returns what is wrong, in a sentence; empty when it is done."""
    from django.core.exceptions import ValidationError

    from kokuho.core.access import catalogue, conflict
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Staff

    roles = catalogue()["roles"]
    if unknown := [role for role in args.role if role not in roles]:
        known = "、".join(f"{code}（{role['title']}）" for code, role in roles.items())
        return f"役割 {'、'.join(unknown)} はありません。あるもの: {known}"
    if together := conflict(tuple(args.role)):
        return together
    if Staff.objects.filter(staff_no=args.staff).exists():
        return f"職員 {args.staff} は登録済みです。権限は画面「IDと権限の管理」から申請します。"
    try:
        password = getpass.getpass("パスワード: ")
        if password != getpass.getpass("パスワード（もう一度）: "):
            return "二度のパスワードが違います。もう一度やり直してください。"
    except EOFError:
        return "パスワードは端末から入力してください（標準入力が端末ではありません）。"
    code, _, unit = args.unit.partition(":")
    try:
        register(
            staff_no=args.staff, name=args.name, unit_code=code, unit_name=unit, password=password, roles=tuple(args.role),
            applied_by=args.applied_by, approved_by=args.approved_by, on=on, reason="開設",
        )  # fmt: skip
    except ValidationError as wrong:
        return " ".join(wrong.messages)
    return ""


def take_masters(staff_no: str, on: date) -> str:
    """The list of banks, and the towns where none are registered, on behalf of a member of staff."""
    from kokuho.core.models import Municipality
    from kokuho.desks.people.actions.masters import take_banks, take_municipalities, take_towns
    from kokuho.desks.people.models import Town

    by = edge.actor(staff_no, on)
    counts = take_banks(by=by, on=on)
    bodies = take_municipalities(by=by, on=on)
    towns = 0 if Town.objects.exists() else take_towns(by=by, on=on, municipality=Municipality.objects.get().code)
    more = f"町名 {towns:,}、地方公共団体 {bodies:,}"
    return f"支店の追加 {counts['begun']:,}、名称変更 {counts['renamed']:,}、廃止 {counts['ended']:,}、{more}"


@cache
def cities() -> dict[str, str]:
    """Code and name of every city whose ordinance is built in."""
    from importlib.resources import files

    folder = files("kokuho.law.parameters").joinpath("ordinances")
    named = (yaml.safe_load(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {raw["municipality"]: raw["name"] for raw in sorted(named, key=lambda raw: str(raw["municipality"]))}


def open_city(code_or_name: str, on: date, insurer_number: str = ""):  # type: ignore[no-untyped-def]
    """Register the city of a built-in ordinance, with the holidays of the years around a day. Exits when `insurer_number`
    (保険者番号) is given and its check digit is wrong."""
    from kokuho.core.actions.office import fill_holidays, open_municipality
    from kokuho.documents.settings import office
    from kokuho.formats.checkdigits import insurer_number_ok
    from kokuho.law.premium.ordinance import load_ordinance

    known = cities()
    code = next((c for c, name in known.items() if code_or_name in (c, name)), None)
    if code is None:
        raise SystemExit(f"条例の設定がありません: {code_or_name}（あるもの: {'、'.join(known.values())}）")
    if insurer_number and not insurer_number_ok(insurer_number):
        raise SystemExit(f"保険者番号の検査数字が合いません: {insurer_number}")
    ordinance = load_ordinance(code, clock.fiscal_year(on))
    fill_holidays(on.year - 3, on.year + 1)
    return open_municipality(
        code=code, name=ordinance.name, prefecture=office(code).prefecture, levy_kind=ordinance.levy_kind,
        settings={"insurer_number": insurer_number} if insurer_number else {},
    )


def connect_neighbours(*, enter, confirm, on: date, since: date) -> None:  # type: ignore[no-untyped-def]
    """The proposed registry of neighbours, entered by one member of staff and confirmed by another. Done once."""
    from kokuho.core.actions import entries
    from kokuho.exchange import registry

    for entry in registry.propose(by=enter, on=on, approval_no="初期登録", valid_from=since):
        if entry.state == entry.PENDING:
            entries.confirm(by=confirm, on=on, entry_id=entry.pk)

"""What the masters of the people desk are: their items, checks and words, one declaration a master (ATENA-16, ATENA-17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.core import folding
from kokuho.core.models import PeriodFact
from kokuho.desks.people.models import BankBranch, Facility, Sender, Town
from kokuho.desks.people.registrations.kind import Column, RegistrationError
from kokuho.formats.checkdigits import municipality_code_ok

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master. `columns` are its items without the code; `prepare` checks and completes what was typed (RegistrationError)."""

    slug: str
    label: str
    model: type[PeriodFact]
    code: Column
    columns: tuple[Column, ...]
    prepare: Callable[[dict[str, Any]], dict[str, Any]]
    order: tuple[str, ...]
    search: str = ""
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that are written, those that are derived too."""
        own = tuple(column.name for column in self.columns)
        return (*own, self.search) if self.search else own

    @property
    def kind(self) -> str:
        """Code of its entries."""
        return f"people.master.{self.slug}"


def _town(values: dict[str, Any]) -> dict[str, Any]:
    if not (values["postal_code"].isascii() and values["postal_code"].isdigit() and len(values["postal_code"]) == 7):
        raise RegistrationError("A02", "郵便番号は7桁の数字で入力してください。")
    return {**values, "search_name": folding.place(values["name"])}


def _facility(values: dict[str, Any]) -> dict[str, Any]:
    if not municipality_code_ok(values["municipality_code"]):
        raise RegistrationError("A30", "団体コードは検査数字を含む6桁で入力してください。")
    return {**values, "search_name": folding.name(values["name"])}


def _bank(values: dict[str, Any]) -> dict[str, Any]:
    return values


def _sender(values: dict[str, Any]) -> dict[str, Any]:
    if not any(values.values()):
        raise RegistrationError("A31", "変える項目を一つ以上入力してください。")
    return values


def _text(name: str, label: str, required: bool = False, length: int = 60, note: str = "") -> Column:
    return Column(name, label, required=required, length=length, help=note)


MASTERS: dict[str, Master] = {
    master.slug: master
    for master in (
        Master(
            slug="towns", label="町名・行政区", model=Town, code=Column("code", "町コード", "number"), prepare=_town,
            columns=(_text("name", "町名", True, 100), _text("name_kana", "町名カナ", length=200),
                     _text("postal_code", "郵便番号", True, 7),
                     _text("district", "行政区"), _text("office", "担当の支所・出張所")),
            order=("search_name", "code"), search="search_name",
            note="町名の変更・住居表示の実施は、変わる日から新しい内容を登録します。",
        ),
        Master(
            slug="facilities", label="施設", model=Facility, code=Column("code", "施設番号", "number"), prepare=_facility,
            columns=(Column("kind", "種別", "choice", Facility.KINDS), _text("name", "名称", True, 200),
                     _text("municipality_code", "所在地の団体コード", True, 6, "検査数字を含む6桁"), _text("address", "所在地", True, 200)),
            order=("search_name", "code"), search="search_name", note="住所地特例（法第116条の2）と介護適用除外の施設です。",
        ),
        Master(
            slug="banks", label="金融機関・支店", model=BankBranch, prepare=_bank,
            code=Column("code", "銀行・支店コード", "number", help="銀行4桁と支店3桁を続けて7桁"),
            columns=(_text("bank_name", "金融機関名", True), _text("bank_kana", "金融機関名カナ", True),
                     _text("branch_name", "支店名", True),
                     _text("branch_kana", "支店名カナ", True), Column("successor", "承継した支店（7桁）", "number", required=False)),
            order=("code",), note="一覧の全部は「kokuho open --masters」で取り込み、統廃合は終わりの日と承継先を登録します。",
        ),
        Master(
            slug="senders", label="発信者", model=Sender, code=Column("code", "帳票", "choice", Sender.DOCUMENTS), prepare=_sender,
            columns=(_text("head_title", "職名", length=40), _text("head_name", "氏名", length=40), _text("desk", "担当係"),
                     _text("phone", "電話番号", length=20), _text("hours", "受付時間")),
            order=("code",), note="入力した項目が、その日からの帳票で帳票設定に優先します。空欄の項目は帳票設定のままです。",
        ),
    )
}  # fmt: skip


def sender(document: int, *, on: date) -> dict[str, str]:
    """What a registered sender of a kind of document changes about the print settings on a day. Asks for no right: for print."""
    row = Sender.objects.filter(superseded_at__isnull=True, code=document, valid__contains=on).first()
    if row is None:
        return {}
    told = {name: getattr(row, name) for name in ("head_title", "head_name", "desk", "phone", "hours")}
    return {name: value for name, value in told.items() if value}


def branch_problem(bank_code: str, branch_code: str, *, on: date) -> str:
    """Why a branch cannot be used on a day by the table of banks, as a sentence; empty when it can or the table is empty."""
    code = int(bank_code + branch_code)
    rows = list(BankBranch.objects.filter(superseded_at__isnull=True, code=code).order_by("valid"))
    if any(on in row.valid for row in rows):
        return ""
    if not rows:
        return "" if not BankBranch.objects.exists() else "この支店は金融機関の一覧にありません。"
    last = rows[-1]
    after = f"承継した支店 {last.successor:07d} で登録してください。" if last.successor else "金融機関に確かめてください。"
    return f"{last.bank_name}{last.branch_name}は、この日には使えません。{after}"

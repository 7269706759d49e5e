"""What the masters of the people desk are: their items, checks and words, one declaration a master (ATENA-16, ATENA-17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.core import folding
from kokuho.core.models import PeriodFact
from kokuho.desks.people.blocks import AS_GIVEN, BLOCK_STYLES
from kokuho.desks.people.models import (
    BankBranch,
    Facility,
    MunicipalityCode,
    Seal,
    SealImage,
    Sender,
    Teaching,
    Town,
    Ward,
)
from kokuho.desks.people.municipalities import municipality, municipality_problem
from kokuho.desks.people.registrations.kind import Column, RegistrationError
from kokuho.formats.checkdigits import municipality_code_ok

Values = Mapping[str, Any]


def _fits(on: date, values: Values) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master. `columns` are its items without the code; `prepare` checks and completes what was typed, `check` looks at other
    masters as they stand on the first day (both raise RegistrationError). `enter` and `confirm` are the rights. `picture` is the
    column that holds the number of a picture."""

    slug: str
    label: str
    model: type[PeriodFact]
    code: Column
    columns: tuple[Column, ...]
    prepare: Callable[[dict[str, Any]], dict[str, Any]]
    order: tuple[str, ...]
    search: str = ""
    picture: str = ""
    note: str = ""
    check: Callable[[date, Values], None] = _fits
    enter: str = "master.change"
    confirm: str = "master.confirm"

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


def _facility_place(on: date, values: Values) -> None:
    if problem := municipality_problem(values["municipality_code"], on=on):
        raise RegistrationError("A33", problem)


def _municipality(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "search_name": folding.name(values["name"])}


def _municipality_code(on: date, values: Values) -> None:
    if not municipality_code_ok(f"{values['code']:06d}"):
        raise RegistrationError("A30", "団体コードの検査数字が合いません。6桁を確かめてください。")
    successor = values.get("successor")
    if successor is not None and municipality(f"{successor:06d}", on=on) is None:
        raise RegistrationError("A33", f"承継した団体コード {successor:06d} は、この日の表にありません。先に登録してください。")


def _seal(on: date, values: Values) -> None:
    if not SealImage.objects.filter(pk=values["image"]).exists():
        raise RegistrationError("A34", "この番号の画像はありません。公印の画像の画面で番号を確かめてください。")
    if not 10 <= values["size_mm"] <= 40:
        raise RegistrationError("A35", "印字の大きさは10mmから40mmまでで入力してください。")


_PLACES = {"municipality": "市", "prefecture": "県", "head": "市長"}


def _teaching(values: dict[str, Any]) -> dict[str, Any]:
    if not any(values.values()):
        raise RegistrationError("A31", "変える項目を一つ以上入力してください。")
    for text in values.values():
        try:
            text.format_map(_PLACES)
        except (KeyError, ValueError, IndexError) as error:
            raise RegistrationError(
                "A36", "{ } の中に書けるのは {municipality}（市の名）、{prefecture}（県の名）、{head}（職名）だけです。"
            ) from error
    return values


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
                     _text("district", "行政区"), _text("office", "担当の支所・出張所"),
                     Column("block_style", "番地の印字", "choice", BLOCK_STYLES, initial=AS_GIVEN)),
            order=("search_name", "code"), search="search_name",
            note="町名の変更・住居表示の実施は、変わる日から新しい内容を登録します。",
        ),
        Master(
            slug="facilities", label="施設", model=Facility, code=Column("code", "施設番号", "number"), prepare=_facility,
            columns=(Column("kind", "種別", "choice", Facility.KINDS), _text("name", "名称", True, 200),
                     _text("municipality_code", "所在地の団体コード", True, 6, "検査数字を含む6桁"), _text("address", "所在地", True, 200)),
            order=("search_name", "code"), search="search_name", note="住所地特例（法第116条の2）と介護適用除外の施設です。",
            check=_facility_place,
        ),
        Master(
            slug="municipalities", label="地方公共団体", model=MunicipalityCode, prepare=_municipality, check=_municipality_code,
            code=Column("code", "団体コード", "number", help="検査数字を含む6桁"),
            columns=(_text("prefecture", "都道府県", True, 10), _text("name", "市区町村名", True),
                     _text("name_kana", "市区町村名カナ", length=120),
                     Column("successor", "承継した団体コード", "number", required=False)),
            order=("code",), search="search_name",
            note="前住所・転出先・施設の所在地の団体コードを確かめます。合併は、終わりの日と承継先を登録します。",
        ),
        Master(
            slug="wards", label="行政区の担当", model=Ward, prepare=_bank, code=Column("code", "行政区コード", "number"),
            columns=(_text("name", "行政区", True), _text("office", "担当の区役所・出張所", True), _text("officer", "資格・賦課の担当"),
                     _text("collector", "収納・滞納の担当"), _text("phone", "電話番号", length=20)),
            order=("code",), note="区間異動の一覧と宛名異動に、前の区と新しい区の担当を出します。",
        ),
        Master(
            slug="seals", label="公印", model=Seal, prepare=_bank, check=_seal, enter="master.seal", confirm="master.seal_confirm",
            code=Column("code", "帳票", "choice", Sender.DOCUMENTS),
            columns=(_text("title", "公印の名称", True), Column("image", "画像", "number"),
                     Column("size_mm", "印字の大きさ（mm）", "number", initial=21)),
            order=("code",), picture="image",
            note="その日からの帳票に、公印省略に代えて印刷します。登録をやめた日の後は帳票設定に戻ります。",
        ),
        Master(
            slug="teachings", label="教示（不服申立て）", model=Teaching, prepare=_teaching,
            code=Column("code", "帳票", "choice", Teaching.DOCUMENTS),
            columns=(_text("request", "審査請求", length=600), _text("order", "審査請求と訴えの順序", length=600),
                     _text("action", "取消しの訴え", length=600), _text("exceptions", "裁決を経ない訴え", length=600)),
            order=("code",), note="入力した項目が、その日からの通知書の教示に置き換わります。空欄の項目は文例のままです。",
        ),
        Master(
            slug="banks", label="金融機関・支店", model=BankBranch, prepare=_bank,
            code=Column("code", "銀行・支店コード", "number", help="銀行4桁と支店3桁を続けて7桁"),
            columns=(_text("bank_name", "金融機関名", True), _text("bank_kana", "金融機関名カナ", True),
                     _text("branch_name", "支店名", True),
                     _text("branch_kana", "支店名カナ", True), Column("successor", "承継した支店（7桁）", "number", required=False)),
            order=("code",), note="一覧の全部は電算担当が取り込みます（運用の手引き）。統廃合は終わりの日と承継先を登録します。",
        ),
        Master(
            slug="senders", label="発信者", model=Sender, code=Column("code", "帳票", "choice", Sender.DOCUMENTS), prepare=_sender,
            columns=(_text("head_title", "職名", length=40), _text("head_name", "氏名", length=40), _text("desk", "担当係"),
                     _text("phone", "電話番号", length=20), _text("hours", "受付時間")),
            order=("code",),
            note="入力した項目が、その日からの帳票で帳票設定に優先します。空欄の項目は帳票設定のままです。"
            "職務代理者を置く間は、職名に「市長職務代理者　副市長」のように入れて期間を区切ります。",
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


@dataclass(frozen=True, slots=True)
class SealOn:
    """A seal as it is printed on a day."""

    sha256: str
    size_mm: int
    data: bytes


def seal(document: int, *, on: date) -> SealOn | None:
    """The seal of a kind of document on a day. Asks for no right: for print."""
    row = Seal.objects.filter(superseded_at__isnull=True, code=document, valid__contains=on).first()
    if row is None:
        return None
    image = SealImage.objects.get(pk=row.image)
    return SealOn(image.sha256, row.size_mm, bytes(image.data))


def teaching(document: int, *, on: date) -> dict[str, str]:
    """What a registered 教示 changes about the wording of a kind of document on a day. Asks for no right: for print."""
    row = Teaching.objects.filter(superseded_at__isnull=True, code=document, valid__contains=on).first()
    if row is None:
        return {}
    told = {"remedy_request": row.request, "remedy_order": row.order, "remedy_action": row.action, "remedy_exceptions": row.exceptions}
    return {name: text for name, text in told.items() if text}

"""Certificates and notices of qualification (証・お知らせ): from what was issued to what the template draws. No database.

One document is one side of A4: the envelope's window (or the name, over the counter), a sentence, and the certificate: a card to
cut out and fold, a sheet, a notice, or a form to fill in. What the statutes want on each stands in `texts/certificates.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from kokuho.core import era
from kokuho.documents.checks import BARS, Problem, code_points
from kokuho.documents.fit import fitted
from kokuho.documents.fonts import FontSet
from kokuho.documents.letter import drawn, window
from kokuho.documents.notice import Destination, Office, PullReason
from kokuho.documents.settings import PrintSettings, merged
from kokuho.documents.wording import filled

NAME_ROOM = {"card": 62.0, "sheet": 92.0, "notice": 104.0, "form": 104.0}
"""Width of a name in the certificate, mm, by layout."""


@dataclass(frozen=True, slots=True)
class CertificateData:
    """One certificate as issued. `destination` None: handed over the counter. `mark` says that it is printed again."""

    code: str  # 交付番号
    kind: str
    layout: str  # card, sheet, notice, form
    atena_number: str
    issued_on: date
    office: Office
    symbol: str
    number: str
    branch: str
    name: str
    kana: str
    real_name: str
    valid_from: date | None
    valid_until: date | None
    printed: Mapping[str, Any]
    destination: Destination | None
    sex_on_back: bool = False
    mark: str = ""
    persons: tuple[tuple[str, date], ...] = ()  # 70歳以上の被保険者 of a form, (name, birth)
    pull: PullReason | None = None


@cache
def _texts() -> dict[str, Any]:
    text = (resources.files("kokuho.documents") / "texts" / "certificates.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def words(kind: str, settings: PrintSettings) -> dict[str, Any]:
    """The texts of one kind; a municipality's file may replace any of them under `texts: certificates:`."""
    texts = merged(_texts(), settings.texts.get("certificates", {}))
    return {**texts["common"], **texts["kinds"][kind]}


def _day(text: Any) -> str:
    return era.long(date.fromisoformat(text)) if text else ""


def _items(it: CertificateData) -> dict[str, Any]:
    """Every item that a certificate may print, by the name that the texts use. Names are marked for the name fonts."""
    said = it.printed
    ratio = str(said.get("ratio") or "")
    return {
        "number": f"{it.symbol}\u3000{it.number}" + (f"\u3000（枝番）{it.branch}" if it.branch else ""),
        "name": {"name": it.name, "kana": it.kana},
        "real_name": {"name": it.real_name, "kana": ""} if it.real_name else "",
        "birth": _day(said.get("birth")),
        "sex": "裏面に記載" if it.sex_on_back else said.get("sex", ""),
        "head": {"name": said.get("head", ""), "kana": ""} if said.get("head") else "",
        "applied_from": _day(said.get("applied_from")),
        "acquired_on": _day(said.get("acquired_on")),
        "issued_on": era.long(it.issued_on),
        "valid_from": era.long(it.valid_from) if it.valid_from else "",
        "valid_until": era.long(it.valid_until) if it.valid_until else "",
        "ratio": f"{ratio}割" if ratio else "",
        "ratio_from": _day(said.get("ratio_from")),
        "income_class": said.get("income_class", ""),
        "long_stay_from": _day(said.get("long_stay_from")),
        "disease": said.get("disease", ""),
        "cap": f"{said['cap']:,}円" if said.get("cap") else "",
        "insurer": f"{said.get('insurer_no', '')}\u3000{said.get('insurer', '')}",
        "code": it.code,
    }  # fmt: skip


def _rows(it: CertificateData, wanted: Sequence[Sequence[str]], fonts: FontSet) -> list[list[Any]]:
    """(label, value) of the items that are there; a name is broken to fit and carries its fonts."""
    values = _items(it)
    rows: list[list[Any]] = []
    for key, label in wanted:
        value = values[key]
        if not value:
            continue
        if isinstance(value, dict):
            card = it.layout == "card"
            sizes = (10, 8.5, 7.5, 6.5, 5.5) if card else (12, 10.5, 9, 8, 7)
            name = fitted([value["name"]], NAME_ROOM[it.layout], 1 if card and key != "name" else 2, sizes)
            rows.append([label, {"name": drawn(name, fonts), "kana": value["kana"]}])
        else:
            rows.append([label, value])
    return rows


def _document(it: CertificateData, settings: PrintSettings, fonts: FontSet) -> dict[str, Any]:
    text = words(it.kind, settings)
    addressed = it.destination is not None
    return {
        "layout": it.layout,
        "window": window(it.destination, it.code, settings.window, fonts) if it.destination else None,
        "code": it.code,
        "date": era.long(it.issued_on),
        "title": text["title"],
        "lead": filled(text["lead_mail" if addressed else "lead_window"], title=text["title"]),
        "mark": it.mark,
        "signature": f"{it.office.head_title}\u3000{it.office.head_name}".strip(),
        "office": {"municipality": it.office.municipality, "desk": it.office.desk, "phone": it.office.phone},
        "until": _items(it)["valid_until"],
        "until_label": text["until_label"],
        "rows": _rows(it, text["items"], fonts),
        "back": [f"性別\u3000{it.printed.get('sex', '')}"] * it.sex_on_back + list(text["back"]),
        "special": text.get("special", ""),
        "notes": list(text["notes"]),
        "persons": [[drawn(fitted([name], 60.0, 1, (11, 10, 9, 8, 7)), fonts), era.long(born)] for name, born in it.persons],
        "questions": list(text.get("questions", ())),
    }  # fmt: skip


def chunk_data(
    documents: Sequence[CertificateData], settings: PrintSettings, fonts: FontSet
) -> tuple[dict[str, Any], list[int]]:
    """The input of the template, and the pages of each document: always one."""
    made = [_document(it, settings, fonts) for it in documents]
    return {"title": made[0]["title"], "documents": made}, [1] * len(made)


def problems(it: CertificateData, fonts: FontSet) -> list[Problem]:
    """P04 a character of a name or address without glyph · P06 barcode · P07 address or name empty."""
    found: list[Problem] = []

    def problem(code: str, text: str) -> None:
        found.append(Problem(it.code, it.atena_number, code, text))

    to = it.destination
    names = [("氏名", it.name), ("本名", it.real_name), ("世帯主の氏名", str(it.printed.get("head", "")))]
    names += [("氏名", name) for name, _ in it.persons]
    if to is not None:
        names += [("宛先の氏名", to.name + to.honorific), ("宛先の住所", "".join(to.address))]
        if to.bars and not BARS.fullmatch(to.bars):
            problem("P06", f"カスタマバーコードの棒が67本のL・U・D・Tではありません（{len(to.bars)}本）。")
        if not to.name.strip() or not "".join(to.address).strip() or not to.postal_code.strip():
            problem("P07", "宛先の郵便番号・住所・氏名のいずれかが空です。送付先を確かめてください。")
    if not it.name.strip():
        problem("P07", "券面の氏名が空です。")
    for what, text in names:
        for cluster in fonts.missing_in_names(text):
            problem("P04", f"{what}「{text}」の文字「{cluster}」（{code_points(cluster)}）が印字用の書体にありません。")
    for cluster in fonts.missing_in_text(it.kana + it.symbol + it.number):
        problem("P05", f"記載事項の文字「{cluster}」（{code_points(cluster)}）が本文の書体にありません。")
    return found

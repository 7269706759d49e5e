"""Letters and slips of the eligibility desk (勧奨通知・証明書・連絡票): one side of A4, from plain data. No database."""

from __future__ import annotations

from collections.abc import Sequence
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

VALUE_ROOM = 112.0
"""Width of a value in the table of facts, mm."""


@dataclass(frozen=True, slots=True)
class LetterData:
    """One letter. `facts` are (label, value, whether it is a name); `words` fill the placeholders of the text."""

    code: str
    kind: str
    atena_number: str
    issued_on: date
    office: Office
    destination: Destination
    facts: tuple[tuple[str, str, bool], ...]
    words: tuple[tuple[str, str], ...] = ()
    pull: PullReason | None = None
    mark: str = ""  # 再発行 of a day


@cache
def _texts() -> dict[str, Any]:
    text = (resources.files("kokuho.documents") / "texts" / "office-letters.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def chunk_data(
    documents: Sequence[LetterData], settings: PrintSettings, fonts: FontSet
) -> tuple[dict[str, Any], list[int]]:
    """The input of the template, and the pages of each document: always one."""
    texts = merged(_texts(), settings.texts.get("office-letters", {}))
    made = []
    for it in documents:
        text = {**texts["common"], **texts["kinds"][it.kind]}
        words = dict(it.words)
        made.append(
            {
                "window": window(it.destination, it.code, settings.window, fonts),
                "code": it.code,
                "date": era.long(it.issued_on),
                "mark": it.mark,
                "title": text["title"],
                "lead": filled(text["lead"], **words),
                "rows": [
                    [label, drawn(fitted([value], VALUE_ROOM, 2, (12, 10.5, 9, 8)), fonts) if name else value]
                    for label, value, name in it.facts
                ],
                "cut": text["cut"] if it.kind.startswith("remind") else "",
                "notes": [filled(note, **words) for note in text["notes"]],
                "remedy_head": text["remedy_head"],
                "remedy": _remedy(text, it) if text.get("remedy") else [],
                "contact": text["contact"],
                "signature": f"{it.office.head_title}　{it.office.head_name}".strip(),
                "office": [it.office.desk, f"〒{it.office.postal_code}　{it.office.address}", f"電話 {it.office.phone}　{it.office.hours}"],
            }
        )  # fmt: skip
    return {"title": made[0]["title"], "documents": made}, [1] * len(made)


def _remedy(text: dict[str, Any], it: LetterData) -> list[str]:
    """How the decision can be appealed: 審査請求, 取消しの訴え (行政不服審査法82条, 行政事件訴訟法46条)."""
    places = {"municipality": it.office.municipality, "prefecture": it.office.prefecture, "head": it.office.head_title}
    return [
        filled(text["remedy_request"], **places), filled(text["remedy_order"] + text["remedy_action"], **places),
        filled(text["remedy_exceptions"], **places),
    ]  # fmt: skip


def problems(it: LetterData, fonts: FontSet) -> list[Problem]:
    """P04 a character of a name or address without glyph · P06 barcode · P07 address or name empty."""
    found: list[Problem] = []
    to = it.destination
    if to.bars and not BARS.fullmatch(to.bars):
        found.append(Problem(it.code, it.atena_number, "P06", "カスタマバーコードの棒が67本ではありません。"))
    if not to.name.strip() or not "".join(to.address).strip() or not to.postal_code.strip():
        text = "宛先の郵便番号・住所・氏名のいずれかが空です。送付先を確かめてください。"
        found.append(Problem(it.code, it.atena_number, "P07", text))
    names = [("宛先の氏名", to.name + to.honorific), ("宛先の住所", "".join(to.address))]
    names += [(label, value) for label, value, name in it.facts if name]
    for what, text in names:
        for cluster in fonts.missing_in_names(text):
            reason = f"{what}「{text}」の文字「{cluster}」（{code_points(cluster)}）が印字用の書体にありません。"
            found.append(Problem(it.code, it.atena_number, "P04", reason))
    return found

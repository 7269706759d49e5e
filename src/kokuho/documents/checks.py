"""Whether a notice may be printed: its figures add up, every character has a glyph, the barcode is a barcode.

A document with a problem is never printed half-right; it is listed with a code, whose it is and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kokuho.documents.fonts import FontSet
from kokuho.documents.notice import NoticeData
from kokuho.documents.wording import COMPONENTS, yen

BARS = re.compile(r"[LUDT]{67}")

Report = Callable[[str, str], None]
"""Takes a problem's code and its text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document is not printed. `code` is stable, `text` is for the clerk."""

    number: str  # 通知書番号
    atena_number: str
    code: str
    text: str


class NotPrintable(ValueError):
    """A document was refused; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("；".join(f"{p.number}: [{p.code}] {p.text}" for p in problems))


def code_points(cluster: str) -> str:
    """葛󠄀 → U+845B U+E0100."""
    return " ".join(f"U+{ord(char):04X}" for char in cluster)


def notice_problems(notice: NoticeData, fonts: FontSet) -> list[Problem]:
    """Everything that keeps this notice from being printed; empty when it may be.

    P01 a component does not add up · P02 the total does not · P03 instalments ≠ total · P04 a name or address has a
    character without glyph · P05 a sentence has one · P06 barcode · P07 address or name empty · P08 no components ·
    P09 a member has a share of a component that the notice does not have.
    """
    found: list[Problem] = []

    def problem(code: str, text: str) -> None:
        found.append(Problem(notice.notice_number, notice.payer.atena_number, code, text))

    _amounts(notice, problem)
    _characters(notice, fonts, problem)
    to = notice.destination
    if to.bars and not BARS.fullmatch(to.bars):
        problem("P06", f"カスタマバーコードの棒が67本のL・U・D・Tではありません（{len(to.bars)}本）。")
    if not to.name.strip() or not "".join(to.address).strip() or not to.postal_code.strip():
        problem("P07", "宛先の郵便番号・住所・氏名のいずれかが空です。送付先を確かめてください。")
    return found


def _amounts(notice: NoticeData, problem: Report) -> None:
    if not notice.components:
        problem("P08", "区分ごとの額がありません。")
    known = {part.component for part in notice.components}
    for member in notice.members:
        if any(share.component not in known for share in member.shares):
            problem("P09", f"加入者「{member.name}」に、通知書にない区分の額があります。")
    for part in notice.components:
        levied = part.income_levy + part.asset_levy + part.per_capita_levy + part.per_household_levy
        taken = part.reduction + part.preschool_relief + part.maternity_relief + part.local_relief
        taken += part.cap_excess + part.rounding + part.exemption
        if levied - taken != part.amount:
            name = COMPONENTS[part.component][0]
            problem("P01", f"{name}の内訳が合いません（{yen(levied)}−{yen(taken)}≠{yen(part.amount)}）。")
    total = sum(part.amount for part in notice.components) - notice.total_rounding - notice.total_exemption
    if total != notice.annual_total:
        problem("P02", f"区分の合計{yen(total)}が年額{yen(notice.annual_total)}と合いません。")
    split = sum(part.amount for part in notice.instalments)
    if split != notice.annual_total:
        problem("P03", f"期別の合計{yen(split)}が年額{yen(notice.annual_total)}と合いません。")


def _characters(notice: NoticeData, fonts: FontSet, problem: Report) -> None:
    names = [
        ("納付義務者", notice.payer.name),
        ("納付義務者の住所", notice.payer.address),
        ("宛先の氏名", notice.destination.name + notice.destination.honorific),
        ("宛先の住所", "".join(notice.destination.address)),
        *(("加入者", member.name) for member in notice.members),
    ]
    for what, text in names:
        for cluster in fonts.missing_in_names(text):
            problem("P04", f"{what}「{text}」の文字「{cluster}」（{code_points(cluster)}）が印字用の書体にありません。")
    sentences = [
        notice.notice_number, notice.symbol_number, notice.destination.attention, notice.account, *notice.remarks,
        *(part.label for part in notice.instalments),
        *(remark for member in notice.members for remark in member.remarks),
        *(text for line in notice.explanation for text in (line.label, line.formula, str(line.value), line.authority)),
    ]  # fmt: skip
    for text in sentences:
        for cluster in fonts.missing_in_text(text):
            problem("P05", f"文「{text}」の文字「{cluster}」（{code_points(cluster)}）が本文の書体にありません。")

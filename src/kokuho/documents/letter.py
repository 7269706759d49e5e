"""Page 1 of the decision notice as data for its template: address, total, instalments."""

from __future__ import annotations

from typing import Any

from kokuho.core import era
from kokuho.documents.fit import Fitted, fitted, lines
from kokuho.documents.fonts import FontSet
from kokuho.documents.notice import Destination, NoticeData
from kokuho.documents.settings import AddressWindow
from kokuho.documents.wording import COMPONENTS, METHODS, filled, yen

NAME_ROOM = 52.0
"""Width of the payer's name among the facts of page 1, mm."""
LABEL_ROOM = 18.0
"""Width of an instalment's label, mm."""

# What page 1 leaves for the rows of the instalment table and the sentences under it, mm.
ROWS_AND_METHODS = 97.0
METHOD_ROOM, METHOD_POINTS, METHOD_LINE, METHOD_GAP = 172.0, 9.5, 5.2, 1.4
FACT_LINE = 5.4
ROW_MOST = 8.2


def window(to: Destination, code: str, window: AddressWindow, fonts: FontSet) -> dict[str, Any]:
    """The address block, broken so that it fits the window. `code` helps to sort what the post brings back."""
    room = window.width - 2 * window.padding
    name = fitted([f"{to.name}\u3000{to.honorific}"], room, 2, (15, 13, 11.5, 10))
    most = 3 if to.attention or len(name.lines) > 1 else 4
    address = fitted(to.address, room, most, (11, 10, 9, 8))
    return {
        "postal": to.postal_code,
        "code": code,
        "address": drawn(address, fonts),
        "attention": to.attention,
        "name": drawn(name, fonts),
        "bars": to.bars,
    }


def drawn(text: Fitted, fonts: FontSet) -> dict[str, Any]:
    """A broken name or address with the font of each piece."""
    return {"size": text.points, "lines": [fonts.runs(line) for line in text.lines]}


def methods(notice: NoticeData, words: dict[str, Any]) -> list[str]:
    """How to pay, one sentence for each method that the instalments use."""
    account = f"（{notice.account}）" if notice.account else ""
    places = "、".join(notice.office.payment_places)
    used = dict.fromkeys(part.method for part in notice.instalments)
    return [filled(words["methods"][method], account=account, places=places) for method in used]


def _home(notice: NoticeData) -> Fitted | None:
    """The payer's own address, unless it is protected: then only the window says where the letter goes."""
    if notice.pull == "protected":
        return None
    return fitted([f"〒{notice.payer.postal_code}", notice.payer.address], NAME_ROOM, 3, (9, 8, 7))


def letter(notice: NoticeData, words: dict[str, Any], fonts: FontSet, frame: AddressWindow) -> dict[str, Any]:
    """Everything that page 1 shows."""
    year = era.fiscal_year(notice.fiscal_year)
    rows = [[part.label, era.long(part.due_on), yen(part.amount), METHODS[part.method]] for part in notice.instalments]
    how = methods(notice, words)
    below = sum(lines(text, METHOD_ROOM, METHOD_POINTS) * METHOD_LINE + METHOD_GAP for text in how)
    name, home = fitted([notice.payer.name], NAME_ROOM, 2, (11.5, 10, 9, 8)), _home(notice)
    # A name of two lines or a long address makes the box of facts higher.
    below += FACT_LINE * (len(name.lines) - 1 + max(0, len(home.lines) - 2 if home else 0))
    ratio = notice.reduction.ratio
    return {
        "window": window(notice.destination, notice.notice_number, frame, fonts),
        "number": notice.notice_number,
        "date": era.long(notice.issued_on),
        "mark": notice.mark,
        "title": words["title"],
        "year": year,
        "lead": filled(words["lead"], year=year),
        "total_label": f"{year}の年間{words['short']}額",
        "total": yen(notice.annual_total),
        "facts": [
            [words["payer"], drawn(name, fonts)],
            *([["住所", drawn(home, fonts)]] if home else []),
            ["記号番号", notice.symbol_number],
            ["加入者", f"{len(notice.members)}人" + (f"\u3000（{ratio}割軽減）" if ratio else "")],
        ],
        "rows": rows,
        "label_size": min((fitted([row[0]], LABEL_ROOM, 1, (9.5, 8.5, 7.5)).points for row in rows), default=9.5),
        "row_height": round(min(ROW_MOST, (ROWS_AND_METHODS - below) / max(1, len(rows))), 2),
        "none": filled(words["no_payment"], year=year, short=words["short"]),
        "parts": [[*COMPONENTS[part.component], yen(part.amount)] for part in notice.components],
        "adjustment": yen(-notice.total_rounding - notice.total_exemption)
        if notice.total_rounding or notice.total_exemption
        else "",
        "methods": how,
        "notes": list(notice.remarks),
    }

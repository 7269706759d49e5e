"""The annual decision notice (納入通知書 / 納税通知書): from its data to what the template draws, page by page.

The pages are planned here, from measured heights, so that "2 / 3" is known before the layout and a hundred notices in
one file need no cross references. What the layout really made is compared with the plan after each file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kokuho.core import era
from kokuho.documents import basis, fit
from kokuho.documents.fonts import FontSet
from kokuho.documents.letter import letter
from kokuho.documents.notice import ExplanationLine, NoticeData
from kokuho.documents.settings import PrintSettings
from kokuho.documents.wording import filled, wording, yen

TEXT = "levy-notice"
"""Name of the wording file."""

# Heights in mm of what stands on a page of computation at scale 1; levy-notice.typ sets the same.
PAGE = 265.0
INTRO_GAP, COMPONENT_HEAD, COMPONENT_ROW = 3.0, 18.5, 5.4
SENTENCE_HEAD, SENTENCE_LINE, SENTENCE_GAP, SENTENCE_ROOM, SENTENCE_POINTS = 9.0, 4.45, 0.4, 172.0, 9.0
MEMBER_HEAD, MEMBER_ROWS, MEMBER_TOTAL = 23.5, 10.4, 5.4
STEP_HEAD, STEP_LINE, STEP_GAP = 15.5, 3.7, 0.6
STEP_ROOMS = (36.0, 72.0, 24.0, 40.0)
STEP_POINTS = 7.5

SCALES = (1.15, 1.08, 1.0, 0.9, 0.8)
"""A small household's computation is set larger, the largest that fits one page; below 1 only for huge amounts."""

CELL_POINTS = 8.0
COMPONENT_CELLS, MEMBER_CELLS = (180.0 - 55.0, 2.8), (180.0 - 73.0, 2.8)
"""Width that the columns of amounts share, and the inset of a cell, mm."""


def page_data(notice: NoticeData, settings: PrintSettings, fonts: FontSet) -> list[dict[str, Any]]:
    """The pages of one notice, each with its kind and what it shows, without a blank last side."""
    words = wording(TEXT, notice.levy_kind, settings.texts)
    pages: list[dict[str, Any]] = [{"kind": "letter", "letter": letter(notice, words, fonts, settings.window)}]
    pages += _computation(notice, words, fonts)
    pages.append({"kind": "guide"})
    title = f"{era.fiscal_year(notice.fiscal_year)} {words['title']}"
    # Every page says so, page 1 with the day.
    marked = f"{notice.mark.partition(' ')[0].partition('（')[0]}　" if notice.mark else ""
    for number, page in enumerate(pages, start=1):
        page["foot"] = [title, f"第{notice.notice_number}号", f"{marked}{number} / {len(pages)}"]
    return pages


def _computation(notice: NoticeData, words: dict[str, Any], fonts: FontSet) -> list[dict[str, Any]]:
    table = basis.component_table(notice, words)
    members = basis.member_rows(notice, fonts)
    totals = basis.member_totals(notice)
    notes = basis.sentences(notice, words)
    if any(row["label"] == "調整" for row in totals):
        notes.append(words["member_adjustment"])
    content = _Content(basis.intro(notice, words), table, notes, members, totals, notice.explanation, words)
    readable = [scale for scale in SCALES if content.needs(scale) <= 1] or [SCALES[-1]]
    for scale in [scale for scale in readable if scale >= 1] or readable[:1]:
        pages = content.pages(scale)
        if len(pages) == 1:
            break
    return pages


@dataclass(frozen=True, slots=True)
class _Content:
    """What the pages of computation have to hold, and how it is spread over them."""

    intro: str
    table: dict[str, Any]
    notes: list[str]
    members: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    explanation: tuple[ExplanationLine, ...]
    words: dict[str, Any]

    def needs(self, scale: float) -> float:
        """The part of its cell's width that the widest amount takes; above 1 it would break over two lines."""
        columns = len(self.table["heads"])
        rows = [row for group in self.table["groups"] for row in group["rows"]] + self.table["totals"]
        shown = [(row["cells"], COMPONENT_CELLS) for row in rows]
        shown += [(row["cells"], MEMBER_CELLS) for row in self.totals]
        shown += [(member[key], MEMBER_CELLS) for member in self.members for key in ("income", "per_capita")]
        points = CELL_POINTS * scale
        return max(
            fit.width(max(cells, key=len), points) / (shared / columns - inset) for cells, (shared, inset) in shown
        )

    def pages(self, scale: float) -> list[dict[str, Any]]:
        """One or more pages; the scale enlarges text and rows alike."""
        room = PAGE / scale
        page = {"intro": self.intro, "table": self.table, "notes": self.notes}
        pages = [self._page(scale, **page)]
        used = self._above_members(scale)
        left = self.members
        foot = len(self.totals) * MEMBER_TOTAL
        while left:
            if used + MEMBER_HEAD + len(left) * MEMBER_ROWS + foot <= room:
                pages[-1]["members"] = self._member_table(left, self.totals)
                used += MEMBER_HEAD + len(left) * MEMBER_ROWS + foot
                break
            # The totals stand under the last member only; a page that cannot take a single member is left as it is.
            fitting = min(len(left) - 1, int((room - used - MEMBER_HEAD) // MEMBER_ROWS))
            if fitting > 0:
                pages[-1]["members"] = self._member_table(left[:fitting], [])
                left = left[fitting:]
            pages.append(self._page(scale))
            used = 0.0
        steps = [_step(line, scale) for line in self.explanation]
        while steps:
            taken, height = 0, STEP_HEAD
            while taken < len(steps) and (used + height + steps[taken][1] <= room or not (used or taken)):
                height += steps[taken][1]
                taken += 1
            if taken:
                pages[-1]["steps"] = [cells for cells, _ in steps[:taken]]
                steps, used = steps[taken:], used + height
            if steps:
                pages.append(self._page(scale))
                used = 0.0
        return pages

    def _page(self, scale: float, **content: Any) -> dict[str, Any]:
        return {"kind": "basis", "scale": scale, "short": self.words["short"], **content}

    def _member_table(self, rows: list[dict[str, Any]], totals: list[dict[str, Any]]) -> dict[str, Any]:
        return {"note": self.words["member_rows"], "heads": self.table["heads"], "rows": rows, "totals": totals}

    def _above_members(self, scale: float) -> float:
        rows = sum(len(group["rows"]) for group in self.table["groups"]) + len(self.table["totals"])
        used = INTRO_GAP + COMPONENT_HEAD + rows * COMPONENT_ROW
        used += SENTENCE_LINE * fit.lines(self.intro, SENTENCE_ROOM / scale, SENTENCE_POINTS)
        if self.notes:
            count = sum(fit.lines(note, SENTENCE_ROOM / scale, SENTENCE_POINTS) for note in self.notes)
            used += SENTENCE_HEAD + SENTENCE_LINE * count + SENTENCE_GAP * len(self.notes)
        return used


def _step(line: ExplanationLine, scale: float) -> tuple[list[str], float]:
    """The cells of a step and the height of its row, mm at scale 1."""
    value = "" if line.value is None else yen(line.value) if isinstance(line.value, int) else line.value
    cells = [line.label, line.formula, value, line.authority]
    high = max(fit.lines(text, room / scale, STEP_POINTS) for text, room in zip(cells, STEP_ROOMS, strict=True))
    return cells, high * STEP_LINE + STEP_GAP


def guide(notice: NoticeData, settings: PrintSettings) -> dict[str, Any]:
    """The last page: what follows when one does not pay, help, remedies, law, whom to ask. Many notices share it."""
    words = wording(TEXT, notice.levy_kind, settings.texts)
    office = notice.office
    values = {
        "levy": words["levy"],
        "short": words["short"],
        "municipality": office.municipality,
        "prefecture": office.prefecture,
        "head": office.head_title,
        "ordinance": office.ordinance,
        "places": "、".join(office.payment_places),
    }
    values["seizure"] = filled(words["seizure"], **values)
    return {
        "sections": [
            {"head": part["head"], "body": [filled(text, **values) for text in part["body"]]} for part in words["guide"]
        ],
        "remedy_head": words["remedy_head"],
        "remedy": [
            filled(words["remedy_request"], **values),
            filled(words["remedy_order"] + words["remedy_action"], **values),
            filled(words["remedy_exceptions"], **values),
        ],
        "authority_head": words["authority_head"],
        "authority": filled(words["authority"], **values),
        "office": {
            "municipality": office.municipality,
            "desk": office.desk,
            "postal": office.postal_code,
            "address": office.address,
            "phone": office.phone,
            "hours": office.hours,
            "url": office.url,
            "signature": f"{office.head_title}\u3000{office.head_name}".rstrip(),
        },
    }


def chunk_data(
    notices: Sequence[NoticeData], settings: PrintSettings, fonts: FontSet
) -> tuple[dict[str, Any], list[int]]:
    """What the template needs for a file of notices, and how many pages each takes."""
    guides: list[dict[str, Any]] = []
    known: dict[tuple[object, ...], int] = {}
    entries: list[dict[str, Any]] = []
    for notice in notices:
        key = (notice.office, notice.levy_kind)
        if key not in known:
            known[key] = len(guides)
            guides.append(guide(notice, settings))
        entries.append({"guide": known[key], "pages": page_data(notice, settings, fonts)})
    first = notices[0]
    words = wording(TEXT, first.levy_kind, settings.texts)
    title = f"{era.fiscal_year(first.fiscal_year)} {words['title']}"
    return {"title": title, "guides": guides, "notices": entries}, [len(entry["pages"]) for entry in entries]

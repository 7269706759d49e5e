"""Pages that are put together from a few kinds of block: facts, tables, lists, forms.

The rooms of control (approvals, extracts, media, inspections, incidents …) have many plain pages. A view says what is on
the page; two templates say how it looks, so that all of them look and work alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import linebreaksbr
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from kokuho.core import era
from kokuho.core.clock import JAPAN
from kokuho.core.screens.lists import Listing


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is shown: its words, where it leads, its tone (good, bad, attention, active, quiet), right-aligned or not."""

    text: str
    url: str = ""
    tone: str = ""
    numeric: bool = False
    code: bool = False
    fine: bool = False

    @property
    def short(self) -> bool:
        """A word or two, which does not break within a line."""
        return len(self.text) <= 6

    @property
    def html(self) -> SafeString:
        """As it stands on the page. Made here and not by a template: a list has a thousand cells and more."""
        text = conditional_escape(self.text)
        if self.tone:
            text = format_html('<span class="tag tag-{}">{}</span>', self.tone, text)
        elif self.code:
            text = format_html('<code class="wrap-any small">{}</code>', text)
        else:
            text = linebreaksbr(text)
            text = format_html('<span class="small wrap-any">{}</span>', text) if self.fine else text
        return format_html('<a href="{}">{}</a>', self.url, text) if self.url else text

    @property
    def column(self) -> SafeString:
        """The same as a cell of a table."""
        place = "r" if self.numeric else "nowrap" if self.short else ""
        return format_html('<td class="{}">{}</td>', place, self.html) if place else format_html("<td>{}</td>", self.html)


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and a value."""

    title: str
    rows: Sequence[tuple[str, Cell]]
    span: int = 12
    note: str = ""
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, all of them: for what is short by its nature."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    span: int = 12
    empty: str = "ありません。"
    note: str = ""
    kind: str = "table"

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The headings, and whether figures stand under them."""
        return [
            (heading, any(row[place].numeric for row in self.rows if place < len(row))) for place, heading in enumerate(self.headings)
        ]

    @property
    def lines(self) -> list[list[Cell]]:
        """The rows; a dash or a word among figures stands at the right like them."""
        figures = [numeric for _, numeric in self.heads]
        return [in_columns(row, figures) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list with filters, sorting and pages."""

    list: Listing[Sequence[Cell]]
    empty: str = "該当するものはありません"
    kind: str = "rows"

    @property
    def lines(self) -> Sequence[Sequence[Cell]]:
        """The rows; a dash among figures stands at the right like them."""
        figures = [heading.column.numeric for heading in self.list.headings]
        return [in_columns(row, figures) for row in self.list.rows]


@dataclass(frozen=True, slots=True)
class Ask:
    """A form with its buttons: (value of `act`, words, danger or not). `action` is the address it is sent to."""

    title: str
    form: forms.Form
    buttons: Sequence[tuple[str, str, bool]]
    action: str = ""
    span: int = 12
    note: str = ""
    files: bool = False
    kind: str = "ask"


@dataclass(frozen=True, slots=True)
class Say:
    """A notice on the page: tone good, bad, attention or info."""

    title: str
    text: str
    tone: str = "info"
    span: int = 12
    kind: str = "say"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: title, a line under it, the way up, links at the right, blocks. `paper`: the browser may print it."""

    title: str
    blocks: Sequence[Any]
    intro: str = ""
    up: tuple[tuple[str, str], ...] = ()
    links: Sequence[tuple[str, str]] = ()
    paper: bool = False
    marks: Sequence[Cell] = field(default_factory=tuple)


def show(request: HttpRequest, sheet: Sheet, *, status: int | None = None) -> HttpResponse:
    """The page; 422 when a form on it has errors."""
    wrong = any(isinstance(block, Ask) and block.form.is_bound and block.form.errors for block in sheet.blocks)
    return render(request, "sheet/page.html", {"sheet": sheet}, status=status or (422 if wrong else 200))


def in_columns(row: Sequence[Cell], numeric: Sequence[bool]) -> list[Cell]:
    """A row whose cells stand at the right where their column holds figures."""
    return [replace(cell, numeric=True) if right and not cell.numeric else cell for cell, right in zip(row, numeric, strict=False)]


def cell(value: Any, url: str = "", tone: str = "") -> Cell:
    """A value in the words of the screens: days and moments of the Japanese calendar, figures with separators, 〇 for true."""
    if isinstance(value, Cell):
        return value
    if value is None or value == "":
        return Cell("—", url, tone)
    if isinstance(value, bool):
        return Cell("〇" if value else "×", url, tone)
    if isinstance(value, datetime):
        local = value.astimezone(JAPAN)
        return Cell(f"{era.short(local.date())} {local:%H:%M}", url, tone)
    if isinstance(value, date):
        return Cell(era.short(value), url, tone)
    if isinstance(value, int):
        return Cell(f"{value:,}", url, tone, numeric=True)
    if isinstance(value, list | tuple | set | frozenset):
        return Cell("、".join(cell(item).text for item in value) or "—", url, tone)
    return Cell(era.in_text(str(value)), url, tone)


def name(value: int | str | None, url: str = "") -> Cell:
    """A number that is a name (宛名番号, 番号): without separators."""
    return Cell("—" if value in (None, "") else str(value), url)


def act(at: datetime | None, by: str) -> Cell:
    """When and by whom, or a dash when it has not happened."""
    return Cell(f"{cell(at).text}　{by}") if at else Cell("—")


def row(*values: Any) -> list[Cell]:
    """A row of cells."""
    return [cell(value) for value in values]


def facts(title: str, *pairs: tuple[str, Any], span: int = 12, note: str = "") -> Facts:
    """A block of facts."""
    return Facts(title, [(label, cell(value)) for label, value in pairs], span, note)


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, span: int = 12, empty: str = "ありません。", note: str = ""
) -> Table:
    """A block of rows."""
    return Table(title, headings, [row(*values) for values in rows], span, empty, note)


def cells(convert: Callable[[Any], Sequence[Any]]) -> Callable[[Sequence[Any]], list[Sequence[Cell]]]:
    """For `lists.listing(convert=…)`: a record as a row of cells."""
    return lambda records: [row(*convert(record)) for record in records]

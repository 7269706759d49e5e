"""The assessment as a Word document that an official goes on editing: A4, headings, real tables, Japanese fonts in the styles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

MINCHO, GOTHIC = "ＭＳ 明朝", "ＭＳ ゴシック"
LEFT, RIGHT = Mm(45), Mm(125)
_SHORT = 2
SHADE, OPEN = "E7E6E6", RGBColor(0xC0, 0x00, 0x00)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure within a field of the form. `open` is what the municipality still has to do or to write."""

    title: str
    note: str = ""
    open: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the form: the risk, and its fields with their measures."""

    chapter: str
    section: str
    title: str
    rows: Sequence[tuple[str, Sequence[Measure]]]


def write(path: Path, heading: Sequence[str], tables: Sequence[Table]) -> None:
    """Write the document."""
    document = Document()
    _page(document)
    _styles(document)
    title, *lines = heading
    document.core_properties.title, document.core_properties.language = title, "ja-JP"
    document.add_heading(title, 0)
    for line in lines:
        document.add_paragraph(line)
    chapter = section = ""
    for table in tables:
        if table.chapter != chapter:
            document.add_heading(table.chapter, 1)
        if table.section != section:
            document.add_heading(table.section, 2)
        chapter, section = table.chapter, table.section
        _table(document, table)
    document.save(str(path))


def _page(document: Any) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(20)
    # The number of the page, as a field that the word processor counts.
    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = 1
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


def _styles(document: Any) -> None:
    # Word takes the eastAsia font for Japanese and the theme's font when a style names none.
    for name, font, size in (
        ("Normal", MINCHO, 10.5), ("Title", GOTHIC, 15), ("Heading 1", GOTHIC, 13), ("Heading 2", GOTHIC, 11.5), ("Table Grid", MINCHO, 10),
    ):  # fmt: skip
        style = document.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for attribute in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{attribute}"), font)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "ja-JP")
        language.set(qn("w:eastAsia"), "ja-JP")
        style.element.get_or_add_rPr().append(language)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)


def _table(document: Any, told: Table) -> None:
    table = document.add_table(rows=1, cols=2, style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, (LEFT, RIGHT), strict=True):
        column.width = width
    head = table.rows[0].cells[0].merge(table.rows[0].cells[1])
    _shade(head)
    head.paragraphs[0].add_run(told.title).bold = True
    head.paragraphs[0].paragraph_format.keep_with_next = True
    # A table that runs over the page repeats its heading. A short row is not torn; a long one may be, else it leaves half a page empty.
    _mark(table.rows[0], "w:tblHeader")
    for label, measures in told.rows:
        row = table.add_row()
        if len(measures) <= _SHORT:
            _mark(row, "w:cantSplit")
        field, text = row.cells
        field.width, text.width = LEFT, RIGHT
        _shade(field)
        field.paragraphs[0].add_run(label)
        _fill(text, measures)
    document.add_paragraph()


def _fill(cell: Any, measures: Sequence[Measure]) -> None:
    first = True
    for entry in measures:
        for words, todo in ((entry.title, False), (entry.note, False), (entry.open, True)):
            if not words:
                continue
            paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
            first = False
            paragraph.paragraph_format.space_after = Pt(2)
            run = paragraph.add_run(words)
            if todo:
                run.font.color.rgb = OPEN


def _mark(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), SHADE)
    cell._tc.get_or_add_tcPr().append(shade)

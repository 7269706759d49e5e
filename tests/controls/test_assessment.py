"""The draft of the assessment says what the checks saw, and never that something is sufficient which failed or was not checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kokuho.controls.catalogue import controls


def test_every_control_has_its_place_in_the_form(database_name: str) -> None:
    from kokuho.controls import assessment

    assert assessment.placed() == set(controls())


def test_the_document_is_filled_from_results(database_name: str, tmp_path: Path) -> None:
    from kokuho.controls import assessment
    from kokuho.controls.framework import FAILED, NOT_APPLICABLE, PASSED, Observation, Result

    def result(control: str, state: str, reason: str = "") -> Result:
        entry = controls()[control]
        return Result(
            control,
            entry.group,
            entry.title,
            entry.mark,
            state,
            reason,
            (Observation("<試した>こと", "拒否", True),),
            {"auth.idle_lock_minutes": "10分", "値": 5},
        )

    results = [result(control, PASSED) for control in controls()]
    assert assessment.sufficient(results) == "十分である"
    results[0] = result("AUTH-01", FAILED, "終了日のないID")
    results[-1] = result("OPS-07", NOT_APPLICABLE, "まだない")
    assert assessment.sufficient(results[:1]) == assessment.sufficient(results[-1:]) == "課題が残されている"
    assert assessment.sufficient([*results[1:5], None]) == assessment.sufficient([None]) == "点検の結果なし"
    assert assessment.sufficient([results[0], None]) == "課題が残されている"
    target = tmp_path / "評価書.html"
    assessment.write(target, results, on=date(2026, 7, 1), municipality="川口市")
    text = target.read_text("utf-8")
    for words in (
        "川口市",
        "令和8年7月1日",
        "リスク2：権限のない者",
        "【要対応】終了日のないID",
        "【記入】まだない",
        "&lt;試した&gt;こと",
        "設定: 離席時に画面をロックするまでの時間 10分、値 5。",
    ):
        assert words in text, words
    assert "<試した>" not in text and text.count("</table>") == 33
    answers = [line for line in text.splitlines() if "＜選択肢＞" in line]
    assert len(answers) == 25 and text.count("1）特に力を入れて行っている") == 3
    assert "［　十分に行っていない　］" in text and "［　課題が残されている　］" in text and "［　十分である　］" in text
    assessment.write(target, results[1:5], on=date(2026, 7, 1), municipality="川口市")
    partly = target.read_text("utf-8")
    assert "［　十分である　］" not in partly and "【要点検】点検していない項目: AUTH-01" in partly
    with pytest.raises(ValueError, match="docx"):
        assessment.write(tmp_path / "a.pdf", results, on=date(2026, 7, 1), municipality="x")
    word = tmp_path / "評価書.docx"
    assessment.write(word, results, on=date(2026, 7, 1), municipality="川口市")
    check_word(word, len(list(assessment.tables({}))))


def check_word(path: Path, tables: int) -> None:
    """The Word document has the same tables, with headings of its own and Japanese fonts in its styles."""
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(str(path))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert len(document.tables) == tables > 25
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "ＭＳ 明朝"
    assert next(p.text for p in document.paragraphs if p.style.name == "Heading 1").startswith("Ⅲ")
    cells = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    choices = "　　＜選択肢＞\n1）特に力を入れている　2）十分である　3）課題が残されている"
    for words in ("【要対応】終了日のないID", "【記入】まだない", "<試した>こと", "［　課題が残されている　］", choices):
        assert words in cells, words
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in document.tables)

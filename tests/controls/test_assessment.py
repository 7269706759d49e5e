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
            {"値": 5},
        )

    results = [result(control, PASSED) for control in controls()]
    assert assessment.sufficient(results) == "2）十分である"
    results[0] = result("AUTH-01", FAILED, "終了日のないID")
    results[-1] = result("OPS-07", NOT_APPLICABLE, "まだない")
    assert assessment.sufficient(results[:1]) == assessment.sufficient(results[-1:]) == "3）課題が残されている"
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
        "設定: 値 5",
    ):
        assert words in text, words
    assert "<試した>" not in text and text.count("リスクへの対策は十分か") == text.count("</table>") > 25
    with pytest.raises(ValueError, match="html"):
        assessment.write(tmp_path / "a.docx", results, on=date(2026, 7, 1), municipality="x")

"""Tables Ⅲ and Ⅳ of a 特定個人情報保護評価書 (全項目評価書), filled from what the checks saw: a draft to edit in a word processor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from kokuho import __version__
from kokuho.controls import assessment_word
from kokuho.controls.assessment_word import Measure, Table
from kokuho.controls.catalogue import read_data
from kokuho.controls.framework import FAILED, NOT_APPLICABLE, PASSED, Result, words
from kokuho.core import era, parameters

_STYLE = """
body { font-family: "MS Mincho", "ＭＳ 明朝", "Noto Serif CJK JP", serif; font-size: 10.5pt; margin: 20mm; }
h1 { font-size: 14pt; } h2 { font-size: 12pt; } h3 { font-size: 11pt; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #000; padding: 3pt 5pt; vertical-align: top; text-align: left; }
th { width: 28%; font-weight: normal; background: #eee; } p { margin: 2pt 0; } .todo { color: #c00; }
"""
# The form's own answers to リスクへの対策は十分か.
_OPEN_WORDS = {FAILED: "【要対応】", NOT_APPLICABLE: "【記入】"}
# The form's questions, whether the answer stands before or behind the measures, and its three answers in their order.
_ASKED: Mapping[str, tuple[str, bool, tuple[str, str, str]]] = {
    "risk": ("リスクへの対策は十分か", False, ("特に力を入れている", "十分である", "課題が残されている")),
    "practice": ("", True, ("特に力を入れて行っている", "十分に行っている", "十分に行っていない")),
}
_EMPTY = Measure("", open="【記入】")


def write(path: Path, results: Sequence[Result], *, on: date, municipality: str) -> None:
    """Write the document: Word (`.docx`) or, for a quick look, `.html`. Raises ValueError for another kind of file."""
    by_id, suffix = {result.id: result for result in results}, path.suffix.lower()
    if suffix == ".docx":
        assessment_word.write(path, heading(on, municipality), list(tables(by_id)))
    elif suffix in (".html", ".htm"):
        path.write_text("\n".join(_document(by_id, on, municipality)), encoding="utf-8")
    else:
        raise ValueError(f"{path.name}: 評価書は .docx（ワープロソフトで編集できます）又は .html で書きます。")


def heading(on: date, municipality: str) -> tuple[str, ...]:
    """Title and the lines below it."""
    return (
        "特定個人情報保護評価書（全項目評価書）　Ⅲ・Ⅳ（案）",
        f"{municipality}　国民健康保険に関する事務　{era.long(on)}点検　（Kokuho {__version__}）",
        "各欄は、動いているシステムの点検（kokuho controls）の結果から作った案です。運用の実態に合わせて加筆・修正してください。",
    )


def tables(results: Mapping[str, Result]) -> Iterator[Table]:
    """The tables of the form in their order, each field with its measures."""
    for chapter, section, risk in _risks():
        rows = []
        for label, controls in risk["measures"].items():
            found = [measure(results[control]) for control in controls if control in results]
            left = [control for control in controls if control not in results]
            rows.append((label, found + [_unchecked(left)] * bool(left) or [_EMPTY]))
        shown = [results.get(control) for controls in risk["measures"].values() for control in controls]
        if asked := _ASKED.get(risk.get("asks", "risk")):
            label, first, answers = asked
            choices = "　".join(f"{number}）{words}" for number, words in enumerate(answers, start=1))
            answer = Measure(f"［　{sufficient(shown, answers)}　］　　＜選択肢＞", choices)
            rows.insert(0 if first else len(rows), (label or risk["title"].lstrip("①②"), [answer]))
        yield Table(chapter, section, risk["title"], rows)


def placed() -> set[str]:
    """The controls that stand somewhere in the document."""
    return {control for _, _, risk in _risks() for measures in risk["measures"].values() for control in measures}


def _risks() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for chapter in read_data("assessment.yaml")["chapters"]:
        for section in chapter["sections"]:
            for risk in section["risks"]:
                yield chapter["title"], section["title"], risk


def _document(results: Mapping[str, Result], on: date, municipality: str) -> Iterator[str]:
    title, about, note = heading(on, municipality)
    yield '<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>特定個人情報保護評価書　Ⅲ・Ⅳ（案）</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(about)}</p><p>{escape(note)}</p>"
    chapter = section = ""
    for table in tables(results):
        if table.chapter != chapter:
            yield f"<h2>{escape(table.chapter)}</h2>"
        if table.section != section:
            yield f"<h3>{escape(table.section)}</h3>"
        chapter, section = table.chapter, table.section
        yield f'<table><tr><th colspan="2"><b>{escape(table.title)}</b></th></tr>'
        for label, measures in table.rows:
            yield f"<tr><th>{escape(label)}</th><td>{''.join(_paragraph(entry) for entry in measures)}</td></tr>"
        yield "</table>"
    yield "</body></html>"


def _paragraph(entry: Measure) -> str:
    told = [escape(entry.title), escape(entry.note), f'<span class="todo">{escape(entry.open)}</span>' if entry.open else ""]
    return f"<p>{'<br>'.join(part for part in told if part)}</p>"


def sufficient(results: Sequence[Result | None], answers: Sequence[str] = _ASKED["risk"][2]) -> str:
    """The form's answer that the results of a risk's controls allow: never 十分 while one fails, could not be checked or, None here, was
    not run."""
    if any(result is not None and result.state != PASSED for result in results):
        return answers[2]
    return answers[1] if results and None not in results else "点検の結果なし"


def _unchecked(controls: Sequence[str]) -> Measure:
    """The controls of a line that were left out of the checks."""
    return Measure("", open=f"【要点検】点検していない項目: {'、'.join(controls)}")


def measure(result: Result) -> Measure:
    """What the form says of one control: what was seen and under which values, or what is still to be done."""
    title = f"・{result.title}（{result.id}）"
    if result.state != PASSED:
        return Measure(title, open=f"{_OPEN_WORDS[result.state]}{result.reason}")
    seen = "、".join(entry.what for entry in result.observations[:4])
    known = parameters.catalogue()
    shown = [(known[name].label if name in known else name, value) for name, value in result.parameters.items()]
    values = "、".join(f"{name} {words(value)}" for name, value in shown[:4])
    note = f"確認したこと: {seen}" + (f"など、計{len(result.observations)}項目。" if len(result.observations) > 4 else "。") if seen else ""
    return Measure(title, note + (f"設定: {values}。" if values else ""))

"""Tables Ⅲ and Ⅳ of a 特定個人情報保護評価書 (全項目評価書), filled from what the checks saw: a draft to edit in a word processor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from kokuho import __version__
from kokuho.controls.catalogue import read_data
from kokuho.controls.framework import FAILED, NOT_APPLICABLE, PASSED, Result
from kokuho.core import era

_STYLE = """
body { font-family: "MS Mincho", "ＭＳ 明朝", "Noto Serif CJK JP", serif; font-size: 10.5pt; margin: 20mm; }
h1 { font-size: 14pt; } h2 { font-size: 12pt; } h3 { font-size: 11pt; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #000; padding: 3pt 5pt; vertical-align: top; text-align: left; }
th { width: 28%; font-weight: normal; background: #eee; } p { margin: 2pt 0; } .todo { color: #c00; }
"""
# The form's own answers to リスクへの対策は十分か.
ENOUGH, OPEN = "2）十分である", "3）課題が残されている"


def write(path: Path, results: Sequence[Result], *, on: date, municipality: str) -> None:
    """Write the document. Raises ValueError for a kind of file that is not written."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path.name}: 評価書は .html で書きます（ワープロソフトで開いて編集できます）。")
    path.write_text("\n".join(_document({result.id: result for result in results}, on, municipality)), encoding="utf-8")


def placed() -> set[str]:
    """The controls that stand somewhere in the document."""
    return {control for _, _, risk in _risks() for measures in risk["measures"].values() for control in measures}


def _risks() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for chapter in read_data("assessment.yaml")["chapters"]:
        for section in chapter["sections"]:
            for risk in section["risks"]:
                yield chapter["title"], section["title"], risk


def _document(results: Mapping[str, Result], on: date, municipality: str) -> Iterator[str]:
    yield '<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>特定個人情報保護評価書　Ⅲ・Ⅳ（案）</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>特定個人情報保護評価書（全項目評価書）　Ⅲ・Ⅳ（案）</h1>"
    yield f"<p>{escape(municipality)}　国民健康保険に関する事務　{era.long(on)}点検　（Kokuho {__version__}）</p>"
    yield "<p>各欄は、動いているシステムの点検（kokuho controls）の結果から作った案です。運用の実態に合わせて加筆・修正してください。</p>"
    chapter = section = ""
    for new_chapter, new_section, risk in _risks():
        if new_chapter != chapter:
            yield f"<h2>{escape(new_chapter)}</h2>"
        if new_section != section:
            yield f"<h3>{escape(new_section)}</h3>"
        chapter, section = new_chapter, new_section
        yield from _table(risk, results)
    yield "</body></html>"


def _table(risk: Mapping[str, Any], results: Mapping[str, Result]) -> Iterator[str]:
    yield f'<table><tr><th colspan="2"><b>{escape(risk["title"])}</b></th></tr>'
    shown: list[Result] = []
    for label, controls in risk["measures"].items():
        found = [results[control] for control in controls if control in results]
        shown += found
        yield f"<tr><th>{escape(label)}</th><td>{''.join(_measure(result) for result in found)}</td></tr>"
    yield f"<tr><th>リスクへの対策は十分か</th><td>{escape(sufficient(shown))}</td></tr></table>"


def sufficient(results: Sequence[Result]) -> str:
    """The form's answer that these results allow: never 十分 while one fails or could not be checked."""
    if not results:
        return "（点検の結果がありません）"
    return ENOUGH if all(result.state == PASSED for result in results) else OPEN


def _measure(result: Result) -> str:
    title = f"・{escape(result.title)}（{result.id}）"
    if result.state == PASSED:
        seen = "、".join(escape(entry.what) for entry in result.observations[:4])
        values = "、".join(
            f"{escape(str(name))} {escape(str(value))}" for name, value in list(result.parameters.items())[:4]
        )
        note = f"確認したこと: {seen} ほか計{len(result.observations)}項目。" if seen else ""
        return f"<p>{title}<br>{note}{f'設定: {values}。' if values else ''}</p>"
    word = {FAILED: "【要対応】", NOT_APPLICABLE: "【記入】"}[result.state]
    return f'<p>{title}<br><span class="todo">{word}{escape(result.reason)}</span></p>'

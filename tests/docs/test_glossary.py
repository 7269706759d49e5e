"""docs/glossary.md holds the words of the code: one line a term, one term a word, and every table and right by them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# English of everyday programming and office life, which needs no line of its own.
PLAIN = {
    "archive", "candidate", "change", "code", "document", "event", "fact", "file", "form", "history", "holiday", "image", "input",
    "line", "mark", "order", "other", "password", "period", "plan", "record", "report", "row", "rule", "run", "scope", "search",
    "step", "task", "time", "view", "write",
}  # fmt: skip
# Japanese beside the terms in the name of a table.
PLAIN_WORDS = (
    "の", "前", "過去", "時刻", "実行", "記録", "対象", "候補", "回答", "相手方", "世帯", "経過", "行", "種類", "工程", "ファイル", "休日",
    "職員", "できごと", "出来事", "閲覧・廃棄", "パスワード", "点検", "退避", "設定", "承認", "請求", "条件", "年金", "個別事項", "事実",
    "案",
)  # fmt: skip


def _terms(cell: str) -> list[str]:
    """The terms of a cell; what stands in brackets tells two meanings of a word apart."""
    outside = re.sub(r"[（(][^）)]*[）)]", lambda found: found.group().replace("、", "・").replace(",", ";"), cell)
    return [term.strip() for term in re.split(r"[、,:：]", outside) if term.strip()]


@cache
def _rows() -> list[tuple[list[str], list[str]]]:
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [(_terms(row[0]), _terms(row[1])) for row in cells if row[0] != "English"]


@cache
def _english() -> set[str]:
    words = {word for english, _ in _rows() for term in english for word in re.findall(r"[a-z]+", term.lower())}
    return words | {word.removesuffix("s") for word in words} | PLAIN


@cache
def _japanese() -> list[str]:
    terms = {re.sub(r"（.*?）", "", term) for _, japanese in _rows() for term in japanese} | set(PLAIN_WORDS)
    return sorted(terms, key=len, reverse=True)


@pytest.mark.parametrize("column", [0, 1], ids=["english", "japanese"])
def test_every_term_has_one_line(column: int) -> None:
    counted = Counter(term.lower() for row in _rows() for term in row[column])
    assert [term for term, times in counted.items() if times > 1] == []


def _models() -> list[type]:
    from django.apps import apps

    ours = [model for config in apps.get_app_configs() if config.name.startswith("kokuho") for model in config.get_models()]
    return [model for model in ours if not hasattr(model, "pgh_tracked_model")]


def test_every_table_is_called_by_terms_of_the_glossary(database_name: str) -> None:
    unknown = {}
    for model in _models():
        words = [word.lower() for word in re.findall(r"[A-Z][a-z]*", model.__name__)]
        rest = str(model._meta.verbose_name)  # type: ignore[attr-defined]
        for term in _japanese():
            rest = rest.replace(term, " ")
        rest = re.sub(r"[（）・ 、]", "", rest)
        if missing := [word for word in words if word not in _english()] + ([rest] if rest else []):
            unknown[model.__name__] = missing
    assert unknown == {}, "a line in docs/glossary.md"


def test_every_right_begins_with_a_term_of_the_glossary(database_name: str) -> None:
    from kokuho.core import access

    written = {"mynumber": "number", "keep": "keeping"}  # in one word; by what one does
    groups = {name.partition(".")[0] for name in access.catalogue()["capabilities"]}
    assert {group for group in groups if not {written.get(group, group), group.removesuffix("s")} & _english()} == set()

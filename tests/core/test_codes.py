"""A code says one thing: whoever reads it to the desk, to the log or to the vendor is understood."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import kokuho
from kokuho.controls import catalogue

ROOT = Path(kokuho.__file__).parent
# One list of reasons that several kinds share: changes of eligibility (docs/functions/shi.md), a 団体コード not in use on the day.
TOGETHER = re.compile(r"E\d+|A33")
# Classes of two rooms with one name.
NAMESAKES = ("NoticeError", "NumberError", "RegistrationError")


def _raised() -> dict[str, set[str]]:
    """Code → the families of errors (class, with its module where two have one name) that are made with it."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    coded = {
        node.name for tree in trees.values() for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "CodedError" for base in node.bases)
    }  # fmt: skip
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in trees.items():
        room = ".".join(path.relative_to(ROOT).parts[:2])
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in coded:
                found[str(node.args[0].value)].add(f"{name} of {room}" if name in NAMESAKES else name)
    return found


def test_a_code_belongs_to_one_kind_of_error_or_to_a_control() -> None:
    """Numbered codes are one class's own; words after a control's ID (ENTRY-02, VENDOR-01-WORKER) say which control refuses."""
    raised = _raised()
    assert len(raised) > 300
    numbered = {code: kinds for code, kinds in raised.items() if re.fullmatch(r"[A-Z]+\d+", code)}
    assert {code: kinds for code, kinds in numbered.items() if len(kinds) > 1 and not TOGETHER.fullmatch(code)} == {}
    named = {code for code in raised if (found := re.match(r"[A-Z]+-\d\d", code)) and found.group() not in catalogue.controls()}
    assert named == set(), "no control of this ID"


def _actions() -> list[tuple[str, ast.FunctionDef]]:
    """Every public function that somebody does something with: `by` is named, in the rooms of actions and doors."""
    paths = [
        path for path in sorted(ROOT.rglob("*.py")) if "actions" in str(path.relative_to(ROOT)) or path.is_relative_to(ROOT / "exchange")
    ]  # fmt: skip
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", node) for path in paths for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and any(one.arg == "by" for one in node.args.kwonlyargs)
    ]  # fmt: skip


def _says(text: str, code: str) -> bool:
    """Whether a docstring names a code: in full, within `L01–L04`, or by its last word after another of the same control."""
    if code in text or ("-" in code and f"-{code.rpartition('-')[2]}" in text):
        return True
    letters, number = re.fullmatch(r"(.*?)(\d*)", code).groups()  # type: ignore[union-attr]
    spans = re.findall(rf"\b{re.escape(letters)}(\d+)[–-]{re.escape(letters)}(\d+)", text)
    return bool(number) and any(int(first) <= int(number) <= int(last) for first, last in spans)


def test_every_action_says_which_codes_it_raises() -> None:
    found = _actions()
    assert len(found) > 150
    silent = {}
    for name, node in found:
        text = ast.get_docstring(node) or ""
        raised = [
            one.exc.args[0].value for one in ast.walk(node)
            if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call) and one.exc.args and isinstance(one.exc.args[0], ast.Constant)
        ]  # fmt: skip
        missing = [code for code in raised if re.match(r"[A-Z]+-?\d|[A-Z]+-[A-Z]+", str(code)) and not _says(text, code)]
        if missing or not text:
            silent[name] = missing
    assert silent == {}

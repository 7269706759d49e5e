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

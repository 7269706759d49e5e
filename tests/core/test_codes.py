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


def _coded() -> tuple[dict[Path, ast.Module], set[str]]:
    """Every module, and the classes of errors with a code."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    return trees, {
        node.name for tree in trees.values() for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "CodedError" for base in node.bases)
    }  # fmt: skip


def _raised() -> dict[str, set[str]]:
    """Code → the families of errors (class, with its module where two have one name) that are made with it."""
    trees, coded = _coded()
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


def _texts(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _listed() -> set[str]:
    """Codes that stand beside their sentence without being raised: what a record of a file meets, kept as a work item."""
    trees, coded = _coded()
    found: set[str] = set()
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        if isinstance(node, ast.Dict):
            beside = [[key, value] for key, value in zip(node.keys, node.values, strict=True) if key is not None]
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            beside = [] if name in coded or name == "refused" else [node.args]
        else:
            beside = [node.elts] if isinstance(node, ast.Tuple) else []
        for parts in beside:
            texts = [_texts(part) for part in parts]
            if any(re.search("[ぁ-ん].*。", "".join(text)) for text in texts):
                found |= {text[0] for text in texts if len(text) == 1 and re.fullmatch(r"[A-Z]+\d+", text[0])}
    return found


def test_what_a_record_meets_and_what_a_person_is_told_never_share_a_code() -> None:
    listed = _listed()
    assert {"S20", "H01", "R01", "U04"} < listed and len(listed) > 100
    assert {code for code in listed & set(_raised()) if not code.startswith("X")} == set()  # X: a refusal of the file as a whole


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

"""One file of a print run: load, check, set, write sealed (NET-04): `out` is a folder of the document store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from typst import TypstError

from kokuho.core import sealing
from kokuho.documents.checks import Problem
from kokuho.documents.engine import LayoutError, Prepared, compiled, forget, prepared
from kokuho.documents.fonts import font_set
from kokuho.documents.kinds import DocumentKind
from kokuho.documents.notice import PullReason
from kokuho.documents.settings import PrintSettings

Load = Callable[[Sequence[str]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class PrintItem:
    """One document of a run, before it is loaded."""

    number: str  # 文書番号, unique in the run
    atena_number: str
    postal_code: str
    barcode: str  # customer barcode characters, for the order of print and the printer's list
    pull: PullReason | None = None
    deliverable: bool = True  # False with pull="protected": no safe 送付先 is registered
    hold: bool = False  # printed in its place, flagged 保留 in the print list
    ward: str = ""  # 行政区 of the person's address, by which a run may be divided


@dataclass(frozen=True, slots=True)
class Bundle:
    """The documents of one file."""

    folder: str
    name: str
    items: tuple[PrintItem, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a document stands in its file: first side (from 1), sides with a blank last one, pages that carry text."""

    number: str
    first: int
    sides: int
    pages: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a bundle. `sha256` and `size` are empty when nothing could be printed."""

    folder: str
    name: str
    items: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    sha256: str
    size: int
    kept: bool

    @property
    def file(self) -> str:
        """Name of the PDF."""
        return f"{self.name}.pdf"


def state_file(out: Path, folder: str, name: str) -> Path:
    """The note beside a finished file: what it was made from and its hash. Not part of what goes to the printer."""
    return out / ".state" / f"{folder}-{name}.json"


def print_bundle(kind: DocumentKind, load: Load, out: Path, settings: PrintSettings, bundle: Bundle) -> Outcome:
    """Print one bundle, or keep its file when it is already there from the same input."""
    documents, problems = _fit_to_print(kind, load, settings, bundle)
    pdf_file = out / bundle.folder / f"{bundle.name}.pdf"

    def outcome(rows: tuple[Row, ...], sha256: str, size: int, kept: bool) -> Outcome:
        return Outcome(bundle.folder, bundle.name, len(bundle.items), rows, tuple(problems), sha256, size, kept)

    while documents:
        it = prepared(kind, documents, settings)
        rows = _rows([kind.number(document) for document in documents], it)
        digest = it.digest
        kept = _kept(out, bundle, digest)
        if kept is not None:
            return outcome(rows, *kept, True)
        try:
            pdf = compiled(it)
            forget()
        except (LayoutError, TypstError) as error:
            documents, found = _without_culprits(kind, documents, settings, bundle, error)
            problems += found
            continue
        sha256 = hashlib.sha256(pdf).hexdigest()
        sealing.write_sealed(pdf_file, pdf)
        note = {"made_from": digest, "sha256": sha256, "size": len(pdf)}
        sealing.write_sealed(state_file(out, bundle.folder, bundle.name), json.dumps(note).encode())
        return outcome(rows, sha256, len(pdf), False)
    pdf_file.unlink(missing_ok=True)
    return outcome((), "", 0, False)


def _fit_to_print(
    kind: DocumentKind, load: Load, settings: PrintSettings, bundle: Bundle
) -> tuple[list[Any], list[Problem]]:
    """The documents that may be printed in this bundle, and why the others may not.

    P90 the document is gone · P91 its 引抜 changed since the run was planned: a person protected in between is never
    printed by the normal run. P01…P08 are the kind's own.
    """
    loaded = {kind.number(document): document for document in load([item.number for item in bundle.items])}
    fonts = font_set(settings)
    documents, problems = [], []
    for item in bundle.items:
        document = loaded.get(item.number)
        if document is None:
            found = [Problem(item.number, item.atena_number, "P90", "文書のデータが見つかりません。")]
        elif kind.pull(document) != item.pull:
            found = [
                Problem(item.number, item.atena_number, "P91", "引抜の区分が変わりました。もう一度実行してください。")
            ]
        else:
            found = kind.problems(document, fonts)
        if found:
            problems += found
        else:
            documents.append(document)
    return documents, problems


def _rows(numbers: Sequence[str], it: Prepared) -> tuple[Row, ...]:
    rows, first = [], 1
    for number, sides, pages in zip(numbers, it.sides, it.pages, strict=True):
        rows.append(Row(number, first, sides, pages))
        first += sides
    return tuple(rows)


def _kept(out: Path, bundle: Bundle, made_from: str) -> tuple[str, int] | None:
    try:
        note = json.loads(sealing.read_sealed(state_file(out, bundle.folder, bundle.name)))
        content = sealing.read_sealed(out / bundle.folder / f"{bundle.name}.pdf")
    except (FileNotFoundError, ValueError, InvalidTag):
        return None
    if note["made_from"] != made_from or hashlib.sha256(content).hexdigest() != note["sha256"]:
        return None
    return note["sha256"], note["size"]


def _without_culprits(
    kind: DocumentKind, documents: list[Any], settings: PrintSettings, bundle: Bundle, error: Exception
) -> tuple[list[Any], list[Problem]]:
    """After a failed layout: halves the documents until those that cannot be set stand alone (P92).

    Raises LayoutError when every document can be set by itself: then the fault is not one document's.
    """
    atena = {item.number: item.atena_number for item in bundle.items}
    found: dict[str, Problem] = {}

    def search(some: list[Any]) -> None:
        try:
            compiled(prepared(kind, some, settings))
        except (LayoutError, TypstError) as alone:
            if len(some) > 1:
                search(some[: len(some) // 2])
                search(some[len(some) // 2 :])
                return
            number = kind.number(some[0])
            text = f"紙面に収まらないか、組版できません（{alone}）。"
            found[number] = Problem(number, atena[number], "P92", text)

    search(documents[: len(documents) // 2])
    search(documents[len(documents) // 2 :])
    if not found:
        raise LayoutError(f"{bundle.folder}/{bundle.name}: {error}") from error
    good = [document for document in documents if kind.number(document) not in found]
    problems = [found[kind.number(document)] for document in documents if kind.number(document) in found]
    return good, problems

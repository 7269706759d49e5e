"""Typst, kept ready: one compiler per process and kind of document, its fonts loaded once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import typst

from kokuho.documents.fonts import font_set
from kokuho.documents.kinds import KINDS, DocumentKind
from kokuho.documents.settings import PrintSettings

CACHED_LAYOUTS = 10
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")


class LayoutError(RuntimeError):
    """The layout made another number of pages than was planned: a text ran over its page."""


@cache
def _templates() -> Path:
    return Path(str(resources.files("kokuho.documents") / "templates"))


@cache
def _compiler(template: str, directories: tuple[str, ...]) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(directories))
    # Root "/": the picture of the seal may stand anywhere on this machine; templates are part of the product.
    return typst.Compiler(str(_templates() / template), root="/", font_paths=fonts)


def ready(settings: PrintSettings) -> None:
    """Raises FontsMissing or FileNotFoundError when something that every document needs is not on this machine."""
    font_set(settings)
    if settings.seal.image is not None and not Path(settings.seal.image).is_file():
        raise FileNotFoundError(f"公印の画像 {settings.seal.image} がありません。")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file's input for its template."""

    kind: DocumentKind
    data: str  # JSON
    pages: tuple[int, ...]  # pages with text, by document
    sides: tuple[int, ...]  # the same with a blank last side where documents start on the front of a sheet
    dated: date
    settings: PrintSettings

    @property
    def digest(self) -> str:
        """SHA-256 over everything that shapes the bytes: data, template, Typst's version, fonts, the seal's picture."""
        digest = hashlib.sha256(self.data.encode())
        digest.update(self.dated.isoformat().encode())
        digest.update(_machine_digest(self.kind.template, self.settings.seal.image).encode())
        digest.update(json.dumps(font_set(self.settings).versions(), sort_keys=True).encode())
        return digest.hexdigest()


@cache
def _machine_digest(template: str, seal: str | None) -> str:
    digest = hashlib.sha256(metadata.version("typst").encode())
    for name in (template, "lib.typ"):
        digest.update((_templates() / name).read_bytes())
    if seal is not None:
        digest.update(Path(seal).read_bytes())
    return digest.hexdigest()


def prepared(kind: DocumentKind, documents: Sequence[Any], settings: PrintSettings) -> Prepared:
    """The input of a file that holds these documents; at least one."""
    data, pages = kind.chunk_data(documents, settings, font_set(settings))
    data["setup"] = _setup(settings)
    sides = tuple(count + count % 2 if settings.duplex else count for count in pages)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Prepared(kind, text, tuple(pages), sides, kind.dated(documents[0]), settings)


def _setup(settings: PrintSettings) -> dict[str, Any]:
    return {
        "duplex": settings.duplex,
        "accent": settings.accent,
        "text_font": settings.text_font,
        "name_fonts": list(settings.name_fonts),
        "window": asdict(settings.window),
        "barcode_points": settings.barcode_points,
        "seal": asdict(settings.seal),
        "fold_marks": settings.fold_marks,
    }


def compiled(it: Prepared) -> bytes:
    """The PDF (PDF/UA-1), the same bytes for the same input.

    Raises LayoutError when it has another number of sides than planned, typst.TypstError when it cannot be set.
    """
    # The document's own date, not the moment of printing, so that a repeated run gives the same file.
    moment = datetime.combine(it.dated, time(), tzinfo=UTC)
    pdf = _compiler(it.kind.template, font_set(it.settings).directories).compile(
        format="pdf", sys_inputs={"data": it.data}, pdf_standards=["ua-1"], timestamp=moment
    )
    assert isinstance(pdf, bytes)
    found = _PAGES.search(pdf)
    made = int(found.group(1)) if found else 0
    if made != sum(it.sides):
        raise LayoutError(f"{made}ページになりました（予定は{sum(it.sides)}ページ）。")
    return pdf


def forget() -> None:
    """Let Typst drop what it remembers of the last file, so that a process printing a city needs no more memory than
    one printing a chunk: its cache keeps what any of the last ten layouts used.
    """
    for _ in range(CACHED_LAYOUTS):
        _blank().compile(format="pdf")


@cache
def _blank() -> typst.Compiler:
    return typst.Compiler(str(_templates() / "blank.typ"), font_paths=typst.Fonts(False, False))


def kind_named(name: str) -> DocumentKind:
    """The registered kind. Raises KeyError naming those that exist."""
    if name not in KINDS:
        known = "、".join(f"{kind.name}（{kind.title}）" for kind in KINDS.values())
        raise KeyError(f"帳票「{name}」はありません。あるもの: {known}")
    return KINDS[name]

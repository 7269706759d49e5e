"""How a municipality's documents look on paper, and who signs them: data files, one a municipality.

`municipalities/default.yaml` gives the layout, `municipalities/<code>.yaml` the office and what differs. A site may lay
a folder of files with the same names over them (`site`), so that a telephone number is changed without a new package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from kokuho.documents.notice import Office

Order = Literal["postal", "number"]
Yaml = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddressWindow:
    """Place of the envelope's window on the folded sheet, mm from its left and upper edge.

    Nothing is printed within `padding` mm of its frame, so that the sheet may slip in the envelope.
    """

    left: float
    top: float
    width: float
    height: float
    padding: float


@dataclass(frozen=True, slots=True)
class Seal:
    """公印: `image` (PNG, JPEG or SVG) drawn `size` mm square, or None for 公印省略."""

    image: str | None
    size: float


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """Everything about paper that is the municipality's choice. Lengths in mm."""

    window: AddressWindow
    barcode_points: float
    seal: Seal
    accent: str  # RGB in hexadecimal, used for headings and rules
    duplex: bool
    fold_marks: bool
    order: Order
    by_ward: bool  # files of their own for each 行政区
    chunk: int
    text_font: str
    name_fonts: tuple[str, ...]
    font_dirs: tuple[str, ...]
    texts: Yaml


def _read(name: str, site: Path | None) -> Yaml:
    packaged = resources.files("kokuho.documents") / "municipalities" / f"{name}.yaml"
    found: Yaml = {}
    if packaged.is_file():
        found = yaml.safe_load(packaged.read_text(encoding="utf-8")) or {}
    if site is not None and (site / f"{name}.yaml").is_file():
        found = merged(found, yaml.safe_load((site / f"{name}.yaml").read_text(encoding="utf-8")) or {})
    return found


def merged(below: Yaml, above: Yaml) -> Yaml:
    """`above` laid over `below`, mapping by mapping."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


@cache
def _municipality(code: str, site: Path | None) -> Yaml:
    own = _read(code, site)
    if not own:
        raise KeyError(f"団体コード {code} の帳票設定がありません（municipalities/{code}.yaml）。")
    return merged(_read("default", site), own)


@cache
def print_settings(code: str, site: Path | None = None) -> PrintSettings:
    """The settings of the municipality with this 6-digit 団体コード. Raises KeyError when there is no file for it."""
    found = _municipality(code, site)
    paper = found["print"]
    return PrintSettings(
        window=AddressWindow(**paper["window"]),
        barcode_points=paper["barcode_points"],
        seal=Seal(**paper["seal"]),
        accent=paper["accent"],
        duplex=paper["duplex"],
        fold_marks=paper["fold_marks"],
        order=paper["order"],
        by_ward=paper["by_ward"],
        chunk=paper["chunk"],
        text_font=paper["text_font"],
        name_fonts=tuple(paper["name_fonts"]),
        font_dirs=tuple(paper["font_dirs"]),
        texts=found.get("texts", {}),
    )


@cache
def office(code: str, ward: str = "", site: Path | None = None) -> Office:
    """Who signs and answers: the city's desk, or the ward's where the file has one under `wards`."""
    found = _municipality(code, site)
    entry: Yaml = found["office"]
    if ward and ward in found.get("wards", {}):
        entry = merged(entry, found["wards"][ward])
    return Office(**{**entry, "payment_places": tuple(entry["payment_places"])})

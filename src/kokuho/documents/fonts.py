"""Which fonts print a document, and whether they have every character.

A kanji variant (IVS) that the font lacks would be drawn as its base character without a word, so every name is checked
against the font's own tables before printing. A name goes to the first font of the chain that has all of it: IPAmj明朝
has the variants of the resident register (Moji_Joho), the Noto fonts those of Adobe-Japan1 and most foreign letters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from kokuho.documents.settings import PrintSettings

PACKAGES = {
    "IPAmjMincho": "fonts-ipamj-mincho",
    "Noto Sans CJK JP": "fonts-noto-cjk",
    "Noto Serif CJK JP": "fonts-noto-cjk",
}
"""Family → the Debian package that installs it."""

Run = tuple[int, str]
"""Index into the chain of name fonts, text drawn with it."""


class FontsMissing(RuntimeError):
    """A font that the documents need is not installed; the message names it and its package."""

    def __init__(self, families: Sequence[str]) -> None:
        self.families = tuple(families)
        lines = [f"書体「{f}」がありません（{PACKAGES.get(f, '配布元から入手してください')}）。" for f in families]
        packages = sorted({PACKAGES[f] for f in families if f in PACKAGES})
        if packages:
            lines.append(f"管理者として apt-get install {' '.join(packages)} を実行してください。")
        super().__init__(" ".join(lines))


@cache
def _available(font_dirs: tuple[str, ...]) -> dict[str, tuple[Path, int]]:
    """Family → file and index of its regular face."""
    found: dict[str, tuple[Path, int]] = {}
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=list(font_dirs))
    for info in fonts.fonts():
        if info.path and info.style == "normal" and (info.weight == 400 or info.family not in found):
            found[info.family] = (Path(info.path).resolve(), info.index)
    return found


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one font can draw: characters, and pairs of base character and variation selector."""

    characters: frozenset[int]
    variants: frozenset[tuple[int, int]]

    def has(self, cluster: str) -> bool:
        """Whether the font draws this character, and as the variant asked for."""
        if len(cluster) == 1:
            return ord(cluster) in self.characters
        return (ord(cluster[0]), ord(cluster[1])) in self.variants


@cache
def _coverage(path: Path, index: int) -> Coverage:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        table = font["cmap"]
        variants = {
            (base, selector)
            for sub in table.tables
            if sub.format == 14
            for selector, entries in sub.uvsDict.items()
            for base, _ in entries
        }
        return Coverage(frozenset(table.getBestCmap()), frozenset(variants))


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def clusters(text: str) -> list[str]:
    """The characters of a text, each with its variation selector: 葛󠄀城 → 葛󠄀, 城."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for char in text:
        if found and len(found[-1]) == 1 and _is_selector(char):
            found[-1] += char
        else:
            found.append(char)
    return found


class FontSet:
    """A text font and a chain of name fonts, found on this machine. Raises FontsMissing."""

    def __init__(self, text_font: str, name_fonts: tuple[str, ...], font_dirs: tuple[str, ...]) -> None:
        self.text_font = text_font
        self.name_fonts = name_fonts
        available = _available(font_dirs)
        wanted = dict.fromkeys((text_font, *name_fonts))
        missing = [family for family in wanted if family not in available]
        if missing:
            raise FontsMissing(missing)
        self._files = {family: available[family] for family in wanted}
        self._known: dict[str, tuple[Run, ...]] = {}

    @property
    def directories(self) -> tuple[str, ...]:
        """Only these are searched when printing, so that no other font of the machine slips in."""
        return tuple(sorted({str(path.parent) for path, _ in self._files.values()}))

    def versions(self) -> dict[str, str]:
        """Family → version of its file, for the record of a run."""
        found = {}
        for family, (path, index) in self._files.items():
            with TTFont(path, fontNumber=index, lazy=True) as font:
                found[family] = font["name"].getDebugName(5)
        return found

    def coverage(self, family: str) -> Coverage:
        """What that family can draw."""
        return _coverage(*self._files[family])

    def runs(self, text: str) -> tuple[Run, ...]:
        """The text cut by the font that draws it; one piece whenever one font has all of it.

        Raises LookupError for a character that no font has.
        """
        known = self._known.get(text)
        if known is None:
            if len(self._known) > 50_000:
                self._known.clear()
            known = self._known[sys.intern(text)] = self._cut(text)
        return known

    def _cut(self, text: str) -> tuple[Run, ...]:
        parts = clusters(text)
        for number, family in enumerate(self.name_fonts):
            coverage = self.coverage(family)
            if all(coverage.has(part) for part in parts):
                return ((number, text),)
        pieces: list[Run] = []
        for part in parts:
            able = (n for n, family in enumerate(self.name_fonts) if self.coverage(family).has(part))
            first = next(able, None)
            if first is None:
                raise LookupError(part)
            if pieces and pieces[-1][0] == first:
                pieces[-1] = (first, pieces[-1][1] + part)
            else:
                pieces.append((first, part))
        return tuple(pieces)

    def missing_in_names(self, text: str) -> list[str]:
        """Characters (with their selector) of a name or address that no font of the chain can draw."""
        return self._missing(text, self.name_fonts)

    def missing_in_text(self, text: str) -> list[str]:
        """Characters of a sentence that the text font cannot draw."""
        return self._missing(text, (self.text_font,))

    def _missing(self, text: str, families: Iterable[str]) -> list[str]:
        left = list(dict.fromkeys(clusters(text)))
        for family in families:
            if not left:
                break
            coverage = self.coverage(family)
            left = [part for part in left if not coverage.has(part)]
        return left


@cache
def _font_set(text_font: str, name_fonts: tuple[str, ...], font_dirs: tuple[str, ...]) -> FontSet:
    return FontSet(text_font, name_fonts, font_dirs)


def font_set(settings: PrintSettings) -> FontSet:
    """The fonts that these settings name; found once per process. Raises FontsMissing."""
    return _font_set(settings.text_font, settings.name_fonts, settings.font_dirs)

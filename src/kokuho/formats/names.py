"""Names on channels that know fewer characters: reducing (縮退) with a report, and keys for searching.

The product keeps a name exactly as the register gives it, with variation selectors, supplementary-plane kanji and
private-plane characters. A bank, a federation or an old printer takes less, so a copy is reduced on the way out. Every
replacement is recorded: what a person's name became somewhere must be answerable years later.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

_TABLE = Path(__file__).parent / "tables" / "reduction.csv"
# Repertoire -> Python codec that has exactly these characters.
REPERTOIRES = {"jisx0208": "iso2022_jp", "jisx0213": "iso2022_jp_2004", "cp932": "cp932"}
GETA = "〓"


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement: position (characters) in the original, what stood there, what stands there, by which rule."""

    position: int
    original: str
    replacement: str
    rule: str

    @property
    def points(self) -> str:
        """Code points of the original, `U+845B U+E0100`."""
        return " ".join(f"U+{ord(c):04X}" for c in self.original)


@dataclass(frozen=True, slots=True)
class Reduced:
    """A reduced text, its replacements, and whether every character found one that people read as the same."""

    text: str
    changes: tuple[Change, ...]

    @property
    def complete(self) -> bool:
        """False when a character became 〓."""
        return all(change.rule != "対応なし" for change in self.changes)


class Reducer:
    """Reduces texts to a repertoire by a table (character or sequence -> replacement, kind)."""

    def __init__(self, repertoire: str, table: Mapping[str, tuple[str, str]] | None = None) -> None:
        """`repertoire`: jisx0208, jisx0213 or cp932; `table` comes before the product's own. KeyError if unknown."""
        self.repertoire = repertoire
        self._codec = REPERTOIRES[repertoire]
        self._table = {**own_table(), **(table or {})}
        self._longest = max(map(len, self._table), default=1)

    def has(self, text: str) -> bool:
        """Whether the repertoire has every character of a text."""
        if any(_is_selector(c) for c in text):
            return False
        if self.repertoire != "cp932" and any("\uff61" <= c <= "\uff9f" for c in text):
            return False
        try:
            text.encode(self._codec)
        except UnicodeEncodeError:
            return False
        return True

    def reduce(self, text: str, missing: str = GETA) -> Reduced:
        """A text that the repertoire has, and what was replaced; `missing` stands for what has no match."""
        result: list[str] = []
        changes: list[Change] = []
        position = 0
        while position < len(text):
            original, replacement, rule = self._at(text, position, missing)
            result.append(replacement)
            if original != replacement:
                changes.append(Change(position, original, replacement, rule))
            position += len(original)
        return Reduced("".join(result), tuple(changes))

    def _at(self, text: str, position: int, missing: str) -> tuple[str, str, str]:
        """(what stands here, what replaces it, rule)."""
        cluster = text[position : position + _cluster_length(text, position)]
        if self.has(cluster):
            return cluster, cluster, ""
        for length in range(min(self._longest, len(text) - position), len(cluster) - 1, -1):
            piece = text[position : position + length]
            if piece in self._table and self.has(self._table[piece][0]):
                return piece, *self._table[piece]
        composed = unicodedata.normalize("NFC", cluster)
        if composed != cluster and self.has(composed):
            return cluster, composed, "合成文字"
        base = cluster[0]
        if len(cluster) > 1 and self.has(base):
            return cluster, base, "異体字セレクタ・結合文字"
        if base in self._table and self.has(self._table[base][0]):
            return cluster, *self._table[base]
        folded = unicodedata.normalize("NFKC", base)
        if folded != base and self.has(folded):
            return cluster, folded, "互換漢字・互換文字"
        return cluster, missing, "対応なし"


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _cluster_length(text: str, position: int) -> int:
    """A character with the selectors and combining marks that follow it."""
    end = position + 1
    while end < len(text) and (_is_selector(text[end]) or unicodedata.combining(text[end])):
        end += 1
    return end - position


@lru_cache(maxsize=1)
def own_table() -> dict[str, tuple[str, str]]:
    """The table that comes with the product."""
    return load_table(_TABLE)


def load_table(path: str | Path) -> dict[str, tuple[str, str]]:
    """Read a table of `code points,code points,kind` lines; ValueError names the line that cannot be read."""
    table: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            source, target, kind = line.split(",")[:3]
            table[_from_points(source)] = (_from_points(target), kind)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: 読めない行です") from error
    return table


def _from_points(text: str) -> str:
    return "".join(chr(int(point.removeprefix("U+"), 16)) for point in text.split())


# Rules of the official map in the order in which they are tried: the nearer relation first.
_MJ_RULES = (
    "JIS包摂規準・UCS統合規則",
    "法務省告示582号別表第四",
    "法務省戸籍統一文字情報_親字・正字",
    "辞書類等による関連字",
    "読み・字形による類推",
)


def load_mj_map(shrink_map: str | Path, characters: str | Path) -> dict[str, tuple[str, str]]:
    """A table from the official MJ縮退マップ (JSON) and MJ文字情報一覧表 (CSV).

    Both are CC BY-SA 2.1 JP (一般社団法人文字情報技術促進協議会) and not part of this product: a municipality obtains
    them and passes their paths. ValueError when an expected column is missing: a new edition is never half read.
    """
    by_name: dict[str, list[str]] = {}
    with Path(characters).open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        needed = {"MJ文字図形名", "実装したUCS", "実装したMoji_JohoコレクションIVS"}
        if not needed <= set(rows.fieldnames or ()):
            raise ValueError(f"{characters}: 列がありません: {'、'.join(sorted(needed - set(rows.fieldnames or ())))}")
        for row in rows:
            spellings = [row["実装したUCS"], row["実装したMoji_JohoコレクションIVS"].replace("_", " ")]
            by_name[row["MJ文字図形名"]] = [_from_points(s.replace("U+", " ")) for s in spellings if s.strip()]
    content = json.loads(Path(shrink_map).read_text(encoding="utf-8-sig")).get("content")
    if not isinstance(content, list):
        raise ValueError(f"{shrink_map}: content がありません")
    table: dict[str, tuple[str, str]] = {}
    for entry in content:
        target, rule = next(_mj_targets(entry), ("", ""))
        for spelling in by_name.get(entry.get("MJ文字図形名", ""), []) if target else []:
            if spelling != target:
                table[spelling] = (target, rule)
    return table


def _mj_targets(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for rule in _MJ_RULES:
        found = entry.get(rule)
        for candidate in found if isinstance(found, list) else [found]:
            if isinstance(candidate, dict) and isinstance(point := candidate.get("UCS"), str):
                yield _from_points(point), rule


def write_report(out: TextIO, rows: Iterable[tuple[str, str, Reduced]]) -> int:
    """Write what was reduced as CSV (key, item, position, original, code points, replacement, rule); returns lines.

    `rows` are (key of the record, item, result). The key is the caller's, 宛名番号 for people.
    """
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["キー", "項目", "位置", "元の文字", "コードポイント", "置換後", "規則"])
    count = 0
    for key, item, reduced in rows:
        for change in reduced.changes:
            writer.writerow(
                [key, item, change.position + 1, change.original, change.points, change.replacement, change.rule]
            )
            count += 1
    return count


_SEARCH_FOLDS = str.maketrans("ァィゥェォッャュョヮヵヶヰヱヲヂヅ", "アイウエオツヤユヨワカケイエオジズ")


def search_key(text: str) -> str:
    """A key under which spellings meet that a clerk does not tell apart: width, case, old forms, kana, spaces.

    `髙橋 ﾊﾅｺ` and `高橋ハナコ` have one key. For comparing only; never shown and never stored as a name.
    """
    folded = unicodedata.normalize("NFKC", _reducer().reduce(text, missing="").text).casefold()
    kana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in folded)
    return "".join(c for c in kana.translate(_SEARCH_FOLDS) if c.isalnum())


@lru_cache(maxsize=1)
def _reducer() -> Reducer:
    return Reducer("jisx0213")

"""Broken copies of a town's files, one fault each, to try the doors and to train the staff.

Every layout present is spoiled in every way that fits it. A copy keeps only the first records, so that a large town's
files can be spoiled as quickly as a small one's; its count is right unless the count is the fault.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kokuho.formats import Layout, layout

LAYOUTS = ("juki-full", "juki-changes", "zei-income", "zei-asset")
_FIRST = 3  # the first data record is the third line of a file: control record, titles, data


class NothingToSpoil(Exception):
    """The directory holds no file of a town with at least two records."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file: the code of `kokuho.formats`, record (line) and item where the fault has a place."""

    file: str
    layout: str
    fault: str
    code: str
    record: int | None
    field: str | None
    title: str


@dataclass(slots=True)
class _Copy:
    """A file as lists of cells: control record, titles, data."""

    layout: Layout
    control: list[str]
    titles: list[str]
    rows: list[list[str]]

    def column(self, *types: str) -> int | None:
        """The first required item of one of these types, else the first of them at all."""
        fields = self.layout.records["data"].fields
        fit = [i for i, item in enumerate(fields) if item.type in types]
        return next((i for i in fit if fields[i].required), fit[0] if fit else None)

    def name(self, column: int) -> str:
        return self.layout.records["data"].fields[column].name

    def lines(self) -> bytes:
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([self.control, self.titles, *self.rows])
        return out.getvalue().encode()


# A spoiler returns the bytes with code, line and item of the fault, or None when it does not fit the layout.
Spoiled = tuple[bytes, str, int | None, str | None]


def _truncated(copy: _Copy) -> Spoiled:
    data = copy.lines()
    last = len(data.rstrip(b"\r\n").rsplit(b"\r\n", 1)[1])
    return data[: len(data) - 2 - last // 2], "F02", len(copy.rows) + _FIRST - 1, None


def _wrong_encoding(copy: _Copy) -> Spoiled:
    return copy.lines().decode().encode("cp932", errors="replace"), "F01", 2, None


def _wrong_count(copy: _Copy) -> Spoiled:
    copy.control[-1] = str(len(copy.rows) + 1)
    return copy.lines(), "F08", 1, "count"


def _duplicate_key(copy: _Copy) -> Spoiled:
    key = copy.layout.records["data"].key
    for name in key:
        column = copy.layout.records["data"].index(name)
        copy.rows[-1][column] = copy.rows[0][column]
    return copy.lines(), "F16", len(copy.rows) + _FIRST - 1, key[0]


def _impossible_date(copy: _Copy) -> Spoiled | None:
    column = copy.column("date")
    if column is None:
        return None
    copy.rows[1][column] = "2026-02-30"
    return copy.lines(), "F14", _FIRST + 1, copy.name(column)


def _extra_column(copy: _Copy) -> Spoiled:
    copy.rows[1].append("余分")
    return copy.lines(), "F04", _FIRST + 1, None


def _unknown_code(copy: _Copy) -> Spoiled | None:
    column = copy.column("code", "flag")
    if column is None:
        return None
    copy.rows[1][column] = "Z"
    return copy.lines(), "F15", _FIRST + 1, copy.name(column)


FAULTS: dict[str, tuple[str, Callable[[_Copy], Spoiled | None]]] = {
    "truncated": ("途中で切れている", _truncated),
    "wrong-encoding": ("文字コードがシフトJIS", _wrong_encoding),
    "wrong-count": ("件数が違う", _wrong_count),
    "duplicate-key": ("同じ鍵の行が二つある", _duplicate_key),
    "impossible-date": ("ありえない日付", _impossible_date),
    "extra-column": ("列が多い", _extra_column),
    "unknown-code": ("コード表にない値", _unknown_code),
}


def spoil(source: Path, out: Path, records: int) -> list[Fault]:
    """Write the broken copies and `faults.json`; raises `NothingToSpoil` when the source has no file to take.

    `records` is the number of data records kept in a copy (at least 2).
    """
    originals = {name: path for name in LAYOUTS if (path := _original(source, name))}
    if not originals:
        raise NothingToSpoil(f"{source} に町のファイルがありません。")
    out.mkdir(parents=True, exist_ok=True)
    faults = []
    for name, path in originals.items():
        for fault, (title, spoiler) in FAULTS.items():
            spoiled = spoiler(_read(path, name, max(2, records)))
            if spoiled is None:
                continue
            data, code, record, field = spoiled
            target = f"{name}.{fault}.csv"
            (out / target).write_bytes(data)
            faults.append(Fault(target, name, fault, code, record, field, title))
    listing = json.dumps([asdict(fault) for fault in faults], ensure_ascii=False, indent=1)
    (out / "faults.json").write_text(listing + "\n", encoding="utf-8")
    return faults


def _original(source: Path, name: str) -> Path | None:
    """The layout's file with at least two records: the first daily file that has them."""
    paths: Iterable[Path] = (
        sorted(source.glob("juki-changes-*.csv")) if name == "juki-changes" else [source / f"{name}.csv"]
    )
    return next((path for path in paths if path.is_file() and len(_read(path, name, 2).rows) == 2), None)


def _read(path: Path, name: str, records: int) -> _Copy:
    with path.open(encoding="utf-8", newline="") as source:
        reader = csv.reader(source, strict=True)
        control, titles = next(reader), next(reader)
        rows = [row for row, _ in zip(reader, range(records), strict=False)]
    control[-1] = str(len(rows))
    return _Copy(layout(name), control, titles, rows)

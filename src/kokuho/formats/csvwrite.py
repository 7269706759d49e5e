"""Writes separated lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kokuho.formats.encoding import encoding
from kokuho.formats.model import Layout, RecordType
from kokuho.formats.reading import Framing


class CsvWriter:
    """Writer of `kind: csv`: text cells in, bytes out."""

    def __init__(self, layout: Layout, framing: Framing) -> None:
        self.layout = layout
        self.framing = framing
        self._encoding = encoding(framing.encoding)
        self._newline = framing.separator.decode("ascii")
        self._quoted = layout.csv.quote == "all"
        self._delimiter = layout.csv.delimiter
        self._titles_due = layout.csv.header_row

    def start(self) -> bytes:
        """What stands before the first record."""
        return b"\xef\xbb\xbf" if self.framing.bom else b""

    def block(
        self, record: RecordType, cells: Sequence[Sequence[str]], wires: Sequence[Mapping[str, Any]] | None = None
    ) -> bytes:
        """Lines of one kind of record. UnicodeEncodeError when the encoding lacks a character."""
        text = ""
        if self._titles_due and record.kind != "control":
            text = self._titles()
        if self._quoted:
            text += "".join(self._quote(row) for row in cells)
        elif wires is None:
            text += "".join([self._delimiter.join(row) + self._newline for row in cells])
        else:
            return self._encoding.encode(text) + b"".join(
                self._as_it_was(row, wire) for row, wire in zip(cells, wires, strict=True)
            )
        return self._encoding.encode(text)

    def end(self) -> bytes:
        """What stands behind the last record; a file without any still has its row of titles."""
        tail = self._encoding.encode(self._titles()) if self._titles_due else b""
        return tail + (b"\x1a" if self.framing.eof else b"")

    def _titles(self) -> str:
        self._titles_due = False
        record = next(r for r in self.layout.records.values() if r.kind != "control")
        return self._quote([f.title for f in record.fields])

    def _quote(self, row: Sequence[str]) -> str:
        joined = f'"{self._delimiter}"'.join(row)
        if joined.count('"') != 2 * (len(row) - 1):
            joined = f'"{self._delimiter}"'.join([cell.replace('"', '""') for cell in row])
        return f'"{joined}"{self._newline}'

    def _as_it_was(self, row: Sequence[str], wire: Mapping[str, Any]) -> bytes:
        """A line with a second spelling keeps the bytes it came with, when it still says the same."""
        line = self._delimiter.join(row)
        data = self._encoding.encode(line)
        if "raw" in wire:
            raw = bytes.fromhex(wire["raw"])
            if self._encoding.decode(raw) == line:
                data = raw
        return data + self._newline.encode("ascii")

"""Writes records of a fixed number of bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kokuho.formats.encoding import encoding
from kokuho.formats.fixedread import FILLED
from kokuho.formats.model import Field, Layout, RecordType
from kokuho.formats.reading import Framing


class FixedWriter:
    """Writer of `kind: fixed`: text cells in, bytes out."""

    def __init__(self, layout: Layout, framing: Framing) -> None:
        self.framing = framing
        self._encoding = encoding(framing.encoding)

    def start(self) -> bytes:
        """What stands before the first record."""
        return b""

    def block(
        self, record: RecordType, cells: Sequence[Sequence[str]], wires: Sequence[Mapping[str, Any]] | None = None
    ) -> bytes:
        """Records of one kind. UnicodeEncodeError or ValueError when a value does not fit its place."""
        columns: list[Sequence[bytes]] = []
        values = iter(zip(*cells, strict=True))
        for item in record.fields:
            if item.type == "filler":
                columns.append([self._encoding.encode(item.pad) * item.size] * len(cells))
            else:
                columns.append([self._cell(item, text) for text in next(values)])
        separator = self.framing.separator
        return b"".join([b"".join(row) + separator for row in zip(*columns, strict=True)])

    def end(self) -> bytes:
        """What stands behind the last record."""
        return b"\x1a" if self.framing.eof else b""

    def _cell(self, item: Field, text: str) -> bytes:
        if text == "" and item.blank_value is not None:
            text = item.blank_value
        data = bytes.fromhex(text) if item.type == "raw" else self._encoding.encode(text)
        missing = item.size - len(data)
        if missing == 0:
            return data
        if missing < 0:
            raise ValueError(f"{item.title}は{item.size}バイトまでです（{len(data)}バイト）")
        if text == "" and item.type in FILLED:
            pad = " " if item.pad == "0" else item.pad
            return self._encoding.encode(pad) * item.size
        pad_bytes = self._encoding.encode(item.pad)
        padding = pad_bytes * (missing // len(pad_bytes)) + self._encoding.encode(" ") * (missing % len(pad_bytes))
        return padding + data if item.align == "right" else data + padding

"""Writes XML: a root, one element a record, one element an item, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from kokuho.formats.model import Layout, RecordType
from kokuho.formats.reading import Framing


class XmlWriter:
    """Writer of `kind: xml`."""

    def __init__(self, layout: Layout, framing: Framing) -> None:
        self.layout = layout
        self._newline = framing.separator.decode("ascii")

    def start(self) -> bytes:
        """The declaration and the root's start."""
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{self.layout.xml_root}>", ""]
        return self._newline.join(lines).encode()

    def block(
        self, record: RecordType, cells: Sequence[Sequence[str]], wires: Sequence[Mapping[str, Any]] | None = None
    ) -> bytes:
        """One element a record."""
        names = [item.tag or item.title for item in record.fields]
        lines = []
        for row in cells:
            lines.append(f"  <{record.tag}>")
            lines += [f"    <{name}>{escape(cell)}</{name}>" for name, cell in zip(names, row, strict=True)]
            lines.append(f"  </{record.tag}>")
        return "".join(line + self._newline for line in lines).encode()

    def end(self) -> bytes:
        """The root's end."""
        return f"</{self.layout.xml_root}>{self._newline}".encode()

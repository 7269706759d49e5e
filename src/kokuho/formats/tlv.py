"""Tag-length-value strings, one a line: two digits of tag, two of length, the value. The form of EMV-style QR codes.

A group holds further tags, or items of fixed size without tags. Items must stand in the order of the layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kokuho.formats.checkdigits import crc16_ccitt_false
from kokuho.formats.encoding import encoding
from kokuho.formats.lines import Lines
from kokuho.formats.model import Field, Layout, RecordType
from kokuho.formats.reading import Block, Framing, Group, Source


class _Broken(Exception):
    """The string does not have the layout's structure; `at` is the position of the fault."""

    def __init__(self, at: int, detail: str, kind: str = "structure") -> None:
        super().__init__(detail)
        self.at = at
        self.detail = detail
        self.kind = kind


class TlvReader:
    """Reader of `kind: tlv`."""

    def __init__(self, source: Source) -> None:
        self.layout = source.layout
        self.log = source.log
        self.encoding = encoding(self.layout.encodings[0])
        self._lines = Lines(source, self.encoding.name)
        self.framing = self._lines.framing
        self._record = next(iter(self.layout.records.values()))

    def blocks(self) -> Iterator[Block]:
        """Records of the file."""
        kind = self._record.kind
        for part in self._lines.blocks():
            group = Group(self._record)
            numbers: list[int] = []
            offsets: list[int] = []
            for i, (line, offset) in enumerate(zip(part.lines, part.offsets, strict=True)):
                number = part.first_number + i
                if i in part.bad:
                    continue
                try:
                    cells = self._cells(line)
                except _Broken as broken:
                    self.log.add(broken.kind, record=number, offset=offset + broken.at, detail=broken.detail)
                    continue
                group.places.append(len(group.cells))
                group.cells.append(cells)
                numbers.append(number)
                offsets.append(offset)
            if group.cells:
                yield Block([kind] * len(group.cells), numbers, offsets, {kind: group})

    def _cells(self, line: bytes) -> list[str]:
        try:
            text = self.encoding.decode(line)
        except UnicodeDecodeError as error:
            raise _Broken(error.start, self.encoding.title, "encoding") from error
        cells: list[str] = []
        self._take(text, 0, len(text), self._record.tree, cells)
        return cells

    def _take(self, text: str, at: int, end: int, fields: Sequence[Field], cells: list[str]) -> None:
        """Cut the items of one level out of text[at:end]."""
        for item in fields:
            if item.tag:
                if text[at : at + 2] != item.tag or at + 4 > end:
                    raise _Broken(at, f"タグ{item.tag}（{item.title}）があるはずです")
                digits = text[at + 2 : at + 4]
                if not (digits.isascii() and digits.isdigit()):
                    raise _Broken(at + 2, f"{item.title}の長さが数字ではありません")
                size = int(digits)
                at += 4
            else:
                size = item.size
            if at + size > end or (item.size and size != item.size):
                raise _Broken(at, f"{item.title}の長さが{item.size or end - at}ではありません")
            if item.fields:
                self._take(text, at, at + size, item.fields, cells)
            else:
                cells.append(text[at : at + size])
                if item.name == self.layout.crc_field and cells[-1] != _crc(text[:at], item.size):
                    raise _Broken(at, "", "crc")
            at += size
        if at != end:
            raise _Broken(at, f"余分な文字が{end - at}文字あります")


class TlvWriter:
    """Writer of `kind: tlv`; the check value of `crc_field` is computed, whatever was given."""

    def __init__(self, layout: Layout, framing: Framing) -> None:
        self.layout = layout
        self.framing = framing
        self._encoding = encoding(framing.encoding)

    def start(self) -> bytes:
        """What stands before the first record."""
        return b""

    def block(
        self, record: RecordType, cells: Sequence[Sequence[str]], wires: Sequence[Mapping[str, Any]] | None = None
    ) -> bytes:
        """One line a record. ValueError when a value does not fit."""
        lines = [self._give("", record.tree, iter(row)) for row in cells]
        return b"".join(self._encoding.encode(line) + self.framing.separator for line in lines)

    def end(self) -> bytes:
        """What stands behind the last record."""
        return b""

    def _give(self, before: str, fields: Sequence[Field], cells: Iterator[str]) -> str:
        text = ""
        for item in fields:
            if item.fields:
                head = f"{item.tag}{_group_size(item):02}" if item.tag else ""
                text += head + self._give(before + text + head, item.fields, cells)
                continue
            value = next(cells)
            size = item.size or len(value)
            head = f"{item.tag}{size:02}" if item.tag else ""
            if item.name == self.layout.crc_field:
                value = _crc(before + text + head, size)
            if len(value) != size or size > 99:
                raise ValueError(f"{item.title}は{size}文字です（{len(value)}文字）")
            text += head + value
        return text


def _group_size(item: Field) -> int:
    """Length of a group's content; its items all have a fixed size."""
    return sum((4 if f.tag else 0) + (_group_size(f) if f.fields else f.size) for f in item.fields)


def _crc(text: str, size: int) -> str:
    return str(crc16_ccitt_false(text.encode("ascii", "replace"))).zfill(size)

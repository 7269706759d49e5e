"""Reads records of a fixed number of bytes, with or without a separator. Positions are bytes throughout."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from kokuho.formats.encoding import encoding
from kokuho.formats.errors import SEPARATOR_NAMES
from kokuho.formats.model import Field, RecordType
from kokuho.formats.reading import LONGEST_LINE, Block, Framing, Group, Source

_EOF = b"\x1a"
# Types whose value fills its place; the others are padded with spaces.
FILLED = (
    "int",
    "digits",
    "code",
    "flag",
    "const",
    "date",
    "era-date",
    "month",
    "month-day",
    "short-date",
    "datetime",
    "time",
)


class FixedReader:
    """Reader of `kind: fixed`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.layout = source.layout
        self.log = source.log
        self._size = self.layout.size
        self._place = self.layout.discriminator or (0, 0)
        self.encoding = encoding(self.layout.encodings[0])
        self.framing = Framing(self.encoding.name, self.layout.newlines[0])
        self._structs = {
            r.kind: struct.Struct("".join(f"{f.size}s" for f in r.fields)) for r in self.layout.records.values()
        }
        self._tags: dict[bytes, RecordType] = {}
        self._number = 1

    def blocks(self) -> Iterator[Block]:
        """Records of the file, some thousand at a time."""
        head = self._source.stream.read(max(self._source.block, 4 * self._size))
        if not head:
            self.log.add("truncated", record=0, offset=0, detail="空のファイルです")
            return
        self._start(head)
        step = self._size + len(self.framing.separator)
        carry, offset = head, 0
        while True:
            data = self._source.stream.read(self._source.block)
            if not data:
                break
            whole = len(carry) // step * step if self.framing.separator == b"" else self._whole_lines(carry)
            if whole:
                yield from self._block(carry[:whole], offset)
                carry, offset = carry[whole:], offset + whole
            if len(carry) > LONGEST_LINE + 4 * self._size:
                self.log.add(
                    "limit", record=self._number, offset=offset, detail="区切りのない長いレコード。以降は読みません"
                )
                return
            carry += data
        yield from self._last(carry, offset)

    def _whole_lines(self, data: bytes) -> int:
        return data.rfind(self.framing.separator) + len(self.framing.separator) if self.framing.separator in data else 0

    def _start(self, head: bytes) -> None:
        """Find out the encoding (by the tag of the first record) and the separator the file uses."""
        at, length = self._place
        name = next((n for n in self.layout.encodings if head[at : at + length] in self._tags_in(n)), None)
        self.encoding = encoding(name or self.layout.encodings[0])
        self.framing.encoding = self.encoding.name
        self._tags = self._tags_in(self.encoding.name)
        window = head[: 2 * (self._size + 2)]
        found = min((window.find(b"\r"), window.find(b"\n")), key=lambda i: i if i >= 0 else len(window))
        if found < 0:
            separator = b""
        elif window[found : found + 2] == b"\r\n":
            separator = b"\r\n"
        else:
            separator = window[found : found + 1]
        self.framing.separator = separator
        if separator not in self.layout.newlines and len(head.rstrip(_EOF)) > self._size:
            wanted = "・".join(SEPARATOR_NAMES[n] for n in self.layout.newlines)
            detail = f"{SEPARATOR_NAMES[separator]}、正しくは{wanted}"
            self.log.add("separator", record=1, offset=max(found, 0), detail=detail)

    def _tags_in(self, name: str) -> dict[bytes, RecordType]:
        return {encoding(name).encode(record.tag): record for record in self.layout.records.values()}

    def _last(self, rest: bytes, offset: int) -> Iterator[Block]:
        """The end of the file, with its end-of-file byte and its last separator or without."""
        if rest.endswith(_EOF) and self.layout.eof != "forbid":
            self.framing.eof = True
            rest = rest[:-1]
        separator = self.framing.separator
        if separator and rest and not rest.endswith(separator):
            self.framing.final_separator = False
            if self.layout.final_newline == "required":
                detail = f"最後のレコードが{SEPARATOR_NAMES[separator]}で終わっていません"
                number = self._number + rest.count(separator)
                self.log.add("truncated", record=number, offset=offset + len(rest), detail=detail)
            rest += separator
        if rest:
            yield from self._block(rest, offset)

    def _block(self, data: bytes, offset: int) -> Iterator[Block]:
        """Records of a piece of the file that ends with a whole record (or with what is left of one)."""
        separator = self.framing.separator
        step = self._size + len(separator)
        count = len(data) // step
        if len(data) == count * step and all(
            data[self._size + i :: step] == separator[i : i + 1] * count for i in range(len(separator))
        ):
            first = self._number
            self._number += count
            records = [data[i : i + self._size] for i in range(0, len(data), step)]
            yield from self._group(records, range(first, first + count), range(offset, offset + len(data), step))
            return
        records, numbers, offsets = [], [], []
        for record in self._pieces(data):
            if len(record) == self._size:
                records.append(record)
                numbers.append(self._number)
                offsets.append(offset)
            else:
                detail = f"{len(record)}バイト、正しくは{self._size}バイト"
                self.log.add("record-length", record=self._number, offset=offset, detail=detail)
            self._number += 1
            offset += len(record) + len(separator)
        yield from self._group(records, numbers, offsets)

    def _pieces(self, data: bytes) -> list[bytes]:
        separator = self.framing.separator
        if separator:
            return data[: -len(separator)].split(separator) if data.endswith(separator) else data.split(separator)
        return [data[i : i + self._size] for i in range(0, len(data), self._size)]

    def _group(self, records: list[bytes], numbers: Sequence[int], offsets: Sequence[int]) -> Iterator[Block]:
        """Sort records by kind and turn each kind into columns of text."""
        at, length = self._place
        tags = self._tags
        types = [tags.get(record[at : at + length]) for record in records]
        if None in types:
            for found, record, number, offset in zip(types, records, numbers, offsets, strict=True):
                if found is None:
                    tag = record[at : at + length].decode("ascii", "replace")
                    detail = f"「{tag}」" if tag.isprintable() else ""
                    self.log.add("record-kind", record=number, offset=offset + at, detail=detail)
            known = [i for i, found in enumerate(types) if found is not None]
            records = [records[i] for i in known]
            numbers, offsets = [numbers[i] for i in known], [offsets[i] for i in known]
            types = [types[i] for i in known]
        kinds = [found.kind for found in types if found is not None]
        if not kinds:
            return
        places: dict[str, list[int]] = {}
        if kinds.count(kinds[0]) == len(kinds):
            places[kinds[0]] = list(range(len(kinds)))
        else:
            for i, kind in enumerate(kinds):
                places.setdefault(kind, []).append(i)
        groups = {}
        for kind, mine in places.items():
            chosen = records if len(mine) == len(records) else [records[i] for i in mine]
            groups[kind] = self._turn(self.layout.records[kind], chosen, mine)
        yield Block(kinds, list(numbers), list(offsets), groups)

    def _turn(self, record: RecordType, records: list[bytes], places: list[int]) -> Group:
        group = Group(record, places=places, turned=[])
        columns = list(zip(*map(self._structs[record.kind].unpack, records), strict=True))
        for index, (item, column) in enumerate(zip(record.fields, columns, strict=True)):
            texts = [c.hex() for c in column] if item.type == "raw" else self._texts(column, index, group)
            if item.type == "filler":
                if set(texts) != {item.pad * item.size}:
                    group.faults += [
                        (row, index, "filler", "") for row, text in enumerate(texts) if text.strip(item.pad)
                    ]
            else:
                assert group.turned is not None
                group.turned.append(_unpad(item, texts))
        return group

    def _texts(self, column: Sequence[bytes], index: int, group: Group) -> Sequence[str]:
        """A column of bytes as text; cells that mean nothing in the encoding are reported and stay empty."""
        joined = b"\0".join(column)
        if joined.count(b"\0") == len(column) - 1:
            try:
                return self.encoding.decode(joined).split("\0")
            except UnicodeDecodeError:
                pass
        texts = []
        for row, cell in enumerate(column):
            try:
                texts.append(self.encoding.decode(cell))
            except UnicodeDecodeError as error:
                detail = f"{error.start + 1}バイト目 0x{cell[error.start]:02X}"
                group.faults.append((row, index, "character", detail))
                texts.append("")
        return texts


def _unpad(item: Field, texts: Sequence[str]) -> Sequence[str]:
    """Values without their padding; a place left blank is an empty value where the layout admits it."""
    if item.blank_value is not None:
        return ["" if text == item.blank_value else text for text in texts]
    if item.type == "raw":
        return texts
    if item.type in FILLED:
        if item.blank:
            blank = item.pad * item.size if item.pad != "0" else " " * item.size
            return ["" if text == blank else text for text in texts]
        return texts
    if item.align == "right":
        return [text.lstrip(item.pad) for text in texts]
    return [text.rstrip(item.pad) for text in texts]

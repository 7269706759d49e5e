"""Reads XML of the plain kind that neighbours send: a root, one element a record, one element an item.

    <申請データ><申請><受付番号>…</受付番号>…</申請>…</申請データ>

Parsed as a stream. A document type declaration is refused, so that no entity can be expanded or fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from kokuho.formats.encoding import encoding
from kokuho.formats.model import RecordType
from kokuho.formats.reading import Block, Framing, Group, Source

_RECORDS = 1_000
_LONGEST_VALUE = 1 << 16


class _Refused(Exception):
    """Something that well-formed XML may hold and a file may not."""


class XmlReader:
    """Reader of `kind: xml`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.layout = source.layout
        self.log = source.log
        self.encoding = encoding("utf-8")
        self.framing = Framing("utf-8", self.layout.newlines[0])
        self._by_tag = {record.tag: record for record in self.layout.records.values()}
        self._depth = 0
        self._number = 0
        self._record: RecordType | None = None
        self._items: dict[str, int] = {}
        self._cells: list[str] = []
        self._seen: set[int] = set()
        self._text: list[str] = []
        self._index: int | None = None
        self._usable = True
        self._offset = 0
        self._done: list[tuple[RecordType, list[str], int, int]] = []

    def blocks(self) -> Iterator[Block]:
        """Records of the file."""
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.buffer_text = True
        self._parser = parser
        while True:
            data = self._source.stream.read(self._source.block)
            try:
                parser.Parse(data, not data)
            except expat.ExpatError as error:
                kind = "truncated" if error.code in _ENDS_EARLY else "structure"
                detail = f"XMLとして読めません（{expat.errors.messages[error.code]}）"
                self.log.add(kind, record=self._number, offset=max(0, parser.ErrorByteIndex), detail=detail)
                data = b""
            except _Refused as refused:
                self.log.add("structure", record=self._number, offset=parser.CurrentByteIndex, detail=str(refused))
                data = b""
            if len(self._done) >= _RECORDS or (not data and self._done):
                yield self._block()
            if not data:
                return

    def _block(self) -> Block:
        block = Block([], [], [], {})
        numbers: list[int] = []
        offsets: list[int] = []
        for record, cells, number, offset in self._done:
            group = block.groups.setdefault(record.kind, Group(record))
            group.places.append(len(block.kinds))
            group.cells.append(cells)
            block.kinds.append(record.kind)
            numbers.append(number)
            offsets.append(offset)
        block.numbers, block.offsets = numbers, offsets
        self._done = []
        return block

    def _doctype(self, *_: object) -> None:
        raise _Refused("DOCTYPE宣言は受け付けません")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        at = self._parser.CurrentByteIndex
        if attributes:
            self._fault(f"{name}に属性があります", at)
        if self._depth == 1:
            if name != self.layout.xml_root:
                self._fault(f"最上位の要素は{self.layout.xml_root}です", at)
        elif self._depth == 2:
            self._number += 1
            self._offset = at
            self._record = self._by_tag.get(name)
            self._usable = True
            if self._record is None:
                self.log.add("record-kind", record=self._number, offset=at, detail=f"「{name[:20]}」")
                return
            self._items = {f.tag or f.title: i for i, f in enumerate(self._record.fields)}
            self._cells = [""] * len(self._record.fields)
            self._seen = set()
        elif self._depth == 3 and self._record is not None:
            self._index = self._items.get(name)
            self._text = []
            if self._index is None:
                self._fault(f"知らない項目「{name[:20]}」", at, "columns-extra")
            elif self._index in self._seen:
                self._fault(f"項目「{name[:20]}」が2回あります", at, "columns-extra")
            else:
                self._seen.add(self._index)
        elif self._depth > 3:
            self._fault(f"項目の中に要素「{name[:20]}」があります", at)
            if self._depth > 50:
                raise _Refused("入れ子が深すぎます")

    def _characters(self, data: str) -> None:
        if self._depth == 3 and self._index is not None:
            self._text.append(data)
            if sum(map(len, self._text)) > _LONGEST_VALUE:
                raise _Refused(f"項目は{_LONGEST_VALUE}文字まで")
        elif data.strip() and self._depth < 3:
            self._fault("要素の外に文字があります", self._parser.CurrentByteIndex)

    def _end(self, name: str) -> None:
        if self._depth == 3 and self._index is not None:
            self._cells[self._index] = "".join(self._text)
            self._index = None
        elif self._depth == 2 and self._record is not None:
            missing = len(self._cells) - len(self._seen)
            if missing and self._usable:
                self._fault(f"{missing}項目足りません", self._offset, "columns-missing")
            if self._usable:
                self._done.append((self._record, self._cells, self._number, self._offset))
            self._record = None
        self._depth -= 1

    def _fault(self, detail: str, at: int, kind: str = "structure") -> None:
        self._usable = False
        self.log.add(kind, record=self._number, offset=at, detail=detail)


_ENDS_EARLY = {
    expat.errors.codes[message]
    for message in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}

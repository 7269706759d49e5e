"""Cuts a stream into lines at the separator it uses, and says when that is not the one agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import overload

from kokuho.formats.errors import SEPARATOR_NAMES
from kokuho.formats.reading import LONGEST_LINE, Framing, Source

_EOF = b"\x1a"
_BOM = b"\xef\xbb\xbf"


class Offsets(Sequence[int]):
    """Byte offsets of lines, computed only when somebody asks: a good file never does."""

    def __init__(self, data: bytes, separator: bytes, first: int, count: int) -> None:
        self._data = data
        self._separator = separator
        self._first = first
        self._count = count
        self._found: list[int] | None = None

    def _list(self) -> list[int]:
        if self._found is None:
            width = len(self._separator)
            sizes = [len(line) + width for line in self._data.split(self._separator)]
            self._found = list(accumulate(sizes[:-1], initial=self._first))
            self._data = b""
        return self._found

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return self._list()[index]

    def __len__(self) -> int:
        return self._count


@dataclass(slots=True)
class LineBlock:
    """Consecutive lines: their bytes with the separators between; `bad` are indexes already reported as unusable."""

    data: bytes
    separator: bytes
    count: int
    first_number: int
    first_offset: int
    bad: set[int] = field(default_factory=set)

    @property
    def lines(self) -> list[bytes]:
        """The lines without their separators."""
        return self.data.split(self.separator)

    @property
    def offsets(self) -> Offsets:
        """Where each line begins in the file."""
        return Offsets(self.data, self.separator, self.first_offset, self.count)


class Lines:
    """Reads lines block by block, in memory bounded by the block and the longest line."""

    def __init__(self, source: Source, encoding_name: str) -> None:
        self._source = source
        self._layout = source.layout
        self._log = source.log
        self.framing = Framing(encoding_name, source.layout.newlines[0])

    def blocks(self) -> Iterator[LineBlock]:
        """Lines of the file; the last one may lack its separator when the layout says so."""
        carry = b""
        number, offset = 1, 0
        started = False
        while True:
            data = self._source.stream.read(self._source.block)
            if not data and not started and not carry:
                self._log.add("truncated", record=0, offset=0, detail="空のファイルです")
                return
            buffer = carry + data
            if not started and (len(buffer) > LONGEST_LINE or not data):
                started = True
                buffer, offset = self._start(buffer)
            if not started:
                carry = buffer
                continue
            if not data:
                yield from self._finish(buffer, number, offset)
                return
            separator = self.framing.separator
            cut = buffer.rfind(separator)
            if cut < 0:
                if len(buffer) > 2 * LONGEST_LINE:
                    self._log.add(
                        "limit", record=number, offset=offset, detail=f"1行{LONGEST_LINE}バイトまで。以降は読みません"
                    )
                    return
                carry = buffer
                continue
            block = self._block(buffer[:cut], number, offset)
            carry = buffer[cut + len(separator) :]
            number += block.count
            offset += cut + len(separator)
            yield block

    def _start(self, head: bytes) -> tuple[bytes, int]:
        """Look at the beginning of the file: byte order mark and separator."""
        offset = 0
        if head.startswith(_BOM) and self.framing.encoding == "utf-8":
            self.framing.bom = True
            if not self._layout.bom:
                self._log.add("encoding", record=1, offset=0, detail="UTF-8（BOMなし）")
            head, offset = head[3:], 3
        found = next((s for s in (b"\r\n", b"\n", b"\r") if s in head[: 2 * LONGEST_LINE]), None)
        if found is not None:
            self.framing.separator = found
            if found not in self._layout.newlines:
                wanted = "・".join(SEPARATOR_NAMES[n] for n in self._layout.newlines)
                detail = f"{SEPARATOR_NAMES[found]}、正しくは{wanted}"
                self._log.add("separator", record=1, offset=offset + head.index(found), detail=detail)
        return head, offset

    def _block(self, data: bytes, number: int, offset: int) -> LineBlock:
        separator = self.framing.separator
        joints = data.count(separator)
        block = LineBlock(data, separator, joints + 1, number, offset)
        if data.count(b"\n") == joints * (b"\n" in separator) and data.count(b"\r") == joints * (b"\r" in separator):
            return block
        for i, (line, start) in enumerate(zip(block.lines, block.offsets, strict=True)):
            stray = min((at for at in (line.find(b"\n"), line.find(b"\r")) if at >= 0), default=-1)
            if stray >= 0:
                detail = "行の途中に改行文字があります"
                self._log.add("separator", record=number + i, offset=start + stray, detail=detail)
                block.bad.add(i)
        return block

    def _finish(self, rest: bytes, number: int, offset: int) -> Iterator[LineBlock]:
        """The end of the file: what stands behind the last separator."""
        separator = self.framing.separator
        if rest.endswith(_EOF) and self._layout.eof != "forbid":
            self.framing.eof = True
            rest = rest[:-1]
        if rest.endswith(separator):
            yield self._block(rest[: -len(separator)], number, offset)
            return
        if not rest:
            return
        self.framing.final_separator = False
        if self._layout.final_newline == "required":
            whole, joint, last = rest.rpartition(separator)
            self._log.add(
                "truncated",
                record=number + (whole.count(separator) + 1 if joint else 0),
                offset=offset + len(rest) - len(last),
                detail=f"最後の行が{SEPARATOR_NAMES[separator]}で終わっていません",
            )
            if not joint:
                return
            rest = whole
        yield self._block(rest, number, offset)

"""Records to bytes. What was written is read back by the decoder before it leaves: one definition of right."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby, islice
from typing import IO, Any, BinaryIO, Protocol, cast

from kokuho.formats.checking import KindChecker
from kokuho.formats.csvwrite import CsvWriter
from kokuho.formats.decode import Decoding, Record
from kokuho.formats.errors import EncodeError, ErrorLog
from kokuho.formats.fixedwrite import FixedWriter
from kokuho.formats.load import layout as layout_by_id
from kokuho.formats.model import Layout, RecordType
from kokuho.formats.reading import Framing
from kokuho.formats.tlv import TlvWriter
from kokuho.formats.xmlwrite import XmlWriter

_BATCH = 4_096
_SPOOL = 16 << 20
Row = Sequence[Any] | Mapping[str, Any]


class Writer(Protocol):
    """Turns text cells into bytes."""

    def start(self) -> bytes:
        """What stands before the first record."""
        ...

    def block(
        self, record: RecordType, cells: Sequence[Sequence[str]], wires: Sequence[Mapping[str, Any]] | None = None
    ) -> bytes:
        """Records of one kind; ValueError when a value cannot be written."""
        ...

    def end(self) -> bytes:
        """What stands behind the last record."""
        ...


_WRITERS: dict[str, Callable[[Layout, Framing], Writer]] = {
    "csv": CsvWriter,
    "fixed": FixedWriter,
    "tlv": TlvWriter,
    "xml": XmlWriter,
}


class _Encoder:
    """Formats records of a layout; faults of single values go to the log with the number of the record."""

    def __init__(self, layout: Layout, framing: Framing) -> None:
        self.layout = layout
        self.log = ErrorLog(layout.codes, 1_000)
        if layout.read_only:
            self.log.add("unwritable", record=0, offset=0, detail=layout.read_only)
            raise EncodeError(self.log.errors)
        self.number = 0
        self._writer = _WRITERS[layout.kind](layout, framing)
        self._checkers: dict[str, KindChecker] = {}
        self._encoding = framing.encoding

    def start(self) -> bytes:
        return self._writer.start()

    def end(self) -> bytes:
        return self._writer.end()

    def checker(self, kind: str) -> KindChecker:
        """The compiled items of a kind. EncodeError when the layout has no such kind."""
        found = self._checkers.get(kind)
        if found is None:
            if kind not in self.layout.records:
                self.log.add("record-kind", record=self.number + 1, offset=0, detail=kind[:40])
                raise EncodeError(self.log.errors)
            found = self._checkers[kind] = KindChecker(self.layout.records[kind], self._encoding)
        return found

    def block(self, kind: str, rows: Sequence[Row], wires: Sequence[Mapping[str, Any]] | None = None) -> bytes:
        """The bytes of some records of one kind; what cannot be written is logged and left out."""
        checker = self.checker(kind)
        tuples = [self._values(checker, row, i) for i, row in enumerate(rows)]
        try:
            columns = [c.texts(v) for c, v in zip(checker.columns, zip(*tuples, strict=True), strict=True)]
            if wires:
                _spell_as_before(checker, columns, wires)
            data = self._writer.block(checker.record, list(zip(*columns, strict=True)), wires)
        except (ValueError, TypeError, AttributeError):
            data = self._one_by_one(checker, tuples, wires)
        self.number += len(rows)
        return data

    def _values(self, checker: KindChecker, row: Row, i: int) -> Sequence[Any]:
        names = checker.names
        if isinstance(row, Mapping):
            if unknown := set(row) - set(names):
                self._unwritable(i, "知らない項目: " + "、".join(sorted(map(str, unknown))[:5]))
            return [row.get(name) for name in names]
        if len(row) != len(names):
            self._unwritable(i, f"{len(row)}項目、正しくは{len(names)}項目")
            return (list(row) + [None] * len(names))[: len(names)]
        return row

    def _one_by_one(
        self, checker: KindChecker, tuples: Sequence[Sequence[Any]], wires: Sequence[Mapping[str, Any]] | None
    ) -> bytes:
        """The slow way, which finds the value at fault."""
        data = []
        for i, values in enumerate(tuples):
            cells = []
            for item, column, value in zip(checker.fields, checker.columns, values, strict=True):
                try:
                    cells.append(column.text(value))
                except (ValueError, TypeError, AttributeError):
                    self._unwritable(i, "値の型が違います", item.name)
                    cells.append("")
            try:
                data.append(self._writer.block(checker.record, [cells], wires and [wires[i]]))
            except UnicodeEncodeError as error:
                self._unwritable(i, f"書き出す文字コードにない文字 U+{ord(error.object[error.start]):04X}")
            except ValueError as error:
                self._unwritable(i, str(error))
        return b"".join(data)

    def _unwritable(self, i: int, detail: str, field: str | None = None) -> None:
        self.log.add("unwritable", record=self.number + i + 1, offset=0, field=field, detail=detail)


def _spell_as_before(checker: KindChecker, columns: list[list[str]], wires: Sequence[Mapping[str, Any]]) -> None:
    """Give numbers back the leading zeros they came with, where the value is still the same."""
    for row, wire in enumerate(wires):
        for name, text in wire.get("cells", {}).items():
            if name in checker.names:
                i = checker.names.index(name)
                if checker.columns[i].value(text) == checker.columns[i].value(columns[i][row]):
                    columns[i][row] = text


def encode_rows(
    layout: Layout | str,
    rows: Iterable[Row],
    out: BinaryIO,
    *,
    control: Mapping[str, Any] | None = None,
    kind: str = "data",
) -> int:
    """Write a file of one kind of record with its control record; returns the number of rows.

    `rows` are sequences in the order of the layout's items or mappings by item name; None is an empty item. `control`
    holds `sender` and `created_at`; the mark, link id and count are filled in. Raises EncodeError, before anything is
    written to `out`, with every fault that reading the file back would find.
    """
    lay = layout_by_id(layout) if isinstance(layout, str) else layout
    framing = Framing(lay.encodings[0], lay.newlines[0], eof=lay.eof == "write")
    encoder = _Encoder(lay, framing)
    with _spool() as body:
        count = 0
        iterator = iter(rows)
        while batch := list(islice(iterator, _BATCH)):
            body.write(encoder.block(kind, batch))
            count += len(batch)
        body.write(encoder.end())
        head = encoder.start()
        if lay.control:
            values = {"mark": "CTL", "link_id": lay.id, "count": count, **(control or {})}
            head += _Encoder(lay, framing).block("control", [values])
        _check_and_copy(lay, encoder.log, head, body, out)
    return count


def encode(
    layout: Layout | str,
    records: Iterable[Record | Mapping[str, Any]],
    out: BinaryIO,
    *,
    framing: Mapping[str, Any] | None = None,
) -> int:
    """Write records of any layout as `decode` gives them; returns their number. Raises EncodeError, as `encode_rows`.

    With the `framing` of a decoding, a valid file comes out byte for byte as it went in.
    """
    lay = layout_by_id(layout) if isinstance(layout, str) else layout
    frame = Framing(lay.encodings[0], lay.newlines[0], eof=lay.eof == "write")
    if framing:
        frame = Framing.from_json(framing)
        if frame.encoding not in lay.encodings:
            raise ValueError(f"{lay.id} is not written in {frame.encoding}")
    encoder = _Encoder(lay, frame)
    with _spool() as body:
        body.write(encoder.start())
        for kind, run in groupby(map(_as_record, records), key=lambda r: r.kind):
            while batch := list(islice(run, _BATCH)):
                wires = [r.wire for r in batch] if any(r.wire for r in batch) else None
                body.write(encoder.block(kind, [r.fields for r in batch], wires))
        body.write(encoder.end())
        if not frame.final_separator and frame.separator:
            _drop_last_separator(body, frame)
        _check_and_copy(lay, encoder.log, b"", body, out)
    return encoder.number


def _as_record(record: Record | Mapping[str, Any]) -> Record:
    if isinstance(record, Record):
        return record
    return Record(str(record["kind"]), dict(record["fields"]), wire=dict(record.get("wire") or {}))


def _spool() -> IO[bytes]:
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_SPOOL))


def _drop_last_separator(body: IO[bytes], framing: Framing) -> None:
    tail = len(framing.separator) + framing.eof
    body.seek(-tail, 2)
    body.truncate()
    body.write(b"\x1a" * framing.eof)


class _Joined:
    """A head and a body as one stream to read."""

    def __init__(self, head: bytes, body: IO[bytes]) -> None:
        self._head = head
        self._body = body
        body.seek(0)

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._body.read(size)


def _check_and_copy(layout: Layout, log: ErrorLog, head: bytes, body: IO[bytes], out: BinaryIO) -> None:
    if log.count:
        raise EncodeError(log.errors)
    decoding = Decoding(layout, cast(BinaryIO, _Joined(head, body)))
    for _ in decoding.batches():
        pass
    if not decoding.ok:
        raise EncodeError(decoding.errors)
    out.write(head)
    body.seek(0)
    shutil.copyfileobj(body, out, 1 << 20)

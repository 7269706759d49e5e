"""Bytes to records: every check of a layout on a stream of any size, in memory bounded by one block.

A decoding never stops at the first fault. It reports each with its place and goes on, so that the sender can repair
the whole file at once; what comes out of `batches`, `rows` and `records` has passed every check of its own row. Faults
of the file as a whole (count, total, duplicate key, missing end) are known only at the end: refuse the file when `ok`
is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import compress
from typing import Any, BinaryIO

from kokuho.formats.checking import Finding, KindChecker, Outcome
from kokuho.formats.csvread import CsvReader
from kokuho.formats.errors import ErrorLog, FormatError
from kokuho.formats.fixedread import FixedReader
from kokuho.formats.keys import KeyWatch
from kokuho.formats.load import layout as layout_by_id
from kokuho.formats.model import Layout
from kokuho.formats.reading import BLOCK, Block, Reader, Source
from kokuho.formats.sequence import Sequencer
from kokuho.formats.tlv import TlvReader
from kokuho.formats.totals import Disagreement, Totals
from kokuho.formats.xmlread import XmlReader

MAX_ERRORS = 1_000
_READERS: dict[str, Callable[[Source], Reader]] = {
    "csv": CsvReader,
    "fixed": FixedReader,
    "tlv": TlvReader,
    "xml": XmlReader,
}


@dataclass(slots=True)
class Batch:
    """Good records of one kind out of one block, as tuples in the order of `names`."""

    kind: str
    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    _block: Block
    _places: Sequence[int]

    @property
    def numbers(self) -> list[int]:
        """The 1-based number in the file of each row's record."""
        numbers = self._block.numbers
        return [numbers[place] for place in self._places]

    @property
    def offsets(self) -> list[int]:
        """The byte offset in the file of each row's record."""
        offsets = self._block.offsets
        return [offsets[place] for place in self._places]


@dataclass(slots=True)
class Record:
    """One record: `wire` keeps what the values alone do not tell (leading zeros, bytes with two spellings).

    `faulty` records come only with `include_bad`; their wrong items are the text that was there.
    """

    kind: str
    fields: dict[str, Any]
    number: int = 0
    offset: int = 0
    wire: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form of `kokuho formats decode`."""
        found: dict[str, Any] = {"kind": self.kind, "fields": self.fields, "offset": self.offset}
        if self.wire:
            found["wire"] = self.wire
        return found


@lru_cache(maxsize=256)
def _sequencer(order: str) -> Sequencer:
    return Sequencer(order)


class Decoding:
    """One file being decoded. Iterate once, by `batches`, `rows` or `records`; then look at `ok` and `errors`."""

    def __init__(self, layout: Layout, stream: BinaryIO, *, max_errors: int = MAX_ERRORS, block: int = BLOCK) -> None:
        self.layout = layout
        self._log = ErrorLog(dict(layout.codes), max_errors)
        self._warnings = ErrorLog(dict(layout.codes), max_errors)
        self._reader = _reader(Source(layout, stream, self._log, block))
        self._checkers: dict[str, KindChecker] = {}
        self._sequencer = _sequencer(layout.order)
        self._state = 0
        self._totals = Totals(layout)
        self._keys = {kind: KeyWatch() for kind, record in layout.records.items() if record.key}
        self._last: Block | None = None
        self.control: dict[str, Any] | None = None

    @property
    def errors(self) -> list[FormatError]:
        """Faults found so far, at most `max_errors`, in file order."""
        return sorted(self._log.errors, key=lambda error: (error.record, error.offset))

    @property
    def error_count(self) -> int:
        """All faults found so far, kept or not."""
        return self._log.count

    @property
    def warnings(self) -> list[FormatError]:
        """What does not refuse the file but needs a person: values outside an open code list."""
        return self._warnings.errors

    @property
    def ok(self) -> bool:
        """No fault; meaningful once the iteration is over."""
        return self._log.count == 0

    @property
    def totals(self) -> dict[str, dict[str, int]]:
        """Counts and sums by record kind so far."""
        return self._totals.as_json()

    @property
    def framing(self) -> dict[str, Any]:
        """What stands around the records: encoding, separator, end-of-file byte."""
        return self._reader.framing.as_json()

    def names(self, kind: str) -> tuple[str, ...]:
        """The item names of a record kind, in the order of the values in `rows` and `batches`."""
        return self._checker(kind).names

    def batches(self) -> Iterator[Batch]:
        """Good records, some thousand of one kind at a time; within a block kinds come one after the other."""
        for block, outcomes in self._outcomes():
            for kind, outcome in outcomes.items():
                rows: list[tuple[Any, ...]] = list(zip(*outcome.checked.columns, strict=True))
                places = outcome.checked.places
                if outcome.tainted:
                    good = [i not in outcome.tainted for i in range(len(rows))]
                    rows, places = list(compress(rows, good)), list(compress(places, good))
                if rows:
                    yield Batch(kind, self.names(kind), rows, block, places)

    def rows(self) -> Iterator[tuple[str, tuple[Any, ...], int, int]]:
        """Good records in file order as (kind, values in the order of `names(kind)`, number, offset)."""
        for block, outcomes in self._outcomes():
            slots: list[tuple[Any, ...] | None] = [None] * len(block.kinds)
            for outcome in outcomes.values():
                bad = outcome.tainted
                rows = zip(*outcome.checked.columns, strict=True)
                for i, (place, row) in enumerate(zip(outcome.checked.places, rows, strict=True)):
                    if i not in bad:
                        slots[place] = row
            for kind, found, number, offset in zip(block.kinds, slots, block.numbers, block.offsets, strict=True):
                if found is not None:
                    yield kind, found, number, offset

    def records(self, *, include_bad: bool = False) -> Iterator[Record]:
        """Records in file order; `include_bad` adds the faulty ones."""
        for block, outcomes in self._outcomes():
            slots: list[Record | None] = [None] * len(block.kinds)
            for kind, outcome in outcomes.items():
                wire, names = block.groups[kind].wire, self.names(kind)
                rows = zip(*outcome.checked.columns, strict=True)
                for i, (place, row) in enumerate(zip(outcome.checked.places, rows, strict=True)):
                    if include_bad or i not in outcome.tainted:
                        values = dict(zip(names, row, strict=True))
                        number, offset = block.numbers[place], block.offsets[place]
                        slots[place] = Record(kind, values, number, offset, wire.get(i, {}), i in outcome.tainted)
            yield from (record for record in slots if record is not None)

    def _checker(self, kind: str) -> KindChecker:
        found = self._checkers.get(kind)
        if found is None:
            found = self._checkers[kind] = KindChecker(self.layout.records[kind], self._reader.framing.encoding)
        return found

    def _outcomes(self) -> Iterator[tuple[Block, dict[str, Outcome]]]:
        for block in self._reader.blocks():
            self._order(block)
            outcomes = {kind: self._checker(kind).check(group) for kind, group in block.groups.items()}
            self._report(block, outcomes)
            checked = {kind: outcome.checked for kind, outcome in outcomes.items()}
            for wrong in self._totals.block(checked, block.kinds, block.at):
                self._disagree(wrong)
            for kind, watch in self._keys.items():
                if kind in outcomes:
                    self._remember(watch, block, kind, outcomes[kind])
            if self.layout.control and "control" in outcomes:
                self._take_control(block, outcomes["control"])
            self._last = block
            yield block, outcomes
        self._finish()

    def _order(self, block: Block) -> None:
        state = self._state
        step = self._sequencer.step
        after_all = self._sequencer.run(state, block.kinds)
        if after_all >= 0:
            self._state = after_all
            return
        for i, kind in enumerate(block.kinds):
            after = step(state, kind)
            if after < 0:
                titles = self.layout.records
                expected = "・".join(titles[k].title for k in self._sequencer.expected(state)) or "ファイルの終わり"
                detail = f"{titles[kind].title}の位置には{expected}が来るはずです"
                self._log.add("order", record=block.numbers[i], offset=block.offsets[i], detail=detail)
                after = self._sequencer.resume(kind)
            state = after
        self._state = state

    def _report(self, block: Block, outcomes: dict[str, Outcome]) -> None:
        """Put the faults of a block into the log in file order."""
        faults = [(f, kind) for kind, outcome in outcomes.items() for f in outcome.faults]
        warnings = [(f, kind) for kind, outcome in outcomes.items() for f in outcome.warnings]
        for found, log in ((faults, self._log), (warnings, self._warnings)):
            for finding, kind in sorted(found):
                self._add(log, block, finding, kind)

    def _add(self, log: ErrorLog, block: Block, finding: Finding, kind: str) -> None:
        item = self.layout.records[kind].fields[finding.index]
        log.add(
            finding.what,
            record=block.numbers[finding.place],
            offset=block.offsets[finding.place] + item.offset,
            field=item.name,
            title=item.title,
            detail=finding.detail,
            code=item.error_codes.get(finding.what),
        )

    def _disagree(self, wrong: Disagreement) -> None:
        total, (number, offset) = wrong.total, wrong.at
        item = self.layout.records[total.record].fields[self.layout.records[total.record].index(total.field)]
        self._log.add(
            "total" if total.sum else "count",
            record=number,
            offset=offset + item.offset,
            field=total.field,
            title=item.title,
            detail=f"記載 {wrong.declared:,}、実際 {wrong.found:,}",
            code=total.code,
        )

    def _remember(self, watch: KeyWatch, block: Block, kind: str, outcome: Outcome) -> None:
        columns = [outcome.checked.columns[i] for i in self._checker(kind).key]
        places = outcome.checked.places
        keys: Sequence[object] = columns[0]
        if len(columns) > 1:
            keys = [None if None in key else key for key in zip(*columns, strict=True)]
        if None in keys:
            present = [key is not None for key in keys]
            keys, places = list(compress(keys, present)), list(compress(places, present))
        watch.add(keys, [block.numbers[p] for p in places], [block.offsets[p] for p in places])

    def _take_control(self, block: Block, outcome: Outcome) -> None:
        if outcome.tainted:
            return
        self.control = {name: outcome.checked.column(name)[0] for name in outcome.checked.names}
        number, offset = block.at(outcome.checked.places[0])
        if self.control["link_id"] != self.layout.id:
            self._log.add("wrong-layout", record=number, offset=offset, field="link_id", detail="連携IDが違います")
        made = date.fromisoformat(str(self.control["created_at"])[:10])
        if not self.layout.valid_on(made):
            detail = f"作成日 {made.isoformat()}"
            self._log.add("validity", record=number, offset=offset, field="created_at", detail=detail)

    def _finish(self) -> None:
        """What only the end of the file can show."""
        number, offset = self._last.at(-1) if self._last else (0, 0)
        if not self._sequencer.complete(self._state):
            records = self.layout.records
            expected = "・".join(records[k].title for k in self._sequencer.expected(self._state))
            self._log.add("truncated", record=number, offset=offset, detail=f"この後に{expected}が必要です")
        for wrong in self._totals.finish():
            self._disagree(wrong)
        for kind, watch in self._keys.items():
            record = self.layout.records[kind]
            title = "・".join(record.fields[record.index(k)].title for k in record.key)
            for at, where, first in watch.duplicates():
                self._log.add(
                    "duplicate", record=at, offset=where, field=record.key[0], title=title, detail=f"{first}件目と同じ"
                )


def _reader(source: Source) -> Reader:
    return _READERS[source.layout.kind](source)


def open_decode(
    layout: Layout | str, stream: BinaryIO, *, max_errors: int = MAX_ERRORS, block: int = BLOCK
) -> Decoding:
    """Begin to decode a binary stream by a layout or its id; nothing is read until it is iterated."""
    return Decoding(
        layout_by_id(layout) if isinstance(layout, str) else layout, stream, max_errors=max_errors, block=block
    )

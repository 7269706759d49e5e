"""Reads separated lines: quoted CSV with a row of titles, or plain comma lines with a record name in front."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from kokuho.formats.encoding import encoding
from kokuho.formats.errors import ErrorLog, LayoutError
from kokuho.formats.lines import LineBlock, Lines
from kokuho.formats.model import RecordType
from kokuho.formats.reading import LONGEST_LINE, Block, Framing, Group, Source

# Bytes that are, or could be, the second spelling of a character: NEC row 13, NEC's selection, IBM's extension. Apart,
# because a pattern with a fixed first byte is searched ten times faster than their union.
_TWO_SPELLINGS = [
    re.compile(pattern) for pattern in (rb"\x87[\x90-\x9c]", rb"\xee\xf9", rb"\xfa", rb"\xfb", rb"\xfc[\x40-\x4b]")
]
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


class CsvReader:
    """Reader of `kind: csv`."""

    def __init__(self, source: Source) -> None:
        self.layout = source.layout
        self.log: ErrorLog = source.log
        self.encoding = encoding(self.layout.encodings[0])
        self._lines = Lines(source, self.encoding.name)
        self.framing: Framing = self._lines.framing
        self._delimiter = self.layout.csv.delimiter
        self._quoted = self.layout.csv.quote == "all"
        self._joint = f'"{self._delimiter}"' if self._quoted else self._delimiter
        names = {r.tag for r in self.layout.records.values() if r.tag}
        self._name_length = max(map(len, names), default=0)
        if any(len(name) != self._name_length for name in names):
            raise LayoutError(f"{self.layout.id}: record names must have one length")
        self._kinds = {r.tag + self._delimiter: r.kind for r in self.layout.records.values() if r.tag}
        # by record name: how often to cut the line (-1 always), and the cells that must come out
        self._forms = {
            r.tag: (len(r.fields) - 1 if r.fields[-1].repeat != 1 else -1, len(r.fields))
            for r in self.layout.records.values()
            if r.tag
        }
        plain = [r for r in self.layout.records.values() if not r.tag and r.kind != "control"]
        self._plain = plain[0] if plain else None
        self._titles_due = self.layout.csv.header_row
        self._control_due = self.layout.control
        # column of each item, and number of columns, when the title row is wrong
        self._mapping: list[int | None] | None = None
        self._mapped_width = 0

    def blocks(self) -> Iterator[Block]:
        """Records of the file, some thousand lines at a time."""
        for part in self._lines.blocks():
            offsets = part.offsets
            numbers = range(part.first_number, part.first_number + part.count)
            texts = self._decode(part, numbers, offsets)
            start = 0
            while start < len(texts) and (self._control_due or self._titles_due):
                yield from self._preamble(texts[start], numbers[start], offsets[start])
                start += 1
            if self._forms:
                yield from self._tagged(texts, numbers, offsets, self._unfaithful(part, texts, offsets))
            elif self._plain is not None and start < len(texts):
                places = offsets[start:] if start else offsets
                yield from self._rows(self._plain, texts[start:], numbers[start:], places)

    def _decode(self, part: LineBlock, numbers: Sequence[int], offsets: Sequence[int]) -> list[str | None]:
        """Lines as text; a line that cannot be read in the encoding is reported and becomes None."""
        if not part.bad:
            try:
                return list(self.encoding.decode(part.data).split(part.separator.decode("ascii")))
            except UnicodeDecodeError:
                pass
        texts: list[str | None] = []
        for i, (line, number, at) in enumerate(zip(part.lines, numbers, offsets, strict=False)):
            try:
                texts.append(None if i in part.bad else self.encoding.decode(line))
            except UnicodeDecodeError as error:
                self.log.add("encoding", record=number, offset=at + error.start, detail=self.encoding.title)
                texts.append(None)
        return texts

    def _unfaithful(self, part: LineBlock, texts: Sequence[str | None], offsets: Sequence[int]) -> dict[int, bytes]:
        """Lines in which CP932 has two spellings of a character, so that writing the text would give other bytes."""
        if self.encoding.name != "cp932":
            return {}
        found: dict[int, bytes] = {}
        hits = {hit.start() for pattern in _TWO_SPELLINGS for hit in pattern.finditer(part.data)}
        if not hits:
            return found
        lines = part.lines
        for i in {bisect_right(offsets, part.first_offset + hit) - 1 for hit in hits}:
            text = texts[i]
            if text is not None and self.encoding.encode(text) != lines[i]:
                found[i] = lines[i]
        return found

    def _preamble(self, text: str | None, number: int, offset: int) -> Iterator[Block]:
        """The control record and the row of titles, which stand once at the top."""
        if self._control_due:
            self._control_due = False
            cells = self._cells(text, number, offset) if text is not None else None
            if text is None or cells is None:
                return
            if cells[:1] == ["CTL"]:
                if self._fits(cells, len(self.layout.records["control"].fields), number, offset):
                    control = self.layout.records["control"]
                    yield Block(["control"], [number], [offset], {"control": Group(control, [cells], places=[0])})
                return
            self.log.add("order", record=number, offset=offset, detail="先頭に制御レコードがありません")
        self._titles_due = False
        cells = self._cells(text, number, offset) if text is not None else None
        if cells is not None and self._plain is not None:
            self._titles(cells, self._plain, number, offset)

    def _titles(self, cells: Sequence[str], record: RecordType, number: int, offset: int) -> None:
        titles = [f.title for f in record.fields]
        if list(cells) == titles:
            return
        details = []
        if unknown := [c for c in cells if c not in titles]:
            details.append("知らない項目: " + "、".join(u[:20] for u in unknown[:5]))
        if missing := [t for t in titles if t not in cells]:
            details.append("足りない項目: " + "、".join(missing[:5]))
        if len(set(cells)) < len(cells):
            details.append("同じ見出しが重複")
        self.log.add("header-row", record=number, offset=offset, detail="／".join(details) or "項目の順序")
        self._mapping = [list(cells).index(t) if t in cells else None for t in titles]
        self._mapped_width = len(cells)

    def _rows(
        self, record: RecordType, texts: Sequence[str | None], numbers: Sequence[int], offsets: Sequence[int]
    ) -> Iterator[Block]:
        """Lines of the only data record: the fast way when no value holds a quote, else line by line."""
        kind, width = record.kind, len(record.fields)
        if self._mapping is None and None not in texts:
            rows = self._split(texts, width)  # type: ignore[arg-type]
            if rows is not None:
                group = Group(record, rows, places=list(range(len(rows))))
                yield Block([kind] * len(rows), numbers, offsets, {kind: group})
                return
        group = Group(record)
        kept_numbers: list[int] = []
        kept_offsets: list[int] = []
        for text, number, offset in zip(texts, numbers, offsets, strict=True):
            cells = None if text is None else self._cells(text, number, offset)
            if cells is None or not self._fits(cells, self._mapped_width or width, number, offset):
                continue
            if self._mapping is not None:
                # only counted: with a wrong title row nothing may be taken over
                cells = ["" if column is None else cells[column] for column in self._mapping]
                group.unusable.add(len(group.cells))
            group.places.append(len(group.cells))
            group.cells.append(cells)
            kept_numbers.append(number)
            kept_offsets.append(offset)
        if group.cells:
            yield Block([kind] * len(group.cells), kept_numbers, kept_offsets, {kind: group})

    def _split(self, texts: Sequence[str], width: int) -> list[Sequence[str]] | None:
        """All lines at once, or None when one of them needs care."""
        joint = self._joint
        if not self._quoted:
            rows: list[Sequence[str]] = [t.split(joint) for t in texts]
            return rows if set(map(len, rows)) <= {width} else None
        rows = [t[1:-1].split(joint) for t in texts]
        simple = set(map(len, rows)) <= {width} and "\n".join(texts).count('"') == 2 * width * len(rows)
        return rows if simple and all(t[:1] == '"' == t[-1:] for t in texts) else None

    def _cells(self, text: str, number: int, offset: int) -> list[str] | None:
        """The cells of one line, None when its quoting is wrong (reported)."""
        if len(text) > LONGEST_LINE:
            self.log.add("limit", record=number, offset=offset, detail=f"1行{LONGEST_LINE}文字まで")
            return None
        if not self._quoted:
            return text.split(self._delimiter)
        if len(text) > 1 and text[0] == '"' == text[-1]:
            # right whenever every piece, taken alone, is the inside of a quoted cell
            pieces = text[1:-1].split(self._joint)
            if text.count('"') == 2 * len(pieces):
                return pieces
            if not any('"' in piece.replace('""', "") for piece in pieces if '"' in piece):
                return [piece.replace('""', '"') for piece in pieces]
        return self._strictly(text, number, offset)

    def _strictly(self, text: str, number: int, offset: int) -> list[str] | None:
        """Cell by cell, to find the place where the quoting goes wrong."""
        cells: list[str] = []
        at = 0
        while True:
            match = _QUOTED.match(text, at)
            if not match:
                self._syntax(text, at, number, offset, "項目は引用符で囲みます")
                return None
            cells.append(match.group(1).replace('""', '"'))
            at = match.end()
            if at == len(text):
                return cells
            if text[at] != self._delimiter:
                self._syntax(text, at, number, offset, "引用符の後に区切りがありません")
                return None
            at += 1

    def _syntax(self, text: str, at: int, number: int, offset: int, detail: str) -> None:
        before = len(self.encoding.encode(text[:at]))
        self.log.add("syntax", record=number, offset=offset + before, detail=detail)

    def _fits(self, cells: Sequence[str], width: int, number: int, offset: int) -> bool:
        if len(cells) == width:
            return True
        kind = "columns-missing" if len(cells) < width else "columns-extra"
        self.log.add(kind, record=number, offset=offset, detail=f"{len(cells)}項目、正しくは{width}項目")
        return False

    def _tagged(
        self, texts: Sequence[str | None], numbers: Sequence[int], offsets: Sequence[int], raw: Mapping[int, bytes]
    ) -> Iterator[Block]:
        """Lines that begin with the name of their record, sorted by name and cut."""
        width = self._name_length + len(self._delimiter)
        kinds = list(map(self._kinds.get, ["" if text is None else text[:width] for text in texts]))
        by_kind: dict[str, list[int]] = {}
        for i, kind in enumerate(kinds):
            if kind is not None:
                try:
                    by_kind[kind].append(i)
                except KeyError:
                    by_kind[kind] = [i]
            elif (line := texts[i]) is not None:
                self._unknown(line.partition(self._delimiter)[0], numbers[i], offsets[i])
        dropped: set[int] = set()
        groups: dict[str, Group] = {}
        for kind, mine in by_kind.items():
            group = Group(self.layout.records[kind])
            lines = [texts[i] for i in mine]
            group.places = self._cut(group, lines, mine, numbers, offsets, dropped)  # type: ignore[arg-type]
            if group.places:
                groups[kind] = group
        if dropped or None in kinds:
            kept = [i for i, kind in enumerate(kinds) if kind is not None and i not in dropped]
            place = {i: at for at, i in enumerate(kept)}
            for group in groups.values():
                group.places = [place[i] for i in group.places]
            raw = {place[i]: data for i, data in raw.items() if i in place}
            kinds = [kinds[i] for i in kept]
            numbers, offsets = [numbers[i] for i in kept], [offsets[i] for i in kept]
        for at, data in raw.items():
            group = groups[kinds[at]]  # type: ignore[index]
            group.wire.setdefault(group.places.index(at), {})["raw"] = data.hex()
        if kinds:
            yield Block(kinds, numbers, offsets, groups)  # type: ignore[arg-type]

    def _cut(
        self,
        group: Group,
        lines: list[str],
        mine: list[int],
        numbers: Sequence[int],
        offsets: Sequence[int],
        dropped: set[int],
    ) -> list[int]:
        """Cut lines of one kind into the group's cells; returns the lines used, the others are reported and dropped."""
        delimiter = self._delimiter
        cuts, width = self._forms[group.type.tag]
        if cuts < 0 and {line.count(delimiter) for line in lines} == {width - 1}:
            # one cut through all lines at once, then every width-th cell is a column
            cells = delimiter.join(lines).split(delimiter)
            group.turned = [cells[i::width] for i in range(width)]
            return mine
        cut = [line.split(delimiter, cuts) for line in lines]
        if set(map(len, cut)) <= {width}:
            group.cells = cut  # type: ignore[assignment]
            return mine
        used: list[int] = []
        for i, row in zip(mine, cut, strict=True):
            if not self._fits(row, width, numbers[i], offsets[i]):
                dropped.add(i)
                continue
            group.cells.append(row)
            used.append(i)
        return used

    def _unknown(self, name: str, number: int, offset: int) -> None:
        detail = f"「{name}」" if len(name) <= 4 and name.isprintable() else ""
        self.log.add("record-kind", record=number, offset=offset, detail=detail)

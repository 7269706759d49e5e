"""A layout as values: what a YAML file of `layouts/` says, checked and ready for the readers and writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Condition = tuple[tuple[str, frozenset[str]], ...]

# Marks of a source, strongest first (S read in the source itself … K from general knowledge only).
READ_MARKS = ("S", "S-ex", "S2", "T")
MARKS = (*READ_MARKS, "D", "K-high", "K-mid", "K-low")
CERTAINTIES = ("exact", "probable", "local")
CERTAINTY_TITLES = {"exact": "確定", "probable": "推定", "local": "自治体で調整"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layout comes from: `mark` says how it was read, `text` what it is, `url` where it stands."""

    mark: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One item of a record. `size` and `offset` are bytes (fixed length only); lengths are grapheme clusters."""

    name: str
    title: str
    type: str
    size: int = 0
    offset: int = 0
    length: int | None = None
    min_length: int = 0
    required: bool = False
    required_if: Condition = ()
    empty_if: Condition = ()
    check: str | None = None
    pattern: str | None = None
    codes: Mapping[str, str] | None = None
    code_list: str | None = None
    open: bool = False
    value: str | None = None
    minimum: int | str | None = None
    maximum: int | str | None = None
    unknown: bool = False
    format: str = "iso"
    charset: str | None = None
    chars: str = ""
    places: int | None = None
    blank: bool = False
    blank_value: str | None = None  # fixed length: what stands where there is no value
    pad: str = " "
    align: str = "left"
    repeat: int = 1  # 0: any number of columns to the end of the line
    max_bytes: int | None = None
    leading_zeros: bool = False
    tag: str = ""
    fields: tuple[Field, ...] = ()
    error_codes: Mapping[str, str] = field(default_factory=dict)
    by_encoding: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One kind of record: its items in wire order and the items that may not repeat within the file."""

    kind: str
    title: str
    fields: tuple[Field, ...]
    tag: str = ""
    key: tuple[str, ...] = ()
    note: str = ""
    check: str | None = None  # check digit over the whole record
    tree: tuple[Field, ...] = ()  # TLV: the items as they nest; `fields` are the leaves

    def index(self, name: str) -> int:
        """Position of an item among the record's items; KeyError when there is none."""
        for i, item in enumerate(self.fields):
            if item.name == name:
                return i
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Total:
    """A number in a record that counts or sums others: checked at its record (`after`) or at the end (`before`)."""

    record: str
    field: str
    of: str
    sum: str | None = None
    where: Condition = ()
    where_not: Condition = ()
    before: bool = False
    whole_file: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How cells stand in a line. `header_row`: a line of item titles stands before the first data record."""

    quote: str = "all"
    delimiter: str = ","
    header_row: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """One neighbour's file. `newlines`: separators accepted on reading, the first one is written."""

    id: str
    title: str
    direction: str
    certainty: str
    sources: tuple[Source, ...]
    kind: str
    encodings: tuple[str, ...]
    newlines: tuple[bytes, ...]
    records: Mapping[str, RecordType]
    order: str
    valid_from: date | None = None
    valid_until: date | None = None
    messages: tuple[str, ...] = ()
    size: int = 0
    discriminator: tuple[int, int] | None = None
    csv: CsvStyle = field(default_factory=CsvStyle)
    control: bool = False
    eof: str = "forbid"
    final_newline: str = "required"
    bom: bool = False
    totals: tuple[Total, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    xml_root: str = ""
    crc_field: str | None = None
    read_only: str = ""  # why files of this layout are not written
    note: str = ""
    path: str = ""

    def valid_on(self, on: date) -> bool:
        """Whether the layout is in force on a day (both ends inclusive)."""
        return (self.valid_from is None or on >= self.valid_from) and (
            self.valid_until is None or on <= self.valid_until
        )

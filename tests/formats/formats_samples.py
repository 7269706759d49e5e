"""Invented files that are valid by a layout: every item drawn at random within its limits, totals made to agree."""

from __future__ import annotations

import io
import random
from typing import Any

try:
    import re._constants as sre
    import re._parser as sre_parse
except ImportError:  # before Python 3.11
    import sre_constants as sre  # type: ignore[no-redef]
    import sre_parse  # type: ignore[no-redef]

from kokuho.formats.checkdigits import CHECKS, gs1_digit
from kokuho.formats.encode import encode
from kokuho.formats.model import Condition, Field, Layout, RecordType
from kokuho.formats.sequence import Sequencer

KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノー　"
HALF = "ABCXYZ0123456789 ｱｲｳｶｷﾞﾊﾟ"
WIDE = "葛飾区山田太郎髙﨑　アパート１２"
_NOT_IN_CP932 = {0x20BB7: "吉", 0xE0100: None, 0x10DE92: "〓", 0x2C: "、"}
TEXT = WIDE + "𠮷葛\U000e0100\U0010de92Aa1\"',"


def text_of_pattern(pattern: str, rng: random.Random) -> str:
    """A text that matches a simple pattern (classes, groups, counted repeats)."""

    def draw(items: Any) -> str:
        out = ""
        for kind, value in items:
            if kind is sre.LITERAL:
                out += chr(value)
            elif kind is sre.IN:
                choices = [chr(v) if k is sre.LITERAL else chr(rng.randint(*v)) for k, v in value]
                out += rng.choice(choices)
            elif kind is sre.MAX_REPEAT:
                low, high, part = value
                out += "".join(draw(part) for _ in range(rng.randint(low, min(high, low + 3))))
            elif kind is sre.SUBPATTERN:
                out += draw(value[-1])
            else:
                raise NotImplementedError(kind)
        return out

    return draw(sre_parse.parse(pattern))


def _checked(text: str, field: Field, rng: random.Random) -> str:
    good = CHECKS[field.check or ""]
    if field.check == "gs1-128-payment":
        body = "91" + text[2:30] + "261130" + "0" + "001000"
        return body + gs1_digit(body)
    for place in (len(text) - 1, 0):
        for digit in "0123456789":
            candidate = text[:place] + digit + text[place + 1 :]
            if good(candidate):
                return candidate
    raise AssertionError(field.check)


def value_of(field: Field, rng: random.Random, *, length: int | None = None) -> Any:
    """A value of an item; `length` asks for one of exactly so many characters."""
    longest = field.length or field.size or (field.max_bytes or 24) // 2
    size = (
        length if length is not None else rng.randint(max(field.min_length, 1), max(min(longest, 12), field.min_length))
    )
    if field.type == "digits":
        if field.check == "insurer-number":
            size = 6
        text = "".join(rng.choice("0123456789") for _ in range(size))
        return _checked(text, field, rng) if field.check else _patterned(field, rng, text)
    if field.type == "alnum":
        if field.check == "insurer-number":
            return "  " + _checked("138010", field, rng)
        return _patterned(field, rng, "".join(rng.choice("ABCabc0123456789") for _ in range(size)))
    if field.type in ("text", "kana", "wide", "either", "ank"):
        return _text(field, rng, size)
    if field.type == "int":
        low = field.minimum if isinstance(field.minimum, int) else 0
        high = field.maximum if isinstance(field.maximum, int) else 10 ** (field.size or 9) - 1
        return rng.choice([low, rng.randint(low, min(high, low + 99)), rng.randint(low, min(high, low + 999_999))])
    return _other(field, rng)


def _text(field: Field, rng: random.Random, size: int) -> str:
    if field.type == "ank":
        letters = "AB12ｱﾞ" if field.charset else HALF
        return "".join(rng.choice(letters) for _ in range(size)).strip() or "A"
    if field.type == "kana":
        return "".join(rng.choice(KANA) for _ in range(size))
    if field.size:
        return "".join(rng.choice("山田太郎") for _ in range(max(1, min(size, field.size // 2))))
    if field.type == "either" and rng.random() < 0.5:
        return "".join(rng.choice("AB12") for _ in range(size))
    letters = WIDE if field.type in ("wide", "either") else TEXT
    text = "".join(rng.choice(letters) for _ in range(size))
    return text.lstrip("\U000e0100") or "山"


def _patterned(field: Field, rng: random.Random, text: str) -> str:
    return text_of_pattern(field.pattern, rng) if field.pattern else text


def _other(field: Field, rng: random.Random) -> Any:
    compact = field.format == "compact"
    year, month, day = rng.randint(1950, 2030), rng.randint(1, 12), rng.randint(1, 28)
    dates = {
        "date": f"{year}{month:02}{day:02}" if compact else f"{year}-{month:02}-{day:02}",
        "claim-date": f"{year}{month:02}{day:02}",
        "claim-month": f"{year}{month:02}",
        "era-date": f"5{rng.randint(2, 8):02}{month:02}{day:02}",
        "month": f"{year}{month:02}" if compact else f"{year}-{month:02}",
        "month-day": f"{month:02}{day:02}",
        "short-date": f"{year % 100:02}{month:02}{day:02}",
        "datetime": f"{year}{month:02}{day:02}091500" if compact else f"{year}-{month:02}-{day:02}T09:15:00",
        "time": "091500" if field.size == 6 or not field.size else "0915",
        "flag": rng.choice("01"),
        "const": field.value,
        "decimal": rng.choice(["0", "1.5", "12"]),
        "raw": bytes(rng.randrange(256) for _ in range(field.size)).hex(),
    }
    if field.type == "code":
        return rng.choice(sorted(field.codes or {}))
    return dates[field.type]


def _holds(condition: Condition, row: dict[str, Any]) -> bool:
    return bool(condition) and all(str(row.get(name) or "") in values for name, values in condition)


def record_of(record: RecordType, encoding: str, rng: random.Random) -> dict[str, Any]:
    """A record that meets its conditions."""
    row: dict[str, Any] = {}
    fields = [f for f in record.fields if f.type != "filler"]
    for field in fields:
        value = value_of(field, rng)
        if field.repeat != 1:
            count = field.repeat or rng.randint(1, 5)
            value = [None if rng.random() < 0.8 else value_of(field, rng) for _ in range(count)]
        elif not field.required and rng.random() < 0.3 and (not field.size or field.blank or field.blank_value):
            value = None
        if encoding == "cp932" and isinstance(value, str):
            value = value.translate(_NOT_IN_CP932) or "山"
        elif encoding == "cp932" and isinstance(value, list):
            value = [v.translate(_NOT_IN_CP932) if isinstance(v, str) else v for v in value]
        row[field.name] = field.by_encoding.get(encoding, value)
    for field in fields:
        if _holds(field.empty_if, row):
            row[field.name] = None
        elif _holds(field.required_if, row) and row[field.name] is None:
            row[field.name] = value_of(field, rng)
    return row


def records_of(layout: Layout, rng: random.Random, *, most: int = 12) -> list[dict[str, Any]]:
    """Records in a permitted order, keys unique, totals right."""
    sequencer = Sequencer(layout.order)
    state, records = 0, []
    keys: set[tuple[str, Any]] = set()
    while True:
        if sequencer.complete(state) and (len(records) >= most or rng.random() < 0.2):
            break
        expected = list(sequencer.expected(state))
        if not expected:
            break
        if len(records) > 4 * most:
            expected = [k for k in ("SI", "GO", "trailer", "end") if k in expected] or expected
        kind = rng.choice(expected)
        state = sequencer.step(state, kind)
        record = layout.records[kind]
        row = record_of(record, layout.encodings[0], rng)
        key = (kind, tuple(row[name] for name in record.key))
        if record.key and key in keys:
            while key in keys:
                row = record_of(record, layout.encodings[0], rng)
                key = (kind, tuple(row[name] for name in record.key))
        keys.add(key)
        if record.check:
            _whole_check(record, row)
        records.append({"kind": kind, "fields": row})
    if layout.control:
        records[0]["fields"].update({"link_id": layout.id, "sender": "131016", "created_at": "2026-06-01T03:00:00"})
    _agree(layout, records)
    return records


def _whole_check(record: RecordType, row: dict[str, Any]) -> None:
    text = ""
    for field in record.fields[:-1]:
        value = row[field.name]
        text += field.blank_value or "" if value is None else str(value).zfill(field.size)
    row[record.fields[-1].name] = gs1_digit(text)


def _agree(layout: Layout, records: list[dict[str, Any]]) -> None:
    """Write the right totals into the records that hold them."""
    for total in layout.totals:
        running, holders = 0, []
        for record in records:
            if record["kind"] == total.record and not total.before:
                record["fields"][total.field] = running
                running = running if total.whole_file else 0
            elif record["kind"] == total.record:
                holders.append(record)
            if record["kind"] == total.of:
                row = record["fields"]
                if total.where and not _holds(total.where, row):
                    continue
                if total.where_not and _holds(total.where_not, row):
                    continue
                running += int(row[total.sum] or 0) if total.sum else 1
        for record in holders:
            record["fields"][total.field] = running


def sample_file(layout: Layout, seed: int, *, most: int = 12) -> bytes:
    """The bytes of an invented valid file."""
    out = io.BytesIO()
    encode(layout, records_of(layout, random.Random(seed), most=most), out)
    return out.getvalue()

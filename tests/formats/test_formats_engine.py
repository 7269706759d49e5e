"""The engine's other forms: fixed length, TLV, XML, dates, encodings, totals, and every code of its own."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import yaml
from formats_samples import sample_file

from kokuho.formats import EncodeError, Layout, encode, layout, open_decode
from kokuho.formats.dates import PartialDate, era_date_ok, month_day_ok, short_date_ok, time_ok
from kokuho.formats.encoding import encoding
from kokuho.formats.errors import KINDS
from kokuho.formats.keys import KeyWatch
from kokuho.formats.load import layout_from


def made(text: str) -> Layout:
    head = {"title": "x", "direction": "in", "certainty": "local", "sources": [{"mark": "K-low", "text": "x"}]}
    return layout_from({"id": "x", **head, **yaml.safe_load(text)})


def faults(lay: Layout, data: bytes) -> list[tuple[str, int, int]]:
    decoding = open_decode(lay, io.BytesIO(data))
    list(decoding.batches())
    return [(e.code, e.record, e.offset) for e in decoding.errors]


def written(lay: Layout, records: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    encode(lay, records, out)
    return out.getvalue()


FIXED = made("""
kind: fixed
size: 12
encoding: cp932
newline: [crlf, none]
discriminator: { offset: 0, len: 1 }
order: "head row* tail"
records:
  head:
    tag: H
    fields:
      - { name: tag, type: const, value: H, size: 1 }
      - { name: amount, title: 合計, type: int, size: 4, required: true }
      - { type: filler, size: 7 }
  row:
    tag: R
    fields:
      - { name: tag, type: const, value: R, size: 1 }
      - { name: amount, type: int, size: 3, required: true }
      - { name: name, type: text, size: 6, pad: "　" }
      - { name: mark, type: code, codes: { "A": a, "B": b }, size: 1, blank: true }
      - { name: code, type: digits, size: 1, blank_value: "9" }
  tail:
    tag: T
    fields:
      - { name: tag, type: const, value: T, size: 1 }
      - { name: count, title: 件数, type: int, size: 3, required: true }
      - { name: note, type: ank, size: 8, align: right }
totals:
  - { record: head, field: amount, of: row, sum: amount, where: { mark: A }, before: true }
  - { record: tail, field: count, of: row }
""")
RECORDS = [
    {"kind": "head", "fields": {"tag": "H", "amount": 100}},
    {"kind": "row", "fields": {"tag": "R", "amount": 100, "name": "山", "mark": "A", "code": "0"}},
    {"kind": "row", "fields": {"tag": "R", "amount": 7, "name": None, "mark": None, "code": None}},
    {"kind": "tail", "fields": {"tag": "T", "count": 2, "note": "ｱ"}},
]
GOOD = written(FIXED, RECORDS)


def test_positions_and_padding_are_bytes() -> None:
    assert GOOD.split(b"\r\n")[:4] == [
        b"H0100       ",
        b"R100" + "山　　".encode("cp932") + b"A0",
        b"R007" + "　　　".encode("cp932") + b" 9",
        b"T002       \xb1",
    ]
    decoding = open_decode(FIXED, io.BytesIO(GOOD))
    assert [{"kind": r.kind, "fields": r.fields} for r in decoding.records()] == RECORDS
    assert decoding.ok and decoding.totals["row"] == {"count": 2}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"H0100       \r\n", b"H0100      \r\n", ("F20", 1, 0)),
        (b"R007", b"X007", ("F06", 3, 28)),
        (b"H0100       ", b"H0100      x", ("F31", 1, 5)),
        (b"H0100", b"H0101", ("F09", 1, 1)),
        (b"T002", b"T003", ("F08", 4, 43)),
        (b"R007", b"R0 7", ("F12", 3, 29)),
        ("山　".encode("cp932"), b"\x81\x20\x81\x40", ("F13", 2, 18)),
        (b"A0\r\n", b"C0\r\n", ("F15", 2, 24)),
        (b"T002       \xb1\r\n", b"", ("F02", 3, 28)),
        (b"\xb1\r\n", b"\xb1", ("F02", 4, 54)),
    ],
)
def test_faults_of_fixed_records_stand_at_their_byte(old: bytes, new: bytes, found: tuple[str, int, int]) -> None:
    assert found in faults(FIXED, GOOD.replace(old, new, 1)), faults(FIXED, GOOD.replace(old, new, 1))


def test_a_value_that_does_not_fit_is_not_written() -> None:
    for change, message in (
        ({"name": "山田太郎"}, "6バイトまで"),
        ({"amount": 1000}, "3バイトまで"),
        ({"name": "𠮷"}, "文字コードにない"),
        ({"amount": "7"}, "型が違います"),
        ({"amount": True}, "型が違います"),
    ):
        records = [*RECORDS[:1], {"kind": "row", "fields": {**RECORDS[1]["fields"], **change}}, *RECORDS[2:]]  # type: ignore[dict-item]
        with pytest.raises(EncodeError) as caught:
            written(FIXED, records)
        assert message in str(caught.value) and caught.value.errors[0].record == 2


def test_a_stream_without_separators_is_limited_in_memory() -> None:
    endless = layout("juki-full")
    assert ("F30", 1, 0) in faults(endless, b"x" * 400_000)
    assert {code for code, *_ in faults(endless, b"\r\n" + b"x" * 400_000)} >= {"F30"}
    fixed = faults(FIXED, b"H0100       \r\n" + b"x" * 400_000)
    assert ("F30", 2, 14) in fixed and len(fixed) < 5


def test_a_framing_of_another_encoding_is_refused() -> None:
    framing = {"encoding": "utf-8", "separator": "crlf", "final_separator": True, "eof": False, "bom": False}
    with pytest.raises(ValueError, match="utf-8"):
        encode(FIXED, RECORDS, io.BytesIO(), framing=framing)


# ---- TLV

TLV = made("""
kind: tlv
encoding: jisx0201
newline: lf
crc_field: crc
order: "code+"
records:
  code:
    fields:
      - { name: first, tag: "00", type: digits, size: 2, required: true }
      - name: group
        tag: "10"
        type: group
        size: 9
        fields: [{ name: a, tag: "01", type: ank, size: 3 }, { name: b, type: int, size: 2, required: true }]
      - { name: free, tag: "20", type: ank }
      - { name: crc, tag: "63", type: digits, size: 5, required: true }
""")


def test_tlv_strings_are_written_with_their_check_value() -> None:
    values = {"first": "07", "a": "xyz", "b": 5, "free": "hello", "crc": "00000"}
    data = written(TLV, [{"kind": "code", "fields": values}])
    assert data.startswith(b"00020710090103xyz052005hello6305")
    decoding = open_decode(TLV, io.BytesIO(data))
    [record] = decoding.records()
    assert decoding.ok and {**record.fields, "crc": "00000"} == values
    with pytest.raises(EncodeError):
        written(TLV, [{"kind": "code", "fields": {**values, "a": "toolong"}}])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"6305", b"6304", "F28"), (b"2005hello", b"2005hellO", "F29"), (b"1009", b"1109", "F28"), (b"2005", b"20x5", "F28"),
        (b"xyz", b"x\x80z", "F01"), (b"\n", b"", "F02"), (b"0002", b"\r02", "F22"),
    ],
)  # fmt: skip
def test_tlv_strings_that_are_broken(old: bytes, new: bytes, code: str) -> None:
    values = {"first": "07", "a": "xyz", "b": 5, "free": "hello", "crc": "00000"}
    data = written(TLV, [{"kind": "code", "fields": values}])
    assert code in [c for c, *_ in faults(TLV, data.replace(old, new, 1))]


# ---- XML

XML = layout("pittari-application")
APPLICATION = sample_file(XML, 5)


def test_xml_keeps_markup_characters_and_rare_kanji() -> None:
    row = {"item_code": "A1", "item_name": '<氏名> & "姓"', "value": "葛\U000e0100城𠮷 "}
    first = next(iter(open_decode(XML, io.BytesIO(APPLICATION)).records()))
    data = written(XML, [{"kind": "application", "fields": first.fields}, {"kind": "item", "fields": row}])
    assert b"&lt;" in data
    decoding = open_decode(XML, io.BytesIO(data))
    assert list(decoding.records())[1].fields == row and decoding.ok


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.replace("<受付番号>".encode(), "<謎/><受付番号>".encode(), 1), "F04"),
        (lambda d: d.replace("<受付番号>".encode(), "<受付番号>1</受付番号><受付番号>".encode(), 1), "F04"),
        (lambda d: d.replace("<様式ID>".encode(), "<様式ID><b/>".encode(), 1), "F28"),
        (lambda d: d.replace("<申請>".encode(), "<申請 a='1'>".encode(), 1), "F28"),
        (lambda d: d.replace("<申請>".encode(), "x<申請>".encode(), 1), "F28"),
        (lambda d: d.replace("申請データ>".encode(), "届出>".encode()), "F28"),
        (lambda d: d.replace("<申請>".encode(), "<届出>".encode(), 1).replace("</申請>".encode(), "</届出>".encode(), 1), "F06"),
        (lambda d: d.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1), "F28"),
        (lambda d: d[:-20], "F02"),
        (lambda d: b"", "F02"),
        (lambda d: d.replace("<申請>".encode(), b"<a>" * 60, 1), "F28"),
        (lambda d: d.replace(b"T09:15:00", b"T29:15:00", 1), "F14"),
        (lambda d: d.replace(b"<", b"\xff<", 1), "F28"),
    ],
)  # fmt: skip
def test_xml_that_is_refused(change: Any, code: str) -> None:
    changed = change(APPLICATION)
    assert changed != APPLICATION
    assert code in [c for c, *_ in faults(XML, changed)], faults(XML, changed)


def test_an_item_that_is_missing_in_xml_is_a_fault() -> None:
    text = APPLICATION.decode()
    start, end = text.index("    <様式ID>"), text.index("</様式ID>\r\n") + len("</様式ID>\r\n")
    assert "F03" in [c for c, *_ in faults(XML, (text[:start] + text[end:]).encode())]


def test_an_endless_xml_value_is_cut_off() -> None:
    text = APPLICATION.decode().replace("<様式ID>", "<様式ID>" + "x" * 200_000, 1)
    assert "F28" in [c for c, *_ in faults(XML, text.encode())]


# ---- 年金特別徴収


def test_the_pension_frame_has_the_published_positions() -> None:
    record = layout("pension-frame").records["trailer"]
    places = {f.name: (f.offset, f.size) for f in record.fields}
    assert places["total_count"] == (21, 9) and places["total_amount_3"] == (52, 11)
    assert places["system"] == (12, 1) and places["made_on"] == (13, 8)
    for lay in ("pension-frame", "pension-collection-22"):
        assert all(sum(f.size for f in r.fields) == 500 for r in layout(lay).records.values())


def test_a_pension_file_is_one_group_a_municipality_and_also_readable_by_its_frame() -> None:
    data = sample_file(layout("pension-collection-01"), 3)
    assert len(data) % 502 == 0
    inside = open_decode("pension-collection-01", io.BytesIO(data))
    frame = open_decode("pension-frame", io.BytesIO(data))
    assert sum(1 for _ in inside.records()) == sum(1 for _ in frame.records())
    assert inside.ok and frame.ok
    again = io.BytesIO()
    encode("pension-frame", open_decode("pension-frame", io.BytesIO(data)).records(), again)
    assert again.getvalue() == data
    wrong = open_decode("pension-collection-22", io.BytesIO(data))
    list(wrong.records())
    assert {e.code for e in wrong.errors} == {"F17"}


# ---- dates


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("1950-03-05", date(1950, 3, 5), date(1950, 3, 5)),
        ("19500300", date(1950, 3, 1), date(1950, 3, 31)),
        ("1950-00-00", date(1950, 1, 1), date(1950, 12, 31)),
        ("0000-00-00", date.min, date.max),
        ("3250300", date(1950, 3, 1), date(1950, 3, 31)),
        ("3640107", date(1989, 1, 7), date(1989, 1, 7)),
        ("5010501", date(2019, 5, 1), date(2019, 5, 1)),
        ("3000000", date.min, date.max),
        ("9999-00-00", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_dates_of_which_a_part_is_unknown(text: str, earliest: date, latest: date) -> None:
    found = PartialDate.parse(text)
    assert (found.earliest(), found.latest()) == (earliest, latest)
    assert found.exact == (earliest if earliest == latest else None)


@pytest.mark.parametrize(
    "text",
    ["1950-02-30", "1950-00-05", "0000-01-01", "3640108", "4010107", "6010101", "3000100", "昭和25年", "", "2026-1-1"],
)
def test_dates_that_never_were(text: str) -> None:
    with pytest.raises(ValueError):
        PartialDate.parse(text)
    assert not era_date_ok(text, unknown=True)


def test_short_notations() -> None:
    assert month_day_ok("0229") and not month_day_ok("0230") and not month_day_ok("229")
    assert short_date_ok("261130") and not short_date_ok("261131")
    assert time_ok("2359") and time_ok("235959") and not time_ok("2400") and not time_ok("12345")


# ---- encodings, keys, codes


def test_bank_encodings_have_one_byte_a_character() -> None:
    text = "ABC 012-().ｱｲｳﾞﾟ"
    for name in ("jisx0201", "ebcdic-kana"):
        codec = encoding(name)
        assert len(codec.encode(text)) == len(text) and codec.decode(codec.encode(text)) == text
    assert encoding("ebcdic-kana").encode("A9ｱ") == b"\xc1\xf9\x81"
    for bad in ("山", "ア"):
        with pytest.raises(UnicodeEncodeError):
            encoding("jisx0201").encode(bad)
    with pytest.raises(UnicodeDecodeError):
        encoding("jisx0201").decode(b"\x88\x9f")
    with pytest.raises(KeyError):
        encoding("koi8-r")


def test_duplicate_keys_are_found_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kokuho.formats.keys._BITS_A_KEY", 1)
    watch = KeyWatch()
    keys = [f"k{i}" for i in range(1_000)]
    keys[777], keys[999] = "k5", "k5"
    watch.add(keys, range(1, 1_001), range(0, 10_000, 10))
    assert list(watch.duplicates()) == [(778, 7_770, 6), (1_000, 9_990, 6)]


def test_codes_are_never_shared() -> None:
    codes = [code for code, _ in KINDS.values()]
    assert len(codes) == len(set(codes)) == 32

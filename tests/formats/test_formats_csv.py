"""CSV files of the local linkages: every fault is found, placed and named."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from kokuho.formats import EncodeError, Layout, encode, encode_rows, open_decode
from kokuho.formats.load import layout_from

LAYOUT = yaml.safe_load("""
id: sample-persons
title: 住民
direction: in
certainty: local
sources: [{ mark: K-high, text: 試験のための定義 }]
valid: { from: 2026-04-01, until: 2027-03-31 }
kind: csv
encoding: utf-8
newline: crlf
csv: { quote: all, header_row: true }
control: standard
records:
  data:
    title: 住民
    key: [atena_number]
    fields:
      - { name: atena_number, title: 宛名番号, type: digits, min: 1, len: 15, required: true }
      - { name: name, title: 氏名, type: text, len: 5, required: true }
      - { name: kana, title: 氏名カナ, type: kana, len: 20 }
      - { name: birth_date, title: 生年月日, type: date, unknown: true, required: true }
      - { name: sex, title: 性別, type: code, codes: { "1": 男, "2": 女 }, required: true }
      - { name: my_number, title: 個人番号, type: digits, len: 12, check: my-number }
      - { name: state, title: 状態, type: code, codes: { "1": 現住, "2": 転出 }, required: true }
      - { name: left_on, title: 転出日, type: date, required_if: { state: "2" }, empty_if: { state: "1" } }
      - { name: income, title: 所得, type: int, min: -100, max: 1000 }
      - { name: ward, title: 行政区, type: alnum, len: 3, pattern: "[A-Z].*" }
      - { name: channel, title: 経路, type: code, codes: { "1": 窓口 }, open: true }
""")
ROWS: list[tuple[Any, ...]] = [
    ("1", "葛\U000e0100城 太", "カツラギ　フトシ", "1950-03-00", "1", "123456789018", "1", None, 0, "A01", "1"),
    ("22", "𠮷田\U0010de92", None, date(1980, 2, 29), "2", None, "2", date(2026, 5, 1), -100, None, None),
    ("333", '"引用",', "ア", "0000-00-00", "1", None, "1", None, 1000, None, None),
]
CONTROL = {"sender": "131016", "created_at": "2026-06-01T03:00:00"}


@pytest.fixture(scope="module")
def layout() -> Layout:
    return layout_from(LAYOUT)


@pytest.fixture(scope="module")
def good(layout: Layout) -> bytes:
    out = io.BytesIO()
    assert encode_rows(layout, ROWS, out, control=CONTROL) == 3
    return out.getvalue()


def faults(layout: Layout, data: bytes, **options: Any) -> list[tuple[str, int, str | None, int]]:
    decoding = open_decode(layout, io.BytesIO(data), **options)
    for _ in decoding.batches():
        pass
    assert decoding.error_count == len(decoding.errors)
    return [(e.code, e.record, e.field, e.offset) for e in decoding.errors]


def test_a_good_file_comes_back_whole(layout: Layout, good: bytes) -> None:
    decoding = open_decode(layout, io.BytesIO(good))
    batches = list(decoding.batches())
    assert decoding.ok and not decoding.warnings
    assert decoding.control == {"mark": "CTL", "link_id": "sample-persons", "count": 3, **CONTROL}
    rows = batches[1].rows
    assert rows[0] == ROWS[0]
    assert rows[1][3:8] == ("1980-02-29", "2", None, "2", "2026-05-01")
    assert batches[1].numbers == [3, 4, 5]
    lines = good.split(b"\r\n")
    assert batches[1].offsets == [sum(len(x) + 2 for x in lines[:n]) for n in (2, 3, 4)]
    assert decoding.totals == {"control": {"count": 1}, "data": {"count": 3}}


def test_variation_selectors_supplementary_and_private_characters_go_through_untouched(
    layout: Layout, good: bytes
) -> None:
    names = [r.fields["name"] for r in open_decode(layout, io.BytesIO(good)).records() if r.kind == "data"]
    assert names == ["葛\U000e0100城 太", "𠮷田\U0010de92", '"引用",']
    assert "葛\U000e0100城 太".encode() in good


@pytest.mark.parametrize(
    ("old", "new", "code", "record", "field"),
    [
        ("カツラギ", "カツ\udcff", "F01", 3, None),
        ('"1000",', '"1000"x,', "F19", 5, None),
        ('"A01","1"\r\n', '"A01"\r\n', "F03", 3, None),
        ('"A01","1"\r\n', '"A01","1",""\r\n', "F04", 3, None),
        ('"宛名番号",', '"宛名",', "F05", 2, None),
        ("sample-persons", "juki-full", "F24", 1, "link_id"),
        ("2026-06-01T", "2027-04-01T", "F25", 1, "created_at"),
        ('00","3"', '00","4"', "F08", 1, "count"),
        ("葛\U000e0100城 太", "", "F10", 3, "name"),
        ("葛\U000e0100城 太", "葛\U000e0100城 太郎助", "F11", 3, "name"),
        ('"22"', '"2x"', "F12", 4, "atena_number"),
        ('"1000"', '"01000"', "F12", 5, "income"),
        ('"1000"', '"+1000"', "F12", 5, "income"),
        ("フトシ", "ふとし", "F13", 3, "kana"),
        ("葛\U000e0100城", "葛\U000e0100\t", "F13", 3, "name"),
        ("1980-02-29", "1981-02-29", "F14", 4, "birth_date"),
        ("1980-02-29", "1980-2-29", "F14", 4, "birth_date"),
        ("1950-03-00", "1950-00-01", "F14", 3, "birth_date"),
        ("2026-05-01", "2026-05-00", "F14", 4, "left_on"),
        ('"2",""', '"3",""', "F15", 4, "sex"),
        ('"22"', '"1"', "F16", 4, "atena_number"),
        ('"CTL"', '"CTX"', "F07", 1, None),
        ("123456789018", "123456789019", "F18", 3, "my_number"),
        ("123456789018", "12345678901", "F26", 3, "my_number"),
        ("2026-05-01", "", "F21", 4, "left_on"),
        ('"1","","0"', '"1","2026-05-01","0"', "F21", 3, "left_on"),
        ('"1000"', '"1001"', "F23", 5, "income"),
        ('"-100"', '"-101"', "F23", 4, "income"),
        ("A01", "101", "F27", 3, "ward"),
        ("カツラギ", "カツ\r\nラギ", "F19", 3, None),
        ("カツラギ", "カツ\nラギ", "F22", 3, None),
    ],
)
def test_each_fault_has_its_code_and_place(
    layout: Layout, good: bytes, old: str, new: str, code: str, record: int, field: str | None
) -> None:
    text = good.decode()
    assert text.count(old) >= 1
    data = text.replace(old, new, 1).encode("utf-8", "surrogateescape")
    found = faults(layout, data)
    assert (code, record, field) in [f[:3] for f in found], found
    offset = next(f[3] for f in found if f[:3] == (code, record, field))
    start = sum(len(x) + 2 for x in data.split(b"\r\n")[: record - 1])
    assert start <= offset < start + 400


def test_a_wrong_byte_is_named_by_its_position_in_the_file(layout: Layout, good: bytes) -> None:
    at = good.index("カツ".encode()) + 3
    assert ("F01", 3, None, at) in faults(layout, good[:at] + b"\xff" + good[at + 1 :])


def test_a_file_cut_anywhere_is_noticed(layout: Layout, good: bytes) -> None:
    for end in range(len(good)):
        assert faults(layout, good[:end]), end
    assert ("F02", 0, None, 0) in faults(layout, b"")
    codes = {f[0] for f in faults(layout, good[:-2])}
    assert codes == {"F02", "F08"}


def test_a_byte_order_mark_and_other_separators_are_refused_but_the_rest_is_read(layout: Layout, good: bytes) -> None:
    assert faults(layout, b"\xef\xbb\xbf" + good) == [("F01", 1, None, 0)]
    assert [f[0] for f in faults(layout, good.replace(b"\r\n", b"\n"))] == ["F22"]


def test_all_faults_of_a_file_are_reported_in_file_order_and_good_rows_come_through(
    layout: Layout, good: bytes
) -> None:
    data = good.replace(b"1950-03-00", b"1950-13-00").replace(b'"1000"', b'"x"').replace(b"A01", b"a01")
    assert [(c, r) for c, r, *_ in faults(layout, data)] == [("F14", 3), ("F27", 3), ("F12", 5)]
    decoding = open_decode(layout, io.BytesIO(data))
    assert [r.fields["atena_number"] for r in decoding.records() if r.kind == "data"] == ["22"]
    with_bad = [r for r in open_decode(layout, io.BytesIO(data)).records(include_bad=True) if r.kind == "data"]
    assert [(r.faulty, r.fields["birth_date"]) for r in with_bad] == [
        (True, "1950-13-00"), (False, "1980-02-29"), (True, "0000-00-00"),
    ]  # fmt: skip


def test_a_wrong_row_of_titles_lets_nothing_through(layout: Layout, good: bytes) -> None:
    swapped = good.decode().replace('"宛名番号","氏名"', '"氏名","宛名番号"').encode()
    decoding = open_decode(layout, io.BytesIO(swapped))
    assert [batch.kind for batch in decoding.batches()] == ["control"]
    assert [e.code for e in decoding.errors] == ["F05"]
    extra = good.decode().replace('"経路"\r\n', '"経路","謎"\r\n').encode()
    assert any("知らない項目: 謎" in message for message in _messages(layout, extra))


def _messages(layout: Layout, data: bytes) -> list[str]:
    decoding = open_decode(layout, io.BytesIO(data))
    list(decoding.batches())
    return [e.message for e in decoding.errors]


def test_an_open_code_is_a_warning_for_the_work_list(layout: Layout, good: bytes) -> None:
    decoding = open_decode(layout, io.BytesIO(good.replace(b'"A01","1"', b'"A01","Z"')))
    rows = [r.fields["channel"] for r in decoding.records() if r.kind == "data"]
    assert decoding.ok and rows[0] == "Z"
    assert [(w.code, w.record, w.field) for w in decoding.warnings] == [("F15", 3, "channel")]


def test_messages_never_repeat_a_name_or_a_number_of_a_person(layout: Layout, good: bytes) -> None:
    data = good.replace(b"123456789018", b"123456789019").replace("葛\U000e0100城 太".encode(), "葛飾太郎次郎".encode())
    for message in _messages(layout, data):
        assert "123456789019" not in message and "葛飾" not in message


def test_memory_for_faults_is_bounded(layout: Layout, good: bytes) -> None:
    head, line = good.split(b"\r\n")[:2], b'"x"' + b',""' * 10
    data = b"\r\n".join([*head, *[line] * 500]) + b"\r\n"
    decoding = open_decode(layout, io.BytesIO(data), max_errors=10)
    list(decoding.batches())
    assert len(decoding.errors) == 10 and decoding.error_count > 2_000


def test_a_row_that_cannot_be_written_stops_the_writing(layout: Layout) -> None:
    out = io.BytesIO()
    bad = [("1", 5, None, "1950-01-01", "1", None, "1", None, None, None, None), {"name": "甲", "unknown": 1}]
    with pytest.raises(EncodeError) as caught:
        encode_rows(layout, bad, out, control=CONTROL)
    assert out.getvalue() == b""
    assert {(e.code, e.record, e.field) for e in caught.value.errors} == {("F32", 1, "name"), ("F32", 2, None)}


def test_what_the_reader_would_refuse_is_not_written(layout: Layout) -> None:
    out = io.BytesIO()
    with pytest.raises(EncodeError) as caught:
        encode_rows(layout, [ROWS[0], ROWS[0]], out, control=CONTROL)
    assert [e.code for e in caught.value.errors] == ["F16"]
    with pytest.raises(EncodeError, match="F10"):
        encode_rows(layout, ROWS, out, control={"sender": "131016"})
    with pytest.raises(EncodeError, match="F06"):
        encode(layout, [{"kind": "nothing", "fields": {}}], out)
    assert out.getvalue() == b""


def test_a_file_without_rows_still_has_its_titles(layout: Layout) -> None:
    out = io.BytesIO()
    assert encode_rows(layout, [], out, control=CONTROL) == 0
    assert out.getvalue().count(b"\r\n") == 2
    assert faults(layout, out.getvalue()) == []


def test_a_municipality_may_change_a_local_layout_without_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.formats import layout as layout_by_id
    from kokuho.formats import layout_file

    shipped = layout_by_id("seiho")
    text = Path(shipped.path).read_text(encoding="utf-8").replace("保護廃止日", "廃止年月日")
    (tmp_path / "seiho.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KOKUHO_LAYOUTS", str(tmp_path))
    assert [f.title for f in layout_by_id("seiho").records["data"].fields][2] == "廃止年月日"
    assert layout_file(tmp_path / "seiho.yaml").id == "seiho"

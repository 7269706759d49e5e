"""全銀 files: the published layout byte by byte, its codes Z01 to Z15, another reader's result as oracle."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kokuho.formats import EncodeError, encode, open_decode
from kokuho.formats.zengin import (
    Surroundings,
    already_taken,
    bank_exists,
    business_day,
    disagreements,
)

DATA = Path(__file__).parent / "data"
REQUEST = (DATA / "synthetic_kouza_furikae_91_request_cp932_crlf.txt").read_bytes()
RESULT = (DATA / "synthetic_kouza_furikae_91_result_cp932_crlf.txt").read_bytes()
SHARED = Path(__file__).parents[3] / "shared" / "samples"


def decoded(layout: str, data: bytes) -> tuple[Any, list[Any]]:
    decoding = open_decode(layout, io.BytesIO(data))
    return decoding, list(decoding.records())


def codes(layout: str, data: bytes) -> list[tuple[str, int]]:
    return [(e.code, e.record) for e in decoded(layout, data)[0].errors]


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("zengin-transfer-request", "synthetic_kouza_furikae_91_request_cp932_crlf.txt"),
        ("zengin-transfer-request", "synthetic_kouza_furikae_91_request_cp932_nosep.txt"),
        ("zengin-transfer-result", "synthetic_kouza_furikae_91_result_cp932_crlf.txt"),
    ],
)
def test_sample_files_are_valid_and_come_out_byte_for_byte(layout: str, name: str) -> None:
    data = (DATA / name).read_bytes()
    decoding, records = decoded(layout, data)
    assert decoding.ok and not decoding.warnings
    out = io.BytesIO()
    encode(layout, records, out, framing=decoding.framing)
    assert out.getvalue() == data


def test_items_stand_where_the_standard_says() -> None:
    _, records = decoded("zengin-transfer-request", REQUEST)
    header, first = records[0].fields, records[1].fields
    assert header["client_code"] == "1234567890" and header["debit_date"] == "1130"
    assert first["holder_name"] == "ﾔﾏﾀﾞ ﾀﾛｳ" and first["amount"] == 12_800
    assert first["customer_number"] == "00000000000123456072"
    assert [r.offset for r in records] == [122 * n for n in range(6)]
    results = [r.fields["result_code"] for r in decoded("zengin-transfer-result", RESULT)[1] if r.kind == "data"]
    assert results == ["0", "1", "4"]


def _replace(at: int, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + new + data[at + len(new) :]


LINE = 122
BREAKS: list[tuple[str, str, Callable[[bytes], bytes], int]] = [
    ("Z01", "a record too short", lambda d: d[: LINE + 60] + d[LINE + 61 :], 2),
    ("Z01", "the end is missing", lambda d: d[: -LINE], 5),
    ("Z02", "an unknown データ区分", _replace(LINE, b"3"), 2),
    ("Z03", "a trailer before any data", lambda d: d[:LINE] + d[4 * LINE :LINE * 5] + d[LINE : LINE * 4] + d[5 * LINE :], 3),
    ("Z04", "合計件数 is wrong", _replace(4 * LINE + 1, b"000004"), 5),
    ("Z04", "合計金額 is wrong", _replace(4 * LINE + 7, b"000000021401"), 5),
    ("Z05", "a letter in a number", _replace(LINE + 43, b"11A"), 2),
    ("Z06", "a small kana", _replace(LINE + 50, b"\xac"), 2),
    ("Z06", "a double-byte character", _replace(LINE + 50, "山".encode("cp932")), 2),
    ("Z06", "a lower-case letter", _replace(LINE + 50, b"a"), 2),
    ("Z06", "something in the reserved bytes", _replace(LINE + 38, b"X"), 2),
    ("Z07", "another 種別", _replace(1, b"21"), 1),
    ("Z07", "コード区分 says EBCDIC in a JIS file", _replace(3, b"1"), 1),
    ("Z08", "引落日 is no date", _replace(54, b"0231"), 1),
    ("Z10", "顧客番号 twice", _replace(2 * LINE + 91, b"00000000000123456072"), 3),
    ("Z15", "amount zero", _replace(LINE + 80, b"0000000000"), 2),
]  # fmt: skip


@pytest.mark.parametrize(("code", "what", "change", "record"), BREAKS, ids=[f"{b[0]}-{b[1]}" for b in BREAKS])
def test_each_code_of_the_request(code: str, what: str, change: Callable[[bytes], bytes], record: int) -> None:
    assert (code, record) in codes("zengin-transfer-request", change(REQUEST))


@pytest.mark.parametrize("at", [19, 25, 37, 43])
def test_result_totals_that_are_not_the_recount_are_z13(at: int) -> None:
    assert ("Z13", 5) in codes("zengin-transfer-result", _replace(4 * LINE + at + 5, b"9")(RESULT))


def test_an_unknown_result_code_goes_to_a_work_list() -> None:
    data = _replace(2 * LINE + 111, b"E")(RESULT)
    decoding, records = decoded("zengin-transfer-result", data)
    assert decoding.ok and records[2].fields["result_code"] == "E"
    assert [(w.record, w.field) for w in decoding.warnings] == [(3, "result_code")]


def test_separators_cr_only_and_lf_only_are_refused() -> None:
    for separator in (b"\r", b"\n"):
        found = decoded("zengin-transfer-request", REQUEST.replace(b"\r\n", separator))[0].errors
        assert [e.code for e in found] == ["F22"]


def test_the_end_of_file_byte_is_admitted_and_kept() -> None:
    decoding, records = decoded("zengin-transfer-request", REQUEST + b"\x1a")
    assert decoding.ok and decoding.framing["eof"]
    out = io.BytesIO()
    encode("zengin-transfer-request", records, out, framing=decoding.framing)
    assert out.getvalue() == REQUEST + b"\x1a"


def test_several_clients_in_one_file() -> None:
    other = REQUEST[: 5 * LINE].replace(b"0000000000012345", b"0000000000099945")
    decoding, _ = decoded("zengin-transfer-request", REQUEST[: 5 * LINE] + other + REQUEST[5 * LINE :])
    assert decoding.ok and decoding.totals["data"] == {"count": 6, "amount": 42_800}


def test_an_ebcdic_file_is_recognised_by_its_first_byte() -> None:
    _, records = decoded("zengin-transfer-request", REQUEST)
    records[0].fields["code_kind"] = "1"
    framing = {"encoding": "ebcdic-kana", "separator": "none", "final_separator": True, "eof": False, "bom": False}
    out = io.BytesIO()
    encode("zengin-transfer-request", records, out, framing=framing)
    data = out.getvalue()
    assert len(data) == 720 and data[:3] == b"\xf1\xf9\xf1"
    decoding, back = decoded("zengin-transfer-request", data)
    assert decoding.ok and decoding.framing["encoding"] == "ebcdic-kana"
    assert [r.fields for r in back] == [r.fields for r in records]


def test_the_bank_sees_no_name_cut_inside_a_kana() -> None:
    _, records = decoded("zengin-transfer-request", REQUEST)
    records[1].fields["holder_name"] = "ｱ" * 31
    with pytest.raises(EncodeError) as caught:
        encode("zengin-transfer-request", records, io.BytesIO())
    assert "30バイトまで" in caught.value.errors[0].message


HOLIDAYS = {date(2026, 11, 23), date(2027, 1, 1)}


def test_business_days_of_banks() -> None:
    assert business_day(date(2026, 11, 30), HOLIDAYS)
    assert not business_day(date(2026, 11, 23), HOLIDAYS)
    assert not business_day(date(2026, 11, 28), HOLIDAYS)
    assert not business_day(date(2026, 12, 31), HOLIDAYS) and not business_day(date(2028, 1, 3), HOLIDAYS)


def test_what_only_the_surroundings_know() -> None:
    _, records = decoded("zengin-transfer-result", RESULT)
    sent = {r.fields["customer_number"]: r.fields["amount"] for r in records if r.kind == "data"}
    assert list(disagreements(records, Surroundings(requested=sent))) == []
    keys = list(sent)
    other = {keys[0]: sent[keys[0]], keys[1]: 1}
    found = list(disagreements(records, Surroundings(requested=other)))
    assert [(e.code, e.record) for e in found] == [("Z12", 3), ("Z11", 4)]

    calendar = Surroundings(year=2026, is_business_day=lambda d: business_day(d, HOLIDAYS | {date(2026, 11, 30)}))
    assert [e.code for e in disagreements(records, calendar)] == ["Z08"]
    records[0].fields["debit_date"] = "0229"
    assert [e.code for e in disagreements(records, calendar)] == ["Z08"]

    found = list(disagreements(records, Surroundings(bank_exists=bank_exists)))
    assert [(e.code, e.record) for e in found] == [("Z09", 1), ("Z09", 2), ("Z09", 3)]
    assert bank_exists("9900", "018") and not bank_exists("0001", "999")

    digest = hashlib.sha256(RESULT).hexdigest()
    refusal = already_taken(digest, {digest})
    assert refusal is not None and refusal.code == "Z14"
    assert already_taken(digest, set()) is None


@pytest.mark.skipif(not (SHARED / "zengin").exists(), reason="the other reader's sample is not at hand")
def test_another_reader_reads_the_same() -> None:
    """zengin4j's conformance sample (CR only) and the parse that its authors expect."""
    data = (SHARED / "zengin" / "zengin4j_sougou-furikomi_cp932_CR.txt").read_bytes()
    decoding, records = decoded("zengin-payment", data)
    assert decoding.ok and decoding.framing["separator"] == "cr"
    expected: list[dict[tuple[int, int], str]] = []
    for line in (SHARED / "zengin" / "zengin4j_sougou-furikomi.expected.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("-- record"):
            expected.append({})
        elif line.startswith("   "):
            _, place, *value = line.split(maxsplit=2)
            offset, size = (int(x) for x in place.strip("[]").split("+"))
            expected[-1][offset, size] = "" if value == ["(empty)"] else " ".join(value)
    layout = decoding.layout
    assert len(records) == len(expected) == 5
    for record, items in zip(records, expected, strict=True):
        for field in layout.records[record.kind].fields:
            if field.type != "filler":
                value = record.fields[field.name]
                text = "" if value is None else str(value).zfill(field.size) if field.type == "int" else value
                assert items[field.offset, field.size].rstrip() == text
    assert [records[0].offset, records[1].offset, records[4].offset] == [0, 121, 484]

"""レセプト電算 (UKE): lines, claims, and what the insurer reads from them."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from kokuho.formats import encode, layout, open_decode
from kokuho.formats.uke import Claims, claim_month, normalise, reception_faults

UKE = (Path(__file__).parent / "data" / "synthetic_ika_3claims_cp932_crlf_eof.UKE").read_bytes()


def codes(data: bytes, layout_id: str = "uke-medical") -> list[tuple[str, int, str | None]]:
    decoding = open_decode(layout_id, io.BytesIO(data))
    list(decoding.batches())
    return [(e.code, e.record, e.field) for e in decoding.errors]


def test_the_sample_is_valid_and_comes_out_byte_for_byte() -> None:
    decoding = open_decode("uke-medical", io.BytesIO(UKE))
    records = list(decoding.records())
    assert decoding.ok and decoding.framing["eof"]
    out = io.BytesIO()
    encode("uke-medical", records, out, framing=decoding.framing)
    assert out.getvalue() == UKE


def test_column_counts_are_those_of_the_specification() -> None:
    found = layout("uke-medical")
    assert {k: sum(f.repeat for f in r.fields) for k, r in found.records.items() if k != "GR"} == {
        "IR": 10, "RE": 38, "HO": 15, "KO": 12, "KH": 2, "SN": 9, "JD": 33, "MF": 33, "SY": 8, "SI": 44, "IY": 44,
        "TO": 49, "CO": 5, "SJ": 3, "GO": 4,
    }  # fmt: skip
    dental = layout("uke-dental")
    assert {k: sum(f.repeat for f in dental.records[k].fields) for k in ("UK", "IR", "RE", "HO", "KO", "HS", "SS")} == {
        "UK": 10, "IR": 9, "RE": 27, "HO": 14, "KO": 10, "HS": 13, "SS": 109,
    }  # fmt: skip


def test_claims_carry_what_the_matching_needs() -> None:
    claims = Claims("uke-medical", io.BytesIO(UKE))
    first, second, third = list(claims)
    assert claims.decoding.ok
    assert (first.insurer_number, first.symbol, first.insured_number, first.branch) == (
        "138016",
        "001",
        "1234567",
        "01",
    )
    assert first.treatment_month == "2026-06" and first.birth_date == date(1965, 4, 1)
    assert (first.points, first.cost, first.copayment, first.counter_class) == (45_000, 450_000, 81_930, "01")
    assert first.visit_days == (3, 17) and first.special_notes == ("28",) and first.benefit_percent == 70
    assert not first.inpatient and first.institution_code == "1311234569"
    assert second.benefit_percent == 80 and second.copayment is None
    assert third.elderly and third.symbol is None and third.insured_number == "12345674" and third.branch is None


def test_public_expense_and_inpatient_claims() -> None:
    text = UKE.decode("cp932").replace("RE,1,1112,", "RE,1,1121,")
    text = text.replace("\r\nSN,1,01,,,,01,,", "\r\nKO,12131017,1234566,,2,1000,5000,,,,,\r\nSN,1,01,,,,01,,", 1)
    claims = list(Claims("uke-medical", io.BytesIO(text.encode("cp932"))))
    assert claims[0].inpatient
    assert [(p.payer_number, p.points, p.copayment) for p in claims[0].public] == [("12131017", 1_000, 5_000)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("GO,3,", "GO,4,", ("F08", 24, "total_count")),
        ("HO,  138016", "HO,  138015", ("F18", 3, "insurer_number")),
        ("HO,  138016", "HO,138016", ("F26", 3, "insurer_number")),
        ("202606,山田　太郎", "202613,山田　太郎", ("F14", 2, "treatment_month")),
        ("山田　太郎,1,19650401", "山田　太郎,3,19650401", ("F15", 2, "sex")),
        ("山田　太郎", "山田 太郎", ("F13", 2, "name")),
        ("ヤマダタロウ", "ﾔﾏﾀﾞﾀﾛｳ", ("F13", 2, "name_kana")),
        ("００１,１２３", "００1,１２３", ("F13", 3, "symbol")),
        ("MF,01", "MF,03", ("F15", 6, "counter_class")),
        ("SY,8839579", "SX,8839579", ("F06", 7, None)),
        ("SN,1,01,,,,01,,", "SN,1,01,,,,01,", ("F03", 4, None)),
        ("SN,1,01,,,,01,,", "SN,1,01,,,,01,,,", ("F04", 4, None)),
        ("JD,1,", "JD,1,,", ("F04", 5, "days")),
        ("RE,2,1118", "GO,1,1,99\r\nRE,2,1118", ("F07", 11, None)),
        ("山田　太郎", "山" * 21, ("F11", 2, "name")),
    ],
)
def test_faults_of_claims(old: str, new: str, expected: tuple[str, int, str | None]) -> None:
    text = UKE.decode("cp932")
    assert old in text
    assert expected in codes(text.replace(old, new, 1).encode("cp932"))


def test_a_claim_with_a_wrong_line_is_left_out_and_its_lines_go_to_no_other_claim() -> None:
    broken = UKE.replace(b"RE,2,1118,202606", b"RE,2,1118,202699")
    claims = list(Claims("uke-medical", io.BytesIO(broken)))
    assert [c.insured_number for c in claims] == ["1234567", "12345674"]
    shortened = UKE.replace(b"RE,2,1118,202606,", b"RE,2,1118,")
    assert [c.insured_number for c in Claims("uke-medical", io.BytesIO(shortened))] == ["1234567", "12345674"]


def test_claims_before_2020_carry_eras() -> None:
    old = UKE.replace(b",202606,", b",43103,").replace(b",19650401,", b",3400401,")
    first = next(iter(Claims("uke-medical", io.BytesIO(old))))
    assert first.treatment_month == "2019-03" and first.birth_date == date(1965, 4, 1)
    assert claim_month("50105") == "2019-05"


def test_numbers_with_leading_zeros_keep_their_bytes() -> None:
    data = UKE.replace(b",2,45000,", b",02,00045000,")
    decoding = open_decode("uke-medical", io.BytesIO(data))
    records = list(decoding.records())
    assert decoding.ok and records[2].fields["points"] == 45_000
    out = io.BytesIO()
    encode("uke-medical", records, out, framing=decoding.framing)
    assert out.getvalue() == data


def test_characters_with_two_spellings_in_cp932_keep_their_bytes() -> None:
    """髙 and 﨑 stand twice in CP932 (NEC's and IBM's selection): text alone would lose which one it was."""
    ibm = UKE.replace("山田".encode("cp932"), b"\xfb\xfc\xfa\xb1")
    assert "髙﨑".encode("cp932") == b"\xee\xe0\xed\x95"
    decoding = open_decode("uke-medical", io.BytesIO(ibm))
    records = list(decoding.records())
    assert decoding.ok and records[1].fields["name"].startswith("髙﨑")
    out = io.BytesIO()
    encode("uke-medical", records, out, framing=decoding.framing)
    assert out.getvalue() == ibm
    records[1].fields["name"] = "山本　太郎"
    changed = io.BytesIO()
    encode("uke-medical", records, changed, framing=decoding.framing)
    assert "山本".encode("cp932") in changed.getvalue()


DENTAL = (
    "UK,1,13,3,1234569,,サンプル歯科,202607,,00\r\n"
    "RE,1,3112,202606,山田　太郎,1,19650401,070,,20260601,1,,,28,,A1,,,,,,,,,,ヤマダタロウ,\r\n"
    "HO,  138016,００１,１２３４５６７,2,1500,,,,,,,,\r\n"
    "SN,1,01,,,,01,,\r\n"
    "HS,,,101700,8831256,,,,,,,,\r\n"
    "GO,1,1500,99\r\n\x1a"
).encode("cp932")
PHARMACY = (
    "YK,2,13,4,1234560,見本薬局,202607,00,03-0000-0000\r\n"
    "RE,1,4112,202606,山田　太郎,1,19650401,070,28,13,1,1234569\r\n"
    "HO,  138016,００１,１２３４５６７,1,500,,\r\n"
    "SN,1,01,,,,01,,\r\n"
    "SH,1,x\r\nCZ,1,20260603,20260603\r\nIY,1,620002023,3\r\nKI,1,2\r\n"
    "GO,1,500,99\r\n\x1a"
).encode("cp932")


@pytest.mark.parametrize(
    ("layout_id", "data", "points"), [("uke-dental", DENTAL, 1_500), ("uke-pharmacy", PHARMACY, 500)]
)
def test_dental_and_pharmacy_claims(layout_id: str, data: bytes, points: int) -> None:
    assert codes(data, layout_id) == []
    decoding = open_decode(layout_id, io.BytesIO(data))
    records = list(decoding.records())
    out = io.BytesIO()
    encode(layout_id, records, out, framing=decoding.framing)
    assert out.getvalue() == data
    claim = next(iter(Claims(layout_id, io.BytesIO(data))))
    assert (claim.insurer_number, claim.insured_number, claim.branch, claim.points) == (
        "138016",
        "1234567",
        "01",
        points,
    )


def test_symbols_and_numbers_have_one_spelling() -> None:
    assert normalise("００１　－２") == "001-2"
    assert normalise("　") is None and normalise(None) is None


@pytest.mark.parametrize(
    ("old", "new", "codes_found"),
    [
        ("HO,39131016,,12345674", "HO,39131016,,12345674", []),
        ("HO,39131016,,12345674", "HO,39131016,1,12345674", ["3122"]),
        ("HO,39131016,,12345674", "HO,39131016,,1234567", ["3173"]),
        ("HO,39131016,,12345674", "HO,39131016,1,12345675", ["3122", "4151"]),
    ],
)
def test_reception_codes_of_elderly_claims(old: str, new: str, codes_found: list[str]) -> None:
    claims = list(Claims("uke-medical", io.BytesIO(UKE.replace(old.encode(), new.encode()))))
    assert [e.code for e in reception_faults(claims[2])] == codes_found
    assert reception_faults(claims[0]) == []

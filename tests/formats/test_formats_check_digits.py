"""Check digits: published and computed vectors, and python-stdnum as an oracle."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.jp import cn
from stdnum.jp import in_ as individual

from kokuho.formats import checkdigits as cd

VECTORS = json.loads((Path(__file__).parent / "data" / "check_digit_vectors.json").read_text(encoding="utf-8"))
SHARED = Path(__file__).parents[3] / "shared" / "samples"
KINDS = {
    "individual_number": "my-number",
    "corporate_number": "corporate-number",
    "lg_code": "municipality-code",
    "insurer_kokuho6": "insurer-number",
    "insurer8": "insurer-number",
    "kouki_member8": "member-number",
    "medical_institution10(pref2+tensu1+code7)": "medical-institution",
    "kouhi_payer8": "public-payer",
    "kouhi_recipient7": "public-recipient",
    "gs1_128_44": "gs1-128-payment",
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in KINDS for value in VECTORS[name]])
def test_vectors_are_right_and_any_changed_last_digit_is_wrong(name: str, value: str) -> None:
    check = cd.CHECKS[KINDS[name]]
    assert check(value)
    place = 0 if name == "corporate_number" else len(value) - 1
    for digit in "0123456789":
        if digit != value[place]:
            assert not check(value[:place] + digit + value[place + 1 :])


def test_the_published_examples() -> None:
    # 保険者番号等設定要領 33120015; 法人番号 7123456789012 and 国税庁 7000012050002; 医療機関コード 0110113719
    assert cd.insurer_number_ok("33120015")
    assert cd.corporate_number_ok("7123456789012") and cd.corporate_number_ok("7000012050002")
    assert cd.medical_institution_ok("0110113719")
    assert not cd.my_number_ok("621498320258")


def test_a_claim_writes_the_national_health_insurer_behind_two_spaces() -> None:
    assert cd.insurer_number_ok("  138016") and cd.insurer_number_ok("138016")
    assert not cd.insurer_number_ok(" 138016") and not cd.insurer_number_ok("138016  ")


@pytest.mark.parametrize("name", sorted(cd.CHECKS))
@pytest.mark.parametrize("value", ["", "1", "１２３４５６７８９０１８", "12345678901X", " " * 12, "9" * 60])
def test_what_is_no_number_is_bad_and_never_an_error(name: str, value: str) -> None:
    assert not cd.CHECKS[name](value)


@pytest.mark.parametrize(("text", "value"), VECTORS["crc16_ccitt_false"].items())
def test_crc_of_the_el_qr(text: str, value: int) -> None:
    assert cd.crc16_ccitt_false(text.encode()) == value


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_my_numbers_agree_with_stdnum(value: str) -> None:
    assert cd.my_number_ok(value) == individual.is_valid(value)
    whole = value[:11] + cd.my_number_digit(value[:11])
    assert cd.my_number_ok(whole) and individual.is_valid(whole)


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[0-9]{13}", fullmatch=True))
def test_corporate_numbers_agree_with_stdnum(value: str) -> None:
    assert cd.corporate_number_ok(value) == cn.is_valid(value)


@pytest.mark.parametrize("function", [cd.my_number_digit, cd.corporate_number_digit, cd.municipality_code_digit])
def test_a_body_of_the_wrong_length_has_no_check_digit(function) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="digits expected"):
        function("12")


@pytest.mark.skipif(not (SHARED / "codes").exists(), reason="the list of municipalities is not at hand")
def test_all_1916_municipality_codes_are_right() -> None:
    with (SHARED / "codes" / "municipality_codes_cc0.csv").open(encoding="utf-8", newline="") as stream:
        codes = [row["lgcode6"] for row in csv.DictReader(stream)]
    assert len(codes) == 1916
    assert all(map(cd.municipality_code_ok, codes))

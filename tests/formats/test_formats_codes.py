"""Single codes: payment barcode, eL-QR, ペイジー, ゆうちょ, kana, reduced names."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.formats import EncodeError, encode, open_decode
from kokuho.formats.checkdigits import crc16_ccitt_false, gs1_digit
from kokuho.formats.elqr import ElQrError, issue_elqr, read_elqr
from kokuho.formats.gs1 import PaymentBarcodeError, payment_barcode, read_payment_barcode
from kokuho.formats.kana import KanaError, bank_kana, cut, narrow
from kokuho.formats.names import Reducer, load_mj_map, load_table, search_key, write_report
from kokuho.formats.payeasy import BatchFileName, PayeasyNumbers
from kokuho.formats.yucho import from_symbol

VECTORS = json.loads((Path(__file__).parent / "data" / "check_digit_vectors.json").read_text(encoding="utf-8"))


# ---- コンビニ収納


@pytest.mark.parametrize("digits", VECTORS["gs1_128_44"])
def test_payment_barcodes_take_apart_and_put_together(digits: str) -> None:
    found = read_payment_barcode(digits)
    again = payment_barcode(
        found.issuer, found.free, found.amount, due=found.due, reissue=found.reissue, revenue_stamp=found.revenue_stamp
    )
    assert again.digits == digits


def test_the_parts_of_a_payment_barcode() -> None:
    found = payment_barcode("912345", "000000012345202607010", 12_800, due=date(2026, 11, 30))
    assert found.digits == "91912345000000012345202607010026113000128001"
    assert found.readable == ("(91)912345-000000012345202607010", "0-261130-0-012800-1")


def test_above_300_000_yen_there_is_no_barcode() -> None:
    assert read_payment_barcode(payment_barcode("912345", "0" * 21, 300_000, due=None).digits).amount == 300_000
    with pytest.raises(PaymentBarcodeError, match="300,000"):
        payment_barcode("912345", "0" * 21, 300_001, due=None)


@pytest.mark.parametrize(
    "arguments",
    [("91234", "0" * 21, 1), ("912345", "0" * 20, 1), ("91234x", "0" * 21, 1), ("912345", "0" * 21, 0)],
)
def test_values_that_are_no_payment_barcode(arguments: tuple[str, str, int]) -> None:
    with pytest.raises(PaymentBarcodeError):
        payment_barcode(*arguments, due=None)


@pytest.mark.parametrize("place", range(44))
def test_any_wrong_digit_of_a_payment_barcode_is_noticed(place: int) -> None:
    digits = VECTORS["gs1_128_44"][0]
    wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    with pytest.raises(PaymentBarcodeError):
        read_payment_barcode(wrong)


def test_a_file_of_barcodes() -> None:
    data = "\r\n".join(VECTORS["gs1_128_44"]).encode()
    decoding = open_decode("konbini-barcode", io.BytesIO(data))
    amounts = [r.fields["amount"] for r in decoding.records()]
    assert decoding.ok and amounts == [12_800, 50_000, 300, 300_000]
    wrong = open_decode("konbini-barcode", io.BytesIO(data[:43] + b"2" + data[44:]))
    list(wrong.records())
    assert [(e.code, e.record, e.field) for e in wrong.errors] == [("F18", 1, "check_digit")]


def test_due_dates_and_reissues_have_limits() -> None:
    with pytest.raises(PaymentBarcodeError, match="2000年"):
        payment_barcode("912345", "0" * 21, 1, due=date(2100, 1, 1))
    with pytest.raises(PaymentBarcodeError, match="再発行"):
        payment_barcode("912345", "0" * 21, 1, due=None, reissue=10)
    for at, text, message in ((30, "261331", "実在"), (36, "5", "印紙")):
        body = VECTORS["gs1_128_44"][0][:43]
        body = body[:at] + text + body[at + len(text) :]
        with pytest.raises(PaymentBarcodeError, match=message):
            read_payment_barcode(body + gs1_digit(body))


def test_a_file_whose_last_line_is_not_ended_comes_out_the_same() -> None:
    data = "\r\n".join(VECTORS["gs1_128_44"]).encode()
    decoding = open_decode("konbini-barcode", io.BytesIO(data))
    records = list(decoding.records())
    out = io.BytesIO()
    encode("konbini-barcode", records, out, framing=decoding.framing)
    assert not decoding.framing["final_separator"] and out.getvalue() == data


# ---- eL-QR

ELQR = VECTORS["elqr_255_synthetic_cd1cd2_NOT_VALID"]


def test_el_qr_is_read_by_its_structure_and_crc() -> None:
    found = read_elqr(ELQR[0])
    assert (found.amount, found.levy_year, found.term) == (12_800, 2026, "06")
    assert (found.due, found.payable_until) == (date(2026, 11, 30), date(2026, 12, 25))
    assert found.case_key == "9" * 20 and found.confirmation == "999999"
    assert len(ELQR[0]) == len(ELQR[1]) == 255
    assert read_elqr(ELQR[1]).due == date(2026, 7, 31)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[:-1] + "9", "誤り検出符号"),
        (lambda t: t[:100] + "5" + t[101:], "誤り検出符号"),
        (lambda t: "01" + t[2:], "タグ00"),
        (lambda t: t[:-5], "長さ"),
        (lambda t: t + "1", "余分な文字"),
        (lambda t: t[:2] + "xx" + t[4:], "数字ではありません"),
        (lambda t: "", "空のファイル"),
        (lambda t: t + "\r\n" + t, "1件"),
    ],
)
def test_el_qr_that_is_none(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ElQrError, match=message):
        read_elqr(change(ELQR[0]))


def test_two_different_amounts_in_one_el_qr() -> None:
    text = ELQR[0].replace("541100000012800", "541100000012801")[:-5]
    with pytest.raises(ElQrError, match="金額"):
        read_elqr(text + f"{crc16_ccitt_false(text.encode()):05}")


def test_issuing_an_el_qr_is_blocked_and_says_why() -> None:
    with pytest.raises(ElQrError, match="検査数字（CD）の算出規則"):
        issue_elqr(amount=12_800)
    records = list(open_decode("el-qr", io.BytesIO(ELQR[0].encode())).records())
    with pytest.raises(EncodeError, match="検査数字（CD）の算出規則"):
        encode("el-qr", records, io.BytesIO())


# ---- ペイジー, ゆうちょ


def test_payeasy_numbers_and_file_names() -> None:
    numbers = PayeasyNumbers("13800", "1" * 20, "999999", "1" * 16)
    assert numbers.agency == "13800"
    name = BatchFileName.parse("01_99999_13800_1130_001")
    assert (name.kind, name.month_day, name.serial) == ("01", "1130", 1)
    assert str(name) == "01_99999_13800_1130_001"


@pytest.mark.parametrize(
    "numbers",
    [("1380", "1", "1"), ("13800", "", "1"), ("13800", "1" * 21, "1"), ("13800", "1", "1" * 7), ("13800", "1a", "1")],
)
def test_payeasy_numbers_that_are_none(numbers: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="数字です"):
        PayeasyNumbers(*numbers)


@pytest.mark.parametrize("name", ["", "01_99999_13800_0230_001", "01_9999_13800_1130_001", "01_99999_13800_1130_1"])
def test_file_names_that_are_none(name: str) -> None:
    with pytest.raises(ValueError, match="aaaaa"):
        BatchFileName.parse(name)


def test_a_yucho_symbol_becomes_a_branch_and_a_seven_digit_account() -> None:
    account = from_symbol("10180", "12345671")
    assert (account.bank_code, account.branch_code, account.account_type) == ("9900", "018", "1")
    assert account.account_number == "1234567"
    assert from_symbol("14350", "11").account_number == "0000001"


@pytest.mark.parametrize(
    ("symbol", "number"),
    [("00180", "11"), ("10181", "11"), ("1018", "11"), ("10180", "12345672"), ("10180", "1"), ("10180", "123456781")],
)
def test_yucho_symbols_that_are_no_general_account(symbol: str, number: str) -> None:
    with pytest.raises(ValueError, match="総合口座"):
        from_symbol(symbol, number)


# ---- kana


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
        ("ガッコウ", "ｶﾞﾂｺｳ"),
        ("キャンパス", "ｷﾔﾝﾊﾟｽ"),
        ("スーパー", "ｽ-ﾊﾟ-"),
        ("ｶﾌﾞｼｷｶﾞｲｼｬ", "ｶﾌﾞｼｷｶﾞｲｼﾔ"),
        ("ヴァイオリン", "ｳﾞｱｲｵﾘﾝ"),
        ("さいたま", "ｻｲﾀﾏ"),
        ("ａｂｃ（１）．", "ABC(1)."),
        ("か\u3099", "ｶﾞ"),
    ],
)
def test_names_for_the_bank(text: str, expected: str) -> None:
    assert narrow(text).text == expected and not narrow(text).refused


def test_what_a_bank_does_not_take_is_refused_with_its_place() -> None:
    found = narrow("株ヤマダ・ヲ,")
    assert found.text == "ﾔﾏﾀﾞ"
    assert found.refused == ((0, "株"), (4, "・"), (5, "ヲ"), (6, ","))
    assert narrow("ヲ", "edi").text == "ｦ"
    assert narrow("(", "bank-name").refused == ((0, "("),)
    with pytest.raises(KanaError, match="1文字目「株」"):
        bank_kana("株", 30)


def test_no_cut_between_a_kana_and_its_mark() -> None:
    assert bank_kana("アガ", 2) == "ｱ"
    assert bank_kana("アガ", 3) == "ｱｶﾞ"
    assert cut("ﾊﾟ", 1) == "" and cut("ｱｲ", 5) == "ｱｲ"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0x3041, max_codepoint=0x30FF)), st.integers(0, 40))
def test_narrowed_kana_always_fits_a_bank_item(text: str, size: int) -> None:
    narrowed = narrow(text, "party-name").text
    assert narrowed.encode("cp932").isascii() or len(narrowed.encode("cp932")) == len(narrowed)
    piece = cut(narrowed, size)
    assert len(piece) <= size and narrowed.startswith(piece)
    assert piece == "" or not narrowed[len(piece) :].startswith(("ﾞ", "ﾟ"))


# ---- names


def test_a_channel_gets_only_characters_it_has_and_a_record_of_each_change() -> None:
    text = "髙﨑 葛\U000e0100城𠮷\U0010de92"
    jis = Reducer("jisx0208").reduce(text)
    assert jis.text == "高崎 葛城吉〓" and not jis.complete
    assert [(c.position, c.original, c.replacement) for c in jis.changes] == [
        (0, "髙", "高"), (1, "﨑", "崎"), (3, "葛\U000e0100", "葛"), (6, "𠮷", "吉"), (7, "\U0010de92", "〓"),
    ]  # fmt: skip
    assert jis.changes[2].points == "U+845B U+E0100"
    windows = Reducer("cp932").reduce(text)
    assert windows.text == "髙﨑 葛城吉〓"
    assert Reducer("jisx0213").reduce("𠮷①").text == "吉①"
    assert Reducer("jisx0208").reduce("か\u3099").text == "が"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["jisx0208", "jisx0213", "cp932"]), st.text(max_size=20))
def test_reduced_text_is_in_the_repertoire_and_the_changes_explain_it(repertoire: str, text: str) -> None:
    reducer = Reducer(repertoire)
    reduced = reducer.reduce(text)
    assert reducer.has(reduced.text)
    rebuilt, at = "", 0
    for change in reduced.changes:
        assert text[change.position : change.position + len(change.original)] == change.original
        rebuilt += text[at : change.position] + change.replacement
        at = change.position + len(change.original)
    assert rebuilt + text[at:] == reduced.text


def test_every_line_of_the_table_leads_into_jis() -> None:
    reducer = Reducer("jisx0208")
    table = load_table(Path(__file__).parents[2] / "src" / "kokuho" / "formats" / "tables" / "reduction.csv")
    assert len(table) > 50
    for source, (target, _) in table.items():
        assert not reducer.has(source) and reducer.has(target)


def test_the_report_says_whose_name_became_what() -> None:
    out = io.StringIO()
    assert write_report(out, [("000123", "氏名", Reducer("jisx0208").reduce("髙橋"))]) == 1
    assert out.getvalue().splitlines()[1] == '"000123","氏名","1","髙","U+9AD9","高","異体字"'


def test_spellings_that_people_take_for_the_same_have_one_search_key() -> None:
    assert search_key("髙橋 ﾊﾅｺ") == search_key("高橋ハナコ") == search_key("高橋　はなこ")
    assert search_key("葛\U000e0100城") == search_key("葛城")
    assert search_key("ヂュン") == search_key("ジユン")


def test_the_official_map_is_read_from_the_files_a_municipality_obtains(tmp_path: Path) -> None:
    characters = tmp_path / "mji.csv"
    characters.write_text(
        "MJ文字図形名,実装したUCS,実装したMoji_JohoコレクションIVS\nMJ000001,U+3402,3402_E0100\nMJ000002,U+9AD9,\n",
        encoding="utf-8",
    )
    shrink = tmp_path / "map.json"
    content = [
        {"MJ文字図形名": "MJ000001", "読み・字形による類推": [{"UCS": "U+559C"}]},
        {
            "MJ文字図形名": "MJ000002",
            "JIS包摂規準・UCS統合規則": [{"UCS": "U+9AD8"}],
            "読み・字形による類推": [{"UCS": "U+4E00"}],
        },
        {"MJ文字図形名": "MJ999999"},
    ]
    shrink.write_text(json.dumps({"content": content}), encoding="utf-8")
    table = load_mj_map(shrink, characters)
    assert table["㐂"] == ("喜", "読み・字形による類推")
    assert table["㐂\U000e0100"][0] == "喜" and table["髙"] == ("高", "JIS包摂規準・UCS統合規則")
    assert Reducer("jisx0208", table).reduce("㐂\U000e0100一").text == "喜一"
    characters.write_text("名前\nx\n", encoding="utf-8")
    with pytest.raises(ValueError, match="列がありません"):
        load_mj_map(shrink, characters)


def test_a_table_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("# 表\n9AD9,9AD8,異体字\nxyz,1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=":3: 読めない"):
        load_table(path)


def test_half_width_kana_is_one_byte_a_character() -> None:
    assert len(narrow("ガ").text) == 2 and unicodedata.east_asian_width(narrow("ガ").text[0]) == "H"

"""What stands on the printed notice, read back from the PDF."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from kokuho.core import era
from kokuho.documents.notice import Destination, ExplanationLine, NoticeData
from kokuho.documents.render import render
from kokuho.documents.sample import sample_notices
from kokuho.documents.settings import PrintSettings, Seal, office
from kokuho.formats.customer_barcode import for_address

Read = Callable[[bytes], list[str]]


@pytest.fixture(scope="module")
def printed(family: NoticeData, settings: PrintSettings) -> bytes:
    return render("levy-notice", family, settings)


def test_three_pages_of_a4(printed: bytes) -> None:
    pages = PdfReader(io.BytesIO(printed)).pages
    assert [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages] == [(595, 842)] * 3


def test_letter_shows_address_total_and_every_instalment(printed: bytes, family: NoticeData, pages_of: Read) -> None:
    letter = pages_of(printed)[0]
    assert "252-0239" in letter
    assert family.destination.address[0] in letter
    assert "令和8年度\u3000国民健康保険税納税通知書" in letter
    assert "162,800円" in letter
    assert "相模原市長" in letter and "（公印省略）" in letter
    for part in family.instalments:
        assert f"{part.label}" in letter
        assert era.long(part.due_on) in letter
        assert f"{part.amount:,}円" in letter
    assert "納付書の期は" in letter and "口座振替の期は" in letter and "年金からの天引き" not in letter


def test_a_protected_payers_own_address_is_not_printed(
    family: NoticeData, settings: PrintSettings, pages_of: Read
) -> None:
    hidden = replace(family, payer=replace(family.payer, postal_code="198-0042", address="東京都青梅市東青梅1丁目"))
    letter = pages_of(render("levy-notice", hidden, settings))[0]
    assert "〒198-0042" in letter and "東京都青梅市東青梅1丁目" in letter
    pdf = render("levy-notice", replace(hidden, pull="protected"), settings)
    assert not any("198-0042" in page or "青梅" in page for page in pages_of(pdf))


def test_computation_shows_every_figure_of_component_and_member(printed: bytes, pages_of: Read) -> None:
    computation = pages_of(printed)[1]
    for figure in (
        *("1,000,000円", "6.75%", "67,500円", "29,000円×3人", "87,000円", "18,000円", "▲52,500円", "▲7,250円", "▲50円"),
        *("112,700円", "2.78%", "27,800円", "45,600円", "0.28%", "1,360円×2人", "2,720円", "4,500円", "162,800円"),
        *("1,430,000円", "14,500円", "申告なし", "未就学児", "12,900円"),
    ):
        assert figure in computation, figure
    flat = computation.replace("\n", "")
    assert (
        "世帯の所得の合計（1,430,000円）が軽減の基準（1,460,000円・3人で計算）以下のため、均等割と平等割を5割軽減しました（▲75,010円）"
        in flat
    )
    assert "18歳以上均等割（60円）" in flat


def test_names_keep_their_variants_and_supplementary_kanji(printed: bytes, family: NoticeData, pages_of: Read) -> None:
    letter, computation, _ = pages_of(printed)
    assert family.payer.name in letter
    for member in family.members:
        assert member.name in computation


def test_adobe_variant_is_printed_by_a_font_that_has_it(
    family: NoticeData, settings: PrintSettings, pages_of: Read
) -> None:
    name = "葛\U000e0100城\u3000Nguyễn"
    to = replace(family.destination, name=name)
    assert name in pages_of(render("levy-notice", replace(family, destination=to), settings))[0]


def test_tax_is_contested_before_the_mayor(printed: bytes, pages_of: Read) -> None:
    guide = pages_of(printed)[-1].replace("\n", "")
    assert "3か月以内に、相模原市長に対して審査請求" in guide
    assert "相模原市国民健康保険税条例" in guide and "地方税法第703条の4" in guide
    assert "審査会" not in guide


def test_premium_is_contested_before_the_prefectures_board(
    nothing_to_pay: NoticeData, settings: PrintSettings, pages_of: Read
) -> None:
    letter, _, guide = (page.replace("\n", "") for page in pages_of(render("levy-notice", nothing_to_pay, settings)))
    assert "国民健康保険料納入通知書" in letter
    assert "令和8年度に納めていただく保険料はありません。" in letter
    assert "3か月以内に、千葉県国民健康保険審査会に対して審査請求" in guide
    assert "裁決を経た後でなければ提起することができません（国民健康保険法第103条）" in guide
    assert "6か月以内に、松戸市を被告として" in guide


def test_pdf_is_marked_as_accessible(printed: bytes) -> None:
    root: Any = PdfReader(io.BytesIO(printed)).trailer["/Root"]
    assert str(root["/Lang"]).startswith("ja")
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    kinds: list[str] = []

    def walk(node: Any) -> None:
        if "/S" in node:
            kinds.append(str(node["/S"]))
        below = node["/K"].get_object() if "/K" in node else []
        for child in below if isinstance(below, list) else [below]:
            child = child.get_object()
            if isinstance(child, dict):
                walk(child)

    walk(root["/StructTreeRoot"])
    assert kinds.count("/H1") == 1
    # Instalments, parts, components, members, steps.
    assert kinds.count("/Table") == 5
    assert {"/TH", "/TD", "/H2", "/L"} <= set(kinds)


def test_seal_is_a_picture_with_a_description(family: NoticeData, settings: PrintSettings, tmp_path: Path) -> None:
    image = tmp_path / "seal.svg"
    image.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>')
    pdf = render("levy-notice", family, replace(settings, seal=Seal(str(image), 21)))
    assert "（公印省略）" not in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert b"/Alt<FEFF" + "相模原市長の公印".encode("utf-16-be").hex().upper().encode() in pdf


def test_bars_are_drawn_in_the_sizes_of_the_post_office(family: NoticeData, settings: PrintSettings) -> None:
    """日本郵便, at 10 points: bars 0.6 mm wide, 1.2 mm apart; long 3.6 mm, semi-long 2.4 mm, timing 1.2 mm centred."""
    code = for_address("252-0239", "2丁目11番15号")
    assert code
    to = replace(family.destination, bars=code.bars)
    pdf = render("levy-notice", replace(family, destination=to), settings)
    contents: Any = PdfReader(io.BytesIO(pdf)).pages[0].get_contents()
    drawing = contents.get_data().decode("latin-1")
    number = r"([\d.]+)"
    strokes = re.search(rf"{number} w \S+ M ((?:{number} {number} m {number} {number} l\s*){{67}})S", drawing)
    assert strokes
    millimetre = 72 / 25.4
    assert float(strokes[1]) / millimetre == pytest.approx(0.6, abs=0.001)
    reach = {(0.0, 3.6): "L", (0.0, 2.4): "U", (1.2, 3.6): "D", (1.2, 2.4): "T"}
    drawn = ""
    for place, stroke in enumerate(re.findall(rf"{number} {number} m {number} {number} l", strokes[2])):
        x, top, _, bottom = (float(value) / millimetre for value in stroke)
        assert x == pytest.approx(0.3 + 1.2 * place, abs=0.001)
        drawn += reach[round(top, 2), round(bottom, 2)]
    assert drawn == code.bars


def test_missing_picture_of_the_seal_is_reported(family: NoticeData, settings: PrintSettings) -> None:
    with pytest.raises(FileNotFoundError, match="公印の画像"):
        render("levy-notice", family, replace(settings, seal=Seal("/nowhere/seal.png", 21)))


def test_same_notice_is_the_same_bytes(printed: bytes, family: NoticeData, settings: PrintSettings) -> None:
    assert render("levy-notice", family, settings) == printed


def test_pages_are_as_planned_for_small_and_very_large_households(
    family: NoticeData, settings: PrintSettings, pages_of: Read
) -> None:
    for size, steps in ((1, 0), (6, 3), (14, 30)):
        members = (family.members * 5)[:size]
        step = ExplanationLine(
            "所得割額（医療分）", "1,590,000円 × 7.71% " * 3, 122_589, "国民健康保険法施行令29条の7第2項"
        )
        pages = pages_of(render("levy-notice", replace(family, members=members, explanation=(step,) * steps), settings))
        shown = sum(page.count("所得割\n") + page.count("所得割 ") for page in pages)
        assert shown >= size
        assert f"{len(pages)} / {len(pages)}" in pages[-1]


def test_long_addresses_and_names_stay_whole(family: NoticeData, settings: PrintSettings, pages_of: Read) -> None:
    to = Destination(
        "252-0239",
        (
            "神奈川県相模原市中央区大字上溝字葛輪三千四百五十六番地の七",
            "グランドパレス・ヴィルヌーブ相模原中央公園タワーレジデンス東館2203号室",
        ),
        f"{'ヴァレンティーナ・マリア・グアダルーペ・デ・ラ・クルス・フェルナンデス'}",
        attention="（納税管理人）",
    )
    letter = pages_of(render("levy-notice", replace(family, destination=to), settings))[0].replace("\n", "")
    for text in (*to.address, to.name, to.attention):
        assert text in letter


def test_synthetic_notices_add_up() -> None:
    for notice in sample_notices(200, office("112038")):
        assert sum(part.amount for part in notice.components) == notice.annual_total
        assert sum(part.amount for part in notice.instalments) == notice.annual_total

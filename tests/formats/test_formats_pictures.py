"""Bars and codes for the notices: drawn, then read back by a real decoder."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kokuho.formats.customer_barcode import customer_barcode, read_bars
from kokuho.formats.gs1 import PaymentBarcodeError
from kokuho.formats.pictures import Symbol, customer_symbol, payment_symbol, qr_symbol

VECTORS = json.loads((Path(__file__).parent / "data" / "check_digit_vectors.json").read_text(encoding="utf-8"))


def framed(png: bytes) -> Image.Image:
    """The picture on white paper."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    paper = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    paper.paste(picture, (40, 40))
    return paper


def from_svg(symbol: Symbol, dots: int = 4) -> Image.Image:
    """Draw the rectangles that the SVG's path states."""
    svg = symbol.svg()
    paper = Image.new("L", (symbol.width * dots + 80, symbol.height * dots + 80), 255)
    for x, y, w, h in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", svg):
        left, top = 40 + int(x) * dots, 40 + int(y) * dots
        paper.paste(0, (left, top, left + int(w) * dots, top + int(h) * dots))
    return paper


@pytest.mark.parametrize("digits", VECTORS["gs1_128_44"])
def test_gs1_128_is_read_back_from_png_and_svg(digits: str) -> None:
    symbol = payment_symbol(digits)
    assert symbol.width == 288 + 20
    assert symbol.width * symbol.unit <= 60, "the scanner window of a till is 60 mm"
    for picture in (framed(symbol.png()), from_svg(symbol)):
        [found] = zxingcpp.read_barcodes(picture)
        assert found.text == f"(91){digits[2:]}"
        assert found.content_type == zxingcpp.ContentType.GS1


def test_a_wrong_barcode_is_not_drawn() -> None:
    with pytest.raises(PaymentBarcodeError):
        payment_symbol("9" * 44)


def test_255_digits_fill_a_qr_code_of_version_6_m() -> None:
    symbol = qr_symbol("0" * 254 + "1")
    assert symbol.width - 8 == 41
    for picture in (framed(symbol.png(300)), from_svg(symbol)):
        [found] = zxingcpp.read_barcodes(picture)
        assert found.text == "0" * 254 + "1"
    assert qr_symbol("0" * 256).width - 8 == 45


def bars_of(picture: Image.Image, dots: int, quiet: int) -> str:
    """Read a drawn customer barcode: which of the three bands of each bar is dark."""
    kinds = {(1, 1, 1): "L", (1, 1, 0): "U", (0, 1, 1): "D", (0, 1, 0): "T"}
    bars = ""
    for i in range(67):
        x = 40 + (quiet + 2 * i) * dots + dots // 2
        bands = tuple(int(picture.getpixel((x, 40 + (quiet + y) * dots)) == 0) for y in (1, 3, 5))
        bars += kinds[bands]
        gap = 40 + (quiet + 2 * i + 1) * dots + dots // 2
        assert picture.getpixel((gap, 40 + (quiet + 3) * dots)) == 255
    return bars


@pytest.mark.parametrize("points", [8, 10, 11.5])
def test_customer_bars_are_read_back_from_png_and_svg(points: float) -> None:
    code = customer_barcode("9100067", "3-80-25J1-2B")
    symbol = customer_symbol(code, points=points)
    quiet = (symbol.width - 133) // 2
    assert quiet * symbol.unit >= 2.0 and symbol.unit == pytest.approx(0.06 * points)
    dots = round(symbol.unit / 25.4 * 600)
    for picture, size in ((framed(symbol.png(600)), dots), (from_svg(symbol), 4)):
        assert read_bars(bars_of(picture, size, quiet)) == code


@pytest.mark.parametrize("points", [7.9, 11.6])
def test_customer_bars_have_a_permitted_size(points: float) -> None:
    with pytest.raises(ValueError, match=r"8から11\.5"):
        customer_symbol(customer_barcode("1000013"), points=points)


def test_a_picture_states_its_true_size() -> None:
    symbol = payment_symbol(VECTORS["gs1_128_44"][0])
    picture = Image.open(io.BytesIO(symbol.png(600)))
    inches = picture.width / picture.info["dpi"][0]
    assert inches * 25.4 == pytest.approx(symbol.width * symbol.unit, rel=1e-3)
    assert f'width="{symbol.width * symbol.unit:.3f}mm"' in symbol.svg()

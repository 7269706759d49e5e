"""Pictures of bars and codes for notices: SVG, and PNG without any imaging library.

A symbol is first a list of dark rectangles in its own units (module, or bar of the customer barcode); SVG and PNG are
two ways to draw the same rectangles, so what a test reads back from the one holds for the other.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import barcode
import segno

from kokuho.formats.customer_barcode import CustomerBarcode
from kokuho.formats.gs1 import read_payment_barcode

# (left, top, width, height) in the symbol's units
Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Symbol:
    """Dark rectangles on a field of `width` × `height` units, quiet zone included; `unit` is a unit in millimetres."""

    width: int
    height: int
    unit: float
    rectangles: tuple[Rectangle, ...]

    def svg(self) -> str:
        """The symbol as an SVG document in its true size."""
        path = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in self.rectangles)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width * self.unit:.3f}mm" '
            f'height="{self.height * self.unit:.3f}mm" viewBox="0 0 {self.width} {self.height}" '
            f'shape-rendering="crispEdges"><rect width="{self.width}" height="{self.height}" fill="#fff"/>'
            f'<path d="{path}" fill="#000"/></svg>\n'
        )

    def png(self, dpi: int = 600) -> bytes:
        """The symbol as a one-bit PNG; a unit is a whole number of dots, so that no bar is wider than another."""
        dots = max(1, round(self.unit / 25.4 * dpi))
        columns, rows = self.width * dots, self.height * dots
        stride = (columns + 7) // 8
        lines = [bytearray(b"\xff" * stride) for _ in range(self.height)]
        for left, top, width, height in self.rectangles:
            for y in range(top, top + height):
                line = lines[y]
                for x in range(left * dots, (left + width) * dots):
                    line[x >> 3] &= ~(0x80 >> (x & 7)) & 0xFF
        data = b"".join((b"\0" + bytes(line)) * dots for line in lines)
        resolution = round(dots / self.unit * 1000)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            _chunk(kind, body)
            for kind, body in (
                (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 1, 0, 0, 0, 0)),
                (b"pHYs", struct.pack(">IIB", resolution, resolution, 1)),
                (b"IDAT", zlib.compress(data, 9)),
                (b"IEND", b""),
            )
        )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def payment_symbol(digits: str, *, module: float = 0.18, height: float = 12.0) -> Symbol:
    """GS1-128 of 44 payment digits: Code 128 set C with FNC1, 288 modules and quiet zones of ten.

    `module` in mm (0.17 to 0.19 keeps the symbol inside the 60 mm window of a till's scanner), `height` of the bars in
    mm. Raises PaymentBarcodeError when the digits are wrong: a slip that no till reads must not be printed.
    """
    read_payment_barcode(digits)
    modules = barcode.get("gs1_128", digits).build()[0]
    high = round(height / module)
    quiet = 10
    bars: list[Rectangle] = []
    at = 0
    for run in _runs(modules):
        if run[0] == "1":
            bars.append((quiet + at, 0, len(run), high))
        at += len(run)
    return Symbol(len(modules) + 2 * quiet, high, module, tuple(bars))


def _runs(modules: str) -> list[str]:
    runs: list[str] = []
    for module in modules:
        if runs and runs[-1][0] == module:
            runs[-1] += module
        else:
            runs.append(module)
    return runs


def qr_symbol(text: str, *, module: float = 0.45, error: str = "m") -> Symbol:
    """A QR code with its quiet zone of four modules; `error` is the correction level (l, m, q, h), never raised."""
    code = segno.make_qr(text, error=error, boost_error=False)
    rows = [list(row) for row in code.matrix]
    cells = tuple((4 + x, 4 + y, 1, 1) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Symbol(len(rows) + 8, len(rows) + 8, module, cells)


# Top and height of each bar in sixths of the long bar.
_BARS = {"L": (0, 6), "U": (0, 4), "D": (2, 4), "T": (2, 2)}


def customer_symbol(code: CustomerBarcode, *, points: float = 10.0) -> Symbol:
    """カスタマバーコード at 8 to 11.5 points. At ten: bars 0.6 mm wide, pitch 1.2, long bar 3.6; quiet zone 2 mm."""
    if not 8 <= points <= 11.5:
        raise ValueError("カスタマバーコードの大きさは8から11.5ポイントです")
    unit = 0.6 * points / 10
    quiet = -int(-2.0 // unit)
    bars = tuple((quiet + 2 * i, quiet + _BARS[bar][0], 1, _BARS[bar][1]) for i, bar in enumerate(code.bars))
    return Symbol(2 * quiet + 2 * len(code.bars) - 1, 2 * quiet + 6, unit, bars)

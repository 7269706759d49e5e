"""A picture that came from a browser, looked at as bytes before anything draws it: PNG only, whole, within limits."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from kokuho.core.coded import CodedError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
LARGEST = 1 << 20
SIDES = (120, 3000)


class PictureError(CodedError):
    """The picture is not taken. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture: its bytes without what does not belong to the drawing (texts, profiles, times), its size in pixels."""

    data: bytes
    width: int
    height: int


def png(data: bytes) -> Picture:
    """The picture, every chunk's check sum verified and its pixels unpacked to the promised length.

    Raises `PictureError`: PIC01 not a PNG, PIC02 more than 1 MB, PIC03 broken, PIC04 too small or too large to be printed.
    """
    if not data.startswith(_SIGNATURE):
        raise PictureError("PIC01", "PNG形式の画像ではありません。PNGで保存し直してください。")
    if len(data) > LARGEST:
        raise PictureError("PIC02", "画像が大きすぎます（1MBまで）。")
    kept, pixels, header = [_SIGNATURE], b"", b""
    place, last = len(_SIGNATURE), b""
    while place + 12 <= len(data) and last != b"IEND":
        (length,) = struct.unpack(">I", data[place : place + 4])
        last, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        end = data[place + 8 + length : place + 12 + length]
        if len(body) != length or end != struct.pack(">I", zlib.crc32(last + body)):
            raise PictureError("PIC03", "画像のファイルが壊れています。")
        if last in _KEPT:
            kept.append(data[place : place + 12 + length])
        header = body if last == b"IHDR" else header
        pixels += body if last == b"IDAT" else b""
        place += 12 + length
    if last != b"IEND" or len(header) != 13:
        raise PictureError("PIC03", "画像のファイルが壊れています。")
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if not all(SIDES[0] <= side <= SIDES[1] for side in (width, height)):
        raise PictureError("PIC04", f"画像の縦横は{SIDES[0]}画素から{SIDES[1]}画素までにしてください。")
    if colour not in _CHANNELS or (packing, filtering, interlace) != (0, 0, 0):
        raise PictureError("PIC03", "この保存の仕方のPNGは使えません。インターレースなしで保存し直してください。")
    length = height * (1 + (width * _CHANNELS[colour] * depth + 7) // 8)
    try:
        unpacked = zlib.decompressobj().decompress(pixels, length + 1)
    except zlib.error as error:
        raise PictureError("PIC03", "画像のファイルが壊れています。") from error
    if len(unpacked) != length:
        raise PictureError("PIC03", "画像のファイルが壊れています。")
    return Picture(b"".join(kept), width, height)

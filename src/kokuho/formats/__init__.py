"""The wire formats of a municipality's health insurance: layouts as data, one engine, check digits, kana, barcodes.

The package stands alone: it imports nothing else of the product.
"""

from kokuho.formats.decode import Batch, Decoding, Record, open_decode
from kokuho.formats.encode import encode, encode_rows
from kokuho.formats.errors import EncodeError, FormatError, LayoutError
from kokuho.formats.load import layout, layout_file, library
from kokuho.formats.model import Layout

__all__ = [
    "Batch",
    "Decoding",
    "EncodeError",
    "FormatError",
    "Layout",
    "LayoutError",
    "Record",
    "encode",
    "encode_rows",
    "layout",
    "layout_file",
    "library",
    "open_decode",
]

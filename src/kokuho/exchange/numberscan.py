"""Looks for My Numbers in files that must hold none (FED-03, FED-05). What it finds is not repeated anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kokuho.core import mnscan, vault
from kokuho.formats.checkdigits import my_number_ok

_BLOCK = 1 << 20


def held_in(stream: BinaryIO) -> bool:
    """Whether the bytes hold a number of the vault, in any of the dresses that `core.mnscan` knows."""
    candidates: set[str] = set()

    def note(digits: str) -> bool:
        if my_number_ok(digits):
            candidates.add(digits)
        return False

    for block in _blocks(stream):
        mnscan.scan_bytes(block, note, "")
        if len(candidates) > 50_000:
            if vault.holds_any(candidates):
                return True
            candidates.clear()
    return vault.holds_any(candidates)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks that end with a whole line, so that no number is cut."""
    rest = b""
    while block := stream.read(_BLOCK):
        block = rest + block
        cut = block.rfind(b"\n") + 1 or len(block)
        rest = block[cut:]
        yield block[:cut]
    if rest:
        yield rest

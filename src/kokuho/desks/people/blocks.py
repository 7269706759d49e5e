"""番地編集: a block number as the municipality wants it on paper (ATENA-16)."""

from __future__ import annotations

import re
import unicodedata

AS_GIVEN, HYPHENS, WORDS = 0, 1, 2
BLOCK_STYLES = ((AS_GIVEN, "住民記録のとおり"), (HYPHENS, "ハイフン（２－１－１）"), (WORDS, "丁目・番・号（２丁目１番１号）"))

_PARTS = re.compile(r"(?:(\d+)丁目)?(\d+)番(?:地)?(?:の)?(?:(\d+)(?:号)?)?")
_PLAIN = re.compile(r"(\d+)-(\d+)(?:-(\d+))?")
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


def formatted(block: str, style: int) -> str:
    """`block` in a style; what is not plainly 丁目・番・号 or numbers with hyphens stays as it is."""
    plain = re.sub("[‐－―ー−]", "-", unicodedata.normalize("NFKC", block)).strip()
    if style == HYPHENS and (found := _PARTS.fullmatch(plain)):
        return "-".join(part for part in found.groups() if part).translate(_WIDE)
    if style == WORDS and (found := _PLAIN.fullmatch(plain)):
        first, second, third = found.groups()
        words = f"{first}丁目{second}番{third}号" if third else f"{first}番{second}号"
        return words.translate(_WIDE)
    return block

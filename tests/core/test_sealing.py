"""Files at rest: sealed, streamed, and unreadable after any change."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from kokuho.core import sealing


def _seal(path: Path, data: bytes) -> Path:
    writer = sealing.SealedWriter(path)
    for start in range(0, len(data), 700_000):
        writer.write(data[start : start + 700_000])
    return writer.commit()


@pytest.mark.parametrize("size", [0, 1, sealing.BLOCK - 1, sealing.BLOCK, sealing.BLOCK + 1, 3 * sealing.BLOCK + 5])
def test_what_was_sealed_comes_back(tmp_path: Path, size: int) -> None:
    data = bytes(i * 31 % 251 for i in range(min(size, 4096))) * (size // 4096 + 1)
    path = _seal(tmp_path / "f", data[:size])
    assert b"".join(sealing.unsealed(path)) == data[:size]
    assert sealing.open_sealed(path).read() == data[:size]


def test_nothing_of_the_content_lies_open(tmp_path: Path) -> None:
    path = _seal(tmp_path / "f", b"123456789018" * 1000)
    assert b"123456789018" not in path.read_bytes()


def test_a_changed_or_cut_file_does_not_open(tmp_path: Path) -> None:
    path = _seal(tmp_path / "f", b"x" * (2 * sealing.BLOCK + 10))
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[100] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(InvalidTag):
        list(sealing.unsealed(path))
    # Cut exactly between two blocks: the end mark is missing.
    path.write_bytes(whole[: 20 + sealing.BLOCK + 16])
    with pytest.raises(InvalidTag):
        list(sealing.unsealed(path))


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    writer = sealing.SealedWriter(tmp_path / "f")
    writer.write(b"secret")
    writer.discard()
    assert list(tmp_path.iterdir()) == []

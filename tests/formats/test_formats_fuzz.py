"""A short run of the fuzzer; the long one is `python tests/formats/formats_fuzz.py --count 1000000`."""

from __future__ import annotations

from formats_fuzz import run


def test_mutated_files_are_refused_and_nothing_breaks() -> None:
    found = run(2_500, seed=20_260_401)
    assert found["slow"] == 0
    assert found["refused"] > 1_000
    assert found["text"] == 500

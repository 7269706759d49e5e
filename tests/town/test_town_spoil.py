"""Broken copies: one fault a file, which the decoder finds with its code and place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from townfiles import plan_of

from kokuho.formats import open_decode
from kokuho.town.build import build
from kokuho.town.cli import main
from kokuho.town.spoil import FAULTS, LAYOUTS, Fault


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Fault]]:
    """Broken copies of a small town that has every layout."""
    source, out = tmp_path_factory.mktemp("source") / "t", tmp_path_factory.mktemp("spoiled")
    build(plan_of(households=150, assets=True), source, processes=1)
    assert main(["spoil", str(source), "--out", str(out), "--records", "20"]) == 0
    return out, [Fault(**entry) for entry in json.loads((out / "faults.json").read_text(encoding="utf-8"))]


def test_every_layout_is_spoiled_in_every_way(spoiled: tuple[Path, list[Fault]]) -> None:
    out, faults = spoiled
    assert {(fault.layout, fault.fault) for fault in faults} == {(name, kind) for name in LAYOUTS for kind in FAULTS}
    assert all(fault.file == f"{fault.layout}.{fault.fault}.csv" and (out / fault.file).is_file() for fault in faults)


def test_the_decoder_finds_each_fault_where_it_was_put(spoiled: tuple[Path, list[Fault]]) -> None:
    out, faults = spoiled
    for fault in faults:
        with (out / fault.file).open("rb") as stream:
            decoding = open_decode(fault.layout, stream)
            for _ in decoding.batches():
                pass
        assert not decoding.ok, fault.file
        found = {(error.code, error.record, error.field) for error in decoding.errors}
        assert (fault.code, fault.record, fault.field) in found, fault.file
        others = {error.code for error in decoding.errors} - {fault.code}
        assert others <= {"F08"}, fault.file  # a line that cannot be read is missing from the count


def test_a_directory_without_a_town_cannot_be_spoiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spoil", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "町のファイルがありません" in capsys.readouterr().err

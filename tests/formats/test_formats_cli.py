"""`kokuho formats …` as a command."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from kokuho.formats.bench import run as bench
from kokuho.formats.cli import main

DATA = Path(__file__).parent / "data"
REQUEST = DATA / "synthetic_kouza_furikae_91_request_cp932_crlf.txt"


class _Binary(io.TextIOWrapper):
    """Standard output or input over bytes that a test can look at."""

    def __init__(self, data: bytes = b"") -> None:
        self.raw_bytes = io.BytesIO(data)
        super().__init__(self.raw_bytes, encoding="utf-8", write_through=True)


def test_list_shows_every_layout_with_its_certainty_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    found = {line[0]: line for line in lines}
    assert len(lines) >= 140 and all(len(line) == 7 for line in lines)
    assert found["zengin-payment"][2:5] == ["out", "jisx0201/ebcdic-kana", "exact"]
    assert found["shuyaku-person"][4] == "local"
    assert found["pension-frame"][5].startswith("[S] https://www.mhlw.go.jp/")


def test_show_prints_offsets_codes_and_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "zengin-transfer-result"]) == 0
    text = capsys.readouterr().out
    assert "111" in text and "資金不足" in text and "確定" in text
    assert main(["show", "el-qr"]) == 0
    assert "case_key" in capsys.readouterr().out
    assert main(["show", "no-such"]) == 2


def test_decode_and_encode_are_each_other_s_reverse(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layout, path in (
        ("zengin-transfer-request", REQUEST),
        ("uke-medical", DATA / "synthetic_ika_3claims_cp932_crlf_eof.UKE"),
    ):
        assert main(["decode", layout, str(path)]) == 0
        text = capsys.readouterr().out
        content = json.loads(text)
        assert content["layout"] == layout and content["errors"] == [] and content["records"][1]["offset"] > 0
        (tmp_path / "x.json").write_text(text, encoding="utf-8")
        out = _Binary()
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["encode", layout, str(tmp_path / "x.json")]) == 0
        monkeypatch.undo()
        assert out.raw_bytes.getvalue() == path.read_bytes()


def test_decode_reads_standard_input_and_reports_all_faults(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = REQUEST.read_bytes().replace(b"12800", b"1280x")
    monkeypatch.setattr(sys, "stdin", _Binary(data))
    assert main(["decode", "zengin-transfer-request"]) == 1
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [e["code"] for e in content["errors"]] == ["Z05", "Z04"]
    assert set(content["errors"][0]) == {"code", "record", "field", "offset", "message"}
    assert content["error_count"] == 2 and len(content["records"]) == 6


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"records": 1}',
        '{"records": [{"kind": "data", "fields": 1}]}',
        '{"layout": "x", "records": []}',
        "[]",
    ],
)
def test_encode_refuses_what_is_no_decoding(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    assert main(["encode", "zengin-transfer-request", str(tmp_path / "x.json")]) == 1
    assert capsys.readouterr().err


def test_encode_names_what_breaks_the_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["decode", "zengin-transfer-request", str(REQUEST)])
    content = json.loads(capsys.readouterr().out)
    content["records"][1]["fields"]["amount"] = 1
    (tmp_path / "x.json").write_text(json.dumps(content), encoding="utf-8")
    assert main(["encode", "zengin-transfer-request", str(tmp_path / "x.json")]) == 1
    assert "Z04" in capsys.readouterr().err


def test_check_prints_a_line_a_value_and_fails_when_any_is_bad(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "my-number", "123456789018", "621498320257"]) == 0
    assert capsys.readouterr().out == "123456789018 ok\n621498320257 ok\n"
    assert main(["check", "insurer-number", "138016", "138017"]) == 1
    assert capsys.readouterr().out == "138016 ok\n138017 bad\n"
    assert main(["check", "customer-barcode", "1000013 1-3-2-503 9"]) == 0
    assert main(["check", "luck", "1"]) == 2


def test_barcodes_as_text_and_as_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = "91912345000000012345202607010026113000128001"
    assert main(["barcode", "gs1-128-payment", digits]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "(91)912345-000000012345202607010"
    assert main(["barcode", "gs1-128-payment", digits, "--png", str(tmp_path / "x.png")]) == 0
    picture = Image.open(tmp_path / "x.png").convert("L")
    paper = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    paper.paste(picture, (40, 40))
    assert zxingcpp.read_barcodes(paper)[0].text == f"(91){digits[2:]}"
    assert main(["barcode", "qr", "123", "--svg", str(tmp_path / "x.svg")]) == 0
    assert (tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg")
    assert main(["barcode", "qr", "123"]) == 0
    assert main(["barcode", "customer-barcode", "1000013 1-3-2-503"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("LDLLTLTT")
    assert main(["barcode", "customer-barcode", "100001"]) == 1
    assert main(["barcode", "gs1-128-payment", "91"]) == 1


def test_validate_and_docs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 0
    (tmp_path / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    assert main(["validate", str(tmp_path / "bad.yaml")]) == 1
    (tmp_path / "old.md").write_text("x", encoding="utf-8")
    assert main(["docs", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "zengin-payment.md").exists() and not (tmp_path / "old.md").exists()
    capsys.readouterr()


def test_a_missing_file_and_a_missing_command_are_calls_gone_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", "zengin-payment", "/no/such/file"]) == 2
    assert main([]) == 2
    assert main(["--help"]) == 0
    capsys.readouterr()


def test_bench_writes_valid_files_and_measures_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bench(["--mb", "1", "--directory", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["zengin-transfer-request", "uke-medical"]
    assert all(" 0 errors" in line and "MB/s on one core" in line for line in lines)

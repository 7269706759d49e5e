"""The layout files: each is sound, says how certain it is, and serves a message; the documentation is current."""

from __future__ import annotations

import copy
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from kokuho.formats import LayoutError, describe, layout, layout_file, library
from kokuho.formats.load import check_certainty, layout_from, layout_paths
from kokuho.formats.model import Source
from kokuho.formats.sequence import Sequencer

ROOT = Path(__file__).parents[2]
ALL = [lay for versions in library().values() for lay in versions]


def test_the_named_layouts_exist() -> None:
    for name in (
        *("zengin-transfer-request", "zengin-transfer-result", "zengin-payment", "konbini-barcode", "konbini-receipts"),
        *("pension-frame", "pension-collection-01", "uke-medical", "uke-dental", "uke-pharmacy", "shuyaku-person"),
        *("kouiki-premium", "juki-full", "juki-changes", "zei-income", "zei-asset", "fukuhon-benefit", "el-qr"),
    ):
        assert layout(name).id == name


def test_the_exact_ones_are_exact_and_the_unknown_ones_local() -> None:
    exact = {lay.id for lay in ALL if lay.certainty == "exact"}
    assert exact == {
        *("zengin-transfer-request", "zengin-transfer-result", "zengin-payment", "konbini-barcode", "el-qr"),
        *("pension-frame", "uke-medical", "uke-dental"),
    }
    assert {lay.id for lay in ALL if lay.certainty == "probable"} == {"uke-pharmacy"}


@pytest.mark.parametrize("lay", ALL, ids=lambda lay: lay.id)
def test_certainty_is_backed_by_a_source_that_was_read(lay: Any) -> None:
    check_certainty(lay.certainty, lay.sources)
    if lay.certainty != "local":
        assert any(s.mark in ("S", "S-ex", "S2", "T") and s.url for s in lay.sources)
    assert all(s.text for s in lay.sources)
    assert Path(lay.path).stem.partition("@")[0] == lay.id


KNOWN = Source("K-high", "一般に知られている")
PART = Source("S-ex", "冒頭だけ読んだ", "https://example.jp/")
READ = Source("S", "読んだ", "https://example.jp/")


@pytest.mark.parametrize(
    ("certainty", "sources", "good"),
    [
        ("local", (KNOWN,), True),
        ("probable", (KNOWN,), False),
        ("exact", (KNOWN,), False),
        ("probable", (PART,), True),
        ("exact", (PART,), False),
        ("exact", (Source("S", "アドレスがない"),), False),
        ("exact", (KNOWN, READ), True),
        ("local", (), False),
        ("certain", (READ,), False),
    ],
)
def test_certainty_cannot_be_raised_without_a_source(certainty: str, sources: tuple[Source, ...], good: bool) -> None:
    if good:
        check_certainty(certainty, sources)
    else:
        with pytest.raises(LayoutError):
            check_certainty(certainty, sources)


def test_a_published_standard_cannot_be_replaced_locally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(layout("zengin-payment").path).read_text(encoding="utf-8")
    (tmp_path / "zengin-payment.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KOKUHO_LAYOUTS", str(tmp_path))
    with pytest.raises(LayoutError, match="cannot be replaced"):
        layout("zengin-payment")


def test_versions_of_a_layout_follow_each_other_without_overlap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = yaml.safe_load(Path(layout("seiho").path).read_text(encoding="utf-8"))
    raw["id"] = "seiho-new"
    for name, start, end in (("seiho-new", "2026-04-01", "2026-09-30"), ("seiho-new@2026-10-01", "2026-10-01", None)):
        raw["valid"] = {"from": date.fromisoformat(start), **({"until": date.fromisoformat(end)} if end else {})}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("KOKUHO_LAYOUTS", str(tmp_path))
    assert layout("seiho-new", date(2026, 9, 30)).valid_until == date(2026, 9, 30)
    assert layout("seiho-new", date(2026, 10, 1)).valid_until is None
    assert layout("seiho-new").valid_from == date(2026, 10, 1)
    with pytest.raises(KeyError, match="2026-03-31"):
        layout("seiho-new", date(2026, 3, 31))
    raw["valid"] = {"from": date(2026, 9, 1)}
    (tmp_path / "seiho-new@2026-10-01.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(LayoutError, match="same time"):
        layout("seiho-new")
    (tmp_path / "seiho-new@2026-10-01.yaml").unlink()
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(LayoutError, match="file name"):
        library()


BASE: dict[str, Any] = {
    "id": "x", "title": "x", "direction": "in", "certainty": "local", "sources": [{"mark": "K-low", "text": "x"}],
    "kind": "fixed", "encoding": "jisx0201", "size": 4, "discriminator": {"offset": 0, "len": 1},
    "records": {"data": {"tag": "1", "fields": [
        {"name": "kind", "type": "const", "value": "1", "size": 1},
        {"name": "value", "type": "int", "size": 3, "required": True},
    ]}},
}  # fmt: skip


def _at(path: str, value: Any) -> dict[str, Any]:
    raw: Any = copy.deepcopy(BASE)
    node = raw
    *parents, last = path.split("/")
    for part in parents:
        node = node[int(part)] if part.isdigit() else node[part]
    node[int(last) if last.isdigit() else last] = value
    return raw  # type: ignore[no-any-return]


FIELD = "records/data/fields/1"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("colour", "red", "unknown key colour"),
        ("kind", "json", "kind"),
        ("encoding", "latin-1", "encoding"),
        ("direction", "up", "direction"),
        ("size", 5, "add up to 4 bytes"),
        ("order", "data* trailer", "does not exist"),
        ("order", "data* (", "missing"),
        ("order", "data* )", "cannot read"),
        ("order", "data $", "cannot read"),
        ("sources/0/mark", "S9", "mark"),
        ("records/data/key", ["value", "nothing"], "KeyError"),
        ("records/data/check", "luck", "check luck"),
        (f"{FIELD}/offset", 2, "stands at byte 1"),
        (f"{FIELD}/type", "number", "type number"),
        (f"{FIELD}/name", "kind", "twice"),
        (f"{FIELD}/name", "Value", "name"),
        (f"{FIELD}/lenght", 3, "unknown key lenght"),
        (f"{FIELD}/check", "luck", "check luck"),
        (f"{FIELD}/charset", "runes", "charset runes"),
        (f"{FIELD}/codes", "runes", "no code list runes"),
        (f"{FIELD}/required_if", {"nothing": "1"}, "does not exist"),
        (f"{FIELD}/type", "code", "codes are missing"),
        ("records/data/fields/0", {"name": "kind", "type": "const", "size": 1}, "value is missing"),
        ("records/data/fields/1", {"name": "value", "type": "int"}, "size is missing"),
        ("totals", [{"record": "data", "field": "nothing", "of": "data"}], "KeyError"),
        ("eof", "maybe", "eof"),
        ("final_newline", "maybe", "final_newline"),
        ("csv", {"quote": "some"}, "csv"),
        ("certainty", "exact", "certainty exact"),
        ("records", None, "TypeError"),
    ],
)
def test_a_wrong_layout_file_is_refused_with_its_reason(path: str, value: Any, message: str) -> None:
    layout_from(BASE)
    with pytest.raises(LayoutError, match=message):
        layout_from(_at(path, value))


def test_a_key_must_be_required() -> None:
    raw = _at("records/data/key", ["value"])
    raw["records"]["data"]["fields"][1]["required"] = False
    with pytest.raises(LayoutError, match="must be required"):
        layout_from(raw)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    for text in ("a: [1", "- 1"):
        (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(LayoutError):
            layout_file(tmp_path / "x.yaml")


# ---- messages


def test_every_message_has_a_layout_or_a_reason_why_not() -> None:
    served = describe.layouts_of_messages()
    for message, body in describe.messages().items():
        assert body["title"] and body["direction"] in ("in", "out", "both")
        assert served.get(message) or body.get("note"), message
    assert set(served) <= set(describe.messages())
    assert len(describe.messages()) == 140


def test_only_what_a_migration_brings_serves_no_message_of_a_neighbour() -> None:
    assert [lay.id for lay in ALL if not lay.messages] == ["former-certificates", "former-retired"]


# ---- order


def test_order_expressions() -> None:
    zengin = Sequencer("(header data* trailer)+ end")

    def walk(kinds: str) -> bool:
        state = 0
        for kind in kinds.split():
            state = zengin.step(state, kind)
            if state < 0:
                return False
        return zengin.complete(state)

    assert walk("header data data trailer end") and walk("header trailer header data trailer end")
    for wrong in ("", "end", "header data trailer", "header data end", "data", "header header trailer end"):
        assert not walk(wrong)
    assert zengin.expected(0) == ["header"]
    assert Sequencer("a? b*").complete(0) and not Sequencer("a b?").complete(0)
    either = Sequencer("(a | b c)+")
    assert either.step(either.step(0, "b"), "a") == -1
    twice = Sequencer("a b a")
    assert twice.complete(twice.run(0, ["a", "b", "a"])) and twice.run(0, ["a", "a"]) == -1


# ---- documentation


def test_docs_interfaces_is_generated_from_the_layouts() -> None:
    folder = ROOT / "docs" / "interfaces"
    pages = describe.pages()
    assert {p.name for p in folder.glob("*.md")} == set(pages), "run: kokuho formats docs --out docs/interfaces"
    for name, text in pages.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: run kokuho formats docs"


def test_all_layout_files_are_found() -> None:
    assert len(layout_paths()) == len(ALL) >= 140


# ---- the package by itself


def test_the_package_imports_nothing_else_of_ours() -> None:
    code = (
        "import sys, pkgutil, importlib, kokuho.formats as f\n"
        "for m in pkgutil.iter_modules(f.__path__): importlib.import_module('kokuho.formats.' + m.name)\n"
        "print([m for m in sys.modules if m.startswith('kokuho') and not m.startswith('kokuho.formats') and m != 'kokuho'])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"

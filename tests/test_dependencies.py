"""Nothing is installed that the dated list of libraries does not name; the check itself notices each kind of deviation."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "check_dependencies.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_dependencies", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_installed_is_what_is_listed(tool: ModuleType) -> None:
    assert tool.deviations() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda line: "", "not in the list"),
        (lambda line: line.replace("==", "==9"), "is listed"),
        (lambda line: line.replace("# ", "# X"), "licence"),
        (lambda line: line[:-4] + "0000", "not the listed ones"),
    ],
)
def test_a_deviation_is_named(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: object, told: str
) -> None:
    lines = tool.LIST.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("cryptography=="))
    lines[place] = change(lines[place])  # type: ignore[operator]
    bent = tmp_path / "dependencies.txt"
    bent.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(tool, "LIST", bent)
    [deviation] = tool.deviations()
    assert deviation.startswith("cryptography") and told in deviation


def test_an_affero_licence_is_refused(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tool.licence
    monkeypatch.setattr(tool, "licence", lambda held: "AGPL-3.0-only" if held.metadata["Name"] == "ruff" else inner(held))
    assert tool.deviations() == ["ruff: AGPL"]

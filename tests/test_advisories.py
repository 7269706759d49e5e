"""Known vulnerabilities are looked up in an OSV export without a network."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import advisories  # noqa: E402


def record(id_: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}
    affected |= {"versions": more.pop("versions")} if "versions" in more else {}
    return {"id": id_, "modified": "2026-11-02T00:00:00Z", "affected": [affected], **more}


def folder(place: Path, *records: dict[str, Any]) -> Path:
    for one in records:
        (place / f"{one['id']}.json").write_text(json.dumps(one), "utf-8")
    return place


@pytest.mark.parametrize(
    ("events", "version", "line"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0.1"}], "2.0.0", "fixed in 2.0.1"),
        ([{"introduced": "0"}, {"fixed": "2.0.1"}], "2.0.1", None),
        ([{"introduced": "0"}, {"fixed": "2.0.1"}], "2.0.1rc1", "fixed in 2.0.1"),
        ([{"introduced": "1.5"}, {"fixed": "2.0.1"}], "1.10", "fixed in 2.0.1"),
        ([{"introduced": "1.5"}, {"fixed": "2.0.1"}], "1.4.9", None),
        ([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"fixed": "2.3"}], "2.2.post1", "fixed in 2.3"),
        ([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"fixed": "2.3"}], "1.9", None),
        ([{"introduced": "0"}, {"last_affected": "3.0"}], "3.0", "no fixed version"),
        ([{"introduced": "0"}, {"last_affected": "3.0"}], "3.0.1", None),
        ([{"introduced": "0"}], "99", "no fixed version"),
    ],
)
def test_a_version_is_compared_with_the_events_of_a_range(
    tmp_path: Path, events: list[dict[str, str]], version: str, line: str | None
) -> None:
    found = advisories.look_up(folder(tmp_path, record("GHSA-1", "Some.Lib", *events)), {"some-lib": version})
    assert [str(hit) for hit in found.hits] == ([f"advisory GHSA-1: some-lib {version}, {line}"] if line else [])


def test_listed_versions_aliases_withdrawn_and_other_ecosystems(tmp_path: Path) -> None:
    zero = {"introduced": "0"}
    other = record("GHSA-5", "lib", zero)
    other["affected"][0]["package"]["ecosystem"] = "npm"
    listed = record("PYSEC-2", "lib", versions=["1.0", "1.0.0.strange"], aliases=["CVE-9"])
    listed["affected"][0]["ranges"] = [{"type": "GIT", "events": [zero]}]
    export = folder(
        tmp_path, listed, record("GHSA-9", "lib", zero, aliases=["CVE-9"]), other, record("GHSA-4", "elsewhere", zero),
        record("GHSA-3", "lib", zero, withdrawn="2026-01-01T00:00:00Z"),
    )  # fmt: skip
    found = advisories.look_up(export, {"lib": "1.0"})
    assert [str(hit) for hit in found.hits] == ["advisory GHSA-9 (CVE-9): lib 1.0, no fixed version"]
    assert (found.records, found.newest) == (4, "2026-11-02")


def run(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "check_dependencies.py"), *arguments], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def test_the_command_says_what_it_found_and_what_it_did_not_look_up(tmp_path: Path) -> None:
    """Django is installed wherever this runs; a made-up record of all its versions is a hit, one of version 0.9 is none."""
    django = ROOT.joinpath("tools", "dependencies.txt").read_text("utf-8").partition("\ndjango==")[2].partition(" ")[0]
    status, said = run()
    assert (status, said[-1]) == (0, advisories.NONE)
    export = tmp_path / "all.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name, fixed in (("x", "999"), ("y", "0.9")):
            one = record(f"GHSA-{name}", "Django", {"introduced": "0"}, {"fixed": fixed})
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    status, said = run("--advisories", str(export))
    assert status == 1
    assert said == [f"advisory GHSA-x: django {django}, fixed in 999", "advisories: 2 records of PyPI, newest 2026-11-02, 1 found"]
    status, said = run("--advisories", str(tmp_path / "none.zip"))
    assert (status, said) == (1, [f"advisories: {tmp_path / 'none.zip'}: no such file or folder"])
    (tmp_path / "broken.json").write_text("{", "utf-8")
    status, said = run("--advisories", str(tmp_path / "broken.json"))
    assert (status, said) == (1, ["advisories: broken.json: not an OSV record"])

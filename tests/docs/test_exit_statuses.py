"""What a script can rely on: commands that return, and statuses that say what happened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A line of a shell with an installation of its own; killed after five minutes."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "KOKUHO_OWNER_URL", "KOKUHO_VAULT_URL")}
    told = {**kept, "KOKUHO_HOME": str(home), "KOKUHO": f"{sys.executable} -m kokuho.cli"}
    return subprocess.run(["sh", "-c", line], env=told, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.proof
def test_a_script_can_take_the_address_of_the_server_that_it_starts(tmp_path: Path) -> None:
    done = shell('url=$($KOKUHO db start); echo "got $url"; $KOKUHO db url; $KOKUHO db stop; $KOKUHO db stop', tmp_path)
    assert done.returncode == 0, done.stderr
    got, url, stopped, again = done.stdout.splitlines()
    assert got == f"got {url}" and url.startswith("postgresql://kokuho_app@/kokuho?host="), done.stdout
    assert (stopped, again) == ("停止しました。", "起動していません。"), "it ran on until it was stopped"


@pytest.fixture
def called(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """`called("--group", "AUTH", states=["適合"])` is the status of `kokuho controls` when the checks find these states."""
    from kokuho.commands import controls as command
    from kokuho.controls import catalogue, runner
    from kokuho.controls.framework import Result

    control = next(iter(catalogue.controls().values()))
    monkeypatch.chdir(tmp_path)

    def call(*words: str, states: Sequence[str] = (), error: Exception | None = None) -> int:
        def run(*_: Any) -> list[Result]:
            if error:
                raise error
            return [Result(control.id, control.group, control.title, control.mark, state) for state in states]

        monkeypatch.setattr(runner, "run", run)
        return command.main(words)

    return call


def test_the_statuses_of_the_checks(called: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    from kokuho.commands import controls as command
    from kokuho.controls.installation import NotReady

    assert called(states=["適合", "該当なし"]) == called("--json", states=["適合"]) == 0
    assert called(states=["適合", "不適合"]) == called("--json", states=["不適合"]) == 1
    assert called("--control", "AUTH-99") == called("--last") == called("--assessment", "a.xls", states=["適合"]) == 2
    with pytest.raises(SystemExit) as wrong:
        called("--nothing")
    assert wrong.value.code == 2
    assert called(error=NotReady("準備")) == called("--assessment", "no/such/folder/a.html", states=["適合"]) == 3
    capsys.readouterr()
    with pytest.raises(SystemExit):
        called("--help")
    told = dict(re.findall(r"(\d) (\S+)", capsys.readouterr().out.partition("終了状態")[2]))
    page = re.findall(r"^\| (\d) \| ", (ROOT / "docs" / "safeguards-checks.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(told) == page == ["0", "1", "2", "3"]
    assert [command.WHOLE, command.FALLS_SHORT, command.WRONG, command.NOTHING] == [0, 1, 2, 3]

"""What the README, the documents and the threat model tell a reader to type or to open is there."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kokuho import cli
from kokuho.commands import bench

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "kokuho"
PAGES = [ROOT / "README.md", ROOT / "README.ja.md", ROOT / "THREAT_MODEL.md", *sorted((ROOT / "docs").rglob("*.md"))]


class _Built(Exception):
    """Carries a command's parser out of its `main`."""


@cache
def _parser(word: str, second: str = "") -> argparse.ArgumentParser:
    """The parser of `kokuho WORD`; of `kokuho bench WORD` for a measurement."""
    main = importlib.import_module(cli.COMMANDS[word][0]).main
    if word == "bench":
        main = importlib.import_module(bench.BENCHES[second][0]).run

    def stop(self: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        raise _Built(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_args", stop)
        patched.setattr(argparse.ArgumentParser, "parse_intermixed_args", stop)
        try:
            main([])
        except _Built as built:
            found: argparse.ArgumentParser = built.args[0]
            return found
    raise AssertionError(f"{word} reads its line without argparse")


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {
        name: sub for action in parser._actions if isinstance(action, argparse._SubParsersAction) for name, sub in action.choices.items()
    }


def _wrong(line: str) -> str:
    """What of a line such as `kokuho levy --by A trial --year 2026` does not exist; empty when all of it does."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    if not words or not re.fullmatch(r"[a-z]+", words[0]) or words[0] in ("help", "manage"):
        return ""
    if words[0] not in cli.COMMANDS:
        return f"no command {words[0]}"
    if words[0] == "bench" and (len(words) == 1 or words[1] not in bench.BENCHES):
        return "" if words[1:] in ([], ["…"]) else f"no measurement {words[1]}"
    parser = _parser(*words[:2]) if words[0] == "bench" else _parser(words[0])
    for word in words[1:]:
        options = {text for action in parser._actions for text in action.option_strings}
        subs = _choices(parser)
        if word.startswith("--"):
            if word.partition("=")[0] not in options:
                return f"no option {word}"
        elif word in subs:
            parser = subs[word]
        elif subs and re.fullmatch(r"[a-z][a-z-]+", word) and not _takes(parser, words, word):
            return f"no word {word}"
    return ""


def _takes(parser: argparse.ArgumentParser, words: list[str], word: str) -> bool:
    """Whether a word is the value of the option before it."""
    before = words[words.index(word) - 1]
    return before.startswith("--") and any(before in action.option_strings and action.nargs != 0 for action in parser._actions)


def _lines() -> list[tuple[str, str]]:
    """(page, what stands after `kokuho`) of every command in a code block or between back quotes."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        spans = re.findall(r"^    (kokuho .*)$", text, re.M) + re.findall(r"`(kokuho [^`]*)`", text.replace("\n", " "))
        for span in spans:
            for part in re.split(r"\s;\s|\s\|\s", span.partition("  #")[0].partition(" # ")[0]):
                if part.strip().startswith("kokuho "):
                    found.append((str(page.relative_to(ROOT)), part.strip().removeprefix("kokuho ").strip("[] ")))
    return found


def test_every_command_in_the_documents_exists_with_its_options() -> None:
    lines = _lines()
    assert len(lines) > 120
    assert {(page, line): why for page, line in lines if (why := _wrong(line.replace("[", "").replace("]", "")))} == {}


def test_every_command_is_told_of() -> None:
    told = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert {word for word in cli.COMMANDS if not re.search(rf"\b{word}\b", told)} == set()
    readme = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.ja.md")}
    unnamed = {(name, word) for name, text in readme.items() for word in cli.COMMANDS if not re.search(rf"[` ]{word}\b", text)}
    # Made ready by `make`, or Django's own.
    assert {word for _, word in unnamed} <= {"db", "open", "prints", "demo", "manage", "worker"}, unnamed


def test_every_page_and_file_that_is_linked_exists() -> None:
    missing = set()
    for page in PAGES:
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (page.parent / target).exists():
                missing.add((page.name, target))
        for path in re.findall(r"`((?:src|docs|tests|tools)/[\w./-]+|[\w-]+(?:/[\w-]+)+\.(?:py|yaml|md|html|typ|csv))`", text):
            near = (ROOT, HOUSE, ROOT / "docs", ROOT / "tests", *HOUSE.glob("*/"), *HOUSE.glob("desks/*/"))
            if not any((base / path).exists() for base in near):
                missing.add((page.name, path))
    assert missing == set()


def test_what_an_operator_sets_and_what_runs_by_itself_is_told(database_name: str) -> None:
    from kokuho.core import schedule
    from kokuho.jobs import nightly  # noqa: F401 -- registers the works

    text = (ROOT / "docs" / "operation.md").read_text("utf-8")
    read = {name for path in HOUSE.rglob("*.py") for name in re.findall(r'"(KOKUHO_[A-Z_]+)"', path.read_text("utf-8"))}
    assert {name for name in read if name not in text} == set()
    assert {work.label for work in schedule.works().values() if f"| {work.at:%H:%M} | {work.label} |" not in text} == set()

"""The results of a run as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from kokuho import __version__
from kokuho.controls.catalogue import groups
from kokuho.controls.framework import FAILED, NOT_APPLICABLE, PASSED, Result

STATES = (PASSED, FAILED, NOT_APPLICABLE)


def by_group(results: Sequence[Result]) -> dict[str, Counter[str]]:
    """Group → how many controls are in which state."""
    counted: dict[str, Counter[str]] = {}
    for result in results:
        counted.setdefault(result.group, Counter())[result.state] += 1
    return counted


def lines(results: Sequence[Result], *, detailed: bool = False) -> Iterator[str]:
    """The table, a line a control, with what was seen when `detailed`, and the sums by group."""
    for result in results:
        yield f"{result.state:4}\t{result.id}\t{result.title}" + (f"\t{result.reason}" if result.reason else "")
        if detailed:
            for entry in result.observations:
                yield f"\t{'○' if entry.ok else '×'} {entry.what}: {entry.observed}"
            for name, value in result.parameters.items():
                yield f"\t＝ {name}: {value}"
    yield ""
    yield "\t".join(("区分", *STATES))
    for group, counted in by_group(results).items():
        yield "\t".join((f"{group} {groups()[group]}", *(str(counted[state]) for state in STATES)))
    whole = Counter(result.state for result in results)
    yield "\t".join(("計", *(str(whole[state]) for state in STATES)))


def as_json(results: Sequence[Result], on: date, municipality: str) -> str:
    """Everything, for a machine."""
    whole = Counter(result.state for result in results)
    told = {
        "municipality": municipality, "on": on.isoformat(), "version": __version__, "states": {state: whole[state] for state in STATES},
        "controls": [result.as_data() for result in results],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)

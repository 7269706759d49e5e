"""What a topic of `kokuho law` is made of. Every package of the law lists its topics in its own `topics.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Topic:
    """A question the law answers: JSON in, JSON out (shapes in `docs/law-cli.md`).

    `run(case, explain)` gets one case that may hold `id`; it returns the results without `id` and, when `explain`
    is true, with `explanation` (a list of `Step.as_dict()`). It raises `LawError` for a case it cannot judge.
    """

    name: str
    title: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    run: Callable[[Case, bool], dict[str, Any]]

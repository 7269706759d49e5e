"""docs/law-benefit.md names functions that exist and topics that answer."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from kokuho.law.benefit.topics import TOPICS as BENEFIT
from kokuho.law.eligibility.topics import TOPICS as ELIGIBILITY

TEXT = (Path(__file__).parents[3] / "docs" / "law-benefit.md").read_text(encoding="utf-8")


def test_every_named_function_exists() -> None:
    names = re.findall(r"`((?:benefit|eligibility)\.[a-z_]+\.[A-Za-z_0-9.]+)", TEXT)
    assert len(names) > 50
    for name in names:
        package, module, first, *rest = name.split(".")
        found = getattr(import_module(f"kokuho.law.{package}.{module}"), first)
        for part in rest:
            assert hasattr(found, part) or part in found.__dataclass_fields__, name


def test_every_topic_is_documented() -> None:
    missing = [topic.name for topic in (*BENEFIT, *ELIGIBILITY) if f"`{topic.name}`" not in TEXT]
    assert missing == []

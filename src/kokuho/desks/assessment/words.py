"""The names and values of an ordinance's settings in the words of the screens (`data/settings-ja.yaml`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml


@cache
def setting_words() -> dict[str, dict[str, str]]:
    """Words by group. What is not among them is shown as it is."""
    text = files("kokuho.desks.assessment").joinpath("data", "settings-ja.yaml").read_text("utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


def setting_name(name: str) -> str:
    """The 日本語 name of a setting."""
    return setting_words()["settings"].get(name, name)

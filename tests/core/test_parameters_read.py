"""Every security parameter has an enforcer: something outside the catalogue and the checks reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "kokuho"


@cache
def product() -> str:
    """The product's program text without the checks, which only report values."""
    outside = {"controls", "migrations"}
    return "\n".join(p.read_text("utf-8") for p in SOURCE.rglob("*.py") if not outside & set(p.relative_to(SOURCE).parts))


def is_read(key: str) -> bool:
    """The key stands in the program, or its family of three parts is read by name: f"auth.factors.{kind}"."""
    family = key.rpartition(".")[0]
    return f'"{key}"' in product() or ("." in family and f'f"{family}.{{' in product())


def test_every_parameter_is_read_somewhere_or_says_what_it_waits_for() -> None:
    from kokuho.core import parameters

    # Variants for a class of account are read with their parameter; some values are decided elsewhere.
    own = [entry for entry in parameters.catalogue().values() if not entry.base and not entry.elsewhere]
    assert [entry.key for entry in own if not entry.waits and not is_read(entry.key)] == [], "nothing reads these parameters"
    assert [entry.key for entry in own if entry.waits and is_read(entry.key)] == [], "these are read: they wait for nothing"

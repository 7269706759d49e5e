"""The sentences of a document, from its data file, in the language of 料 or 税."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from kokuho.documents.notice import Component, LevyKind
from kokuho.documents.settings import Yaml, merged

COMPONENTS: dict[Component, tuple[str, str]] = {
    "medical": ("医療分", "加入者の医療費のため"),
    "support": ("後期高齢者支援金分", "75歳以上の医療を支えるため"),
    "care": ("介護分", "40〜64歳の方の介護保険"),
    "child": ("子ども・子育て支援金分", "子育て世帯を支えるため"),
}
"""Component → the name on the notice, what it is for in plain words."""

HEADS: dict[Component, tuple[str, ...]] = {
    "medical": ("医療分",),
    "support": ("後期高齢者", "支援金分"),
    "care": ("介護分",),
    "child": ("子ども・子育て", "支援金分"),
}
"""Component → the lines of its column heading."""

METHODS = {"transfer": "口座振替", "slip": "納付書", "pension": "年金天引き"}


@cache
def _file(kind: str) -> Yaml:
    text = (resources.files("kokuho.documents") / "texts" / f"{kind}.yaml").read_text(encoding="utf-8")
    found: Yaml = yaml.safe_load(text)
    return found


def wording(document: str, levy_kind: LevyKind, overrides: Yaml) -> dict[str, Any]:
    """All texts of a document kind for one kind of levy; `overrides` is the municipality's `texts`."""
    texts = merged(_file(document), overrides)
    return {**texts["common"], **texts[levy_kind]}


def filled(text: str, **values: str) -> str:
    """`text` with its placeholders replaced; one that nobody filled is a KeyError, never printed."""
    return text.format_map(values)


def yen(amount: int) -> str:
    """122589 → 122,589円; −1,200 → ▲1,200円, as public accounts write it."""
    return f"▲{-amount:,}円" if amount < 0 else f"{amount:,}円"


def less(amount: int) -> str:
    """A deduction: 12000 → ▲12,000円, 0 → ―. Below zero something is added: −5 (rounded up) → 5円."""
    if amount < 0:
        return f"{-amount:,}円"
    return f"▲{amount:,}円" if amount else "―"

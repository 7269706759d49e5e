"""The kinds of approval: which right decides, what the decision is about, which action carries it out.

A room registers its kinds where it stands (`apps.py` of its desk, or below for the groundwork). A kind that nobody
registered is decided by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.models import Approval

# What is shown about the subject: blocks of `core.screens.sheet`.
About = Callable[[Actor, date, Approval], Sequence[Any]]
# decide(by=, on=, approval=, approve=, reason=): the room's own action, which asks for the right itself. Raises CodedError.
Decide = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of approval. `capability` is the right to decide; `url` leads to the subject's own page."""

    code: str
    label: str
    capability: str
    decide: Decide
    about: About
    url: Callable[[Approval], str] = lambda approval: ""


_kinds: dict[str, ApprovalKind] = {}


def register(kind: ApprovalKind) -> None:
    """Make a kind known. Raises ValueError when another one has its code."""
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"approval kind {kind.code} is registered twice")


def kinds() -> dict[str, ApprovalKind]:
    """Every registered kind by its code."""
    return dict(_kinds)


def decide(*, by: Actor, on: date, approval: Approval, approve: bool, reason: str) -> None:
    """Carry a decision out by the action of its room. Raises `Refused`, CodedError, KeyError for a kind nobody registered."""
    kind = _kinds[approval.kind]
    by.require(kind.capability)
    kind.decide(by=by, on=on, approval=approval, approve=approve, reason=reason)

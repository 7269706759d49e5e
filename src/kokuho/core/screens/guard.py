"""Every view says which right opens it. A view that says nothing is answered 403 by `web.middleware` (RIGHTS-01)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kokuho.core.access import catalogue

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "kokuho_declaration"


@dataclass(frozen=True, slots=True)
class Declaration:
    """How a view may be opened.

    `capability` None: everybody who is signed in. `public`: before signing in. `entrance`: also while the second factor, the
    notice or the lock is still open. `background`: asked by the page itself, so it does not keep a session alive (AUTH-06).
    `past`: the page can be asked for a past business date and a past knowledge date (`core.screens.asof`). `bare`: sent by the page
    itself without a form; it carries nothing, and a second time changes nothing.
    """

    capability: str | None = None
    public: bool = False
    entrance: bool = False
    background: bool = False
    past: bool = False
    bare: bool = False


def _declare(view: View, declaration: Declaration) -> View:
    setattr(view, _MARK, declaration)
    return view


def screen(capability: str | None, *, background: bool = False, past: bool = False) -> Callable[[View], View]:
    """Decorator: the view opens for those whose roles carry the capability (None: for everybody signed in); with `past` also as
    it was and as it was known on a day."""
    if capability is not None and capability not in catalogue()["capabilities"]:
        raise ValueError(f"unknown capability {capability}")
    return lambda view: _declare(view, Declaration(capability=capability, background=background, past=past))


def public(view: View) -> View:
    """Marks a view that answers before signing in. It must not show data."""
    return _declare(view, Declaration(public=True, entrance=True))


def entrance(view: View) -> View:
    """Marks a view of signing in that a signed-in person reaches before anything else opens."""
    return _declare(view, Declaration(entrance=True))


def bare(view: View) -> View:
    """Marks an `entrance` that the page sends by itself, without a form and without anything in it."""
    return _declare(view, Declaration(entrance=True, bare=True))


def declaration(view: Callable[..., Any]) -> Declaration | None:
    """What a view declared, or None."""
    found = getattr(view, _MARK, None)
    return found if isinstance(found, Declaration) else None

"""Recording what was read. Every `queries.py` ends with `seen`; a page that asks several desks is one record (LOG-02)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from kokuho.core import audit
from kokuho.core.access import Actor

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Page:
    persons: dict[int, None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    answers: dict[Any, Any] = field(default_factory=dict)


_open: ContextVar[_Page | None] = ContextVar("kokuho_open_page", default=None)
_days: ContextVar[Mapping[str, str]] = ContextVar("kokuho_days_read", default=MappingProxyType({}))


@contextmanager
def about(days: Mapping[str, str]) -> Iterator[None]:
    """Everything read inside is about these days (`on`, `known`): the record says so."""
    token = _days.set(days)
    try:
        yield
    finally:
        _days.reset(token)


def seen(
    by: Actor,
    function: str,
    *,
    persons: Iterable[int | None] = (),
    operation: str = "view",
    row_count: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record a read: whose data was given out, by which criteria, how many rows. Within `page` it joins the page's record."""
    shown = list(dict.fromkeys(person for person in persons if person is not None))
    opened = _open.get()
    if opened is None:
        audit.record(
            by, function=function, operation=operation, persons=shown, detail={**(detail or {}), **_days.get()} or None,
            row_count=len(shown) if row_count is None else row_count,
        )  # fmt: skip
        return
    opened.persons.update(dict.fromkeys(shown))
    opened.parts.append(function)
    opened.detail.update(detail or {})
    opened.rows += len(shown) if row_count is None else row_count


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question that several parts of a page ask, asked once: within `page` it is kept under the key."""
    opened = _open.get()
    if opened is None:
        return ask()
    if key not in opened.answers:
        opened.answers[key] = ask()
    kept: Answer = opened.answers[key]
    return kept


@contextmanager
def page(by: Actor, function: str, *, operation: str = "view", reason: str = "", **detail: Any) -> Iterator[None]:
    """Everything read inside is one record of one page, written before the answer leaves. Nothing is recorded as read when
    the block raises: a refusal has recorded itself."""
    collected = _Page(detail=dict(detail))
    token = _open.set(collected)
    try:
        yield
        audit.record(
            by, function=function, operation=operation, persons=collected.persons, row_count=len(collected.persons), reason=reason,
            detail={**collected.detail, **_days.get(), "parts": collected.parts},
        )  # fmt: skip
    finally:
        _open.reset(token)

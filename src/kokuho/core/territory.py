"""Territorial limits (RIGHTS-02): staff of a 区・支所・出張所 work with the persons of its area only, where the setting says so.

Four places keep it. A page about a person or household of another area does not open (`web.middleware`). Every model about a person
or a household reads through `TerritorialManager`, which leaves out persons of other areas while somebody limited is at work
(`acting`); lists and counts in SQL carry the same condition (`clause`). And no operation of somebody limited is recorded, so none
happens, that names a person of another area (`require`, asked by `audit.record`): this holds for statements in SQL too. Where a
person lives, the desk of persons says (`register`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import yaml
from django.db import models

if TYPE_CHECKING:
    from kokuho.core.access import Actor

Answer = TypeVar("Answer")
# Columns by which a row is somebody's, the most telling first.
_COLUMNS = ("atena_no", "payer_no", "household_no")


@dataclass(frozen=True, slots=True)
class Limit:
    """The names of the areas (行政区・支所・出張所) to which somebody is limited, on a day."""

    areas: tuple[str, ...]
    on: date


class Places(Protocol):
    """What the desk of persons knows about where persons live."""

    def condition(self, column: str, limit: Limit) -> models.Q:
        """The rows whose person (or household, for `household_no`) lives within the limit on its day."""

    def sql(self, column: str, limit: Limit) -> str:
        """The same of a statement in SQL, whose `column` holds a 宛名番号: a condition without parameters."""

    def outside(self, persons: Sequence[int], limit: Limit) -> set[int]:
        """Those of these persons who do not live within the limit."""

    def holds(self, household_no: int, limit: Limit) -> bool:
        """Whether anybody of the household lives within the limit."""

    def areas(self, on: date) -> set[str]:
        """The names of areas that the address dictionary knows on a day."""


_places: list[Places] = []
_now: ContextVar[Limit | None] = ContextVar("kokuho_territory", default=None)
_walking: ContextVar[bool] = ContextVar("kokuho_territory_walking", default=False)
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("kokuho_territory_answers", default=None)


def register(places: Places) -> None:
    """Say who knows where persons live; called once when the desk is ready."""
    _places[:] = [places]


def areas(on: date) -> set[str]:
    """The names that a unit's area may have."""
    return _places[0].areas(on)


@cache
def whole_city() -> frozenset[str]:
    """Capabilities that always reach the whole city: nobody who is limited has them. Raises ValueError for one that does not exist."""
    from kokuho.core.access import catalogue

    listed = yaml.safe_load(files("kokuho.core").joinpath("data", "territory.yaml").read_text("utf-8"))["whole_city"]
    if unknown := set(listed) - set(catalogue()["capabilities"]):
        raise ValueError(f"territory.yaml: unknown capabilities {sorted(unknown)}")
    return frozenset(listed)


@contextmanager
def acting(by: Actor, *, reading: bool = False) -> Iterator[None]:
    """While this person is at work, models leave out whom the person may not see. `reading`: nothing is written meanwhile that could
    move anybody, so what was asked about places is not asked again."""
    token, answers = _now.set(by.limit), _answers.set({} if reading else None)
    try:
        yield
    finally:
        _now.reset(token)
        _answers.reset(answers)


def kept(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question about places, asked once while somebody reads."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    found: Answer = answers[key]
    return found


def become(by: Actor) -> None:
    """The same for the length of a process."""
    _now.set(by.limit)


def limited() -> Limit | None:
    """The areas to which whoever is at work is limited; None: the whole city."""
    return _now.get()


def require(by: Actor, persons: Iterable[int]) -> None:
    """Raises `access.OutsideTerritory`, recorded, when one of these persons lives in another area."""
    if by.limit is None or not (wanted := list(persons)):
        return
    if outside := _places[0].outside(wanted, by.limit):
        raise _refused(by, persons=sorted(outside))


def require_household(by: Actor, household_no: int) -> None:
    """The same for a household: somebody of it must live in the area."""
    if by.limit is not None and not _places[0].holds(household_no, by.limit):
        raise _refused(by, household=household_no)


def clause(column: str) -> str:
    """For a list in SQL: the condition that its `column` (宛名番号) is somebody whom the one at work may see, row by row as
    `TerritorialManager` has it. A statement that carries it is executed with parameters, if only with none (``[]``)."""
    limit = _now.get()
    return "true" if limit is None else _places[0].sql(column, limit)


def is_kept(key: Hashable) -> bool:
    """Whether the answer to a question about places is kept."""
    return key in (_answers.get() or ())


def _refused(by: Actor, persons: Sequence[int] = (), **detail: int) -> Exception:
    from kokuho.core import audit
    from kokuho.core.access import OutsideTerritory

    audit.record(by, function="territory", operation="refuse", result="refused", persons=persons, detail=detail)
    return OutsideTerritory()


@contextmanager
def row_by_row() -> Iterator[None]:
    """Statements that are made meanwhile walk along a list and ask of each row whether it is somebody's of the place. Otherwise the
    database may begin with the residents of the place instead, which is right where only the figure counts."""
    token = _walking.set(True)
    try:
        yield
    finally:
        _walking.reset(token)


class Resident(models.Exists):
    """Whether a resident of a place is whom a row is about."""

    def as_sql(self, *args: Any, **options: Any) -> Any:
        """As EXISTS has it. Held against true the database does not turn it into a join: it looks the residents up one by one where rows
        are few, and gathers them once where they are many."""
        text, values = super().as_sql(*args, **options)
        return (f"({text}) IS TRUE", values) if _walking.get() else (text, values)


class TerritorialManager(models.Manager[Any]):
    """Reads a model; rows of persons of other areas are absent while somebody limited is at work."""

    def get_queryset(self) -> models.QuerySet[Any]:
        rows = super().get_queryset()
        limit = _now.get()
        if limit is None:
            return rows
        names = {field.name for field in self.model._meta.concrete_fields}
        column = next((name for name in _COLUMNS if name in names), None)
        return rows if column is None else rows.filter(_places[0].condition(column, limit))

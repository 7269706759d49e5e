"""What staff register about a person: one declaration a kind, one way to enter, confirm, show and end them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import PeriodFact

HIDDEN = "支援措置のため表示しません"
Values = Mapping[str, Any]


class RegistrationError(CodedError):
    """Something cannot be registered as asked. `code` is stable; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One item. `kind`: text, choice, flag, number (宛名番号), day. `choices` are values with their words."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[Any, str], ...] = ()
    required: bool = True
    length: int = 200
    help: str = ""
    initial: Any = None

    def kept(self, value: Any) -> Any:
        """The value as it is kept: an item left out is an empty text, no, or nothing."""
        if self.kind == "flag":
            return bool(value)
        if self.kind == "text":
            return str(value or "").strip()
        return self.initial if value in (None, "") else value

    def words(self, value: Any) -> str:
        """The value as a screen shows it."""
        if value is None or value == "":
            return ""
        if self.kind == "choice":
            return dict(self.choices).get(value, str(value))
        if self.kind == "flag":
            return "はい" if value else "いいえ"
        if self.kind == "day":
            return era.long(value if isinstance(value, date) else date.fromisoformat(str(value)))
        return str(value)


def _as_typed(values: dict[str, Any]) -> dict[str, Any]:
    return values


def _always(by: Actor, on: date, atena_no: int, values: Values) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A kind of registration.

    `key`: the columns that, with the person, name one thing at a time; None where several stand side by side (memos).
    `secret`: what must not be shown of a protected person without the right. `prepare` turns what was typed into what is kept
    (raises RegistrationError); `check` refuses what contradicts something else; `follows` says what follows from it.
    `open_ended`: ended by an act of its own only (支援措置), so no end is asked for. `always`: no setting frees it from four eyes.
    """

    code: str
    label: str
    model: type[PeriodFact]
    columns: tuple[Column, ...]
    describe: Callable[[Values], str]
    enter: str
    confirm: str
    read: str = "person.read"
    key: tuple[str, ...] | None = ()
    secret: frozenset[str] = frozenset()
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = _as_typed
    check: Callable[[Actor, date, int, Values], None] = _always
    follows: str = ""
    ends: str = "終了する"
    open_ended: bool = False
    always: bool = False
    derived: tuple[str, ...] = field(default=())

    @property
    def kind(self) -> str:
        """Code of its entries."""
        return f"people.{self.code}"

    @property
    def names(self) -> tuple[str, ...]:
        """The model's columns that a registration writes."""
        return (*(column.name for column in self.columns), *self.derived)

    def column(self, name: str) -> Column:
        """The column of a name. KeyError for another."""
        return {column.name: column for column in self.columns}[name]

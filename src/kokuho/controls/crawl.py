"""Going through everything that the product answers with: its routes, its reads, its writes, as the program itself lists them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any

from django.db import connection, transaction
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kokuho.controls.catalogue import free
from kokuho.core.access import Refused
from kokuho.core.screens.guard import Declaration, declaration

# What may open before signing in: signing in itself, and addresses of it that are switched off.
PUBLIC = frozenset({
    "account_login", "mfa_authenticate", "account_logout", "account_inactive", "account_signup", "account_reset_password",
    "account_email", "account_email_verification_sent", "account_set_password", "mfa_download_recovery_codes", "account_outside",
    "terminal_enrol",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the product: its name, view and the kinds of its variable parts."""

    name: str
    view: Callable[..., Any]
    parts: Mapping[str, str]

    @property
    def declared(self) -> Declaration | None:
        """What the view says about who may open it."""
        return declaration(self.view)

    def address(self, known: Mapping[str, Any]) -> str:
        """The address with known values for its variable parts; an unknown part gets a value that leads nowhere."""
        return reverse(
            self.name, kwargs={part: known.get(part, _NOWHERE.get(kind, "1")) for part, kind in self.parts.items()}
        )


_NOWHERE: Mapping[str, Any] = {"IntConverter": 1, "StringConverter": "x", "SlugConverter": "x", "PathConverter": "x",
                               "UUIDConverter": "00000000-0000-0000-0000-000000000000"}  # fmt: skip


def routes() -> list[Route]:
    """Every address of the route table."""

    def walk(patterns: Any, prefix: str) -> Iterator[Route]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            elif isinstance(entry, URLPattern):
                parts = {name: type(kind).__name__ for name, kind in entry.pattern.converters.items()}
                yield Route(f"{prefix}{entry.name}", entry.callback, parts)

    return list(walk(get_resolver().url_patterns, ""))


def modules(*names: str) -> list[ModuleType]:
    """The product's modules whose last parts are one of these words, or that stand in a package of such a name."""
    found = []
    for room in ("core", "desks", "exchange", "documents", "jobs", "web"):
        package = importlib.import_module(f"kokuho.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"kokuho.{room}."):
            if not set(names).isdisjoint(module.name.split(".")[2:]) and "migrations" not in module.name:
                found.append(importlib.import_module(module.name))
    return found


def reads() -> dict[str, Callable[..., Any]]:
    """Every read of the desks: the public functions of `queries` whose first argument is the reader."""
    return _functions(lambda parameters: bool(parameters) and parameters[0].name == "by", "queries", "search")


def writes() -> dict[str, Callable[..., Any]]:
    """Every write: the public functions of `actions` that take the acting person by keyword."""
    return _functions(
        lambda parameters: any(p.name == "by" and p.kind is p.KEYWORD_ONLY for p in parameters), "actions"
    )


def _functions(fits: Callable[[list[inspect.Parameter]], bool], *names: str) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for module in modules(*names):
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            if fits(list(inspect.signature(function).parameters.values())):
                found[f"{module.__name__.removeprefix('kokuho.')}.{name}"] = function
    return found


def call(function: Callable[..., Any], by: Any, on: date) -> Any:
    """Call a read or write for somebody with made-up arguments: whoever lacks the right must be refused before any of them
    matters."""
    positional, named = [], {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not parameter.empty and parameter.name != "by":
            continue
        value = by if parameter.name == "by" else _made_up(str(parameter.annotation), on)
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return function(*positional, **named)


def _made_up(annotation: str, on: date) -> Any:
    values: tuple[tuple[str, Any], ...] = (
        ("QueryDict", QueryDict()), ("Sequence[int]", [1]), ("Iterable[int]", [1]), ("list[int]", [1]), ("Mapping", {}), ("dict", {}),
        ("Sequence", []), ("Iterable", []), ("date", on), ("int", 1), ("bool", True), ("str", "x"),
    )  # fmt: skip
    for word, value in values:
        if word in annotation:
            return value
    return None


def answering(functions: Mapping[str, Callable[..., Any]], by: Any, on: date) -> list[str]:
    """Which of these do something for somebody without rights: they answer, or are stopped by something else although nothing
    in them asks. What stands in `free.yaml` is left out."""
    found = []
    for name, function in functions.items():
        if name in free():
            continue
        try:
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                call(function, by, on)
        except Refused:
            continue
        except Exception as error:  # made-up arguments stopped it before it came to ask
            if not _asks(function):
                found.append(f"{name}（{type(error).__name__}）")
        else:
            found.append(name)
    return found


def _asks(function: Callable[..., Any]) -> bool:
    """True when the function itself asks for a right, or hands what was entered to the one that does."""
    source = inspect.getsource(function)
    return ".require(" in source or "submit(" in source

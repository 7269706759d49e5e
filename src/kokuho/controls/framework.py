"""What a check is: a small function that does something to the product and writes down what it saw.

A check is registered with `check("AUTH-01")`. Checks of the place `inside` act: they run in the check installation, whose
facts are nobody's, and what they leave behind is undone before the next one. Checks of the place `real` only read the
installation itself. A control passes when every observation of every check of it is as it should be; an exception in a
check is a failure like any other.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from kokuho.controls.catalogue import Control, controls
from kokuho.core.access import Refused
from kokuho.core.coded import CodedError

INSIDE, REAL = "inside", "real"
PASSED, FAILED, NOT_APPLICABLE = "適合", "不適合", "該当なし"
# What counts as "refused": the product's own refusals and the database's. Anything else is a broken check or product.
REFUSALS: tuple[type[Exception], ...] = (Refused, CodedError, ValidationError, DatabaseError)
# SQLSTATEs of statements that could never run: syntax, no such table, column or function.
MISTAKES = frozenset({"42601", "42P01", "42703", "42883", "3F000"})


def _state(refusal: BaseException) -> str:
    """The SQLSTATE of a database's refusal, also behind Django's; empty for any other."""
    told = getattr(refusal, "sqlstate", None) or getattr(refusal.__cause__, "sqlstate", None)
    return str(told or "")


def words(value: object) -> str:
    """A value as an inspector reads it: no brackets of a program, no bytes."""
    if value is None or value == "":
        return "なし"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, bytes):
        return f"{len(value)}バイト"
    if isinstance(value, Mapping):
        several = [f"{words(key)}: {words(entry)}" for key, entry in value.items()]
        return "、".join(several) if len(several) <= 12 else f"{len(several)}件"
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return "、".join(words(entry) for entry in value) if value else "なし"
    return str(value)


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was done and what came of it."""

    what: str
    observed: str
    ok: bool


@dataclass(slots=True)
class Evidence:
    """What the checks of one control saw. `parameters` are the values under which it was seen."""

    observations: list[Observation] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    inapplicable: str = ""

    def must(self, ok: bool, what: str, observed: object = "") -> bool:
        """Write down that something held, or did not."""
        shown = words(observed) if observed != "" else ("期待どおり" if ok else "期待に反した")
        self.observations.append(Observation(what, shown, bool(ok)))
        return bool(ok)

    def equal(self, found: object, expected: object, what: str) -> bool:
        """What was found is what was expected."""
        shown = words(found) if found == expected else f"{words(found)}（期待 {words(expected)}）"
        return self.must(found == expected, what, shown)

    def none(self, found: Iterable[object], what: str) -> bool:
        """Nothing was found; otherwise the first few."""
        items = [str(item) for item in found]
        shown = "0件" if not items else f"{len(items)}件: {'、'.join(items[:5])}"
        return self.must(not items, what, shown)

    def refused(
        self, what: str, call: Callable[..., object], *arguments: Any, code: str = "", errors: Sequence[type[Exception]] = (),
        **named: Any,
    ) -> bool:  # fmt: skip
        """The call with these arguments was refused (with this code when one is given), and left nothing behind."""
        try:
            # In a check that commits nothing is wrapped: some functions refuse to run inside a transaction.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                call(*arguments, **named)
        except (*REFUSALS, *errors) as refusal:
            if (state := _state(refusal)) in MISTAKES:
                # A statement that the database did not understand was not refused: the check is wrong, or the table is gone.
                raise
            found = "権限なし" if state == "42501" else str(getattr(refusal, "code", "") or type(refusal).__name__)
            return self.must(
                not code or found == code,
                what,
                f"拒否 {found}" + (f"（期待 {code}）" if code not in ("", found) else ""),
            )
        return self.must(False, what, "拒否されなかった")

    def value(self, name: str, value: Any) -> None:
        """A parameter under which the check was done. A day is told in digits: what was seen is kept as JSON."""
        self.parameters[name] = value.isoformat() if isinstance(value, date) else value

    def not_applicable(self, reason: str) -> None:
        """This installation has nothing that the control is about; nothing else may have been observed."""
        self.inapplicable = reason


@dataclass(frozen=True, slots=True)
class Result:
    """The state of one control, as data."""

    id: str
    group: str
    title: str
    mark: str
    state: str
    reason: str = ""
    observations: tuple[Observation, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, told: Mapping[str, Any]) -> Result:
        """What `as_data` gave."""
        return cls(**{**told, "observations": tuple(Observation(**entry) for entry in told["observations"])})


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check. `commits`: it works with what is really committed (other connections, other processes)."""

    control: str
    place: str
    commits: bool
    run: Callable[..., None]


_registry: dict[str, list[Check]] = {}


def check(
    control_id: str, *, place: str = INSIDE, commits: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: the function checks this control. An `inside` check is called with (scene, evidence), a `real` one with
    (evidence)."""
    if control_id not in controls():
        raise ValueError(f"unknown control {control_id}")

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _registry.setdefault(control_id, []).append(Check(control_id, place, commits, function))
        return function

    return register


@cache
def registry() -> Mapping[str, Sequence[Check]]:
    """Control → its checks. Raises ValueError for a control with neither checks nor a reason, or with both."""
    package = importlib.import_module("kokuho.controls.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"kokuho.controls.checks.{module.name}")
    for control in controls().values():
        if bool(control.without) == bool(_registry.get(control.id)):
            raise ValueError(f"{control.id}: either a check or a reason why there is none")
    return {control_id: tuple(_registry.get(control_id, ())) for control_id in controls()}


def result_of(control: Control, seen: Evidence | None) -> Result:
    """The state of a control from what its checks saw; None when it has none."""
    kept = (control.id, control.group, control.title, control.mark)
    if seen is None:
        return Result(*kept, NOT_APPLICABLE, control.without)
    if seen.inapplicable and not seen.observations:
        return Result(*kept, NOT_APPLICABLE, seen.inapplicable, (), dict(seen.parameters))
    bad = [entry for entry in seen.observations if not entry.ok]
    state = FAILED if bad or not seen.observations else PASSED
    reason = "；".join(f"{entry.what}: {entry.observed}" for entry in bad[:3]) or (
        "" if seen.observations else "何も確かめられなかった"
    )
    return Result(*kept, state, reason, tuple(seen.observations), dict(seen.parameters))


def attempt(check: Check, seen: Evidence, *arguments: Any) -> None:
    """Run one check; an exception is written down as a failure with its kind and place, never with data."""
    try:
        check.run(*arguments, seen)
    except Exception as error:  # whatever breaks a check is a result, not the end of the run
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
        seen.must(False, "点検を最後まで行う", f"{type(error).__name__}（{place}）で止まった")


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is rolled back."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)

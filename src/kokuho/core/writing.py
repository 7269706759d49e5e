"""In whose name rows are written. PostgreSQL keeps it as settings of the session; triggers copy it beside every statement.

The name is told to the connection once a request, a command or a worker, not with every statement: outside a transaction
for the session, inside one for the rest of it (`set_config(…, is_local)`), so that a rollback takes the name back together
with the work. Connections must therefore stay with one session (a pooler in transaction mode does not do).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from kokuho.core.access import Actor


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, where, in which function and why. All empty: nobody said so."""

    actor: str = ""
    terminal: str = ""
    session: str = ""
    function: str = ""
    reason: str = ""

    @classmethod
    def of(cls, by: Actor, function: str, reason: str = "") -> Writer:
        """The writer that stands for an actor."""
        return cls(by.staff_no, by.terminal, by.session, function, reason)

    def order(self) -> dict[str, str]:
        """As part of a worker's order."""
        return asdict(self)


NOBODY = Writer()
NAMES = tuple(field.name for field in fields(Writer))
_SESSION, _LOCAL = (
    "SELECT " + ", ".join(f"set_config('kokuho.{name}', %s, {local})" for name in NAMES)
    for local in ("false", "true")
)
_writer: ContextVar[Writer] = ContextVar("kokuho_writer", default=NOBODY)


def current() -> Writer:
    """The writer of this thread of work."""
    return _writer.get()


def tell(connection: psycopg.Connection, writer: Writer | None = None) -> None:
    """Name the writer (default: the current one) on a fresh psycopg connection, for the whole session."""
    writer = writer or current()
    if writer == NOBODY:
        return
    connection.execute(_SESSION, _values(writer))
    if not connection.autocommit:
        connection.commit()


def name(writer: Mapping[str, str]) -> None:
    """Connections that open from now on write in this name: a worker process, with the writer of its order."""
    _writer.set(Writer(**writer))


def become(writer: Writer) -> None:
    """Write in this name from now on: a command, whose process serves one person."""
    _writer.set(writer)
    _tell_django(writer)


@contextmanager
def acting(by: Actor, function: str, reason: str = "") -> Iterator[None]:
    """Everything written inside is written in the actor's name. May be nested; leaving brings back the outer name."""
    outer = current()
    token = _writer.set(Writer.of(by, function, reason))
    try:
        _tell_django(current())
        yield
    finally:
        _writer.reset(token)
        _tell_django(outer)


def on_connection_created(connection: Any, **_: Any) -> None:
    """Receiver of Django's signal: a connection that opens in the middle of the work learns the name first."""
    if connection.vendor == "postgresql" and current() != NOBODY:
        _execute(connection, _SESSION, current())


def _tell_django(writer: Writer) -> None:
    from django.db import connection

    connection.close_if_health_check_failed()  # a server that was restarted in between: the next use opens a new one
    if connection.connection is None:
        return  # told when it opens
    if not connection.in_atomic_block:
        _execute(connection, _SESSION, writer)
    elif not connection.needs_rollback and connection.connection.info.transaction_status != TransactionStatus.INERROR:
        _execute(connection, _LOCAL, writer)
    # Else the transaction is about to be undone, back to before the name was told.


def _execute(connection: Any, statement: str, writer: Writer) -> None:
    try:
        with connection.connection.cursor() as cursor:
            cursor.execute(statement, _values(writer))
    except psycopg.Error:
        # A connection that may still carry another name must not be used again.
        if not connection.in_atomic_block:
            connection.close()
        raise


def _values(writer: Writer) -> list[str]:
    return [getattr(writer, name) for name in NAMES]

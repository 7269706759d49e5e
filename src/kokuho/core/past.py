"""The database as it was known at a moment (SHI-01): the schema `past` shows every table of the desks as the office knew it then.

For each table stands a view of the same name and columns. What a row's kind says decides: a fact is there from `recorded_at`
and believed until `superseded_at`; an act is there from the moment it was recorded; a register row stands as its history has
it, where that tells of a change since the moment, else as it is. Inside `as_known` the views come before the tables, so that
every read, ORM or SQL, answers as it would have then. They cannot be written: in a past view nothing can be entered. Outside,
they cost nothing.

Tables of the groundwork (staff, rights, settings, records) are read as they are now, with the exceptions of `SHOWN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
import yaml
from psycopg import sql
from psycopg.pq import TransactionStatus

from kokuho.core.database import APP_ROLE

SCHEMA = "past"
ROOMS = ("people", "eligibility", "assessment", "collection", "exchange", "documents")
SHOWN = ("core_entry", "core_approval", "core_batchrun")
# Asked once a statement. Beside an index the function itself stands: there the database foresees how many rows its moment leaves.
_KNOWN = "(SELECT past.moment())"
_MOMENT = "past.moment()"
# Constraint exclusion: the database leaves out the parts of a view that what is asked for contradicts.
_TELL = (
    "SELECT set_config('kokuho.known', %s, {local}), set_config('search_path', 'past, public', {local}), "
    "set_config('constraint_exclusion', 'on', {local}), to_regprocedure('past.moment()') IS NOT NULL"
)
_FORGET = {
    local: "; ".join(f"SET {scope} {name} TO DEFAULT" for name in ("search_path", "constraint_exclusion"))
    for local, scope in ((False, "SESSION"), (True, "LOCAL"))
}
_moment: ContextVar[datetime | None] = ContextVar("kokuho_known", default=None)


class NoPast(RuntimeError):
    """The views are missing: the database was not prepared. Nothing may pass for the past that is not."""


def known() -> datetime | None:
    """The moment just before which the office knew what is read; None when reading is about now."""
    return _moment.get()


@contextmanager
def as_known(moment: datetime | None) -> Iterator[None]:
    """Everything read inside is as the office knew it just before the moment; None = now. May be nested."""
    outer = known()
    if moment == outer:
        yield
        return
    token = _moment.set(moment)
    try:
        _tell_django(moment)
        yield
    finally:
        _moment.reset(token)
        _tell_django(outer)


def on_connection_created(connection: Any, **_: Any) -> None:
    """Receiver of Django's signal: a connection that opens in the middle of a past view shows the past too."""
    if connection.vendor == "postgresql" and known() is not None:
        _execute(connection, known(), local=False)


def _tell_django(moment: datetime | None) -> None:
    from django.db import connection

    if connection.connection is None:
        if moment is None:
            return
        connection.ensure_connection()  # tells it
    elif not connection.in_atomic_block:
        _execute(connection, moment, local=False)
    elif not connection.needs_rollback and connection.connection.info.transaction_status != TransactionStatus.INERROR:
        _execute(connection, moment, local=True)
    # Else the transaction is about to be undone, back to before the moment was told.


def _execute(connection: Any, moment: datetime | None, *, local: bool) -> None:
    ready = True
    try:
        with connection.connection.cursor() as cursor:
            if moment is None:
                cursor.execute(_FORGET[local])
            else:
                cursor.execute(_TELL.format(local="true" if local else "false"), [moment.isoformat()])
                ready = cursor.fetchone()[3]
    except psycopg.Error:
        # A connection that may still show another time must not be used again.
        if not connection.in_atomic_block:
            connection.close()
        raise
    if not ready:
        raise NoPast("schema past")


@cache
def present_tables() -> Mapping[str, str]:
    """Tables of the desks that no past view shows → why (`core/data/present.yaml`)."""
    read: dict[str, str] = yaml.safe_load(files("kokuho.core").joinpath("data", "present.yaml").read_text("utf-8"))
    return read


def views() -> dict[str, str]:
    """Table → the SELECT that shows it as it was known; empty for a table of which nobody said when its rows became known.
    Tables of `present_tables` are left out."""
    from django.apps import apps

    return {
        model._meta.db_table: _select(model)
        for model in apps.get_models()
        if (model._meta.app_label in ROOMS or model._meta.db_table in SHOWN)
        and model._meta.db_table not in present_tables() and not _is_history(model)
    }  # fmt: skip


def facts() -> list[str]:
    """Tables of facts that past views show: what was corrected since a moment is found by an index there."""
    from django.apps import apps

    from kokuho.core.models import Fact

    return sorted({m._meta.db_table for m in apps.get_models() if issubclass(m, Fact) and m._meta.db_table in views()})


def histories() -> list[str]:
    """Tables of the histories that past views read: what was changed since a moment is found by an index there."""
    from django.apps import apps

    return sorted(
        history._meta.db_table
        for model in apps.get_models()
        if "pgh_created_at" in views().get(model._meta.db_table, "") and (history := _history_of(model)) is not None
    )


def install(connection: psycopg.Connection) -> None:
    """Make the schema anew, as the owner: after every migration, so that a new table or column is in it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS past CASCADE")
        cursor.execute("CREATE SCHEMA past")
        cursor.execute("COMMENT ON SCHEMA past IS '知得日時点の表。past.moment() の直前に知っていた内容を示す'")
        cursor.execute(
            "CREATE FUNCTION past.moment() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE "
            "RETURN current_setting('kokuho.known')::timestamptz"
        )
        for table, select in sorted(views().items()):
            # What cannot be shown as it was known is not shown at all.
            select = select or f'SELECT * FROM public."{table}" WHERE false'
            cursor.execute(sql.SQL("CREATE VIEW {} AS ").format(sql.Identifier(SCHEMA, table)) + sql.SQL(select))  # type: ignore[arg-type]
        for table in facts():
            cursor.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON public.{} (superseded_at) WHERE superseded_at IS NOT NULL").format(
                    sql.Identifier(f"{table}_superseded"), sql.Identifier(table)
                )
            )
        for table in histories():
            cursor.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON public.{} (pgh_created_at) INCLUDE (pgh_obj_id)").format(
                    sql.Identifier(f"{table}_since"), sql.Identifier(table)
                )
            )
        app = sql.Identifier(APP_ROLE)
        cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION past.moment() TO {}").format(app))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA past TO {}").format(app))
        cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA past TO {}").format(app))


def remove(connection: psycopg.Connection) -> None:
    """Take the views away before a migration, which could not change a column that a view shows."""
    connection.execute("DROP SCHEMA IF EXISTS past CASCADE")
    connection.commit()


def _is_history(model: Any) -> bool:
    return any(field.name == "pgh_id" for field in model._meta.local_concrete_fields)


def _history_of(model: Any) -> Any:
    from django.apps import apps

    return next((found for found in apps.get_models() if getattr(found, "pgh_tracked_model", None) is model), None)


def _select(model: Any) -> str:
    from kokuho.core.models import Fact

    columns = [field.column for field in model._meta.local_concrete_fields]
    table = f'public."{model._meta.db_table}"'
    changed: Mapping[str, str] = getattr(model, "KNOWN_AS", {})
    if issubclass(model, Fact):
        return _fact(table, columns)
    condition = getattr(model, "KNOWN_WHEN", "") or _by_own_moment(model)
    if condition:
        return f"SELECT {_listed(columns, changed)} FROM {table} t WHERE {condition.format(known=_KNOWN)}"
    if (history := _history_of(model)) is None:
        return ""
    return _register(table, f'public."{history._meta.db_table}"', model._meta.pk.column, columns)


def _register(table: str, history: str, key: str, columns: list[str]) -> str:
    """The rows that nobody has changed since stand as they are; of those that were changed, or made, since the moment, the history has
    the last state before it. So the register's own indexes serve the past too, and only what has changed since is looked for."""
    since = f"SELECT s.pgh_obj_id FROM {history} s WHERE s.pgh_created_at >= {_MOMENT}"
    then = (
        f"(SELECT {_listed(columns, {})} FROM {history} t WHERE t.pgh_created_at < {_KNOWN} AND t.pgh_obj_id IN ({since}) AND NOT EXISTS "
        f"(SELECT FROM {history} n WHERE n.pgh_obj_id = t.pgh_obj_id AND n.pgh_id > t.pgh_id AND n.pgh_created_at < {_KNOWN}))"
    )
    shown = _listed(columns, {})
    # Said so that the database expects most rows to be unchanged: of NOT EXISTS alone it would expect half of them.
    unchanged = f'nullif(EXISTS ({since} AND s.pgh_obj_id = u."{key}"), true) IS NOT NULL'
    return _parts(columns, {"live": (shown, table, unchanged), "then": (shown, then, "true")})


def _parts(columns: list[str], parts: Mapping[str, tuple[str, str, str]]) -> str:
    """One table from several: name → (columns, table, condition). The conditions stand outside the union, where the database sees that
    only one of them can hold of a part: so it reads each part like a table, by whatever index a join or an order asks for."""
    tables = " UNION ALL ".join(f"SELECT {shown}, '{name}' AS part FROM {table} t" for name, (shown, table, _) in parts.items())
    conditions = " OR ".join(f"(u.part = '{name}' AND {condition})" for name, (_, _, condition) in parts.items())
    listed = ", ".join(f'u."{name}"' for name in columns)
    return f"SELECT {listed} FROM ({tables}) u WHERE {conditions}"


def _by_own_moment(model: Any) -> str:
    """An act is known from the moment that the database gave it; empty when it has none, or more than one."""
    from django.db.models import NOT_PROVIDED, DateTimeField

    from kokuho.core.models import Act

    fields = model._meta.local_concrete_fields if issubclass(model, Act) else ()
    moments = [f.column for f in fields if isinstance(f, DateTimeField) and f.db_default is not NOT_PROVIDED]
    return f't."{moments[0]}" < {{known}}' if len(moments) == 1 else ""


def _listed(columns: list[str], changed: Mapping[str, str]) -> str:
    return ", ".join(
        f'{changed[name].format(known=_KNOWN)} AS "{name}"' if name in changed else f't."{name}"' for name in columns
    )


def _fact(table: str, columns: list[str]) -> str:
    """Believed now and then; believed then and corrected since; corrected even before. Each part has an index of its own; of who asks
    for what was believed, the database sees that the third part has nothing."""
    open_then = _listed(columns, {"superseded_at": "NULL::timestamptz"}) + ", t.superseded_at AS corrected_at"
    corrected = _listed(columns, {}) + ", t.superseded_at AS corrected_at"
    return _parts(
        columns,
        {
            "believed": (open_then, table, f"u.corrected_at IS NULL AND u.recorded_at < {_KNOWN}"),
            "since": (open_then, table, f"u.corrected_at >= {_MOMENT} AND u.recorded_at < {_KNOWN}"),
            "before": (corrected, table, f"u.corrected_at IS NOT NULL AND u.corrected_at < {_MOMENT}"),
        },
    )

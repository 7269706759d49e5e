"""Writing the operation record. Where a record cannot be written the operation does not happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from kokuho.core import database, territory
from kokuho.core.access import Actor
from kokuho.core.models import AuditRecord


def record(
    by: Actor,
    *,
    function: str,
    operation: str,
    persons: Iterable[int] = (),
    result: str = "ok",
    row_count: int | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one record. `operation`: view, search, print, receive, update, approve, run, refuse, login, logout.

    `persons` are 宛名番号; `detail` holds criteria or references and never a name, an address or a 個人番号. Raises
    `access.OutsideTerritory` for persons whom the unit of `by` does not look after (RIGHTS-02).
    """
    touched = list(dict.fromkeys(persons))
    if result == "ok":
        territory.require(by, touched)
    written = AuditRecord(
        staff_no=by.staff_no,
        staff_name=by.name,
        unit=by.unit,
        terminal=by.terminal,
        session=by.session,
        duty=_duty(by),
        function=function,
        operation=operation,
        result=result,
        persons=touched,
        row_count=len(touched) if row_count is None else row_count,
        reason=reason,
        detail={**(detail or {}), **({"order": by.window} if by.window else {})},
    )
    if result != "ok" and connection.in_atomic_block:
        # The refusal is about to undo this transaction; its record must not go with it.
        _write_apart(written)
    else:
        written.save(force_insert=True)


def _duty(by: Actor) -> str:
    """事務, as the table in force names it; with the version of a table that the municipality approved, and the mark of a contractor."""
    told = f"委託:{by.duty}" if by.account_class == "contractor" else by.duty
    return f"{told[:32]}（第{by.table}版）" if by.table and told else told[:40]


def _write_apart(written: AuditRecord) -> None:
    fields = [f for f in written._meta.concrete_fields if f.name not in ("id", "at")]
    values = [Jsonb(getattr(written, f.attname)) if f.name == "detail" else getattr(written, f.attname) for f in fields]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(written._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(f.column) for f in fields),
        sql.SQL(", ").join([sql.Placeholder()] * len(fields)),
    )
    with psycopg.connect(database.current_url(), autocommit=True) as apart:
        apart.execute(statement, values)

"""Several questions at once: a page that says how much waits at many desks, or shows what many tables hold of a person, asks the
database once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Coalesce


def together(*rows: QuerySet[Any]) -> list[int]:
    """How many rows each of these has, in their order."""
    return [number for number, _ in with_part(*((asked, None) for asked in rows))]


def with_part(*rows: tuple[QuerySet[Any], Q | None]) -> list[tuple[int, int]]:
    """How many rows each of these has, and how many of them meet its condition (0 without one), in their order."""
    if not rows:
        return []
    parts: list[str] = []
    values: list[Any] = []
    for asked, condition in rows:
        part = Value(False) if condition is None else Coalesce(ExpressionWrapper(condition, BooleanField()), False)
        try:
            statement, given = asked.order_by().values_list("pk", part).query.sql_with_params()
        except EmptyResultSet:  # a condition that nothing can meet, such as membership of an empty list
            parts.append("ARRAY[0, 0]")
            continue
        parts.append(f"(SELECT ARRAY[count(*), count(*) FILTER (WHERE part)] FROM ({statement}) AS counted (pk, part))")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [(number, part) for number, part in cursor.fetchone()]


def rows_together(*asked: QuerySet[Any]) -> list[list[Any]]:
    """The rows of each of these, in their order. They are models as they stand: nothing annotated, deferred or joined."""
    found: list[list[Any]] = [[] for _ in asked]
    parts: list[str] = []
    values: list[Any] = []
    told = []
    for place, rows in enumerate(asked):
        compiler = rows.query.get_compiler(connection.alias)
        try:
            statement, given = compiler.as_sql()
        except EmptyResultSet:
            continue
        parts.append(statement)
        values += given
        told.append((place, rows.model, compiler))
    with connection.cursor() as cursor:
        if parts:
            cursor.execute("; ".join(parts), values)
        for place, model, compiler in told:
            names = [expression.target.attname for expression, _, _ in compiler.select]
            converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
            answers = compiler.apply_converters(cursor.fetchall(), converters) if converters else cursor.fetchall()
            found[place] = [model.from_db(connection.alias, names, row) for row in answers]
            cursor.nextset()
    return found

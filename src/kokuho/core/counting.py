"""Several counts in one statement: a page that says how much waits at many desks asks the database once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def together(*rows: QuerySet[Any]) -> list[int]:
    """How many rows each of these has, in their order."""
    if not rows:
        return []
    parts: list[str] = []
    values: list[Any] = []
    for asked in rows:
        try:
            statement, given = asked.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:  # a condition that nothing can meet, such as membership of an empty list
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({statement}) AS counted)")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())

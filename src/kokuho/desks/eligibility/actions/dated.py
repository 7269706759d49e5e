"""Putting a dated fact in force over a period: what was believed of that period is closed, the rest of it stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from kokuho.core.models import PeriodFact

F = TypeVar("F", bound=PeriodFact)


def put(
    model: type[F], subject: Mapping[str, Any], start: date, until: date | None, *, recorded_by: str, origin: str,
    values: Mapping[str, Any] | None,
) -> F | None:  # fmt: skip
    """Believe `values` of a subject over [start, until) (None: open). `values` None: nothing holds over that period.

    `subject` are the columns that name whom it is about. Call inside a transaction. Returns the new row.
    """
    wanted = DateRange(start, until)
    rows = list(
        model._base_manager.select_for_update().filter(**subject, superseded_at__isnull=True, valid__overlap=wanted)
    )
    model._base_manager.filter(pk__in=[row.pk for row in rows]).update(superseded_at=Now())
    own = ("id", "recorded_at", "superseded_at", "valid", "recorded_by", "origin")
    for row in rows:
        content = {f.name: getattr(row, f.name) for f in model._meta.concrete_fields if f.name not in own}
        kept = []
        if row.valid.lower is None or row.valid.lower < start:
            kept.append(DateRange(row.valid.lower, start))
        if until is not None and (row.valid.upper is None or until < row.valid.upper):
            kept.append(DateRange(until, row.valid.upper))
        for part in kept:
            model._base_manager.create(**content, valid=part, recorded_by=recorded_by, origin=origin)
    if values is None:
        return None
    return model._base_manager.create(**subject, **values, valid=wanted, recorded_by=recorded_by, origin=origin)

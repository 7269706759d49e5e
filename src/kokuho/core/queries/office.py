"""Reads of the municipality itself."""

from __future__ import annotations

from functools import cache

from kokuho.core.models import Municipality


@cache
def _municipality() -> Municipality | None:
    return Municipality.objects.first()


def municipality() -> Municipality:
    """The municipality of this database. Read once by a process: a change of it is an installation's work."""
    found = _municipality()
    if found is None:
        _municipality.cache_clear()
        raise Municipality.DoesNotExist("団体が登録されていません。")
    return found


def municipality_name() -> str:
    """Its name for the header; a fresh installation has none yet."""
    try:
        return municipality().name
    except Municipality.DoesNotExist:
        return "（団体未登録）"

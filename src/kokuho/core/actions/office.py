"""The municipality's own data and the table of holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import jpholiday
from django.conf import settings
from django.db import transaction

from kokuho.core import environment
from kokuho.core.models import EnvironmentMark, Holiday, Municipality


@transaction.atomic
def open_municipality(*, code: str, **values: Any) -> Municipality:
    """Write down which municipality this database serves; raises ValueError when it already serves another."""
    existing = Municipality.objects.first()
    if existing is not None and existing.code != code:
        raise ValueError(f"このデータベースは {existing.name}（{existing.code}）のものです。")
    if existing is not None:
        return existing
    kind = EnvironmentMark.TRAINING if settings.KOKUHO_TRAINING else EnvironmentMark.PRODUCTION
    environment.declare(kind, reason="団体を開いたとき")
    return Municipality.objects.create(code=code, **values)


@transaction.atomic
def fill_holidays(first_year: int, last_year: int) -> int:
    """Fill the table with national holidays and the year-end closing (12月29日〜1月3日) of calendar years.

    Days that are in the table already stay as they are: once a due date stands on a day, a new edition of the library
    must not move it. Returns how many days are new.
    """
    rows: dict[date, str] = {}
    for year in range(first_year, last_year + 1):
        day = date(year, 12, 29)
        while day <= date(year + 1, 1, 3):
            rows[day] = "年末年始"
            day += timedelta(days=1)
        rows.update(_national(year))
    known = Holiday.objects.filter(on__in=rows).count()
    Holiday.objects.bulk_create((Holiday(on=on, name=name) for on, name in sorted(rows.items())), ignore_conflicts=True)
    return len(rows) - known


@cache
def _national(year: int) -> dict[date, str]:
    return dict(jpholiday.year_holidays(year))


def holidays_between(start: date, end: date) -> frozenset[date]:
    """Closed days in [start, end], besides weekends."""
    return frozenset(Holiday.objects.filter(on__range=(start, end)).values_list("on", flat=True))

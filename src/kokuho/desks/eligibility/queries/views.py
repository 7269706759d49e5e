"""Reads of fixed months: the newest one, one household's rows, and what a later correction changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kokuho.core import territory
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.eligibility.actions.views import STATE, span
from kokuho.desks.eligibility.models import MonthView, MonthViewRow

_ITEMS = ("household_no", "standing", "is_head", "insured_days", "last_day", "age", "statuses")
MOST_CHANGES = 2_000


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A person whose month differs from what was fixed; None where there was or is no row."""

    atena_no: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def fixed_months(by: Actor) -> list[MonthView]:
    """The fixings, newest first."""
    by.require("eligibility.read")
    found = list(MonthView.objects.order_by("-month", "-pk")[:200])
    seen(by, "eligibility.fixed_months", row_count=len(found))
    return found


def fixed_month(by: Actor, view_id: int) -> MonthView:
    """One fixing. Raises DoesNotExist."""
    by.require("eligibility.read")
    view = MonthView.objects.get(pk=view_id)
    seen(by, "eligibility.fixed_month", row_count=1, detail={"view": view_id})
    return view


def fixed_household(by: Actor, *, purpose: str, month: date, household_no: int) -> list[MonthViewRow]:
    """A household in the newest fixing of a month: what the levy or the benefit was worked out from."""
    by.require("eligibility.read")
    view = MonthView.objects.filter(purpose=purpose, month=month.replace(day=1)).order_by("-pk").first()
    rows = list(MonthViewRow.objects.filter(view=view, household_no=household_no).order_by("atena_no")) if view else []
    seen(by, "eligibility.fixed_household", persons=[row.atena_no for row in rows])
    return rows


def month_changes(by: Actor, view_id: int) -> list[MonthChange]:
    """Who stands differently now than when the month was fixed, by 宛名番号, at most `MOST_CHANGES`. Raises DoesNotExist."""
    by.require("eligibility.read")
    view = MonthView.objects.get(pk=view_id)
    names = ", ".join(_ITEMS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(o.atena_no, n.atena_no), o.atena_no IS NOT NULL, {", ".join(f"o.{i}" for i in _ITEMS)},
                   n.atena_no IS NOT NULL, {", ".join(f"n.{i}" for i in _ITEMS)}
              FROM (SELECT atena_no, {names} FROM eligibility_monthviewrow WHERE view_id = %(view)s) o
              FULL JOIN ({STATE}) n ON n.atena_no = o.atena_no
             WHERE ({", ".join(f"o.{i}" for i in _ITEMS)}) IS DISTINCT FROM ({", ".join(f"n.{i}" for i in _ITEMS)})
               AND {territory.clause("coalesce(o.atena_no, n.atena_no)")}
             ORDER BY 1 LIMIT {MOST_CHANGES}
            """,
            {"view": view.pk, **span(view.month)},
        )
        found = [_change(row) for row in cursor.fetchall()]
    seen(by, "eligibility.month_changes", persons=[change.atena_no for change in found], detail={"view": view_id})
    return found


def _change(row: tuple[Any, ...]) -> MonthChange:
    width = len(_ITEMS)
    before = dict(zip(_ITEMS, row[2 : 2 + width], strict=True)) if row[1] else None
    after = dict(zip(_ITEMS, row[3 + width :], strict=True)) if row[2 + width] else None
    return MonthChange(row[0], before, after)

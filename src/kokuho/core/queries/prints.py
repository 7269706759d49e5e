"""Reads of what was printed: the register of forms and the record of each printing (EXPORT-07)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Sum
from django.http import QueryDict

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.models import AuditRecord
from kokuho.core.printing import forms
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing

PRINT_COLUMNS = (
    Column("at", "日時", ("at", "pk")),
    Column("form", "帳票", ("function", "at")),
    Column("staff", "職員", ("staff_no", "at")),
    Column("terminal", "端末"),
    Column("persons", "人数", numeric=True),
    Column("rows", "件数", ("row_count",), numeric=True),
    Column("copies", "部数", numeric=True),
    Column("printer", "プリンター"),
    Column("reason", "理由"),
    Column("case", "対象"),
)


def title(function: str) -> str:
    """A form in words."""
    return str(forms().get(function, {}).get("title", function))


def form_counts(by: Actor, *, since: date, until: date) -> dict[str, tuple[int, int]]:
    """Printings and rows by form in a period. Needs `audit.read`."""
    by.require("audit.read")
    rows = AuditRecord.objects.filter(operation="print", result="ok", at__gte=midnight(since), at__lt=midnight(until) + timedelta(days=1))
    found = {r["function"]: (r["n"], r["total"] or 0) for r in rows.values("function").annotate(n=Count("*"), total=Sum("row_count"))}
    seen(by, "audit.forms", row_count=len(found))
    return found


def prints(by: Actor, params: QueryDict, *, on: date) -> Listing[AuditRecord]:
    """Every printing, newest first; without a day the last thirty days. Needs `audit.read`."""
    by.require("audit.read")
    rows = AuditRecord.objects.filter(operation="print")
    if not any(params.get(key, "").strip() for key in ("from", "to", "atena")):
        rows = rows.filter(at__gte=midnight(on) - timedelta(days=30))
    found: Listing[AuditRecord] = lists.listing(
        params,
        rows,
        columns=PRINT_COLUMNS,
        filters=(
            Filter("from", "日（から）", lambda q, v: q.filter(at__gte=midnight(era.parse(v))), kind="date", hint="R8.11.20"),
            Filter("to", "日（まで）", lambda q, v: q.filter(at__lt=midnight(era.parse(v)) + timedelta(days=1)), kind="date"),
            lists.choice("form", "帳票", "function", [(code, str(entry["title"])) for code, entry in forms().items()]),
            Filter("staff", "職員番号", lambda q, v: q.filter(staff_no=v)),
            Filter("atena", "宛名番号", lambda q, v: q.filter(persons__contains=[lists.whole_number(v)]), kind="number"),
        ),
        order=("-at", "-pk"),
    )
    criteria = {state.filter.name: state.value for state in found.filters if state.value}
    seen(by, "audit.prints", operation="search", row_count=len(found.rows), detail={"criteria": criteria})
    return found

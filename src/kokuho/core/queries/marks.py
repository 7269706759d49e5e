"""Reads of the marks of the daily analysis, page by page, and how many each rule made (LOG-07)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import QueryDict

from kokuho.core import journal, parameters
from kokuho.core.access import Actor
from kokuho.core.models import AuditMark, MarkDisposition
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists, sheet
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.core.screens.sheet import Cell

MARK_COLUMNS = (
    Column("mark", "印", ("pk",)),
    Column("day", "日", ("day", "rule", "staff_no")),
    Column("rule", "規則", ("rule", "day", "staff_no")),
    Column("staff", "職員", ("staff_no", "day", "rule")),
    Column("figure", "数", numeric=True),
    Column("records", "記録", numeric=True),
    Column("outcome", "判断"),
    Column("reason", "理由"),
    Column("decided_by", "判断者"),
)
_STATES = (("waiting", "判断を待つ"), ("decided", "判断した"))


def rules() -> dict[str, Any]:
    """The rules of the analysis by their code."""
    found: dict[str, Any] = journal.settings()["rules"]
    return found


def _of_state(rows: QuerySet[AuditMark], value: str) -> QuerySet[AuditMark]:
    if value == "all":
        return rows
    if value not in dict(_STATES):
        raise ValueError("判断の選択肢にありません。")
    return rows.filter(disposition__isnull=value == "waiting")


def marks(by: Actor, params: QueryDict, *, on: date, url: Callable[[int], str]) -> Listing[Sequence[Cell]]:
    """The marks, usually those that wait for a disposition, the oldest first. `url(mark_id)` leads to one. Needs `audit.read`."""
    by.require("audit.read")
    titles = {code: rule["title"] for code, rule in rules().items()}
    last = on - timedelta(days=parameters.value("log.disposition_days"))

    def convert(rows: Sequence[AuditMark]) -> list[Sequence[Cell]]:
        decided = [mark.disposition for mark in rows if hasattr(mark, "disposition")]
        names = staff_names([mark.staff_no for mark in rows] + [one.decided_by for one in decided])
        return [cells(mark, getattr(mark, "disposition", None), names) for mark in rows]

    def cells(mark: AuditMark, said: MarkDisposition | None, names: Mapping[str, str]) -> list[Cell]:
        waiting = Cell("期限経過", tone="bad") if mark.day < last else ""
        return sheet.row(
            sheet.name(mark.pk, url(mark.pk)), mark.day, titles.get(mark.rule, mark.rule), names[mark.staff_no], mark.figure,
            len(mark.records), said.get_outcome_display() if said else waiting, said.reason if said else "",
            names[said.decided_by] if said else "",
        )  # fmt: skip

    found = lists.listing(
        params,
        AuditMark.objects.select_related("disposition"),
        columns=MARK_COLUMNS,
        filters=(
            Filter("state", "判断", _of_state, _STATES, "choice", default="waiting"),
            lists.choice("rule", "規則", "rule", tuple(titles.items())),
            Filter("staff", "職員番号", lambda rows, value: rows.filter(staff_no=value)),
            lists.day("from", "日（から）", "day__gte"),
        ),
        order=("day", "rule", "staff_no"),
        convert=convert,
    )
    seen(by, "audit.marks", row_count=len(found.rows))
    return found


def mark_counts(by: Actor, *, since: date) -> dict[str, int]:
    """How many marks each rule made since a day. Needs `audit.read`."""
    by.require("audit.read")
    found = dict(AuditMark.objects.filter(day__gte=since).values_list("rule").annotate(Count("pk")))
    seen(by, "audit.mark_counts", row_count=len(found))
    return found

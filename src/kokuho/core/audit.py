"""Writing the operation record. Where a record cannot be written the operation does not happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kokuho.core.access import Actor


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

    `persons` are 宛名番号; `detail` holds criteria or references and never a name, an address or a 個人番号.
    """
    from kokuho.core.models import AuditRecord

    touched = list(dict.fromkeys(persons))
    AuditRecord.objects.create(
        staff_no=by.staff_no,
        staff_name=by.name,
        unit=by.unit,
        terminal=by.terminal,
        session=by.session,
        duty=by.duty,
        function=function,
        operation=operation,
        result=result,
        persons=touched,
        row_count=len(touched) if row_count is None else row_count,
        reason=reason,
        detail=dict(detail or {}),
    )

"""印刷: a form is printed by the right of its line in the register, and each printing leaves its record (EXPORT-07).

`core/data/forms.yaml` is the register. What is not in it cannot be printed; a paper that was printed before needs a reason and carries
`mark`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kokuho.core import audit, era
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditRecord, Terminal

UNKNOWN_PRINTER = "端末のプリンター（登録なし）"


class PrintError(CodedError):
    """The paper is not printed. `code` is stable."""


@cache
def forms() -> Mapping[str, Mapping[str, Any]]:
    """`core/data/forms.yaml`: the registered forms by the function under which their printing is recorded."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "forms.yaml").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = loaded["forms"]
    return found


def allow(by: Actor, form: str) -> None:
    """Whether somebody may print this form. Raises `PrintError` EXPORT-07-FORM for one that is not registered, and
    `Refused` without its right."""
    if form not in forms():
        raise PrintError("EXPORT-07-FORM", f"帳票「{form}」は登録されていないため印刷できません。")
    by.require(forms()[form]["capability"])


def printed(
    by: Actor, form: str, *, persons: Iterable[int] = (), case: Mapping[str, Any], row_count: int | None = None, copies: int = 1,
    printer: str = "", reason: str = "",
) -> None:  # fmt: skip
    """Record a printing: form, persons, copies, printer and case. `printer` names a file of a batch; else it is the one registered
    with the terminal. Raises as `allow`."""
    allow(by, form)
    audit.record(
        by, function=form, operation="print", persons=persons, row_count=row_count, reason=reason.strip()[:200],
        detail={**case, **told(by, copies=copies, printer=printer)},
    )


def told(by: Actor, *, copies: int = 1, printer: str = "") -> dict[str, Any]:
    """What the record of a printing says beside its case: copies and printer."""
    found = Terminal.objects.filter(code=by.terminal).exclude(printer="").values_list("printer", flat=True)
    return {"copies": copies, "printer": printer or found.first() or UNKNOWN_PRINTER}


def was_printed(form: str, person: int, case: Mapping[str, Any]) -> bool:
    """Whether this form was printed before for this case of a person."""
    before = AuditRecord.objects.filter(operation="print", result="ok", function=form, persons__contains=[person])
    return before.filter(detail__contains=dict(case)).exists()


def mark(again: bool, *, on: date, reason: str) -> str:
    """What a paper carries that was printed before: 再発行 and the day. Raises `PrintError` EXPORT-07-REASON without a reason."""
    if not again:
        return ""
    if not reason.strip():
        raise PrintError("EXPORT-07-REASON", "前に印刷した帳票です。もう一度印刷する理由を入力してください。")
    return again_on(on)


def again_on(on: date) -> str:
    """The words on a paper that is printed again."""
    return f"再発行 {era.long(on)}"

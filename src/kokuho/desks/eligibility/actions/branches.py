"""枝番 that the federation's side has given (setting `branch_numbering`: federation), written down with a second person's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from kokuho.core import audit, entries
from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.models import Entry
from kokuho.desks.eligibility.actions.engine import lock
from kokuho.desks.eligibility.actions.numbers import NumberError, record_branch, settle_branches
from kokuho.desks.eligibility.models import BELIEVED, BranchGiven, InsuredBranch
from kokuho.desks.eligibility.settings import LOCAL, office_settings

KIND = "eligibility.branch"


def propose_branch(*, by: Actor, on: date, atena_no: int, branch: str) -> Entry:
    """Enter the 枝番 that was told for a person under the present 記号番号, for another person to confirm.

    Raises `NumberError`: E21 when it contradicts one given before, E23 when this system numbers itself, E24 when the person
    waits for none, E25 for what is no two-digit number.
    """
    by.require("eligibility.change")
    row = InsuredBranch.objects.filter(BELIEVED, atena_no=atena_no, branch="").order_by("-valid").first()
    if row is None:
        raise NumberError("E24", "枝番を待っている記号番号がありません。")
    return submit(
        by=by, on=on, kind=KIND, title="枝番の登録", persons=[atena_no], household_no=row.household_no,
        payload={"symbol": row.symbol, "number": row.number, "branch": branch.strip()},
    )  # fmt: skip


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    if office_settings().branch_numbering == LOCAL:
        raise NumberError("E23", "この団体では枝番をこのシステムで付けます。登録する必要はありません。")
    branch = payload.get("branch", "")
    if not (branch.isascii() and branch.isdigit() and len(branch) == 2):
        raise NumberError("E25", "枝番は2桁の数字で入力してください。")
    given = BranchGiven.objects.filter(symbol=payload["symbol"], number=payload["number"])
    others = given.filter(branch=branch).exclude(atena_no=persons[0]) | given.filter(atena_no=persons[0]).exclude(branch=branch)
    if others.exists():
        raise NumberError("E21", f"枝番 {branch} は、同じ記号番号（{payload['number']}）で前に付けた枝番と合いません。")


def _lines(by: Actor, on: date, entry: Entry) -> Sequence[entries.Line]:
    return [entries.Line(f"{entry.payload['symbol']}・{entry.payload['number']} の枝番", "", entry.payload["branch"])]


def _apply(by: Actor, on: date, entry: Entry) -> None:
    payload, atena_no, origin = entry.payload, entry.persons[0], f"entry:{entry.pk}"
    lock([atena_no])
    with connection.cursor() as cursor:
        record_branch(
            cursor, symbol=payload["symbol"], number=payload["number"], atena_no=atena_no, branch=payload["branch"], origin=origin
        )
        settle_branches(cursor, office_settings(), by=by, origin=origin, persons=[atena_no])
    audit.record(by, function=KIND, operation="update", persons=[atena_no], detail={"entry": entry.pk})


def register_entries() -> None:
    """Make the entry known (called when the desk starts)."""
    entries.register(
        entries.EntryKind(
            code=KIND, label="枝番", enter="eligibility.change", confirm="eligibility.confirm", check=_check, lines=_lines,
            items=frozenset({"symbol", "number", "branch"}), apply=_apply,
        )
    )  # fmt: skip

"""宛名情報の登録・変更 to 団体内統合宛名 (IF-08-1, ATENA-12, SHOKAI-01): whom the municipality's systems shall know as one person.

Only differences from what was last sent go out. The My Numbers are taken from the vault while a file is written and stand nowhere
else. Whoever has no number, or one in doubt, is left out and listed until that is settled (LINK-05, MYNUM-06).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, runs, vault
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.exchange import issues, outbox, registration_staging, registry
from kokuho.exchange.models import OutboxFile, ReleaseRule
from kokuho.exchange.outbox import Outgoing
from kokuho.exchange.registration_staging import LAYOUT, SYSTEM
from kokuho.formats import layout as find_layout

KIND = "atena-registration"
_PURPOSE = "団体内統合宛名への宛名情報の登録・変更"
_LOCK = 0x4154454E


class RegistrationError(CodedError):
    """The registration cannot be made; what was made before it stays. `code` is stable."""


def order(*, by: Actor, on: date) -> BatchRun:
    """Order the files of what differs as of now. Asked again while one is unfinished, it returns that run.

    Raises `RegistryError` LINK-01, LINK-02 when the registry does not permit it, `RegistrationError` U10 when it says nothing of how
    protected persons are marked.
    """
    by.require("exchange.prepare")
    by.require("mynumber.report")
    _flagged(by, on)
    if (waiting := runs.unfinished(KIND).first()) is not None:
        return waiting
    run = runs.order(by=by, kind=KIND, title="宛名情報の登録（統合宛名）", business_date=on, parameters={})
    audit.record(by, function="registration.order", operation="run", detail={"run": run.pk})
    return run


def execute(run_id: int, *, by: Actor) -> BatchRun:
    """Make the files of an ordered run. Each file commits by itself: after a kill the run is called again, finds what is left, and
    comes to the same files.

    Raises `RegistrationError` U11 while another run is at work, `RegistryError`, `OutboxError`.
    """
    by.require("exchange.prepare")
    by.require("mynumber.report")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state == BatchRun.DONE:
        return run
    assert not connection.in_atomic_block, "numbers are opened outside any transaction"
    busy = RegistrationError("U11", "統合宛名への登録が別のところで動いています。終わってから実行してください。")
    with runs.alone(run, _LOCK, busy) as cursor:
        try:
            return _execute(cursor, run, by)
        finally:
            registration_staging.clear(cursor)


def unfinished() -> list[int]:
    """Runs that were ordered and are not done, oldest first."""
    return list(runs.unfinished(KIND).values_list("pk", flat=True))


def permitted(on: date) -> bool:
    """Whether the registry lets the registration go out on a day: what is done every night asks this first."""
    return registry.permits(SYSTEM, LAYOUT, on)


def _flagged(by: Actor, on: date) -> None:
    rule = registry.rule_for(by, system=SYSTEM, layout=LAYOUT, on=on)
    marked = rule.protected == ReleaseRule.FLAG and rule.mark_item == "undisclosed"
    if not marked and rule.protected != ReleaseRule.WITHHOLD:
        raise RegistrationError(
            "U10", "提供の登録簿に、支援措置対象者を不開示区分で示す定めも、載せない定めもありません。登録簿を改めてから作成してください。"
        )


def _execute(cursor: Any, run: BatchRun, by: Actor) -> BatchRun:
    known_at = now()
    with transaction.atomic():
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        parts, held = registration_staging.stage(cursor, on=run.business_date)
    issues.note(system=SYSTEM, run=run, on=run.business_date, held=held)
    # After a kill the files that committed are found in the books; what is staged now is the rest.
    for part in range(1, parts + 1):
        _make(cursor, run, by, part, known_at)
    files = list(OutboxFile.objects.filter(run=run).exclude(state=OutboxFile.WITHDRAWN).order_by("pk"))
    runs.finish(run, {
        "persons": sum(file.record_count for file in files), "files": len(files), "held": len(held), "known_at": known_at.isoformat(),
        "file_list": [{"file": f.file_name, "sha256": f.sha256, "bytes": f.size, "documents": f.record_count} for f in files],
    })  # fmt: skip
    return run


def _make(cursor: Any, run: BatchRun, by: Actor, part: int, known_at: datetime) -> None:
    on = run.business_date
    made = outbox.make(
        by=by, on=on, system=SYSTEM, layout=LAYOUT, rows=_rows(cursor, run, by, part), created_at=run.ordered_at,
        exempt=("processed_at",), scope=f"run:{run.pk}",
    )  # fmt: skip
    with transaction.atomic():
        outbox.enter(
            by=by, on=on, made=made, title=f"宛名情報の登録・変更 {on:%Y-%m-%d}", known_at=known_at, run=run,
            counts=made.updates,
        )  # fmt: skip


def _rows(cursor: Any, run: BatchRun, by: Actor, part: int) -> Iterator[Outgoing]:
    stamp = run.ordered_at.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M:%S")
    names = [field.name for field in find_layout(LAYOUT).records["data"].fields]
    for rows in registration_staging.rows(cursor, part, vault.DELIVERY):
        told = [dict(zip(registration_staging.COLUMNS, row, strict=True)) for row in rows]
        holders = [one["holder"] for one in told if one["update"] != "3"]
        numbers = vault.deliver(by, holders, purpose=_PURPOSE, file=f"run:{run.pk}/{part}") if holders else {}
        for one in told:
            ended = one["update"] == "3"
            values = {
                "update": one["update"], "atena_number": str(one["atena_no"]), "name": one["name"], "birth_date": one["birth"],
                "sex": one["sex"], "registered": one["registered"], "undisclosed": one["undisclosed"], "processed_at": stamp,
            }  # fmt: skip
            if not ended:
                values |= {
                    "name_kana": one["name_kana"] or None, "former_name": one["former_family_name"] or None,
                    "alias_name": one["alias_name"] or None, "postal_code": one["postal_code"] or None,
                    "address": one["address"] or None, "my_number": numbers[one["holder"]],
                }  # fmt: skip
            yield Outgoing(
                one["atena_no"], [values.get(name) for name in names], one["household_no"], digest=bytes(one["digest"]),
                update=one["update"],
            )  # fmt: skip

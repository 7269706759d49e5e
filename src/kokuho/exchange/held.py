"""A change of the register that contradicts what is known: staff see both, choose how it holds, and another person confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kokuho.core import entries, era
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import changes
from kokuho.desks.people.labels import label
from kokuho.desks.people.models import HeldChange
from kokuho.desks.people.registrations import HIDDEN
from kokuho.exchange.models import WorkItem
from kokuho.exchange.work import WorkError, decide_work

KIND = "exchange.held_change"
DISMISS = "dismiss"
WAYS = (*changes.WAYS, (DISMISS, "反映しない（住民記録の担当に訂正を依頼した）"))


def held_of(item: WorkItem) -> HeldChange | None:
    """The held change that a work item is about, or None."""
    return HeldChange.objects.filter(origin=f"file:{item.file_id}", record=item.record).first()


def enter(*, by: Actor, on: date, item_id: int, way: str, reason: str) -> Entry:
    """Enter how a held change is to hold. Raises `WorkError` W03 when the item has none, W04 for an unknown way."""
    item = WorkItem.objects.get(pk=item_id)
    held = held_of(item)
    if held is None:
        raise WorkError("W03", "この要処理には、保留中の住民異動がありません。")
    if way not in dict(WAYS):
        raise WorkError("W04", "反映の仕方を選んでください。")
    payload = {"item": item.pk, "held": held.pk, "way": way}
    return pending.submit(
        by=by,
        on=on,
        kind=KIND,
        title="さかのぼる住民異動の反映",
        payload=payload,
        persons=[held.atena_no],
        reason=reason,
    )


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    if HeldChange.objects.get(pk=payload["held"]).state != HeldChange.OPEN:
        raise WorkError("W01", "この件は既に処理されています。")


def row_words(row: Mapping[str, Any], hidden: bool) -> str:
    """A row of the register in one line."""
    place = HIDDEN if hidden else " ".join(part for part in (f"{row['town']}{row['block']}", row["building"]) if part)
    return (
        f"{row['name']}　世帯 {row['household_no']} {label('relation', row['relation'])}　{place}"
        f"　{label('resident_state', row['resident_state'])}"
    )


def period_words(row: Mapping[str, Any]) -> str:
    """The days of a row."""
    last = f"{era.short(row['until'] - timedelta(days=1))}まで" if row["until"] else ""
    return f"{era.short(row['since'])}から{last}"


def outcome(held: HeldChange, way: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(rows that are believed now, rows that would be believed)."""
    rows = changes.known_rows(held.atena_no)
    return rows, rows if way == DISMISS else changes.after_held(changes.held_image(held), rows, way)


def _lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    held = HeldChange.objects.get(pk=entry.payload["held"])
    way = entry.payload["way"]
    hidden = not by.may("protected.read") and bool(people.person_protection(by, held.atena_no))
    before, after = outcome(held, way)
    told = [Line("反映の仕方", "", dict(WAYS)[way], "資格に関わるときは、異動整理に別に届きます。")]
    days = sorted({row["since"] for row in (*before, *after)})
    for day in days:
        old = next((row for row in before if row["since"] == day), None)
        new = next((row for row in after if row["since"] == day), None)
        told.append(Line(
            f"{era.short(day)}から", f"{period_words(old)}\n{row_words(old, hidden)}" if old else "",
            f"{period_words(new)}\n{row_words(new, hidden)}" if new else "（なくなる）",
        ))  # fmt: skip
    return told


def _apply(by: Actor, on: date, entry: Entry) -> None:
    way, p = entry.payload["way"], entry.payload
    changes.decide_held(
        by=by, on=on, held_id=p["held"], way=None if way == DISMISS else way, reason=entry.reason, origin=f"entry:{entry.pk}"
    )  # fmt: skip
    if WorkItem.objects.filter(pk=p["item"], state=WorkItem.OPEN).exists():
        decide_work(by=by, item_id=p["item"], done=way != DISMISS, reason=f"{dict(WAYS)[way]}　{entry.reason}"[:200])


def register_kind() -> None:
    """Make the entry known."""
    entries.register(EntryKind(
        code=KIND, label="さかのぼる住民異動", enter="exchange.work", confirm="exchange.work",
        items=frozenset({"item", "held", "way"}), check=_check, lines=_lines, apply=_apply,
    ))  # fmt: skip

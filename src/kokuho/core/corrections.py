"""訂正 (個人情報の保護に関する法律第92条・第97条): before and after as the tables say them, and the receivers who were told (OPS-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kokuho.core import audit, dossier, writing
from kokuho.core.access import Actor
from kokuho.core.disclosure import DisclosureError
from kokuho.core.models import Correction, CorrectionNotice, DisclosureRequest, Entry
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen

# So many of the newest origins are offered: a correction is recorded soon after it was made.
LAST = 30


def _granted(request_id: int) -> DisclosureRequest:
    request = DisclosureRequest.objects.select_for_update().get(pk=request_id)
    if request.kind != DisclosureRequest.CORRECT or request.state != DisclosureRequest.GRANTED:
        raise DisclosureError("OPS-06-STATE", "訂正を認めた請求ではありません。決定の後に記録します。")
    return request


@transaction.atomic
def record(*, by: Actor, request_id: int, origin: str) -> list[Correction]:
    """Record what an entry (``entry:12``) or a file (``file:3``) changed about the person of a granted request, item by item.

    Needs `disclosure.manage`. `DisclosureError`: OPS-06-STATE; OPS-06-ORIGIN when nothing of this origin changed anything of the person.
    """
    by.require("disclosure.manage")
    request = _granted(request_id)
    made = []
    for table in dossier.tables():
        if table.kind != dossier.FACT or table.household:
            continue
        rows = list(table.rows(request.atena_no))
        for row in rows:
            if row.origin != origin:
                continue
            for change in dossier.changes(dossier.previous(table, row, rows), row, hide_places=False):
                made.append(Correction(
                    request=request, atena_no=request.atena_no, origin=origin, table=table.title, item=change.label,
                    before=change.before[:500], after=change.after[:500], recorded_by=by.staff_no,
                ))  # fmt: skip
    if not made:
        raise DisclosureError("OPS-06-ORIGIN", "この入力・ファイルで、この人の情報は変わっていません。番号を確かめてください。")
    with writing.acting(by, "disclosure.correct"):
        Correction.objects.bulk_create(made, ignore_conflicts=True)
        audit.record(
            by, function="disclosure.correct", operation="update", persons=[request.atena_no], row_count=len(made),
            detail={"request": request_id, "origin": origin},
        )  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class Source:
    """What changed facts about the person of a request: an entry with its kind and the staff who entered and confirmed it, or a file."""

    origin: str
    at: datetime
    label: str
    staff: Sequence[str] = ()


def sources(by: Actor, request_id: int) -> list[Source]:
    """What a correction may have been made by, newest first: the confirmed entries and the files that changed this person's facts.
    Needs `disclosure.manage`."""
    by.require("disclosure.manage")
    atena_no = DisclosureRequest.objects.values_list("atena_no", flat=True).get(pk=request_id)
    found = dossier.origins(atena_no, last=LAST)
    numbers = [int(origin.removeprefix("entry:").partition("#")[0]) for origin, _ in found if origin.startswith("entry:")]
    held = Entry.objects.defer("payload", "lines").in_bulk(numbers)
    names = staff_names(number for entry in held.values() for number in (entry.entered_by, entry.decided_by) if number)
    seen(by, "disclosure.sources", persons=[atena_no], row_count=len(found))
    told = []
    for origin, at in found:
        kind, _, number = origin.partition(":")
        entry = held.get(int(number.partition("#")[0])) if kind == "entry" else None
        place, _, record = number.partition("#")
        if entry:
            label = f"{entry.title}（番号 {number}）"
        else:
            label = f"{'入力' if kind == 'entry' else '受信ファイル'} {place}{f'の{record}件目' if record else ''}"
        staff = [names[number] for number in (entry.entered_by, entry.decided_by) if number] if entry else ()
        told.append(Source(origin, entry.decided_at or at if entry else at, label, tuple(dict.fromkeys(staff))))
    return told


@transaction.atomic
def notify(*, by: Actor, on: date, request_id: int, receiver: str, noticed_on: date, how: str) -> CorrectionNotice:
    """Record that a receiver of the wrong data was told. Needs `disclosure.manage`.

    `DisclosureError`: OPS-06-STATE; OPS-06-NOTICE before a correction is recorded, of a future day, without receiver or way, or twice.
    """
    by.require("disclosure.manage")
    request = _granted(request_id)
    told = CorrectionNotice.objects.filter(request=request, receiver=receiver)
    if not request.corrections.exists() or noticed_on > on or not receiver.strip() or not how.strip() or told.exists():
        raise DisclosureError("OPS-06-NOTICE", "訂正を記録した後、提供先ごとに、今日までの日と方法を一度だけ入力してください。")
    made = CorrectionNotice.objects.create(
        request=request, atena_no=request.atena_no, receiver=receiver, noticed_on=noticed_on, how=how.strip(), recorded_by=by.staff_no
    )  # fmt: skip
    audit.record(
        by, function="disclosure.notify", operation="add", persons=[request.atena_no], detail={"request": request_id, "receiver": receiver}
    )  # fmt: skip
    return made

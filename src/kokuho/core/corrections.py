"""訂正 (個人情報の保護に関する法律第92条・第97条): before and after as the tables say them, and the receivers who were told (OPS-06)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kokuho.core import audit, dossier, writing
from kokuho.core.access import Actor
from kokuho.core.disclosure import DisclosureError
from kokuho.core.models import Correction, CorrectionNotice, DisclosureRequest


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

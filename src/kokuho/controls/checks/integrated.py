"""LINK-05: 団体内統合宛名番号, one a person, asked for by 宛名番号 and accepted for that person only."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.scene import Scene
from kokuho.core.actions import entries
from kokuho.core.clock import now
from kokuho.core.models import AuditRecord, Municipality
from kokuho.desks.people.actions import numbers
from kokuho.desks.people.models import IntegratedNumber, NumberDoubt
from kokuho.exchange import doors, outbox, registration
from kokuho.exchange.models import InboxFile, OutboxFile, ReportIssue, WorkItem
from kokuho.exchange.registration_staging import LAYOUT, SYSTEM
from kokuho.formats import encode_rows, open_decode
from kokuho.formats import layout as find_layout


@check("LINK-05", commits=True)
def one_number_a_person_and_answers_for_that_person_only(scene: Scene, seen: Evidence) -> None:
    """Whose number is confirmed is registered under the 宛名番号, others are listed; an answer about somebody else is refused and
    recorded; two numbers for one and one for two wait on the 確認リスト for two persons."""
    samples.after_the_full_load()
    samples.permit()
    by = scene.actor("U-A")
    file = OutboxFile.objects.get(run=registration.execute(registration.order(by=by, on=scene.on).pk, by=by))
    rows = {int(r.fields["atena_number"]): r.fields for r in open_decode(LAYOUT, outbox.reopen(file)).records() if r.kind == "data"}
    sent = {fixture.P_1, fixture.P_2, fixture.P_HEAD, fixture.P_DV, fixture.P_DV_HEAD}
    seen.equal(set(rows), sent, "登録に載った人（被保険者と世帯主で、個人番号の確かな人）")
    seen.equal({n for n in rows if rows[n]["my_number"] == fixture.CANARIES[n]}, sent, "本人の個人番号が載った人")
    held = dict(ReportIssue.objects.filter(system=SYSTEM, closed_on__isnull=True).values_list("atena_no", "code"))
    seen.equal(held, {fixture.P_BLANK: "I01", fixture.P_EXT: "I03"}, "番号のない人と、住登外で未確認の人は、理由とともに保留の一覧")
    seen.equal({n for n in rows if rows[n]["undisclosed"] in ("1", True)}, {fixture.P_DV}, "不開示の区分の付いた人")
    fields = [field.name for field in find_layout(LAYOUT).records["data"].fields]
    nameless = outbox.Outgoing(fixture.P_1, [None if name == "atena_number" else rows[fixture.P_1][name] for name in fields])
    seen.refused("宛名番号のない依頼", outbox.make, by=by, on=scene.on, system=SYSTEM, layout=LAYOUT, rows=[nameless],
                 created_at=now(), code="X20")  # fmt: skip
    outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=file.pk)
    outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk)

    stranger = _answered(scene, (fixture.P_DEAD, "901"))
    items = list(WorkItem.objects.filter(file=stranger).values_list("atena_no", "code"))
    seen.equal(items, [(fixture.P_DEAD, "U05")], "依頼していない人への回答")
    alerts = AuditRecord.objects.filter(detail__type="INTEGRATED_UNASKED", result="refused", persons__contains=[fixture.P_DEAD])
    seen.equal((alerts.count(), IntegratedNumber.objects.count()), (1, 0), "その拒否の記録と、登録された番号")
    _answered(scene, (fixture.P_1, "101"), (fixture.P_2, "102"))
    linked = {fixture.P_1: "101", fixture.P_2: "102"}
    seen.equal(_linked(), linked, "依頼した人への回答で登録された番号")
    _answered(scene, (fixture.P_1, "103"))
    _answered(scene, (fixture.P_HEAD, "101"))
    _answered(scene, (fixture.P_DV, "104"), (fixture.P_DV_HEAD, "104"))
    doubts = set(NumberDoubt.objects.filter(state=NumberDoubt.OPEN).values_list("atena_no", "code", "other_no"))
    seen.equal(doubts, {
        (fixture.P_1, "IN-CHANGED", None), (fixture.P_HEAD, "IN-SHARED", fixture.P_1),
        (fixture.P_DV, "IN-SHARED", fixture.P_DV_HEAD), (fixture.P_DV_HEAD, "IN-SHARED", fixture.P_DV),
    }, "一人に二つ、二人に一つの番号は確認リストに載る")  # fmt: skip
    seen.equal(_linked(), linked, "それらによって結び付いた番号")
    again = registration.execute(registration.order(by=by, on=scene.on).pk, by=by)
    open_cases = set(ReportIssue.objects.filter(system=SYSTEM, code="I02", closed_on__isnull=True).values_list("atena_no", flat=True))
    seen.equal((again.results["files"], open_cases), (0, {fixture.P_1, fixture.P_HEAD, fixture.P_DV, fixture.P_DV_HEAD}),
               "確認リストの人は次の登録から外れ、保留に載る")  # fmt: skip
    case = NumberDoubt.objects.get(atena_no=fixture.P_1)
    entry = numbers.decide(by=by, on=scene.on, doubt_id=case.pk, outcome="take", reason="点検")
    seen.refused("決定を入力した職員が確認する", entries.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    seen.equal(_linked(), linked, "一人だけの決定の後の番号")
    entries.confirm(by=scene.actor("U-B"), on=scene.on, entry_id=entry.pk)
    seen.equal(_linked(), {**linked, fixture.P_1: "103"}, "別の職員の確認の後の番号")


def _linked() -> dict[int, str]:
    rows = IntegratedNumber.objects.filter(superseded_at__isnull=True, valid__endswith__isnull=True)
    return dict(rows.values_list("atena_no", "number"))


def _answered(scene: Scene, *numbers_of: tuple[int, str]) -> InboxFile:
    """A file of the system of 団体内統合宛名 with these numbers."""
    out = io.BytesIO()
    rows: list[dict[str, Any]] = [
        {"atena_number": str(atena), "integrated_number": number, "numbered_on": scene.on - timedelta(days=1)}
        for atena, number in numbers_of
    ]
    control = {"sender": Municipality.objects.get().code, "created_at": f"{scene.on.isoformat()}T06:00:00"}
    encode_rows("atena-number", rows, out, control=control)
    return doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=out.getvalue(), file_name="numbers.csv")

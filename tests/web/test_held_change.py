"""J14: a change of the register that contradicts what is known is shown beside it; one chooses, another confirms."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import CHILD, City


def test_staff_choose_how_a_contradicting_change_holds(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.people.actions import changes
    from kokuho.desks.people.models import BELIEVED, HeldChange, Person
    from kokuho.exchange.models import WorkItem

    [row] = changes.known_rows(CHILD)
    image = {name: changes._json(value) for name, value in row.items() if name not in ("id", "since", "until")}
    moved = Person.objects.get(BELIEVED, atena_no=CHILD)
    moved.correct(recorded_by="op", origin="file:1", valid=type(moved.valid)(date(2026, 6, 1), None))
    HeldChange.objects.create(
        atena_no=CHILD, origin=f"file:{city.file_id}", record=77, event="06", event_date=date(2026, 5, 1),
        image={**image, "name": "新姓　花", "protection": "0", "protected_from": None, "protected_until": None},
    )  # fmt: skip
    item = WorkItem.objects.create(file_id=city.file_id, code="J14", record=77, atena_no=CHILD, message="食い違い")
    address = f"/exchange/work/{item.pk}/held/"
    clerk, colleague = sign_in("shikaku"), sign_in("fuka")
    page = opened(clerk, address).content.decode()
    assert "新姓" in page and "届いた異動" in page and f"渡邉󠄂　花（宛名番号 {CHILD}）" in page
    assert "前後を見比べて" in clerk.get(f"/exchange/work/{item.pk}/").content.decode()
    assert clerk.post(address, {"way": "until_next", "reason": "住民記録に確認"}).status_code == 302
    assert Person.objects.filter(BELIEVED, atena_no=CHILD).count() == 1, "nothing changes before it is confirmed"
    entry = Entry.objects.get(kind="exchange.held_change")
    assert "R8.5.31まで" in opened(colleague, f"/entries/{entry.pk}/").content.decode()
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    rows = Person.objects.filter(BELIEVED, atena_no=CHILD).order_by("valid")
    assert [(r.name, r.valid.lower) for r in rows] == [("新姓　花", date(2026, 5, 1)), ("渡邉󠄂　花", date(2026, 6, 1))]
    item.refresh_from_db()
    assert (item.state, item.decided_by) == ("done", "fuka")

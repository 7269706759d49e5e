"""ENTRY-06 on screens."""

from __future__ import annotations

from typing import Any

from weboffice import HEAD, City

ASKED = {
    "receiver": "川越市 税務課長", "postal_code": "3508601", "receiver_place": "埼玉県川越市元町1-3-1", "items": ["total_income"],
    "purpose": "所得の確認", "due_on": "",
}  # fmt: skip


def test_an_inquiry_is_decided_printed_answered_and_a_doubtful_answer_stays_open(city: City, sign_in: Any, opened: Any) -> None:
    from django.utils.html import escape

    from kokuho.core.models import Entry
    from kokuho.desks.people.models import Inquiry

    clerk, chief = sign_in("shikaku"), sign_in("shunin")
    opened(clerk, f"/persons/{HEAD}/")
    assert "所得の照会" in clerk.get(f"/people/{HEAD}/inquiries/new/").content.decode()
    address = f"/people/{HEAD}/inquiries/new/income/"
    assert clerk.post(address, {**ASKED, "items": []}).status_code == 422
    assert clerk.post(address, ASKED).status_code == 302
    entry = Entry.objects.get(kind="people.inquiry")
    assert clerk.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code in (403, 422)
    opened(chief, f"/entries/{entry.pk}/")
    assert chief.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    found = Inquiry.objects.get()
    page = f"/people/inquiries/{found.pk}/"
    assert found.number == "2026-00001" and found.number in clerk.get("/people/inquiries/").content.decode()
    early = clerk.post(f"{page}letter.pdf", {"act": "reminder"})
    assert early.status_code == 302
    letter = clerk.post(f"{page}letter.pdf", {"act": "letter"})
    assert letter.headers["Content-Type"] == "application/pdf" and letter.content[:5] == b"%PDF-"
    paper = {"received_on": "R8.7.1", "name": "渡邊太郎", "sex": "1", "birth_date": "S55.5.6", "address": "", "act": "answer"}
    assert clerk.post(page, {**paper, "value_total_income": "3000000"}).status_code == 302
    found.refresh_from_db()
    shown = clerk.get(page).content.decode()
    assert found.state == "doubtful" and "3000000" not in shown and "用いていません" in shown and escape("不一致") in shown
    assert clerk.post(page, {**paper, "birth_date": "S55.5.5", "value_total_income": "3000000"}).status_code == 302
    found.refresh_from_db()
    assert found.state == "answered" and "3000000" in clerk.get(page).content.decode()
    assert sign_in("densan").get("/people/inquiries/").status_code == 403

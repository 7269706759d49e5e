"""宛名の登録 on the screen: entered by one, confirmed by another, shown with its history, hidden where it must be."""

from __future__ import annotations

from typing import Any

from weboffice import HEAD, HOUSEHOLD, REFUGEE, SHELTER, WIFE, City

CONTACT = {
    "priority": "1", "kind": "1", "value": "048-258-1110", "business": "0", "purpose": "", "valid_from": "R8.7.1", "last": "",
    "reason": "申出",
}  # fmt: skip
SAFE = {
    "business": "0", "name": "弁護士　山田", "postal_code": "100-0001", "address": "東京都千代田区隠密町9-9", "building": "",
    "safe": "on", "valid_from": "R8.7.1", "last": "", "reason": "本人の申出",
}  # fmt: skip


def enter(client: Any, address: str, data: dict[str, str]) -> Any:
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    from kokuho.core.models import Entry

    return Entry.objects.latest("pk")


def test_entered_by_one_and_confirmed_by_another(city: City, sign_in: Any, opened: Any) -> None:
    clerk, colleague = sign_in("shikaku"), sign_in("hogo")
    address = f"/people/{HEAD}/register/contact/"
    assert "いつから" in opened(clerk, address).content.decode()
    assert clerk.post(address, {**CONTACT, "value": "abc"}).status_code == 422
    assert clerk.post(address, {**CONTACT, "valid_from": "R8.2.30"}).status_code == 422
    entry = enter(clerk, address, CONTACT)
    page = clerk.get(f"/persons/{HEAD}/").content.decode()
    assert "確認待ち" in page and "048-258-1110" not in page
    opened(colleague, f"/entries/{entry.pk}/")
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": "一致"}).status_code == 302
    assert "048-258-1110" in clerk.get(f"/persons/{HEAD}/").content.decode()
    assert "048-258-1110" in clerk.get(f"/people/{HEAD}/registered/").content.decode()


def test_a_safe_destination_is_on_no_page_of_those_without_the_right(city: City, sign_in: Any, opened: Any) -> None:
    entitled, clerk = sign_in("hogo"), sign_in("shikaku")
    opened(entitled, f"/persons/{WIFE}/")
    entry = enter(entitled, f"/people/{WIFE}/register/mail_destination/", SAFE)
    # A colleague with the right confirms; one without cannot.
    opened(clerk, f"/entries/{entry.pk}/")
    assert "隠密町" not in clerk.get(f"/entries/{entry.pk}/").content.decode()
    assert clerk.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 403
    from datetime import date

    from weboffice import DAY, PASSWORD

    from kokuho.core.actions.staff import register

    register(
        staff_no="hogo2", name="職員 hogo2", unit_code="01", unit_name="国保課", password=PASSWORD, roles=("qualification", "protection"),
        applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip
    second = sign_in("hogo2")
    opened(second, f"/entries/{entry.pk}/")
    assert second.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302, DAY
    for address in (
        f"/persons/{WIFE}/", f"/people/{WIFE}/registered/", f"/households/{SHELTER}/", f"/households/{HOUSEHOLD}/",
        f"/persons/{HEAD}/", f"/persons/{REFUGEE}/", f"/entries/{entry.pk}/", f"/people/{WIFE}/register/contact/",
    ):  # fmt: skip
        body = opened(sign_in("shikaku"), address).content.decode()
        assert "隠密町" not in body and "1000001" not in body and "100-0001" not in body, address
    assert "隠密町" in opened(sign_in("hogo"), f"/persons/{WIFE}/").content.decode()


def test_who_may_not_enter_is_refused(city: City, sign_in: Any, opened: Any) -> None:
    client = sign_in("kakari")
    opened(client, f"/persons/{HEAD}/")
    assert client.get(f"/people/{HEAD}/register/contact/").status_code == 403
    assert client.get("/people/9999999999/registered/").status_code == 404
    assert sign_in("shikaku").get(f"/people/{HEAD}/register/nothing/").status_code == 404

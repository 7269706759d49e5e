"""DV-02, DV-03: an alert without data, a reason, a record of its own; the address is nowhere without the right."""

from __future__ import annotations

from itertools import product
from typing import Any

from weboffice import HEAD, HOUSEHOLD, REFUGEE, SECRET_PLACE, SECRET_POSTCODE, SHELTER, WIFE, City

PAGES = (
    f"/households/{SHELTER}/", f"/persons/{WIFE}/", f"/persons/{REFUGEE}/", f"/households/{HOUSEHOLD}/", f"/persons/{HEAD}/",
)  # fmt: skip


def secrets_in(answer: Any) -> list[str]:
    body = answer.content.decode()
    return [word for word in (SECRET_PLACE, SECRET_POSTCODE, "333-0099", "９番９号") if word in body]


def test_the_alert_comes_first_and_holds_nothing(city: City, sign_in: Any) -> None:
    clients = [sign_in(staff_no) for staff_no in ("shikaku", "hogo")]
    for client, address in product(clients, PAGES):
        answer = client.get(address)
        body = answer.content.decode()
        assert "支援措置対象者がいます" in body
        assert not secrets_in(answer) and "渡邉" not in body


def test_opening_needs_a_reason_and_is_recorded_apart(city: City, sign_in: Any) -> None:
    from kokuho.core.models import AuditRecord

    client = sign_in("shikaku")
    address = f"/households/{SHELTER}/"
    token = client.get(address).context["form"].initial["token"]
    assert client.post("/people/protected/", {"reason": "", "token": token}).status_code == 422
    assert client.post("/people/protected/", {"occasion": "other", "reason": " ", "token": token}).status_code == 422
    assert not AuditRecord.objects.filter(operation="open").exists()
    answer = client.post("/people/protected/", {"occasion": "other", "reason": "住所の照会", "token": token})
    assert answer.url == address
    [record] = AuditRecord.objects.filter(operation="open")
    assert (
        record.persons == [WIFE]
        and record.reason == "その他（下に書く）：住所の照会"
        and record.function == "people.protected"
    )
    assert client.get(address).context["protected"]


def test_turning_back_is_recorded_too(city: City, sign_in: Any) -> None:
    from kokuho.core.models import AuditRecord

    client = sign_in("shikaku")
    token = client.get(f"/households/{SHELTER}/").context["form"].initial["token"]
    client.post("/people/protected/", {"cancel": "1", "token": token})
    assert AuditRecord.objects.filter(operation="cancel", persons=[WIFE]).count() == 1
    assert "支援措置対象者がいます" in client.get(f"/households/{SHELTER}/").content.decode()


def test_a_forged_or_borrowed_token_opens_nothing(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    client.post("/people/protected/", {"occasion": "counter", "token": "forged"})
    assert "支援措置対象者がいます" in client.get(f"/households/{SHELTER}/").content.decode()


def test_without_the_right_the_address_is_absent_from_every_page(city: City, sign_in: Any, opened: Any) -> None:
    for address in PAGES:
        assert secrets_in(opened(sign_in("shikaku"), address)) == [], address


def test_with_the_right_the_address_is_there_with_the_mark(city: City, sign_in: Any, opened: Any) -> None:
    answer = opened(sign_in("hogo"), f"/households/{SHELTER}/")
    assert SECRET_PLACE in answer.content.decode() and "支援措置" in answer.content.decode()


def test_a_search_by_the_protected_address_finds_nobody(city: City, sign_in: Any) -> None:
    clerk, entitled = sign_in("shikaku"), sign_in("hogo")
    for typed in (SECRET_PLACE, f"{SECRET_PLACE}9-9", "333-0099"):
        assert clerk.get("/search/", {"q": typed}).context["count"] == 0, typed
        assert entitled.get("/search/", {"q": typed}).context["count"] == 2, typed


def test_a_search_by_name_finds_them_without_the_address(city: City, sign_in: Any) -> None:
    answer = sign_in("shikaku").get("/search/", {"q": "わたなべ"})
    assert {row.person.atena_no for row in answer.context["rows"]} >= {WIFE, REFUGEE, HEAD}
    assert secrets_in(answer) == []
    hidden = {row.person.atena_no for row in answer.context["rows"] if row.person.address_hidden}
    assert hidden == {WIFE, REFUGEE}, "who lives with a protected person is hidden with her"


def test_the_explanation_and_the_notice_ask_first_too(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for address in (
        f"/assessment/decisions/{city.decision_id}/explanation/",
        f"/decisions/{city.decision_id}/notice.pdf",
    ):
        assert "支援措置対象者がいます" in client.get(address).content.decode()
    part = client.get(f"/assessment/decisions/{city.decision_id}/explanation/", headers={"HX-Request": "true"})
    assert part.status_code == 204 and part.headers["HX-Redirect"]


def test_an_opening_is_this_sessions_and_ends(city: City, sign_in: Any, opened: Any) -> None:
    client = sign_in("shikaku")
    opened(client, f"/households/{SHELTER}/")
    assert "支援措置対象者がいます" in sign_in("shikaku").get(f"/households/{SHELTER}/").content.decode()
    session = client.session
    session["opened"] = {str(WIFE): 1}
    session.save()
    assert "支援措置対象者がいます" in client.get(f"/households/{SHELTER}/").content.decode()

"""A session in other hands, signed out or locked, a duty that is over, rights taken away, numbers of other offices' people: at every
address of the route table. Each is turned away and recorded, where the officer of the records finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from test_routes import addresses, routes
from test_territory_pages import limited, mixed  # noqa: F401
from weboffice import REFUGEE, SHELTER, WIFE, City

from kokuho.core.screens.guard import declaration

pytestmark = pytest.mark.proof
PEOPLE = ("渡邉", "ワタナベ")


def records(**conditions: Any) -> int:
    from kokuho.core.models import AuditRecord

    return int(AuditRecord.objects.filter(**conditions).count())


def guarded(city: City) -> Iterator[tuple[str, str, Any]]:
    """(name, address, declaration) of all that does not open before signing in."""
    for name, (address, view) in addresses(city).items():
        if not (declared := declaration(view)).public:
            yield name, address, declared


def told(answer: Any) -> bool:
    """Whether an answer says anything of what the office holds."""
    body = answer.content.decode("utf-8", "ignore")
    return any(word in body for word in PEOPLE)


def turned_away(answer: Any, name: str, place: str = "/accounts/login/") -> None:
    assert answer.status_code == 302 and answer.url.startswith(place), (name, answer.status_code)
    assert not told(answer), name


def keep(client: Any) -> Callable[[], None]:
    """Brings the session of this client back, as often as somebody ends it."""
    from django.contrib.sessions.models import Session

    held = Session.objects.get(pk=client.cookies["sessionid"].value)

    def again() -> None:
        Session.objects.bulk_create([held], ignore_conflicts=True)

    return again


def anew(client: Any, key: str) -> Any:
    """The key of the session put back into the browser, which was told to forget it."""
    client.cookies["sessionid"] = key
    return client


def test_a_session_in_other_hands_opens_no_address(city: City, sign_in: Callable) -> None:
    """From another address, and in another browser: it ends at once, wherever it is tried."""
    from django.test import Client

    owner = sign_in("fuka")
    key, again, asked = owner.cookies["sessionid"].value, keep(owner), 0
    elsewhere, other = Client(REMOTE_ADDR="203.0.113.9"), Client(HTTP_USER_AGENT="other")
    for name, address, _ in guarded(city):
        for ask in (anew(elsewhere, key).get, anew(other, key).post):
            again()
            turned_away(ask(address), name)
            asked += 1
    assert asked > 300 and records(staff_no="fuka", operation="logout", detail__cause="moved") == asked
    turned_away(anew(owner, key).get("/"), "its owner has to sign in too")
    page = sign_in("kansa").get("/audit/", {"staff": "fuka", "operation": "logout"}).content.decode()
    assert "203.0.113.9" in page


def test_a_session_that_was_signed_out_opens_no_address(city: City, sign_in: Callable) -> None:
    client, asked = sign_in("fuka"), 0
    key = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    for name, address, declared in guarded(city):
        for ask in (client.get, client.post):
            anew(client, key)
            turned_away(ask(address), name)
            asked += not declared.background
    assert asked > 300 and records(operation="refuse", result="rejected", detail__code="SESSION-NONE") == asked
    page = sign_in("kansa").get("/audit/", {"result": "rejected"}).content.decode()
    assert "SESSION-NONE" in page and "受付けず" in page


def test_a_locked_session_opens_no_address(city: City, sign_in: Callable) -> None:
    client, asked = sign_in("fuka"), 0
    assert client.post("/lock/").status_code == 204
    held = client.session
    for name, address, declared in guarded(city):
        if declared.entrance:
            if name != "account_logout":
                assert not told(client.get(address)), name
            continue
        for ask in (client.get, client.post):
            turned_away(ask(address), name, "/accounts/reauthenticate/")
            asked += not declared.background
    assert held["locked"] and asked > 300
    assert records(staff_no="fuka", operation="refuse", result="rejected", detail__code="SESSION-LOCKED") == asked
    assert "SESSION-LOCKED" in sign_in("kansa").get("/audit/", {"staff": "fuka", "result": "rejected"}).content.decode()


def test_who_is_no_longer_on_duty_opens_no_address(city: City, sign_in: Callable) -> None:
    """Signed in while on duty; the account ended yesterday."""
    from kokuho.core.clock import business_date
    from kokuho.core.models import Staff

    client, asked = sign_in("fuka"), 0
    key, again = client.cookies["sessionid"].value, keep(client)
    Staff.objects.filter(staff_no="fuka").update(valid_until=business_date() - timedelta(days=1))
    for name, address, _ in guarded(city):
        for ask in (client.get, client.post):
            again()
            anew(client, key)
            turned_away(ask(address), name)
            asked += 1
    assert asked > 300 and records(staff_no="fuka", operation="logout", detail__cause="expired") == asked
    assert "fuka" in sign_in("kansa").get("/audit/", {"operation": "logout"}).content.decode()


@pytest.mark.parametrize("how", ["ended", "revoked"])
def test_rights_that_were_taken_away_open_no_address(city: City, sign_in: Callable, how: str) -> None:
    """Of somebody at work: the next page is refused already, and recorded for every right that is asked for."""
    from kokuho.core.actions.leaving import revoke
    from kokuho.core.clock import business_date
    from kokuho.core.models import Grant, Staff

    client, asked, today = sign_in("fuka"), 0, business_date()
    client.raise_request_exception = False
    if how == "ended":
        Grant.objects.filter(staff__staff_no="fuka").update(valid_until=today - timedelta(days=1))
    else:
        revoke(Staff.objects.get(staff_no="fuka"), on=today, why="試験", origin="test")
    before = records(staff_no="fuka", operation="refuse", result="refused")
    for name, address, declared in guarded(city):
        if declared.capability is None:
            continue
        for ask in (client.get, client.post):
            answer = ask(address)
            assert answer.status_code == 403 and not told(answer), (name, answer.status_code)
            asked += 1
    assert asked > 300 and records(staff_no="fuka", operation="refuse", result="refused") == before + asked


def test_a_session_ends_with_the_rights_outside_a_training_installation(
    city: City, sign_in: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from kokuho.core.actions.leaving import revoke
    from kokuho.core.clock import business_date
    from kokuho.core.models import Staff

    client, asked = sign_in("fuka"), 0
    key, again = client.cookies["sessionid"].value, keep(client)
    revoke(Staff.objects.get(staff_no="fuka"), on=business_date(), why="試験", origin="test")
    monkeypatch.setattr(settings, "KOKUHO_TRAINING", False)
    for name, address, _ in guarded(city):
        again()
        turned_away(anew(client, key).get(address), name)
        asked += 1
    assert asked > 150 and records(staff_no="fuka", operation="logout", detail__cause="elsewhere") == asked


@pytest.mark.parametrize("staff_no", ["shikaku", "fuka", "hogo", "shuno"])
def test_numbers_of_other_offices_people_open_no_address(mixed: City, sign_in: Callable, staff_no: str) -> None:  # noqa: F811
    """Every address with a person or a household in it, with those of another area, read and written; and their cases by number."""
    from kokuho.desks.eligibility.models import ChangeCandidate, Difference, Status

    limited(True)
    client, asked = sign_in(staff_no), 0
    client.raise_request_exception = False
    known = {"code": "contact", "slug": "towns", "kind": "maternity", "name": "card", "fiscal_year": 2026}
    before = records(staff_no=staff_no, operation="refuse", result="refused")
    for name, _, route in routes():
        about = {"atena_no": (REFUGEE, WIFE), "household_no": (SHELTER,)}
        for part in about.keys() & route.parts.keys():
            for number in about[part]:
                address = route.address({**known, "atena_no": REFUGEE, "household_no": SHELTER, part: number})
                for ask in (client.get, client.post):
                    answer = ask(address)
                    assert answer.status_code == 403, (name, answer.status_code)
                    assert not told(answer), name
                    asked += 1
    assert asked > 20 and records(staff_no=staff_no, operation="refuse", result="refused") == before + asked
    cases = {
        "candidate_id": ChangeCandidate._base_manager.get(atena_no=REFUGEE).pk, "status_id": Status._base_manager.get(atena_no=REFUGEE).pk,
        "difference_id": Difference._base_manager.get(atena_no=REFUGEE).pk,
    }  # fmt: skip
    held, asked = records(staff_no=staff_no, operation="refuse"), 0
    for name, _, route in routes():
        if cases.keys() & route.parts.keys():
            for ask in (client.get, client.post):
                answer = ask(route.address({**known, **cases}))
                assert answer.status_code in (403, 404, 405), (name, answer.status_code)
                asked += 1
    assert asked > 4 and records(staff_no=staff_no, operation="refuse") == held + asked

"""RIGHTS-01, AUTH-03: every address declares its right, nothing answers before signing in, roles see what the table gives."""

from __future__ import annotations

from typing import Any

import pytest
from weboffice import HEAD, HOUSEHOLD, City

from kokuho.core.screens.guard import declaration

ALLAUTH = "kokuho.web.sign_in_urls"
NAMES = ("渡邉", "ワタナベ", "太郎", str(HEAD))


def routes() -> list[tuple[str, Any, Any]]:
    """(route name, view, route) of every address of the product."""
    from kokuho.controls import crawl

    return [(route.name, route.view, route) for route in crawl.routes()]


def addresses(city: City) -> dict[str, tuple[str, Any]]:
    """Route name → an address that leads to something, and its view; unknown parts of an address lead nowhere."""
    known = {
        "household_no": HOUSEHOLD, "atena_no": HEAD, "decision_id": city.decision_id, "run_id": city.run_id,
        "approval_id": city.approval_id, "candidate_id": city.candidate_id, "file_id": city.file_id, "item_id": city.work_id,
        "fiscal_year": 2026, "pk": 1, "entry_id": 1, "key": "auth.idle_lock_minutes",
        "code": "contact", "fact_id": 1, "task_id": 1, "pulled_id": 1, "held_id": 1, "slug": "towns", "saved_id": 1,
        "status_id": city.status_id, "kind": "maternity",
        "difference_id": city.difference_id, "finding_id": 1,
        "name": "card",
    }  # fmt: skip
    found = {}
    for name, view, route in routes():
        batch = {"run_id": city.batch_id} if name.startswith("batch") else {}
        found[name] = (route.address({**known, **batch}), view)
    return found


def test_every_view_declares_its_right(database_name: str) -> None:
    undeclared = [name for name, view, _ in routes() if declaration(view) is None]
    assert undeclared == []


def test_what_opens_before_signing_in_is_a_closed_list(database_name: str) -> None:
    from kokuho.controls import crawl

    public = {name for name, view, _ in routes() if (d := declaration(view)) is not None and d.public}
    assert public == crawl.PUBLIC


def test_pages_without_a_capability_are_a_closed_list(database_name: str) -> None:
    """Signing in, one's own rights, home, entries and approvals: these show only what the reader's roles permit."""
    free = {
        name for name, view, _ in routes()
        if (d := declaration(view)) is not None and d.capability is None and not d.public and not name.startswith(("account_", "mfa_"))
    }  # fmt: skip
    assert free == {"home", "me", "notice", "lock", "approvals", "approval", "control", "entries", "entry", "duty", "vendor_window"}


@pytest.mark.proof
def test_nothing_answers_before_signing_in(city: City) -> None:
    from django.test import Client

    for name, (address, view) in addresses(city).items():
        client = Client()
        for answer in (client.get(address), client.post(address)):
            body = answer.content.decode("utf-8", "ignore")
            assert not any(word in body for word in NAMES), name
            declared = declaration(view)
            assert declared is not None
            if not declared.public:
                assert answer.status_code == 302 and answer.url.startswith("/accounts/login/"), name


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", ["shikaku", "fuka", "kakari", "densan", "shuno", "kansa", "sysad", "anzen"])
def test_a_role_opens_exactly_what_the_table_gives(city: City, sign_in: Any, staff_no: str) -> None:
    from weboffice import DAY

    from kokuho.core.access import actor_for
    from kokuho.core.models import AuditRecord

    client = sign_in(staff_no)
    actor = actor_for(staff_no, on=DAY, terminal="test")
    refused = 0
    for name, (address, view) in addresses(city).items():
        declared = declaration(view)
        assert declared is not None
        if declared.capability is None or declared.public or name == "notice_pdf":
            continue
        status = client.get(address).status_code
        if actor.may(declared.capability):
            assert status != 403, name
        else:
            refused += 1
            assert status == 403, name
    assert AuditRecord.objects.filter(staff_no=staff_no, operation="refuse", result="refused").count() == refused


def test_menus_show_only_what_may_be_opened(city: City, sign_in: Any) -> None:
    page = sign_in("kansa").get("/").content.decode()
    assert "操作記録" in page and 'href="/search/"' not in page and "異動整理" not in page


def test_a_view_that_forgot_its_right_is_refused_and_recorded(city: City, sign_in: Any) -> None:
    from django.test import override_settings

    from kokuho.core.models import AuditRecord

    with override_settings(ROOT_URLCONF="forgetful_urls"):
        answer = sign_in("fuka").get("/forgotten/")
    assert answer.status_code == 403 and b"data" not in answer.content.split(b"<main")[1].split(b"</main>")[0]
    assert AuditRecord.objects.filter(result="undeclared", staff_no="fuka").count() == 1


def test_no_two_places_share_a_key() -> None:
    from kokuho.web.navigation import PLACES

    keys = [place.key for _, places in PLACES for place in places if place.key]
    assert len(set(keys)) == len(keys), sorted(key for key in set(keys) if keys.count(key) > 1)

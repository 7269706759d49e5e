"""Whatever is turned away leaves a record; a My Number typed into a field that is not made for one is stopped before the view."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from test_attacks import EACH, first_pages, forms
from weboffice import DAY, HEAD, City

NUMBER = "123456789018"


def records(**conditions: Any) -> int:
    from kokuho.core.models import AuditRecord

    return int(AuditRecord.objects.exclude(result="ok").filter(**conditions).count())


def test_a_number_in_a_free_text_is_stopped_until_a_reason_says_what_it_is(city: City, sign_in: Callable) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.exchange.models import WorkItem

    client, address = sign_in("shikaku"), f"/exchange/work/{city.work_id}/"
    for typed in (NUMBER, "1234 5678 9018", "１２３４５６７８９０１８", f"番号 {NUMBER} の人", "1234-5678-9018"):
        answer = client.post(address, {"act": "done", "reason": typed})
        assert answer.status_code == 422 and "個人番号と思われる" in answer.content.decode(), typed
    assert WorkItem.objects.get(pk=city.work_id).state == "open"
    assert records(function="mynumber.typed", staff_no="shikaku") == 5
    assert client.post(address, {"act": "done", "reason": NUMBER, "number_reason": "短い"}).status_code == 422
    assert client.post(address, {"act": "done", "reason": NUMBER, "number_reason": f"{NUMBER}です"}).status_code == 422
    client.post(address, {"act": "done", "reason": NUMBER, "number_reason": "配送会社の伝票の番号"})
    assert WorkItem.objects.get(pk=city.work_id).state == "done"
    kept = AuditRecord.objects.get(function="mynumber.typed", result="ok")
    stopped = AuditRecord.objects.filter(function="mynumber.typed").values_list("detail", "reason")
    assert NUMBER not in str(list(stopped)), "the record says in which field, never what was typed"
    assert kept.reason == "配送会社の伝票の番号" and kept.detail["fields"] == ["reason"]


def test_twelve_digits_that_are_no_number_pass(city: City, sign_in: Callable) -> None:
    client = sign_in("shikaku")
    answer = client.post(f"/exchange/work/{city.work_id}/", {"act": "done", "reason": "123456789012 の照会"})
    assert answer.status_code == 302 and records(function="mynumber.typed") == 0


def test_a_number_in_an_address_is_stopped(city: City, sign_in: Callable) -> None:
    client = sign_in("densan")
    answer = client.get("/exchange/files/", {"name": NUMBER})
    assert answer.status_code == 302 and answer.url == "/exchange/files/"
    assert records(function="mynumber.typed") == 1


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", EACH)
def test_no_field_of_any_form_takes_a_number(city: City, sign_in: Callable, staff_no: str) -> None:
    client, asked = sign_in(staff_no), 0
    for address, page in first_pages(city, client, staff_no).items():
        for action, method, fields in forms(page):
            target = action or address
            typed = [name for name in fields if name not in ("csrfmiddlewaretoken", "seal", "token", "act")]
            elsewhere = ("/lock", "/notice", "/search")
            # Pages of signing in, of searches that answer themselves, and those that are made for numbers.
            if method != "post" or not typed or "/accounts/" in target or "number" in target or target.startswith(elsewhere):
                continue
            answer = client.post(target, {**fields, **dict.fromkeys(typed, NUMBER)})
            if answer.status_code == 400:
                # Fields that are too short for a number: then every one of them by itself.
                assert "FORM-LONG" in answer.content.decode(), target
                alone = {name: client.post(target, {**fields, name: NUMBER}) for name in typed}
                assert {one.status_code for one in alone.values()} <= {400, 403, 404, 422}, target
                assert all("FORM-LONG" in one.content.decode() for one in alone.values() if one.status_code == 400), target
            assert answer.status_code in (400, 403, 404, 422), target
            if answer.status_code == 422:
                assert "個人番号と思われる" in answer.content.decode(), target
            asked += 1
    # The security officer decides and looks; the pages of this office give that role nothing to type into.
    assert bool(asked) == (staff_no != "anzen")


def test_what_the_frame_refuses_is_recorded_too(city: City, sign_in: Callable) -> None:
    from django.test import Client

    client = sign_in("fuka")
    client.raise_request_exception = False
    cases = (
        ("approval of nobody", lambda: client.get("/approvals/999999/")), ("method", lambda: client.put("/search/keep/")),
        ("host", lambda: client.get("/", headers={"Host": "evil.example"})),
        ("NUL", lambda: client.get("/search/?q=%00")),
    )  # fmt: skip
    for what, attempt in cases:
        before, answer = records(), attempt()
        assert answer.status_code in (400, 403, 404, 405, 422), (what, answer.status_code)
        assert records() == before + 1, what
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = client.cookies["sessionid"].value
    before = records(staff_no="fuka")
    assert strict.post(f"/approvals/{city.approval_id}/", {"act": "approve"}).status_code == 403
    assert records(staff_no="fuka") == before + 1


def test_static_files_carry_the_headers_too(city: City) -> None:
    from types import SimpleNamespace

    from django.conf import settings
    from django.utils.module_loading import import_string

    headers: dict[str, str] = {}
    told = settings.WHITENOISE_ADD_HEADERS_FUNCTION
    add = import_string(told) if isinstance(told, str) else told
    add(headers, "x.js", "/static/x.js")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'") and SimpleNamespace(ok=True).ok


def test_two_confirmers_at_once_confirm_once(committed_db: str, office: Callable) -> None:
    """A race of two persons (and of two tabs of one): one of them holds, the other is told that it is done."""
    from django.db import connections

    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries
    from kokuho.core.models import Entry
    from kokuho.exchange import registry

    people = office()
    line = registry.proposal()["systems"][0]
    payload = {**line, "code": "another", "valid_from": "2026-07-01"}
    entry = entries.submit(by=people.operator, on=DAY, kind=registry.SYSTEM, title="登録", payload=payload, reason="試験")
    start, told = threading.Barrier(4), []

    def confirm() -> None:
        try:
            by = actor_for("ap", on=DAY, terminal="t")
            start.wait(60)
            entries.confirm(by=by, on=DAY, entry_id=entry.pk)
            told.append("ok")
        except Exception as error:
            told.append(getattr(error, "code", type(error).__name__))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(told) == ["ENTRY-DONE"] * 3 + ["ok"]
    assert Entry.objects.get(pk=entry.pk).state == "confirmed"
    assert registry.ConnectedSystem.objects.filter(code="another").count() == 1


def _words(answer: Any) -> str:
    page: str = answer.content.decode()
    return page.partition("<main")[2].partition("</main>")[0]


def test_unknown_and_forbidden_numbers_look_alike(city: City, sign_in: Callable) -> None:
    """Somebody without the right cannot tell which numbers exist."""
    client = sign_in("kansa")
    for known, unknown in ((f"/persons/{HEAD}/", "/persons/9999999999/"), (f"/approvals/{city.approval_id}/", "/approvals/999999/"),
                           (f"/exchange/work/{city.work_id}/", "/exchange/work/999999/")):  # fmt: skip
        pages = [client.get(address) for address in (known, unknown)]
        assert pages[0].status_code == pages[1].status_code and _words(pages[0]) == _words(pages[1]), known

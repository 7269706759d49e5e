"""ENTRY-01 and forms sent twice: what comes back is what a page offered, for its session, once. Crawled, so that no screen is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from test_attacks import EACH, first_pages, forms
from weboffice import City

FRAME = ("csrfmiddlewaretoken", "seal")
# Those who work beside the office, and what they are.
BESIDE = {"hozon": ("records_keeper",), "kaiji": ("disclosure",)}


@pytest.fixture
def browser_of(sign_in: Callable, hire: Callable) -> Callable[[str], Any]:
    """`browser_of("kaiji")` → somebody of the office or beside it, signed in, whose forms are looked at as every browser's are."""

    def opened(staff_no: str) -> Any:
        if staff_no in BESIDE:
            hire(staff_no, *BESIDE[staff_no])
        return strict(sign_in(staff_no))

    return opened


def records(code: str) -> int:
    from kokuho.core.models import AuditRecord

    return int(AuditRecord.objects.filter(operation="refuse", detail__code=code).exclude(result="ok").count())


def written() -> int:
    from kokuho.core.models import WriteRecord

    return int(WriteRecord.objects.count())


def strict(client: Any) -> Any:
    """The same person in a browser whose forms are looked at as every browser's are."""
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.raise_request_exception = False
    for name in ("sessionid", "csrftoken"):
        browser.cookies[name] = client.cookies[name].value
    return browser


def offered(city: City, client: Any, staff_no: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(where it goes, what it brings) for every form of every page that this person may open."""
    for address, page in first_pages(city, client, staff_no).items():
        for action, method, fields in forms(page):
            if method == "post":
                yield action or address, fields


def refused(browser: Any, target: str, values: dict[str, Any], code: str) -> None:
    before, held = records(code), written()
    answer = browser.post(target, values)
    assert answer.status_code == 400 and code in answer.content.decode(), (target, code, answer.status_code)
    assert (records(code), written()) == (before + 1, held), (target, code)


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", EACH)
def test_every_form_takes_only_what_its_page_offered(city: City, browser_of: Callable, staff_no: str) -> None:
    browser = browser_of(staff_no)
    # A form that stands on many pages is looked at once.
    found = list({(target, *sorted(fields)): (target, fields) for target, fields in offered(city, browser, staff_no)}.values())
    seals = {target: fields["seal"] for target, fields in found}
    assert len(seals) > 1, "every page has a form at least to leave"
    for target, fields in found:
        other = next(seal for place, seal in seals.items() if place.partition("?")[0] != target.partition("?")[0])
        refused(browser, target, {**fields, "undefined_field": "1"}, "FORM-FIELD")
        refused(browser, target, {name: value for name, value in fields.items() if name != "seal"}, "FORM-SEAL")
        refused(browser, target, {**fields, "seal": other}, "FORM-SEAL")
        refused(browser, target, {**fields, "seal": [fields["seal"]] * 2}, "FORM-SEAL")
        refused(browser, target + ("&" if "?" in target else "?") + "undefined_field=1", fields, "FORM-FIELD")
        for name in fields.keys() - {*FRAME}:
            refused(browser, target, {**fields, name: "９" * 30_000}, "FORM-LONG")
            refused(browser, target, {**fields, name: "a\x00b"}, "FORM-SIGN")
            break


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", (*EACH, *BESIDE))
def test_every_form_is_taken_once(city: City, browser_of: Callable, staff_no: str) -> None:
    """Sent as the page has it, and again: what changed something is told that it was received, and changes nothing more."""
    browser, taken, pressed = browser_of(staff_no), 0, set()
    for target, fields in list(offered(city, browser, staff_no)):
        # A button alone orders something: from wherever it is pressed, once; the database refuses a second order of the same.
        bare = not fields.keys() - {*FRAME, "act"}
        if "/accounts/" in target or (bare and target in pressed):
            continue
        pressed.add(target)
        fields = {name: value or ("試験のため" if name in ("reason", "note") else "") for name, value in fields.items()}
        before = written()
        first = browser.post(target, fields)
        assert first.status_code < 500, target
        changed, again = written() > before and first.status_code < 400, records("FORM-AGAIN")
        held = written()
        second = browser.post(target, fields)
        assert second.status_code < 500, target
        if changed:
            taken += 1
            assert second.status_code == 409 and "すでに受け付けています" in second.content.decode(), target
            assert (records("FORM-AGAIN"), written()) == (again + 1, held), target
        else:
            assert second.status_code != 409 or "すでに受け付けています" not in second.content.decode(), target
    # The forms of the others want something typed, or queue work that the lock of the queue keeps single.
    assert taken or staff_no not in ("shikaku", "fuka", "kakari")


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", EACH)
def test_every_page_knows_all_that_its_address_asks(city: City, browser_of: Callable, staff_no: str) -> None:
    client = browser_of(staff_no)
    for address in first_pages(city, client, staff_no):
        before = records("ASK-FIELD")
        answer = client.get(address, {"undefined_field": "1"})
        if 'action="/people/protected/"' in answer.content.decode():
            continue  # asks for the reason first; the address is looked at when it is opened
        assert answer.status_code == 400 and "ASK-FIELD" in answer.content.decode(), address
        assert records("ASK-FIELD") == before + 1, address


@pytest.mark.proof
def test_no_address_takes_what_no_form_sent(city: City, sign_in: Callable) -> None:
    """Every address of the product: a request made up by hand is refused, whatever its view would have done with it."""
    from test_routes import addresses

    from kokuho.web import formseal

    client = sign_in("kakari")
    browser = strict(client)
    token = next(fields["csrfmiddlewaretoken"] for _, method, fields in forms(browser.get("/").content.decode()) if method == "post")
    held = written()
    for name, (address, _) in addresses(city).items():
        answer = browser.post(address, {"csrfmiddlewaretoken": token, "act": "approve"})
        assert answer.status_code in (400, 403, 404, 409), (name, answer.status_code)
    assert written() == held and records("FORM-SEAL") > 100 and formseal.NAME == "seal"


def test_a_page_with_seals_says_how_long_it_is(city: City, sign_in: Callable) -> None:
    """A length that was counted before the seals were put in lets the browser cut off the end of the page."""
    answer = sign_in("shikaku").get(f"/exchange/work/{city.work_id}/")
    assert b'name="seal"' in answer.content and answer.headers["Content-Length"] == str(len(answer.content))


def test_one_field_twice_and_what_nobody_types(city: City, sign_in: Callable) -> None:
    browser = strict(sign_in("shikaku"))
    address = f"/exchange/work/{city.work_id}/"
    page = browser.get(address).content.decode()
    fields = next(fields for _, method, fields in forms(page) if method == "post" and "reason" in fields)
    refused(browser, address, {**fields, "reason": ["a", "b"]}, "FORM-TWICE")
    for sign in ("\x1b[2J", "\x7f", "\u202e", "\ufffd"):
        refused(browser, address, {**fields, "reason": sign}, "FORM-SIGN")
    raw = "&".join(f"{name}={value}" for name, value in fields.items() if name != "reason") + "&reason=%FF%FE"
    broken = browser.post(address, raw, content_type="application/x-www-form-urlencoded")
    assert broken.status_code == 400 and "FORM-SIGN" in broken.content.decode()
    assert browser.get("/search/", {"q": ["a", "b"]}).status_code == 400 and records("ASK-TWICE") == 1
    assert browser.get("/search/", {"q": "あ" * 501}).status_code == 400 and records("ASK-LONG") == 1
    assert browser.get("/search/?q=%00").status_code == 400


def test_a_seal_is_for_one_session(city: City, sign_in: Callable) -> None:
    from kokuho.exchange.models import WorkItem

    first, second = strict(sign_in("shikaku")), strict(sign_in("hogo"))
    address = f"/exchange/work/{city.work_id}/"
    mine, theirs = (
        next(fields for _, method, fields in forms(browser.get(address).content.decode()) if method == "post" and "reason" in fields)
        for browser in (first, second)
    )
    refused(second, address, {**theirs, "seal": mine["seal"], "act": "done", "reason": "確かめた"}, "FORM-SEAL")
    assert WorkItem.objects.get(pk=city.work_id).state == "open"


def test_a_form_in_error_may_be_sent_again_and_two_tabs_do_not_meet(city: City, sign_in: Callable) -> None:
    """What was turned away has not been received. The page before leads to the result; another tab's form is another form."""
    from kokuho.core import forgotten
    from kokuho.core.models import FormReceipt
    from kokuho.exchange.models import WorkItem

    browser = strict(sign_in("shikaku"))
    address = f"/exchange/work/{city.work_id}/"

    def opened() -> dict[str, str]:
        page = browser.get(address).content.decode()
        return next(fields for _, method, fields in forms(page) if method == "post" and "reason" in fields)

    tab, other = opened(), opened()
    assert tab["seal"] != other["seal"]
    browser.post(address, {**tab, "act": "done", "reason": ""})
    assert WorkItem.objects.get(pk=city.work_id).state == "open" and not FormReceipt.objects.exists()
    assert browser.post(address, {**tab, "act": "done", "reason": "確かめた"}).status_code == 302
    again = browser.post(address, {**tab, "act": "done", "reason": "確かめた"})
    page = again.content.decode()
    receipt = FormReceipt.objects.get()
    assert again.status_code == 409 and f'href="{receipt.result}"' in page and "すでに受け付けています" in page
    assert browser.get(receipt.result).status_code == 200, "the link leads to the result"
    late = browser.post(address, {**other, "act": "done", "reason": "確かめた"})
    assert late.status_code != 409 or "すでに受け付けています" not in late.content.decode()
    over = receipt.at + forgotten.RECEIPTS_KEPT
    assert forgotten.forget_receipts(over) == 0 and FormReceipt.objects.filter(pk=receipt.pk).exists()
    forgotten.forget_receipts(over + timedelta(microseconds=1))
    assert not FormReceipt.objects.filter(pk=receipt.pk).exists()


def test_the_page_of_an_officer_finds_what_was_turned_away(city: City, sign_in: Callable) -> None:
    browser, officer = strict(sign_in("shikaku")), sign_in("kansa")
    assert browser.get("/search/", {"q": "x", "undefined_field": "1"}).status_code == 400
    page = officer.get("/audit/", {"result": "rejected"}).content.decode()
    assert "ASK-FIELD" in page and "受付けず" in page

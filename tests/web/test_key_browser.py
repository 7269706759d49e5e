"""AUTH-02 with a real key: Chromium's virtual authenticator registers and signs in; another key opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
from test_browser import browser, page, site  # noqa: F401
from weboffice import PASSWORD, City

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site: tuple[str, City], monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """The product's address. No training installation: a key counts. Terminals and hours are not what this is about."""
    from django.conf import settings

    from kokuho.core.actions.parameters import _write

    monkeypatch.setattr(settings, "KOKUHO_TRAINING", False)
    # The browser's driver runs a loop in this thread; the facts are read between its steps.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    _write({"auth.terminal_register": "warn", "auth.hours.mode": "warn"}, profile="default", exceptions={}, requested_by="a",
           approved_by="b", reason="試験", origin="opening")  # fmt: skip
    return site[0]


def plug_in(page: Any) -> tuple[Any, str]:  # noqa: F811
    """A key in the machine of this page: (devtools session, number of the authenticator)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def knock(page: Any, address: str, staff_no: str) -> None:  # noqa: F811
    """The first factor."""
    page.goto(f"{address}/accounts/login/")
    page.fill("#id_login", staff_no)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_load_state("networkidle")


def test_a_key_is_registered_and_signs_in_and_another_key_does_not(address: str, page: Any) -> None:  # noqa: F811
    from kokuho.core.models import AuditRecord

    devtools, key = plug_in(page)
    knock(page, address, "fuka")
    assert "/accounts/factors/" in page.url, page.url
    page.goto(f"{address}/accounts/factors/keys/add/")
    page.fill("#id_password", PASSWORD)  # who sits here is asked again before a factor is added
    page.press("#id_password", "Enter")
    page.fill("#id_name", "職員証")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/accounts/factors/codes/")  # with the first factor come the spare codes
    page.goto(f"{address}/accounts/factors/keys/")
    page.wait_for_selector("text=職員証")
    assert len(devtools.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1
    page.context.clear_cookies()
    knock(page, address, "fuka")
    assert "/accounts/second/" in page.url, page.url
    page.click("#mfa_webauthn_authenticate")
    page.click("text=読みました")
    page.wait_for_url(f"{address}/")
    record = AuditRecord.objects.filter(staff_no="fuka", function="sign-in", operation="login", result="ok").latest("pk")
    assert set(record.detail["factors"]) == {"password", "webauthn"} and len(record.detail["kinds"]) == 2
    assert page.complaints == []
    page.context.clear_cookies()
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    knock(page, address, "fuka")
    page.click("#mfa_webauthn_authenticate")  # a key that is not hers
    page.wait_for_selector("text=認証キーを使えませんでした")
    assert "/accounts/second/" in page.url

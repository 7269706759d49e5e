"""AUTH-02, AUTH-04, AUTH-06, AUTH-08, LOG-01: signing in, its factors, its records and its end."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from django.test import Client, TestCase, override_settings
from weboffice import HOUSEHOLD, PASSWORD, City

pytestmark = pytest.mark.usefixtures("city")


def records(**conditions: Any) -> list[Any]:
    from kokuho.core.models import AuditRecord

    return list(AuditRecord.objects.filter(function__startswith="sign-in", **conditions).order_by("pk"))


def attempt(staff_no: str, password: str, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post("/accounts/login/", {"login": staff_no, "password": password})


def test_signing_in_and_out_is_recorded_with_the_terminal(sign_in: Any) -> None:
    client = sign_in("fuka")
    client.post("/accounts/logout/")
    assert [(r.operation, r.result) for r in records(staff_no="fuka")] == [
        ("login", "ok"), ("acknowledge", "ok"), ("logout", "ok"),
    ]  # fmt: skip
    assert {r.terminal for r in records(staff_no="fuka")} == {"127.0.0.1"}
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_recorded_without_what_was_typed() -> None:
    _, answer = attempt("fuka", "wrong password 1")
    assert "職員番号またはパスワードが違います。" in answer.content.decode()
    [failure] = records(operation="login")
    assert (failure.staff_no, failure.result, failure.detail) == ("fuka", "failed", {"factor": "password", "kind": "knowledge"})


def test_a_password_typed_as_staff_number_is_not_kept() -> None:
    attempt("my secret password", "x")
    [failure] = records(operation="login")
    assert failure.staff_no == "" and "secret" not in str(failure.detail)


def test_five_failures_lock_the_number_even_for_the_right_password() -> None:
    for _ in range(5):
        attempt("fuka", "wrong password 1")
    client, answer = attempt("fuka", PASSWORD)
    assert "今はログインできません" in answer.content.decode()
    assert client.get("/").status_code == 302
    assert records(result="locked")


def test_nobody_signs_in_outside_the_period_of_use() -> None:
    from kokuho.core.models import Staff

    Staff.objects.filter(staff_no="fuka").update(valid_until=date(2026, 6, 30))
    client, _ = attempt("fuka", PASSWORD)
    answer = client.get("/", follow=True)
    assert "利用できる期間ではありません" in answer.content.decode()


def test_a_right_that_ends_stops_the_open_session_at_once(sign_in: Any) -> None:
    from kokuho.core.models import Grant

    client = sign_in("fuka")
    assert client.get("/assessment/decisions/").status_code == 200
    Grant.objects.filter(staff__staff_no="fuka").update(valid_until=date(2026, 6, 30))
    assert client.get("/assessment/decisions/").status_code == 403


def test_the_notice_is_acknowledged_before_anything_opens() -> None:
    client, _ = attempt("fuka", PASSWORD)
    assert client.get("/").url.startswith("/notice/")
    page = client.get("/notice/").content.decode()
    assert "記録" in page and "罰則" in page
    client.post("/notice/", {"next": "/"})
    assert client.get("/").status_code == 200
    again, _ = attempt("fuka", PASSWORD)
    assert again.get("/").status_code == 200, "acknowledged once for a version"


def test_a_session_locks_after_idle_time_and_opens_by_proving_who_sits_there(sign_in: Any) -> None:
    client = sign_in("fuka")
    address = f"/households/{HOUSEHOLD}/"
    session = client.session
    session["seen_at"] = int(time.time()) - 11 * 60
    session.save()
    answer = client.get(address)
    assert answer.status_code == 302 and answer.url.startswith("/accounts/reauthenticate/")
    assert (
        client.get(address, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/x/"}).status_code == 401
    )
    client.post("/accounts/reauthenticate/", {"password": "wrong password 1"})
    assert client.get(address).status_code == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/").status_code == 200
    assert records(operation="unlock", staff_no="fuka")


def test_the_page_that_covered_itself_locks_the_session(sign_in: Any) -> None:
    client = sign_in("fuka")
    assert client.post("/lock/").status_code == 204
    assert client.get("/").url.startswith("/accounts/reauthenticate/")


def test_a_forgotten_session_ends_on_the_server_and_says_why(sign_in: Any) -> None:
    client = sign_in("fuka")
    session = client.session
    session["seen_at"] = int(time.time()) - 31 * 60
    session.save()
    assert "一定時間操作がなかったため" in client.get("/", follow=True).content.decode()
    assert records(operation="logout")[-1].detail == {"cause": "idle"}


def test_polling_does_not_keep_a_session_alive(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    session = client.session
    session["seen_at"] = before = int(time.time()) - 5 * 60
    session.save()
    assert client.get(f"/batches/{city.batch_id}/progress/").status_code == 200
    assert client.session["seen_at"] == before
    client.get("/")
    assert client.session["seen_at"] > before


def test_without_a_second_factor_only_its_enrolment_opens(terminal: Any) -> None:
    with override_settings(KOKUHO_TRAINING=False):
        client, _ = attempt("fuka", PASSWORD, terminal())
        for address in ("/", "/search/?q=x", f"/households/{HOUSEHOLD}/"):
            assert client.get(address).url.startswith("/accounts/factors/")
        assert "登録が必要です" in client.get("/accounts/factors/").content.decode()


def test_a_second_factor_is_enrolled_and_then_asked_for(terminal: Any) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    def code(secret: str) -> str:
        return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))

    with override_settings(KOKUHO_TRAINING=False):
        client, _ = attempt("fuka", PASSWORD, terminal())
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        page = client.get("/accounts/factors/app/")
        secret = page.context["form"].secret
        with TestCase.captureOnCommitCallbacks(execute=True):
            client.post("/accounts/factors/app/", {"code": code(secret)})
        client.post("/notice/")
        assert client.get("/").status_code == 200
        assert records(function="sign-in.factor", operation="add")
        assert "認証アプリ" in client.get("/me/").content.decode()
        assert "登録済み" in client.get("/accounts/factors/").content.decode()
        assert "最後の認証手段は外せません" in client.post("/accounts/factors/app/remove/").content.decode()

        other, answer = attempt("fuka", PASSWORD, terminal())
        assert answer.url.startswith("/accounts/second/")
        assert other.get("/").status_code == 302, "the password alone opens nothing"
        wrong = other.post("/accounts/second/", {"code": "000000"})
        assert "確認コードが違います" in wrong.content.decode()
        assert records(result="failed", detail={"factor": "totp", "kind": "possession"})
        codes = client.get("/accounts/factors/codes/").context["unused_codes"]
        assert other.post("/accounts/second/", {"code": codes[0]}).status_code == 302
        assert other.get("/").status_code == 200


def test_pages_for_customers_are_switched_off(sign_in: Any) -> None:
    client = sign_in("fuka")
    for address in ("signup/", "reset/", "email/", "codes/", "set-password/", "verification/"):
        assert client.get(f"/accounts/off/{address}").status_code == 404


def test_the_last_key_cannot_be_removed() -> None:
    from allauth.mfa.models import Authenticator

    from kokuho.core.models import Staff

    client, _ = attempt("fuka", PASSWORD)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    staff = Staff.objects.get(staff_no="fuka")
    key = Authenticator.objects.create(user=staff, type="webauthn", data={"name": "職員証", "credential": {}})
    with override_settings(KOKUHO_TRAINING=False):
        answer = client.post(f"/accounts/factors/keys/{key.pk}/remove/")
        assert answer.status_code == 302 and Authenticator.objects.filter(pk=key.pk).exists()

"""AUTH-01 to -07: whose account, which factors, which passwords, from where, how long and when one may work."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from weboffice import PASSWORD

from kokuho.core.clock import JAPAN

pytestmark = pytest.mark.usefixtures("city")
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=JAPAN)  # a Wednesday


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Any:
    """No training installation, and a clock that the test sets: `real(moment)`."""
    from django.conf import settings

    from kokuho.core import clock

    monkeypatch.setattr(settings, "KOKUHO_TRAINING", False)

    def at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "_standing", moment)

    at(NOON)
    return at


def put(**values: Any) -> None:
    """Approved parameters (`auth__idle_lock_minutes=5`)."""
    from kokuho.core.actions.parameters import _write

    exceptions = {key.replace("__", "."): "令8情第1号" for key in values if key.startswith("auth__factors")}
    _write(
        {key.replace("__", "."): value for key, value in values.items()}, profile="default", exceptions=exceptions,
        requested_by="a", approved_by="b", reason="試験", origin="opening",
    )  # fmt: skip


def enter(client: Client, staff_no: str = "fuka", password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": staff_no, "password": password})


def logins(staff_no: str = "fuka") -> list[tuple[str, dict[str, Any]]]:
    from kokuho.core.models import AuditRecord

    rows = AuditRecord.objects.filter(staff_no=staff_no, function="sign-in", operation="login").order_by("pk")
    return [(row.result, row.detail) for row in rows]


def password_only() -> None:
    """Other controls are looked at with one factor, as an approved exception."""
    put(auth__factors__staff=["password"])


# --- AUTH-01 ------------------------------------------------------------------------------------------------------------


def test_an_account_has_one_owner_and_an_end_and_one_of_a_class() -> None:
    from django.db import IntegrityError, transaction

    from kokuho.core.models import Staff, Unit

    unit = Unit.objects.get(code="01")
    given = {"name": "試験", "unit": unit, "valid_from": date(2026, 4, 1), "valid_until": date(2027, 3, 31), "password": "!"}
    for wrong in ({"person_no": ""}, {"person_no": " "}, {"person_no": "7", "valid_until": None}, {"person_no": "fuka"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Staff.objects.create(staff_no="x1", **{**given, **wrong})
    assert Staff.objects.create(staff_no="x2", person_no="fuka", account_class="administrator", **given)


# --- AUTH-02 ------------------------------------------------------------------------------------------------------------


def code_of(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def app_of(staff_no: str) -> str:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from kokuho.core.models import Staff

    secret = generate_totp_secret()
    TOTP.activate(Staff.objects.get(staff_no=staff_no), secret)
    return str(secret)


@pytest.mark.parametrize("account_class", ["staff", "temporary", "administrator", "contractor"])
def test_only_both_factors_of_the_right_person_open(real: Any, terminal: Any, account_class: str) -> None:
    from kokuho.core.models import Staff

    if account_class != "contractor":
        Staff.objects.filter(staff_no="fuka").update(account_class=account_class)
    mine, other = app_of("fuka"), app_of("shikaku")
    for password, secret in ((PASSWORD, "000000"), (PASSWORD, code_of(other)), ("wrong password", None)):
        client = terminal()
        answer = enter(client, password=password)
        if secret is not None:
            assert answer.url.startswith("/accounts/second/")
            client.post("/accounts/second/", {"code": secret})
        assert client.get("/").url.startswith("/accounts/login/")
    client = terminal()
    enter(client)
    client.post("/accounts/second/", {"code": code_of(mine)})
    client.post("/notice/")
    assert client.get("/").status_code == 200
    assert [result for result, _ in logins()] == ["failed", "failed", "failed", "ok"]
    assert logins()[-1][1]["kinds"] == ["knowledge", "possession"]
    assert PASSWORD not in str(logins()) and mine not in str(logins())


def test_a_card_at_the_proxy_is_a_factor_and_the_class_may_change_to_a_biometric_device(
    real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from django.conf import settings

    from kokuho.core.models import FactorCredential, Staff

    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"))
    put(auth__factors__staff=["password+ic_card"], auth__terminal_register="warn")
    staff = Staff.objects.get(staff_no="fuka")
    common = {"staff": staff, "valid_from": date(2026, 4, 1), "valid_until": date(2027, 3, 31), "origin": "opening"}
    FactorCredential.objects.create(factor="ic_card", reference="aa" * 32, **common)
    https = {"X-Forwarded-Proto": "https"}
    for card, opens in (("", False), ("bb" * 32, False), ("AA:" * 31 + "AA", True)):
        client = Client(headers={**https, "X-Client-Certificate-Sha256": card})
        enter(client)
        client.post("/notice/")
        assert (client.get("/").status_code == 200) is opens, card
    put(auth__factors__staff=["password+biometric"])
    assert client.get("/").url.startswith("/accounts/login/"), "what was proved is no longer enough"

    key = Ed25519PrivateKey.generate()
    monkeypatch.setenv("KOKUHO_VERIFIER_KEY", key.public_key().public_bytes_raw().hex())
    FactorCredential.objects.create(factor="biometric", reference="finger-7", **common)

    def answer(challenge: str, subject: str) -> str:
        told = {"factor": "biometric", "subject": subject, "challenge": challenge, "at": NOON.isoformat()}
        payload = json.dumps(told).encode()
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (payload, key.sign(payload)))

    client = Client(headers=https)
    assert enter(client).url == "/accounts/outside/"
    challenge = client.get("/accounts/outside/").context["challenge"]
    for wrong in ("x.y", answer("another sign-in", "finger-7"), answer(challenge, "finger-8")):
        assert client.post("/accounts/outside/", {"answer": wrong}).status_code == 422
    client.post("/accounts/outside/", {"answer": answer(challenge, "finger-7")})
    assert client.get("/").status_code == 200
    assert logins()[-1] == ("ok", {**logins()[-1][1], "kinds": ["inherence", "knowledge"]})


# --- AUTH-04 ------------------------------------------------------------------------------------------------------------


def test_passwords_that_are_regular_words_the_id_or_the_name_are_refused_with_a_reason() -> None:
    from kokuho.core.models import Staff
    from kokuho.core.passwords import problem

    staff = Staff(staff_no="fukatan", person_no="104512", name="渡辺 翔太", name_kana="ワタナベ ショウタ")
    put(auth__password__min_length=8)
    for wrong in (
        "12345678", "aaaaaaaa", "abcd1234", "kokuhokokuho", "fukatan-2026", "x104512x-9Qw", "watanabe!8w2k", "syouta#77kk", "kokuho2026!",
        "P@ssw0rd2026", "qwertyuiop", "ReiwaKawaguchi8", "わたなべ-8w2kQ",
    ):  # fmt: skip
        assert problem(wrong, staff), wrong
    for good in ("vK7#mQ2x!pLz9T", "correct horse battery", "g4Tq-rN8w-Zk2b"):
        assert problem(good, staff) == "", good


def test_former_passwords_do_not_come_back_and_an_old_one_is_changed_first(real: Any, terminal: Any) -> None:
    from kokuho.core.models import Staff

    password_only()
    put(auth__password__max_age_days=90)
    Staff.objects.update(password_changed_at=NOON)
    client = terminal()
    enter(client)
    client.post("/notice/")
    assert client.get("/").status_code == 200
    real(NOON + timedelta(days=91))
    client = terminal()
    enter(client)
    assert client.get("/").url.startswith("/accounts/password/")

    def change(old: str, new: str) -> str:
        page = client.post("/accounts/password/", {"oldpassword": old, "password1": new, "password2": new})
        return str(page.content.decode())

    assert "最近使ったパスワード" in change(PASSWORD, PASSWORD)
    change(PASSWORD, "vK7#mQ2x!pLz9T")
    assert client.get("/").status_code == 200
    assert "最近使ったパスワード" in change("vK7#mQ2x!pLz9T", PASSWORD)


def test_a_lock_out_ends_by_another_person_or_by_time(real: Any, terminal: Any) -> None:
    from kokuho.core.models import AccountEvent

    password_only()
    put(auth__lockout__failures=3, auth__lockout__minutes=0)
    for _ in range(3):
        enter(terminal(), password="wrong password 1")
    assert "今はログインできません" in enter(terminal()).content.decode()
    assert logins()[-1][0] == "locked"
    AccountEvent.objects.create(staff_no="fuka", kind="unlock", by="sysad", reason="本人から電話で依頼")
    assert enter(terminal()).status_code == 302


# --- AUTH-05 ------------------------------------------------------------------------------------------------------------


def test_only_a_registered_terminal_with_its_key_opens(real: Any, terminal: Any) -> None:
    from kokuho.core.models import Terminal, Unit

    password_only()
    known = terminal()
    copied = Client()
    copied.cookies["kokuho_terminal"] = "T-OK:another device"
    later = terminal("T-NEW", valid_from=date(2026, 7, 2))
    other = terminal("T-NET", network="10.1.0.0/16")
    for client, why in ((Client(), "unknown"), (copied, "key"), (later, "period"), (other, "network")):
        assert "登録されていないため使えません" in enter(client).content.decode()
        result, detail = logins()[-1]
        assert (result, detail["why"]) == ("refused", why)
    assert logins()[1][1]["terminal"].startswith("T-OK")
    enter(known)
    known.post("/notice/")
    assert "T-OK" in known.get("/").content.decode()
    Terminal.objects.filter(code="T-OK").update(is_active=False)
    assert "登録が取り消されました" in known.get("/", follow=True).content.decode()
    assert Unit.objects.filter(code="01").exists()


def test_a_terminal_gets_its_key_by_a_code_that_works_once(real: Any, terminal: Any) -> None:
    from kokuho.core.models import Terminal
    from kokuho.core.terminals import one_time_code

    password_only()
    terminal("T-7", secret_hash="")
    code = one_time_code(Terminal.objects.get(code="T-7"), NOON)
    client = Client()
    assert client.post("/accounts/terminal/", {"code": "T-7", "one_time": "AAAA-BBBB-CCCC"}).status_code == 422
    assert client.post("/accounts/terminal/", {"code": "T-7", "one_time": code.lower()}).status_code == 302
    assert enter(client).status_code == 302
    assert Client().post("/accounts/terminal/", {"code": "T-7", "one_time": code}).status_code == 422
    real(NOON + timedelta(hours=25))
    late = one_time_code(Terminal.objects.get(code="T-7"), NOON)
    assert Client().post("/accounts/terminal/", {"code": "T-7", "one_time": late}).status_code == 422


# --- AUTH-06, AUTH-07 ---------------------------------------------------------------------------------------------------


def test_a_second_sign_in_ends_the_first_or_is_refused(real: Any, terminal: Any) -> None:
    password_only()
    first, second = terminal(), terminal()
    enter(first)
    first.post("/notice/")
    enter(second)
    assert "別の端末からログインがあった" in first.get("/", follow=True).content.decode()
    assert second.get("/").status_code == 200 and "former_session" in logins()[-1][1]
    put(auth__single_session="refuse")
    assert "別の端末で使われています" in enter(terminal()).content.decode()
    second.post("/accounts/logout/")
    assert enter(terminal()).status_code == 302


def test_times_of_the_lock_are_those_of_the_class(real: Any, terminal: Any) -> None:
    from kokuho.core.models import Staff

    password_only()
    put(auth__factors__administrator=["password"], auth__idle_lock_minutes__administrator=3)
    Staff.objects.filter(staff_no="sysad").update(account_class="administrator")
    for number, minutes in (("sysad", "3"), ("fuka", "10")):
        client = terminal()
        enter(client, number)
        client.post("/notice/")
        assert f'data-lock-minutes="{minutes}"' in client.get("/me/").content.decode()


def test_hours_of_use_warn_or_refuse_and_an_approved_extension_opens_for_one(real: Any, terminal: Any) -> None:
    from kokuho.core.clock import now
    from kokuho.core.models import Entry, Staff, Unit, UseExtension

    password_only()
    Unit.objects.update(opens="08:30", closes="19:00")
    evening = NOON.replace(hour=19, minute=1)
    real(evening)
    client = terminal()
    enter(client)
    client.post("/notice/")
    assert "時間外の利用として記録" in client.get("/").content.decode() and logins()[-1][1]["off_hours"] is True
    put(auth__hours__mode="enforce")
    assert "利用時間が終わりました" in client.get("/", follow=True).content.decode()
    assert "利用時間外です" in enter(terminal()).content.decode()
    real(NOON.replace(hour=18, minute=50))
    client = terminal()
    enter(client)
    assert "あと10分で終わります" in client.get("/").content.decode()
    entry = Entry.objects.create(
        kind="access.extension", title="時間外", on=NOON.date(), entered_by="a", state="confirmed", decided_by="b", decided_at=now()
    )
    UseExtension.objects.create(
        staff=Staff.objects.get(staff_no="fuka"), starts=NOON, ends=NOON.replace(hour=21), reason="当初賦課", entry=entry
    )
    real(evening)
    assert client.get("/").status_code == 200
    assert "利用時間外です" in enter(terminal(), "shikaku").content.decode()
    real(NOON.replace(hour=21, minute=1))
    assert client.get("/").status_code == 302

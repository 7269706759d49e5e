"""Fixtures of the screens: the office of `weboffice`, signing in, opening protected records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from weboffice import PASSWORD, City, fill

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _templates_tell_their_context(database_name: str) -> Iterator[None]:
    """`response.context` is there; the host of the test client is allowed."""
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    yield
    teardown_test_environment()


@pytest.fixture(autouse=True)
def _fresh_municipality() -> Iterator[None]:
    from kokuho.core.queries import office

    office._municipality.cache_clear()
    yield
    office._municipality.cache_clear()


@pytest.fixture
def training(request: pytest.FixtureRequest) -> Iterator[None]:
    """Staff sign in by password alone, as in a training installation; hashing costs nothing."""
    from django.test import override_settings

    with override_settings(KOKUHO_TRAINING=True, PASSWORD_HASHERS=FAST):
        yield


@pytest.fixture
def no_records(databases: Any) -> None:
    """Refusals are recorded apart from the transaction they end, so they outlive a test's rollback."""
    databases.forget_records(databases.own)


@pytest.fixture(scope="session")
def filled(databases: Any) -> tuple[str, City]:
    """A database in which the office of `weboffice` and its facts are, made once: (its name, the office)."""
    from django.test import override_settings

    with override_settings(KOKUHO_TRAINING=True, PASSWORD_HASHERS=FAST):
        return databases.another(fill)


@pytest.fixture
def city(filled: tuple[str, City], databases: Any, training: None) -> Iterator[City]:
    """The office and its facts, in a database that forgets what the test does."""
    from django.core.cache import cache
    from django.db import transaction

    databases.use(filled[0])
    databases.forget_records(filled[0])
    cache.clear()
    with transaction.atomic():
        yield filled[1]
        transaction.set_rollback(True)


@pytest.fixture
def sign_in() -> Callable[..., Any]:
    """`sign_in("fuka")` → a client that has signed in and acknowledged the notice."""
    from django.test import Client

    def enter(staff_no: str) -> Client:
        client = Client()
        answer = client.post("/accounts/login/", {"login": staff_no, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        assert client.post("/notice/").status_code == 302
        return client

    return enter


@pytest.fixture
def terminal() -> Callable[..., Any]:
    """`terminal()` → a client at a registered terminal, in an installation that is no training one."""
    from datetime import date

    from django.test import Client

    from kokuho.core.models import Terminal, Unit
    from kokuho.core.terminals import hashed

    def sit(code: str = "T-OK", **more: Any) -> Client:
        values = {
            "place": "窓口1番", "unit": Unit.objects.get(code="01"), "valid_from": date(2026, 4, 1), "valid_until": date(2027, 3, 31),
            "secret_hash": hashed("a secret of the terminal"), "origin": "opening", **more,
        }  # fmt: skip
        Terminal.objects.get_or_create(code=code, defaults=values)
        client = Client()
        client.cookies["kokuho_terminal"] = f"{code}:a secret of the terminal"
        return client

    return sit


@pytest.fixture
def opened() -> Callable[..., Any]:
    """`opened(client, address)` opens a protected record with a reason and returns the page."""

    def proceed(client: Any, address: str) -> Any:
        alert = client.get(address)
        token = alert.context["form"].initial["token"]
        answer = client.post("/people/protected/", {"occasion": "counter", "reason": "", "token": token})
        assert answer.status_code == 302 and answer.url == address
        return client.get(address)

    return proceed


@pytest.fixture
def hire() -> Callable[..., None]:
    """`hire("hozon", "records_keeper")` registers one more member of staff."""
    from datetime import date

    from kokuho.core.actions.staff import register

    def enter(number: str, *roles: str) -> None:
        register(
            staff_no=number, name=f"職員 {number}", unit_code="01", unit_name="国保課", password=PASSWORD, roles=roles,
            applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
        )  # fmt: skip

    return enter

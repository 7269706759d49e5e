"""The check installation of the tests: the fixture of the controls in a database of the test server, in this process."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from renewal import Kept

ROLES = {"DATABASE_URL": "app", "KOKUHO_OWNER_URL": "owner", "KOKUHO_VAULT_URL": "vault", "KOKUHO_ADMIN_URL": ""}


@pytest.fixture(scope="module")
def scene(
    database_template: tuple[Path, str], database_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The scene that checks act in; Django works in its database as long as the module's tests run."""
    from django.conf import settings
    from django.db import connections
    from django.test import override_settings

    from kokuho.controls import installation
    from kokuho.controls import scene as scenes
    from kokuho.core import clock, config, database, queries

    socket, template = database_template
    folder = tmp_path_factory.mktemp("home")
    name = f"controls_{os.getpid()}_{secrets.token_hex(3)}"
    before = {variable: os.environ.get(variable) for variable in ROLES}
    entry = dict(connections["default"].settings_dict)
    with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as server:
        for variable, role in ROLES.items():
            user, target = (f"kokuho_{role}", f"{name}_work") if role else ("postgres", "postgres")
            os.environ[variable] = database.Address(str(socket), "", target, user, "").url
        installation.renew(f"{name}_work", template)
        connections["default"].settings_dict.update(
            {**settings.DATABASES["default"], **database.app_address().django()}
        )
        queries.office._municipality.cache_clear()
        home, config.home = config.home, lambda: folder  # type: ignore[assignment]
        before["KOKUHO_HOME"], os.environ["KOKUHO_HOME"] = os.environ["KOKUHO_HOME"], str(folder)
        with override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            KOKUHO_TRAINING=False,
        ):
            made = scenes.set_up(clock.business_date())
            installation.renew(f"{name}_filled", f"{name}_work")
            yield made, _renewing(f"{name}_work", f"{name}_filled", socket)
        config.home = home
        connections.close_all()
        connections["default"].settings_dict.update(entry)
        queries.office._municipality.cache_clear()
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
        for part in ("work", "filled"):
            server.execute(f"DROP DATABASE IF EXISTS {name}_{part} WITH (FORCE)")


def _renewing(work: str, filled: str, socket: Path) -> Callable[[], None]:
    """Renews the working database; made anew as the product does it when more than its rows has changed."""
    from django.db import connections

    from kokuho.controls import installation

    def kept() -> Kept:
        connections.close_all()
        return Kept(lambda: psycopg.connect(host=str(socket), user="postgres", dbname=work, autocommit=True))

    held = [kept()]

    def renew() -> None:
        connections.close_all()
        if not held[0].back():
            installation.renew(work, filled)
            held[0] = kept()

    return renew


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Towns and series of files in a small size: `kokuho controls` runs them in that of the paragraphs."""
    from kokuho.controls.checks import link, pull

    monkeypatch.setattr(pull, "_COUNT", 40)
    monkeypatch.setattr(link, "_EACH", 10)


@pytest.fixture
def state(scene: Any, small: None) -> Callable[..., Any]:
    """`state("AUTH-02")` runs the checks of a control as things are now, and returns the result; those of one place when it is named,
    those of the installation after `ready` has made it one in which they pass."""
    from kokuho.controls import scene as scenes
    from kokuho.controls.catalogue import controls
    from kokuho.controls.framework import REAL, Evidence, attempt, registry, result_of, undone

    made, renew = scene

    def run(control: str, place: str = "", ready: Callable[[], object] = lambda: None) -> Any:
        checks = [check for check in registry()[control] if place in ("", check.place)]
        seen = scenes.run(made, checks, renew).get(control) or Evidence()
        for check in checks:
            if check.place == REAL:
                with undone():
                    ready()
                    attempt(check, seen)
        return result_of(controls()[control], seen)

    return run

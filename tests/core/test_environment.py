"""A database knows what it is, and real data is not opened under weaker rules of signing in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db


@pytest.fixture
def opened(committed_db: str, settings_training: Any) -> Any:
    from kokuho.core import environment
    from kokuho.core.actions.office import open_municipality

    def open_as(training: bool) -> None:
        settings_training(training)
        open_municipality(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")

    yield open_as
    environment.forget()


@pytest.fixture
def settings_training(monkeypatch: pytest.MonkeyPatch) -> Any:
    from django.conf import settings

    return lambda on: monkeypatch.setattr(settings, "KOKUHO_TRAINING", on)


def test_the_offices_own_database_is_not_opened_for_training(opened: Any, settings_training: Any) -> None:
    from kokuho.core import environment

    opened(False)
    environment.guard()
    assert environment.banner() == ""
    settings_training(True)
    with pytest.raises(environment.WrongEnvironment, match="仮名化") as refused:
        environment.guard()
    assert refused.value.code == "AUTH-09-TRAINING"


def test_a_training_town_opens_and_says_so(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import environment

    opened(True)
    environment.guard()
    assert environment.banner() == "研修環境　ここに出てくる人は実在しません"
    monkeypatch.setenv("KOKUHO_ENVIRONMENT", "新人研修")
    assert environment.banner().startswith("新人研修")


def test_the_application_cannot_say_otherwise_later(opened: Any) -> None:
    from django.db import DatabaseError

    from kokuho.core.models import EnvironmentMark

    opened(False)
    for kind in ("training", "masked", "production"):
        with pytest.raises(DatabaseError):
            EnvironmentMark.objects.create(kind=kind, reason="x")


def test_a_restored_copy_keeps_the_rules_of_the_office_until_it_takes_its_place(
    opened: Any, settings_training: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core import database, environment
    from kokuho.core.access import Actor
    from kokuho.core.models import EnvironmentMark

    opened(False)
    by = Actor("s", "s", "u", frozenset({"backup.restore"}), "t")
    with pytest.raises(environment.WrongEnvironment, match="復元した写しだけ"):
        environment.promote(by=by, reason="災害")
    rules = environment.sign_in_rules()
    environment.mark_as(database.owner_address(), EnvironmentMark.COPY, reason="復元", made_by="s", rules=rules)
    environment.forget()
    environment.guard()
    assert "復元した写し" in environment.banner()
    with pytest.raises(environment.WrongEnvironment) as refused:
        environment.guard({**rules, "auth.factors.staff": ["password"], "auth.terminal_register": "off"})
    assert refused.value.code == "AUTH-09-WEAKER" and "端末" in str(refused.value)
    environment.promote(by=by, reason="災害")
    assert environment.banner() == "" and EnvironmentMark.objects.count() == 3

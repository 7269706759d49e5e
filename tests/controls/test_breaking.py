"""Each control is broken on purpose and must turn red; the sound product passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

State = Callable[[str], Any]
Break = Callable[[pytest.MonkeyPatch], None]


def replace(path: str, value: Any) -> Break:
    """Put something else in the place of an attribute."""
    return lambda patch: patch.setattr(path, value)


def declare(view: str, capability: str | None = None, *, public: bool = False) -> Break:
    """Let a view say something else about who may open it."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from importlib import import_module

        from kokuho.core.screens import guard

        module, _, name = view.rpartition(".")
        patch.setattr(getattr(import_module(module), name), guard._MARK, guard.Declaration(capability, public=public))

    return breaking


def role(name: str, *more: str) -> Break:
    """Give a role rights it must not have."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from kokuho.core.access import catalogue

        entry = catalogue()["roles"][name]
        patch.setitem(entry, "may", [*entry["may"], *more])

    return breaking


def setting(name: str, value: Any) -> Break:
    """Change one of Django's settings."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        from django.conf import settings

        patch.setattr(settings, name, value)

    return breaking


def rights_of_last_week(patch: pytest.MonkeyPatch) -> None:
    """Let sessions go on with rights that have ended."""
    from kokuho.core.access import actor_for
    from kokuho.web import middleware

    patch.setattr(middleware, "actor_for", lambda number, *, on, **more: actor_for(number, on=on - timedelta(days=7), **more))


BREAKS: dict[str, Break] = {
    "AUTH-02": setting("KOKUHO_TRAINING", True),
    "AUTH-03": declare("kokuho.web.screens.home.home", public=True),
    "AUTH-06": replace("kokuho.web.sessions.touch", lambda request, background: None),
    "AUTH-08": replace("kokuho.web.notice.acknowledged", lambda request, by: True),
    "RIGHTS-01": replace("kokuho.core.access.Actor.require", lambda self, capability: None),
    "RIGHTS-05": rights_of_last_week,
    "RIGHTS-07": role("operation", "person.read"),
    "MYNUM-02": role("collection", "mynumber.reveal"),
    "MYNUM-03": replace("kokuho.core.vault.audit.record", lambda *_, **__: None),
    "MYNUM-04": replace("kokuho.core.vault.my_number_ok", lambda number: True),
    "MYNUM-05": replace("kokuho.core.vault.my_number_ok", lambda number: True),
}


@pytest.mark.parametrize("control", BREAKS)
def test_a_broken_control_turns_red(control: str, scene: Any, state: State) -> None:
    whole = state(control)
    assert whole.state == "適合", whole.reason
    with pytest.MonkeyPatch.context() as patch:
        BREAKS[control](patch)
        assert state(control).state == "不適合"

"""What every page knows about its reader."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kokuho.core import clock, environment, parameters
from kokuho.core.queries import municipality_name
from kokuho.web import sessions
from kokuho.web.navigation import menu


def _lock_minutes(request: HttpRequest) -> int:
    # A request that was refused before signing in was looked at, e.g. for its host name, has neither session nor user.
    known = hasattr(request, "session") and hasattr(request, "user")
    return sessions.lock_minutes(request) if known else parameters.value("auth.idle_lock_minutes")


def workplace(request: HttpRequest) -> dict[str, Any]:
    """Municipality, business date, actor, menu and the environment's name."""
    actor, when = getattr(request, "actor", None), getattr(request, "asof", None)
    return {
        "actor": actor,
        "asof": when,
        # In a view of the past the head of the page stays in the present.
        "business_date": getattr(request, "today", getattr(request, "business_date", None)),
        "lock_minutes": _lock_minutes(request),
        "municipality_name": municipality_name(),
        "navigation": menu(request, getattr(request, "signed_in", actor)) if actor else [],
        "shown_at": clock.now(),
        "hours": (found := getattr(request, "hours", None)),
        "minutes_left": found.minutes_left(clock.now()) if found else None,
        "training": settings.KOKUHO_TRAINING,
        "environment": environment.banner(),
    }

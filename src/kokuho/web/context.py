"""What every page knows about its reader."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kokuho.core import parameters
from kokuho.core.clock import now
from kokuho.core.queries import municipality_name
from kokuho.web.navigation import menu


def workplace(request: HttpRequest) -> dict[str, Any]:
    """Municipality, business date, actor, menu and training mark."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "business_date": getattr(request, "business_date", None),
        "lock_minutes": parameters.value("auth.idle_lock_minutes"),
        "municipality_name": municipality_name(),
        "navigation": menu(request, actor) if actor else [],
        "shown_at": now(),
        "training": settings.KOKUHO_TRAINING,
    }

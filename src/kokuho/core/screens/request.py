"""A request as the views know it: `web.middleware` has put the actor and the business date on it."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from kokuho.core.access import Actor


class StaffRequest(HttpRequest):
    """A request that has passed the guard of a view declared with `screen`."""

    actor: Actor
    business_date: date


def is_part(request: HttpRequest) -> bool:
    """True when the page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"

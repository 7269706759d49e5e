"""A request as the views know it: `web.middleware` has put the actor and the business date on it."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from kokuho.core.access import Actor
from kokuho.core.screens.asof import AsOf


class StaffRequest(HttpRequest):
    """A request that has passed the guard of a view declared with `screen`.

    In a past view `business_date` is the day that is looked at and `actor` may look only.
    """

    actor: Actor
    business_date: date
    asof: AsOf


def first(request: HttpRequest) -> None:
    """This page asks something first; the address is answered, and what it asks is looked at, when it is opened after that."""
    request.asks_first = True  # type: ignore[attr-defined]


def is_part(request: HttpRequest) -> bool:
    """True when the page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"

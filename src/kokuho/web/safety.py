"""What a request must not bring, and the record of every request that was turned away.

A 個人番号 typed into any field that is not made for it is stopped before its view sees it (MYNUM-08). What a view, a form or the
frame refused without a record of its own is recorded here, so that whoever tries things is seen (LOG-02, LOG-07).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from kokuho.core import audit, mnscan
from kokuho.core.access import Actor
from kokuho.core.screens.guard import Declaration
from kokuho.desks.people.models import Person
from kokuho.web import sessions

REASON = "number_reason"
# Fields that hold no words of the person who fills in the form.
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", "token", "password", "oldpassword", "password1", "password2", "code"})
# Searches that say themselves what became of a number typed into them.
_OWN_ANSWER = frozenset({"search", "search_keep"})
_SHORTEST = 5


def number_typed(request: HttpRequest, actor: Actor, declared: Declaration) -> HttpResponse | None:
    """The page that asks about a number in a field that is not made for one; None when there is none, or when it was confirmed with
    a reason that it is none."""
    name = getattr(request.resolver_match, "view_name", "") or ""
    if (declared.capability or "").startswith("mynumber.") or name in _OWN_ANSWER or name.startswith(("account_", "mfa_")):
        return None
    fields = sorted({field for field, value in _typed(request) if mnscan.typed_in(value) and not _known(value)})
    if not fields:
        return None
    reason = request.POST.get(REASON, "").strip()
    if request.method == "POST" and len(reason) >= _SHORTEST and REASON not in fields and not request.FILES:
        audit.record(actor, function="mynumber.typed", operation="update", reason=reason[:200], row_count=1,
                     detail={"view": name, "fields": fields})  # fmt: skip
        return None
    audit.record(actor, function="mynumber.typed", operation="refuse", result="refused", row_count=1,
                 detail={"view": name, "fields": fields})  # fmt: skip
    request.kokuho_recorded = True  # type: ignore[attr-defined]
    if request.method != "POST":
        # The page itself names its own address: the number must not stay in it.
        messages.error(request, "個人番号と思われる12桁の数字が入力されました。個人番号はこの画面の条件に入力できません。")
        return HttpResponseRedirect(request.path)
    kept = [] if request.FILES else [(field, value) for field, value in _typed(request) if field != REASON]
    return render(request, "errors/number.html", {"kept": kept, "again": bool(reason), "path": request.path}, status=422)


def _typed(request: HttpRequest) -> Iterator[tuple[str, str]]:
    given = request.POST if request.method == "POST" else request.GET
    for field, values in given.lists():
        if field not in _NOT_TYPED:
            yield from ((field, str(value)) for value in values)


def _known(value: str) -> bool:
    """A 宛名番号 or 世帯番号 may have twelve digits too."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return False
    number = int(digits)
    return Person.objects.filter(atena_no=number).exists() or Person.objects.filter(household_no=number).exists()


def note(request: HttpRequest, response: HttpResponse) -> None:
    """Record that a request was turned away, where who turned it away has not done so."""
    if getattr(request, "kokuho_recorded", False) or not _turned_away(request, response):
        return
    request.kokuho_recorded = True  # type: ignore[attr-defined]
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        number = user.get_username() if user is not None and user.is_authenticated else ""
        actor = Actor(number, "", "", frozenset(), sessions.terminal(request))
    function = getattr(request.resolver_match, "view_name", None) or "address"
    audit.record(
        actor, function=function[:60], operation="refuse", result="rejected", row_count=0,
        detail={"status": response.status_code, "method": request.method},
    )  # fmt: skip


def _turned_away(request: HttpRequest, response: HttpResponse) -> bool:
    status = response.status_code
    if request.method in ("GET", "HEAD"):
        match: Any = request.resolver_match
        return status in (400, 405) or (status == 404 and match is not None and bool(match.kwargs))
    return status in (400, 404, 405, 409, 413, 422) or (status == 403 and getattr(request, "kokuho_csrf", False))

"""What a request must not bring, and the record of every request that was turned away.

A 個人番号 typed into any field that is not made for it is stopped before its view sees it (MYNUM-08). What a view, a form or the
frame refused without a record of its own is recorded here, so that whoever tries things is seen (LOG-02, LOG-07).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from kokuho.core import audit, mnscan
from kokuho.core.access import Actor
from kokuho.core.models import FormReceipt
from kokuho.core.screens.guard import Declaration
from kokuho.desks.people.models import Person
from kokuho.web import formseal, sessions
from kokuho.web.formseal import FormRefused
from kokuho.web.screens import errors

REASON = "number_reason"
# Fields that hold no words of the person who fills in the form.
_NOT_TYPED = frozenset({formseal.CSRF, formseal.NAME, "token", "password", "oldpassword", "password1", "password2", "code"})
# Searches that say themselves what became of a number typed into them.
_OWN_ANSWER = frozenset({"search", "search_keep"})
_SHORTEST = 5
# C0 and C1 but for tab and line ends, what broken UTF-8 becomes, and the signs that turn the direction of what follows.
_UNTYPED = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ufffd\\ud800-\\udfff\\u202a-\\u202e\\u2066-\\u2069]")


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
    kept = [] if request.FILES else [(field, value) for field, value in _typed(request) if field not in (REASON, formseal.NAME)]
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


def readable(request: HttpRequest) -> None:
    """Nothing in what was sent that nobody types: control characters, broken UTF-8, signs that turn the direction of the text.
    Raises FormRefused."""
    given = request.POST if request.method == "POST" else request.GET
    names = (text for values in (request.GET, given) for name, many in values.lists() for text in (name, *map(str, many)))
    if any(_UNTYPED.search(text) for text in (request.path, *names)):
        raise FormRefused("FORM-SIGN", "制御文字など、入力できない文字が含まれているため、全体を受け付けませんでした。")


def unaccepted(request: HttpRequest, refusal: FormRefused) -> HttpResponse:
    """Record that a form or a question was not taken, and say so."""
    _record(request, "rejected", {"code": refusal.code, "method": request.method})
    return errors.unaccepted(request, refusal)


def again(request: HttpRequest, actor: Actor, receipt: FormReceipt) -> HttpResponse:
    """Record that a form came a second time, and lead to what the first time came to."""
    _record(request, "replayed", {"code": "FORM-AGAIN", "first": timezone.localtime(receipt.at).isoformat(timespec="seconds")})
    return errors.received(request, receipt)


def outside(request: HttpRequest, code: str, declared: Declaration | None) -> None:
    """Record that something was asked for with a session that opens nothing, or none yet: SESSION-NONE, SESSION-LOCKED. What a page
    that stands open asks by itself is not anybody's attempt."""
    if declared is None or not declared.background:
        _record(request, "rejected", {"code": code, "method": request.method})


def note(request: HttpRequest, response: HttpResponse) -> None:
    """Record that a request was turned away, where who turned it away has not done so."""
    if getattr(request, "kokuho_recorded", False) or not _turned_away(request, response):
        return
    _record(request, "rejected", {"status": response.status_code, "method": request.method})


def _record(request: HttpRequest, result: str, detail: dict[str, Any]) -> None:
    request.kokuho_recorded = True  # type: ignore[attr-defined]
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        number = user.get_username() if user is not None and user.is_authenticated else ""
        actor = Actor(number, "", "", frozenset(), sessions.terminal(request))
    function = getattr(request.resolver_match, "view_name", None) or "address"
    audit.record(actor, function=function[:60], operation="refuse", result=result, row_count=0, detail=detail)


def _turned_away(request: HttpRequest, response: HttpResponse) -> bool:
    status = response.status_code
    if request.method in ("GET", "HEAD"):
        match: Any = request.resolver_match
        return status in (400, 405) or (status == 404 and match is not None and bool(match.kwargs))
    return status in (400, 404, 405, 409, 413, 422) or (status == 403 and getattr(request, "kokuho_csrf", False))

"""The workplace around each request: who works, where, with which rights, and what never leaves the house.

`Envelope` stands outermost and closes every answer: headers, no copies on the terminal, what the answer cost. `Workplace`
stands innermost and lets a request through to its view only when everything about its sender is settled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import audit, clock, hours, parameters, past, reads, territory, writing
from kokuho.core.access import Actor, OutsideWindow, Refused, actor_for
from kokuho.core.actions.parameters import report_drift
from kokuho.core.clock import business_date
from kokuho.core.models import FormReceipt
from kokuho.core.screens import asof
from kokuho.core.screens.guard import Declaration, declaration
from kokuho.law.errors import LawError
from kokuho.web import asked, carrying, factors, formseal, notice, received, safety, sessions, terminals
from kokuho.web.formseal import FormRefused
from kokuho.web.screens import errors

GetResponse = Callable[[HttpRequest], HttpResponse]

# One page, one origin, no inline script or style, no frames. Images may be data: for the QR code of an authenticator.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self)"


class Envelope:
    """Security headers, no caching, and what the answer cost (`Server-Timing`: database time, number of queries, all)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count, spent = 0, 0.0

        def measure(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal count, spent
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                count += 1
                spent += time.perf_counter() - begun

        begun = time.perf_counter()
        with connection.execute_wrapper(measure):
            response = self.get_response(request)
            safety.note(request, response)
            formseal.close(request, response)
        whole = time.perf_counter() - begun
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Nothing that was viewed stays on the terminal (EXPORT-02); static files are answered before this point.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Server-Timing"] = (
            f'db;desc="{count} queries";dur={spent * 1000:.1f}, total;dur={whole * 1000:.1f}'
        )
        return response


class Workplace:
    """Puts `business_date` and `actor` on the request, and denies by default.

    In this order: the view has declared its right, the sender is signed in, the session is alive, nobody else has signed in with
    the account, the terminal is registered, the hours of use are not over, the person is on duty today, the session is not locked,
    the factors of the class of account are proved, the password is not due, the notice is acknowledged, a role carries the right,
    the person or household of the address belongs to the area of the sender's unit; and what is sent is a form of this session as its
    page offered it, for the first time. A page that did not read all that its address asks is not shown.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.business_date = business_date()  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        with ExitStack() as written_by:
            request.written_by = written_by  # type: ignore[attr-defined]
            report_drift(written_by.enter_context(parameters.scope()))
            response = self.get_response(request)
            declared = getattr(request, "declared", None)
            try:
                asked.check(request, response, entrance=declared is not None and declared.entrance)
            except FormRefused as refusal:
                response = safety.unaccepted(request, refusal)
            if (close := getattr(request, "form_taken", None)) is not None:
                close(response)
            # Still in the name of the one who asked; what never came this far is recorded by `Envelope`.
            safety.note(request, response)
        return carrying.carry(request, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answers instead of the view when something about the sender, or about what is sent, is not settled."""
        try:
            safety.readable(request)
            return self._settle(request, declaration(view), kwargs)
        except FormRefused as refusal:
            return safety.unaccepted(request, refusal)

    def _settle(self, request: HttpRequest, declared: Declaration | None, kwargs: Any) -> HttpResponse | None:
        request.declared = declared  # type: ignore[attr-defined]
        asked.watch(request)
        user = request.user
        if not user.is_authenticated:
            if SESSION_KEY in request.session:  # of an account that was stopped meanwhile: it must not come back to life
                request.session.flush()
            if declared is None or not declared.public:
                if request.method == "POST" or settings.SESSION_COOKIE_NAME in request.COOKIES:
                    # Nobody's first visit: something is to be done, or a session that has ended is shown again.
                    safety.outside(request, "SESSION-NONE", declared)
                return _sign_in_first(request)
            formseal.offered(request, declared)
            return None
        if ended := _over(request):
            return _end(request, ended)
        try:
            actor = actor_for(
                user.get_username(),
                on=request.business_date,  # type: ignore[attr-defined]
                terminal=sessions.terminal(request),
                session=sessions.number(request),
                purpose=sessions.duty(request),
                account=user,
            )
        except OutsideWindow:
            return _end(request, "window")
        except Refused:
            return _end(request, "expired")
        request.actor = actor  # type: ignore[attr-defined]
        request.written_by.enter_context(territory.acting(actor, reading=request.method in ("GET", "HEAD")))  # type: ignore[attr-defined]
        # Whatever this request writes, bulk SQL too, is written in the actor's name.
        function = getattr(request.resolver_match, "view_name", None) or request.path[:60]
        request.written_by.enter_context(writing.acting(actor, function))  # type: ignore[attr-defined]
        if declared is None:
            audit.record(actor, function=request.path[:60], operation="refuse", result="undeclared")
            return errors.refused(request, "この画面には権限の定めがないため開けません。")
        sessions.touch(request, background=declared.background)
        if not declared.entrance and (elsewhere := _unsettled(request, actor)):
            if sessions.locked(request):
                safety.outside(request, "SESSION-LOCKED", declared)
            return elsewhere
        return self._right(request, actor, declared, kwargs) or _once(request, actor, declared)

    def _right(
        self, request: HttpRequest, actor: Actor, declared: Declaration, about: Mapping[str, Any]
    ) -> HttpResponse | None:
        try:
            if declared.capability is not None:
                actor.require(declared.capability)
            if "atena_no" in about:
                territory.require(actor, [about["atena_no"]])
            if "household_no" in about:
                territory.require_household(actor, about["household_no"])
        except Refused as refusal:
            return errors.refused(request, str(refusal))
        return _past(request, actor) if declared.past else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A query or an action refused: the same page as a refusal at the door. A day for which the law's values are not held."""
        if isinstance(exception, Refused):
            return errors.refused(request, str(exception))
        when = getattr(request, "asof", None)
        if isinstance(exception, LawError) and when is not None and when.past:
            return errors.no_law_then(request)
        return None


def _once(request: HttpRequest, actor: Actor, declared: Declaration) -> HttpResponse | None:
    """Lets a form through that its page offered, that brings no 個人番号, and that comes for the first time."""
    if request.method not in ("GET", "HEAD", "POST"):
        return errors.unknown_method(request)
    sealed = formseal.offered(request, declared)
    if (asks := safety.number_typed(request, actor, declared)) is not None or sealed is None:
        return asks
    taken = received.take(request, actor, sealed.number)
    if isinstance(taken, FormReceipt):
        return safety.again(request, actor, taken)
    request.form_taken = taken  # type: ignore[attr-defined]
    return None


def _past(request: Any, actor: Actor) -> HttpResponse | None:
    """The two dates of a page that can be asked for the past. With any of them, it is read as it was known, and only read."""
    when = request.asof = asof.read(request, request.business_date)
    if not when.past:
        return None
    if request.method not in ("GET", "HEAD"):
        return errors.past_is_closed(request)
    request.today, request.business_date = request.business_date, when.on
    request.signed_in, request.actor = actor, actor.looking()
    request.written_by.enter_context(past.as_known(when.known))
    request.written_by.enter_context(reads.about(when.detail))
    return None


def _over(request: HttpRequest) -> str:
    """Why the session cannot go on, or nothing."""
    if ended := sessions.ended(request):
        return ended
    if sessions.moved(request):
        return "moved"
    if settings.KOKUHO_TRAINING:
        return ""
    if sessions.displaced(request):
        return "elsewhere"
    if terminals.required() and terminals.of(request).terminal is None:
        return "terminal"
    if not terminals.fits(request, request.user):
        return "place"
    found = request.hours = hours.hours(request.user, clock.now())  # type: ignore[attr-defined]
    if found.state == hours.CLOSED:
        return "hours"
    if not factors.settled(request, request.user) and not factors.can_enrol(request.user):
        return "factors"
    return ""


def _password_due(request: HttpRequest) -> bool:
    """True for a first password and one that is older than its age limit (AUTH-04)."""
    user = request.user
    if user.must_change_password:
        return True
    days = parameters.value("auth.password.max_age_days")
    changed = user.password_changed_at
    return not settings.KOKUHO_TRAINING and bool(days) and (changed is None or clock.now() - changed > timedelta(days=days))


def _unsettled(request: HttpRequest, actor: Actor) -> HttpResponse | None:
    if sessions.locked(request):
        return _to(request, reverse("account_reauthenticate"))
    if not factors.settled(request, request.user):
        return _to(request, reverse("mfa_index"))
    if _password_due(request):
        return _to(request, reverse("account_change_password"))
    if not notice.acknowledged(request, actor):
        return _to(request, reverse("notice"))
    return None


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    return _to(request, reverse("account_login"))


def _end(request: HttpRequest, cause: str) -> HttpResponse:
    sessions.record_end(request, cause)
    logout(request)
    messages.warning(request, sessions.ENDINGS[cause])
    return _sign_in_first(request)


def _to(request: HttpRequest, address: str) -> HttpResponse:
    """Go elsewhere first and come back. A part of a page cannot be redirected: the whole page goes."""
    back = request.get_full_path()
    if request.headers.get("HX-Request"):
        back = request.headers.get("HX-Current-URL", "/")
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = f"{address}?{urlencode({'next': _path_of(back)})}"
        return response
    query = f"?{urlencode({'next': back})}" if request.method == "GET" and back != "/" else ""
    return HttpResponseRedirect(address + query)


def _path_of(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")

"""The terminal of a request: what it shows, whether it must be registered, and putting a key on a new one (AUTH-05)."""

from __future__ import annotations

import os
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import audit, clock, parameters, terminals, vendors
from kokuho.core.access import Actor
from kokuho.core.clock import business_date
from kokuho.core.models import Staff, Terminal
from kokuho.core.screens.guard import public
from kokuho.core.terminals import Found

COOKIE = "kokuho_terminal"
_YEARS = timedelta(days=5 * 366)
# The proxy that ends TLS checks the client's certificate and says its fingerprint; it must overwrite what the client sends.
CERTIFICATE_HEADER = os.environ.get("KOKUHO_CERTIFICATE_HEADER", "X-Client-Certificate-Sha256")


def certificate(request: HttpRequest) -> str:
    """The fingerprint of the client's certificate; only a TLS proxy is believed."""
    return request.headers.get(CERTIFICATE_HEADER, "") if settings.SECURE_PROXY_SSL_HEADER else ""


def of(request: HttpRequest) -> Found:
    """The terminal of a request; looked up once."""
    from kokuho.web.sessions import address

    found = getattr(request, "_kokuho_terminal", None)
    if not isinstance(found, Found):
        found = terminals.recognise(
            cookie=request.COOKIES.get(COOKIE, ""), certificate=certificate(request), address=address(request), on=business_date()
        )
        request._kokuho_terminal = found  # type: ignore[attr-defined]
    return found


def required() -> bool:
    """True where only registered terminals may be used."""
    return not settings.KOKUHO_TRAINING and parameters.value("auth.terminal_register") == "on"


def fits(request: HttpRequest, staff: Staff) -> bool:
    """True unless a contractor sits at a terminal where the setting `vendor.place` lets no contractor work (VENDOR-02)."""
    if staff.account_class != Staff.CONTRACTOR:
        return True
    found = of(request).terminal
    return found is not None and found.kind in vendors.PLACES[parameters.value("vendor.place")]


def seen(request: HttpRequest) -> None:
    """Note that the terminal was used to sign in."""
    if (found := of(request).terminal) is not None:
        Terminal.objects.filter(pk=found.pk).update(seen_on=business_date())


class EnrolForm(forms.Form):
    """The number of the terminal and its one-time code."""

    code = forms.CharField(label="端末ID", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    one_time = forms.CharField(label="登録コード", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))


@public
def enrol(request: HttpRequest) -> HttpResponse:
    """Make this machine the registered terminal for which a code was issued."""
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].strip()
        with transaction.atomic():
            value = terminals.enrol(code, form.cleaned_data["one_time"], clock.now())
        by = Actor("", "", "", frozenset(), of(request).presented[:60])
        known = Terminal.objects.filter(code=code).exists()
        audit.record(
            by, function="terminal.enrol", operation="update", result="ok" if value else "failed",
            detail={"terminal": code if known else "", "presented": of(request).presented},
        )  # fmt: skip
        if value:
            response = HttpResponseRedirect(reverse("account_login"))
            response.set_cookie(
                COOKIE, value, max_age=_YEARS, httponly=True, samesite="Strict", secure=settings.SESSION_COOKIE_SECURE
            )
            messages.success(request, f"この端末を {code} として登録しました。")
            return response
        form.add_error(None, "端末IDか登録コードが違うか、コードの期限が切れています。システム管理の担当に連絡してください。")
    return render(request, "web/terminal_enrol.html", {"form": form}, status=422 if form.errors else 200)

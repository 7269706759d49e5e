"""How the factors of signing in are asked for (AUTH-02).

The password comes first, always. Authenticator apps and keys are allauth's. What an outside verifier proves (a card's certificate
at the proxy, a biometric device) is a plug-in: it says whether the person who gave the password is the one it knows.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from datetime import datetime
from typing import Any, Protocol

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.stagekit import unstash_login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django import forms
from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import clock, factors, parameters
from kokuho.core.clock import business_date
from kokuho.core.models import FactorCredential, Staff
from kokuho.core.screens.guard import public
from kokuho.web import sessions, terminals
from kokuho.web.accounts import SecondFactorAdapter, StaffAdapter, locked_out

_FRESH_SECONDS = 120


class Verifier(Protocol):
    """A factor that something outside proves. `interactive`: the person has to do something on a page of its own."""

    interactive: bool

    def subject(self, request: HttpRequest, challenge: str, answer: str) -> str:
        """Whom the verifier recognised, by its own number; empty for nobody."""


class CardCertificate:
    """An IC card whose certificate the TLS proxy has checked (its PIN opened it at the terminal)."""

    interactive = False

    def subject(self, request: HttpRequest, challenge: str, answer: str) -> str:
        """The certificate's fingerprint."""
        return terminals.certificate(request).replace(":", "").lower()


class SignedAnswer:
    """A device beside the terminal (biometric) signs `{"factor", "subject", "challenge", "at"}` with Ed25519: what it answers is
    ``base64url(payload).base64url(signature)``. Its public key is `KOKUHO_VERIFIER_KEY` (64 hex digits)."""

    interactive = True

    def __init__(self, factor: str) -> None:
        self.factor = factor

    def subject(self, request: HttpRequest, challenge: str, answer: str) -> str:
        """The subject of an answer that is signed, fresh and made for this very sign-in."""
        try:
            payload, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in answer.strip().split("."))
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(os.environ["KOKUHO_VERIFIER_KEY"])).verify(signature, payload)
            told = json.loads(payload)
            age = abs((clock.now() - datetime.fromisoformat(told["at"])).total_seconds())
        except (ValueError, KeyError, TypeError, binascii.Error, InvalidSignature):
            return ""
        right = told.get("factor") == self.factor and told.get("challenge") == challenge and age <= _FRESH_SECONDS
        return str(told.get("subject", "")) if right else ""


VERIFIERS: dict[str, Verifier] = {"ic_card": CardCertificate(), "biometric": SignedAnswer("biometric")}


def permitted(staff: Staff) -> list[str]:
    """The combinations that sign in an account of this class, as approved now."""
    kind = staff.account_class if staff.account_class in parameters.CLASSES else "staff"
    found: list[str] = parameters.value(f"auth.factors.{kind}")
    return found


def proved(request: HttpRequest) -> set[str]:
    """The factors that this session has proved. A spare code stands for the app or key that it replaces."""
    codes = set(request.session.get(sessions.PROVED, ()))
    return codes | {"totp", "webauthn"} if "recovery_codes" in codes else codes


def settled(request: HttpRequest, staff: Staff) -> bool:
    """True when the session has proved one of the permitted combinations."""
    return bool(settings.KOKUHO_TRAINING) or factors.satisfied(proved(request), permitted(staff))


def can_enrol(staff: Staff) -> bool:
    """True when an app or a key would do: the person can enrol one now."""
    return bool({"totp", "webauthn"} & set(factors.offered(permitted(staff))))


def known_as(staff: Staff, factor: str, subject: str) -> bool:
    """True when the verifier's number is registered for this person today."""
    on = business_date()
    return bool(subject) and FactorCredential.objects.filter(
        staff=staff, factor=factor, reference=subject, is_active=True, valid_from__lte=on, valid_until__gte=on
    ).exists()


class OutsideStage(LoginStage):  # type: ignore[misc]
    """After password, app and key: what an outside verifier has to prove, where the class of account asks for it."""

    key = "kokuho_outside"
    urlname = "account_outside"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Pass, ask, or refuse."""
        staff = self.login.user
        if settings.KOKUHO_TRAINING or _enough(self.request, staff):
            return None, True
        offered = [code for code in factors.offered(permitted(staff)) if code in VERIFIERS]
        for code in offered:
            if not VERIFIERS[code].interactive:
                if prove(self.request, staff, code, "", ""):
                    return None, True
                sessions.record_failure(self.request, staff.staff_no, code)
        if any(VERIFIERS[code].interactive for code in offered):
            self.state["challenge"] = secrets.token_urlsafe(24)
            return HttpResponseRedirect(reverse(self.urlname)), True
        if can_enrol(staff):
            return None, True  # nothing opens but the enrolment of an app or a key
        messages.error(self.request, "ICカードが読み取れないか、このIDに登録されたカードではありません。")
        return self.abort(), True


def _enough(request: HttpRequest, staff: Staff) -> bool:
    codes = {entry.get("type") or entry["method"] for entry in get_authentication_records(request, staff)}
    return factors.satisfied(codes | ({"totp", "webauthn"} if "recovery_codes" in codes else set()), permitted(staff))


def prove(request: HttpRequest, staff: Staff, code: str, challenge: str, answer: str) -> bool:
    """Ask a verifier; note the factor when it recognised this very person."""
    if not known_as(staff, code, VERIFIERS[code].subject(request, challenge, answer)):
        return False
    record_authentication(request, staff, method=code)
    return True


class AnswerForm(forms.Form):
    """What the device beside the terminal answered; its agent fills it in."""

    answer = forms.CharField(max_length=4000, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), label="照合装置の応答")


@public
def outside(request: HttpRequest) -> HttpResponse:
    """Wait for an interactive verifier and go on when it recognised the person."""
    stage = LoginStageController.enter(request, OutsideStage.key)
    login = unstash_login(request, peek=True)
    if stage is None or login is None:
        return HttpResponseRedirect(reverse("account_login"))
    form = AnswerForm(request.POST or None)
    codes = [code for code in factors.offered(permitted(login.user)) if code in VERIFIERS and VERIFIERS[code].interactive]
    stopped = request.method == "POST" and locked_out(login.user.staff_no)
    if stopped:
        sessions.record_failure(request, login.user.staff_no, "second", result="locked")
        form.add_error(None, StaffAdapter.error_messages["too_many_login_attempts"])
    if request.method == "POST" and form.is_valid():
        challenge = stage.state.get("challenge", "")
        if any(prove(request, login.user, code, challenge, form.cleaned_data["answer"]) for code in codes):
            answer: HttpResponse = stage.exit()
            return answer
        for code in codes:
            sessions.record_failure(request, login.user.staff_no, code)
        form.add_error(None, "本人と確かめられませんでした。もう一度照合してください。")
    context: dict[str, Any] = {
        "form": form, "challenge": stage.state.get("challenge", ""), "labels": [factors.label(code) for code in codes],
    }  # fmt: skip
    return render(request, "web/outside_factor.html", context, status=422 if form.errors else 200)


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]
    """Removing a key: the last second factor stays where one is required (allauth asks this only for apps)."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if not SecondFactorAdapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, SecondFactorAdapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(self.get_success_url())
        return super().form_valid(form)  # type: ignore[no-any-return]


def asks_for(staff: Staff, types: list[str] | None = None) -> bool:
    """True when allauth is to ask for an app or a key: the person has one, and the class of account counts it."""
    counted = {"totp", "webauthn"} & set(factors.offered(permitted(staff)))
    return Authenticator.objects.filter(user=staff, type__in=counted.intersection(types) if types is not None else counted).exists()

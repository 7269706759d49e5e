"""Addresses of signing in. Of allauth's pages only these are open; the others exist as names and answer 404."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from kokuho.core.screens.guard import entrance, public
from kokuho.web.factors import RemoveKey, outside
from kokuho.web.terminals import enrol


def off(request: HttpRequest) -> HttpResponse:
    """A page that staff do not have: accounts are made by the registry, there is no e-mail."""
    raise Http404


urlpatterns = [
    path("login/", public(account.login), name="account_login"),
    path("second/", public(mfa.authenticate), name="mfa_authenticate"),
    # Also ends an attempt that stands between the two factors, before anybody is signed in.
    path("logout/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", entrance(account.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/second/", entrance(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("reauthenticate/key/", entrance(webauthn.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("password/", entrance(account.password_change), name="account_change_password"),
    path("outside/", outside, name="account_outside"),
    path("terminal/", enrol, name="terminal_enrol"),
    path("factors/", entrance(mfa.index), name="mfa_index"),
    path("factors/app/", entrance(totp.activate_totp), name="mfa_activate_totp"),
    path("factors/app/remove/", entrance(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("factors/keys/", entrance(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("factors/keys/add/", entrance(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("factors/keys/<int:pk>/", entrance(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("factors/keys/<int:pk>/remove/", entrance(RemoveKey.as_view()), name="mfa_remove_webauthn"),
    path("factors/codes/", entrance(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("factors/codes/new/", entrance(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    # allauth asks for these addresses by name.
    path("off/signup/", public(off), name="account_signup"),
    path("off/reset/", public(off), name="account_reset_password"),
    path("off/email/", public(off), name="account_email"),
    path("off/verification/", public(off), name="account_email_verification_sent"),
    path("off/set-password/", public(off), name="account_set_password"),
    path("off/codes/", public(off), name="mfa_download_recovery_codes"),
]

"""The forms of signing in: in the office's words, without hints for customers (nobody resets a password by mail)."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as key_forms
from django import forms
from django.forms.utils import ErrorDict

from kokuho.web import sessions
from kokuho.web.accounts import StaffAdapter, locked_out

LABELS = {
    "login": "職員番号",
    "password": "パスワード",
    "oldpassword": "今のパスワード",
    "password1": "新しいパスワード",
    "password2": "新しいパスワード（もう一度）",
}


class _InTheOfficesWords(forms.Form):
    """Labels of the house; no placeholder, no link to a reset."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class StaffLoginForm(_InTheOfficesWords, LoginForm):  # type: ignore[misc]
    """Staff number and password."""


class StaffReauthenticateForm(_InTheOfficesWords, ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class StaffChangePasswordForm(_InTheOfficesWords, ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one twice."""


class _Stopped(forms.Form):
    """The second factor stops with the number (AUTH-04): guessing codes counts like guessing passwords, and the right code opens
    nothing until the number is free again."""

    def full_clean(self) -> None:
        if self.is_bound and locked_out(self.user.staff_no):
            self._errors = ErrorDict(renderer=self.renderer)
            self.cleaned_data: dict[str, Any] = {}
            sessions.record_failure(context.request, self.user.staff_no, "second", result="locked")
            self.add_error(None, StaffAdapter.error_messages["too_many_login_attempts"])
            return
        super().full_clean()


class CodeForm(_Stopped, factor_forms.AuthenticateForm):  # type: ignore[misc]
    """The code of an authenticator app, or a spare code."""


class CodeAgainForm(_Stopped, factor_forms.ReauthenticateForm):  # type: ignore[misc]
    """The same, to open a locked screen."""


class _Key(_Stopped):
    """A key that is refused is recorded, as a code is (AUTH-02)."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            sessions.record_failure(context.request, self.user.staff_no, str(Authenticator.Type.WEBAUTHN))
            raise


class KeyForm(_Key, key_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """What an authenticator key answered."""


class KeyAgainForm(_Key, key_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The same, to open a locked screen."""

"""The forms of signing in: in the office's words, without hints for customers (nobody resets a password by mail)."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django import forms

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

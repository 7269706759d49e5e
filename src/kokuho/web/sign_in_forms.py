"""The form of signing in: a staff number and a password, nothing that points outside."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm


class StaffLoginForm(LoginForm):  # type: ignore[misc]
    """allauth's form without hints for customers: there is no way to reset a password by oneself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "職員番号"
        self.fields["password"].label = "パスワード"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autofocus"] = True

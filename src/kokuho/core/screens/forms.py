"""Forms that several screens share."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from kokuho.core import era


class ReasonForm(forms.Form):
    """Asks why. The reason goes into the operation record."""

    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class DayField(forms.Field):
    """A day in any of the typed forms (R8.11.20, 2026-11-20, 20261120); its value is a date, None when left empty."""

    def __init__(self, **options: Any) -> None:
        attrs = {"placeholder": "R8.11.20", "autocomplete": "off", "class": "day", "maxlength": 30}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **options})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, date):
            return value
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return era.parse(text)
        except ValueError as error:
            raise forms.ValidationError(
                f"「{text}」は日付として読めません。R8.11.20 や 20261120 の形で入力してください。"
            ) from error

    def prepare_value(self, value: Any) -> Any:
        return era.short(value) if isinstance(value, date) else value

"""Form fields of every desk: days as clerks type them, numbers with separators."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from kokuho.core import era
from kokuho.core.screens.lists import whole_number


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


class NumberField(forms.CharField):
    """A whole number (宛名番号, 世帯番号, yen): full width and separators are accepted; its value is an int or None."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "size": "18"})
        )
        super().__init__(max_length=24, **options)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return whole_number(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

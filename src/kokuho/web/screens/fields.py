"""Form fields that the control screens share."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from typing import Any

from django import forms

from kokuho.core import era
from kokuho.core.clock import JAPAN


class EraDate(forms.CharField):
    """A day in any of the typed forms (R8.11.20, 2026-11-20, 20261120)."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"placeholder": "R8.11.20", "autocomplete": "off"}))
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> Any:
        """The day; a sentence when it cannot be read."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return era.parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """As it is shown, whatever form it came in."""
        return era.short(value) if isinstance(value, date) else era.in_text(value) if isinstance(value, str) else value


class EraMoment(EraDate):
    """A day and a time of day (R8.11.21 19:00, 2026-11-21 19:00), in Japan."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "R8.11.21 19:00 のように入力します。")
        attrs = {"placeholder": "R8.11.21 19:00", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        """The moment; a sentence when it cannot be read."""
        day, _, clock = unicodedata.normalize("NFKC", str(value or "")).strip().replace("T", " ").rpartition(" ")
        found = super().clean(day or value)
        if found is None:
            return None
        try:
            return datetime.combine(found, time.fromisoformat(clock), JAPAN)
        except ValueError as error:
            raise forms.ValidationError("時刻を R8.11.21 19:00 の形で入力してください。") from error


def long_text(label: str, *, rows: int = 3, limit: int = 1000, required: bool = True, help_text: str = "") -> forms.CharField:
    """A field for a few sentences."""
    return forms.CharField(
        label=label, max_length=limit, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )

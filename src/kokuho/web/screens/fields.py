"""Form fields that the control screens share."""

from __future__ import annotations

from typing import Any

from django import forms

from kokuho.core import era


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


def long_text(label: str, *, rows: int = 3, limit: int = 1000, required: bool = True, help_text: str = "") -> forms.CharField:
    """A field for a few sentences."""
    return forms.CharField(
        label=label, max_length=limit, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )

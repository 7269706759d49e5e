"""Forms of the house: Japanese dates as they are typed, reasons that are asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kokuho.core import era


class EraDateField(forms.CharField):
    """A date typed as R8.11.20, 令和8年11月20日, 2026-11-20 or 20261120; cleaned to `datetime.date`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("help_text", "例 R8.11.20、20261120")
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("class", "input-date")

    def prepare_value(self, value: Any) -> Any:
        return era.short(value) if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        try:
            return era.parse(text)
        except ValueError as error:
            raise ValidationError(f"{error} R8.11.20 のように入力してください。", code="date") from error


class ReasonForm(forms.Form):
    """Asks why. The reason goes into the operation record."""

    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


"""The form of a registration, made from its declaration."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from kokuho.core.screens.fields import DayField, NumberField
from kokuho.desks.people.registrations import Column, Registration


def field_of(column: Column) -> forms.Field:
    """The form field of an item."""
    common: dict[str, Any] = {"label": column.label, "required": column.required, "help_text": column.help}
    if column.kind == "choice":
        value = type(column.choices[0][0])
        return forms.TypedChoiceField(choices=column.choices, coerce=value, **common)
    if column.kind == "flag":
        return forms.BooleanField(**common)
    if column.kind == "number":
        return NumberField(**common)
    if column.kind == "day":
        return DayField(**{**common, "help_text": column.help or "R8.11.20 の形"})
    widget = (
        forms.Textarea(attrs={"rows": 2}) if column.length >= 1000 else forms.TextInput(attrs={"autocomplete": "off"})
    )
    return forms.CharField(max_length=column.length, widget=widget, **common)


class RegistrationForm(forms.Form):
    """Asks for the items of a registration, its first and last day, and the reason where the items have none."""

    def __init__(
        self, kind: Registration, *args: Any, household: list[tuple[int, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for column in kind.columns:
            self.fields[column.name] = field_of(column)
            if column.initial is not None:
                self.initial.setdefault(column.name, column.initial)
        self.fields["valid_from"] = DayField(label="いつから", help_text="R8.11.20 の形")
        if not kind.open_ended:
            self.fields["last"] = DayField(
                label="いつまで", required=False, help_text="この日を含みます。空欄は期限なし"
            )
        if household:
            self.fields["with_nos"] = forms.TypedMultipleChoiceField(
                label="併せて支援を求める世帯員", choices=household, coerce=int, required=False,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
        if all(column.name != "reason" for column in kind.columns):
            self.fields["reason"] = forms.CharField(
                label="理由", max_length=200, help_text="届出・申出の書類など", widget=forms.TextInput(attrs={"autocomplete": "off"})
            )  # fmt: skip

    @property
    def values(self) -> dict[str, Any]:
        """The items."""
        return {column.name: self.cleaned_data.get(column.name) for column in self.kind.columns}

    @property
    def valid_to(self) -> date | None:
        """The first day that it no longer holds."""
        last = self.cleaned_data.get("last")
        return last + timedelta(days=1) if last else None


class EndForm(forms.Form):
    """Asks for the last day, or nothing when it never held; and why."""

    def __init__(self, kind: Registration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last"] = DayField(
            label="最後の日",
            required=False,
            help_text="この日まで有効です。誤って登録したもの（取消）のときは空欄のままにします",
        )
        self.fields["reason"] = forms.CharField(
            label="理由", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
        )

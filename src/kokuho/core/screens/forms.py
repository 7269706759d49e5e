"""Forms that several screens share."""

from __future__ import annotations

from django import forms


class ReasonForm(forms.Form):
    """Asks why. The reason goes into the operation record."""

    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

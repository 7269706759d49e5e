"""Asking why a paper is printed again, wherever a printing is ordered from a screen (EXPORT-07)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from kokuho.core.coded import CodedError
from kokuho.core.screens import sheet
from kokuho.core.screens.request import StaffRequest

# The refusals that a reason lifts.
CODES = frozenset({"EXPORT-07-REASON", "N07", "CRT23", "CRT58", "AG8"})
_OWN = frozenset({"reason", "act", "csrfmiddlewaretoken"})


class ReasonForm(forms.Form):
    """Why a paper is printed again. What the order told is sent along."""

    reason = forms.CharField(
        label="もう一度印刷する理由", max_length=200, help_text="汚損、返戻、窓口での再発行など。印刷の記録に残ります。"
    )


def answer(request: StaffRequest, error: CodedError, back: str) -> HttpResponse:
    """The page that asks for the reason; for every other refusal what is wrong, on the page `back`."""
    if error.code not in CODES:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    form = ReasonForm()
    for name in set(request.POST) - _OWN:
        values = request.POST.getlist(name)
        form.fields[name] = forms.MultipleChoiceField(
            choices=[(v, v) for v in values], initial=values, widget=forms.MultipleHiddenInput
        )
    buttons = ((request.POST.get("act") or "print", "再発行として印刷する", False),)
    blocks = [
        sheet.Say("前に印刷した帳票です", "もう一度印刷すると、紙に「再発行」と日付が入ります。", "attention"),
        sheet.Ask("再発行", form, buttons, request.path),
    ]
    return sheet.show(request, sheet.Sheet("帳票の再発行", blocks, up=(("戻る", back),)))

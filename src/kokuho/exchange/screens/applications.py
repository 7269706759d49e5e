"""電子申請の受付: the register of files taken in, and the one entrance for them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import queries
from kokuho.exchange.applications import take_in
from kokuho.exchange.intake import IntakeError


class TakeForm(forms.Form):
    """A file downloaded from the application system, and its number there."""

    reception_no = forms.CharField(label="受付番号（電子申請）", max_length=40)
    file = forms.FileField(label="ファイル", help_text="ZIP・PDF・JPEG・PNG・XML・CSV。50MBまで")


@screen("application.take")
def listing(request: StaffRequest) -> HttpResponse:
    """What was taken in, newest first; taking in one more."""
    form = TakeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            taken = take_in(
                by=request.actor, on=request.business_date, reception_no=form.cleaned_data["reception_no"], file_name=given.name,
                data=given.read(),
            )  # fmt: skip
        except IntakeError as error:
            form.add_error(None, f"{error.code} {error}")
        else:
            if taken.code:
                messages.error(request, f"{taken.code} {taken.message} 開かずに隔離しました。")
            else:
                messages.success(request, "受け付けました。本人確認・4情報の照合・別の職員の確認を終えるまで、処理には使えません。")
            return HttpResponseRedirect(reverse("exchange:applications"))
    context = {"form": form, "list": queries.applications(request.actor, request.GET)}
    return render(request, "exchange/applications.html", context, status=422 if form.errors else 200)

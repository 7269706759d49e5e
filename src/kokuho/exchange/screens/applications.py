"""電子申請の受付: the register of files taken in, and the one entrance for them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import IdentityForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.exchange import acceptance, online_forms, queries
from kokuho.exchange.applications import opened, take_in
from kokuho.exchange.applications import picture as drawn
from kokuho.exchange.intake import IntakeError
from kokuho.exchange.models import ReceivedApplication


class TakeForm(forms.Form):
    """A file downloaded from the application system, and its number there."""

    reception_no = forms.CharField(label="受付番号（電子申請）", max_length=40)
    file = forms.FileField(label="ファイル", help_text="申請のデータ（application.xml）と添付のZIP。50MBまで")


class MatchForm(IdentityForm):
    """Whose application it is, why although an item differs, and how the identity was checked."""

    atena_no = forms.IntegerField(label="宛名番号", min_value=1, max_value=10**15)
    reason = forms.CharField(label="一致しない項目があるときの理由", max_length=200, required=False)


@screen("application.take")
def listing(request: StaffRequest) -> HttpResponse:
    """What was taken in, newest first; taking in one more; which forms there are and which of them ask for the number."""
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
    context = {
        "form": form, "list": queries.applications(request.actor, request.GET), "forms": list(online_forms.catalogue().values()),
    }  # fmt: skip
    return render(request, "exchange/applications.html", context, status=422 if form.errors else 200)


@screen("application.take")
def detail(request: StaffRequest, application_id: int) -> HttpResponse:
    """One application: what it says, its pictures, and the person it is matched with."""
    actor, on = request.actor, request.business_date
    application = get_object_or_404(ReceivedApplication, pk=application_id)
    form = MatchForm(request.POST or None, initial={"atena_no": request.GET.get("atena_no") or None})
    atena_no = form["atena_no"].value()
    four: list[people.FourItem] = []
    if (asked := str(atena_no or "")).isdecimal() and len(asked) <= 15:
        if alert := opening.alert(request, people.person_protection(actor, int(asked))):
            return alert
        try:
            four = acceptance.compare(actor, on, application, int(asked))
        except IntakeError as error:
            messages.error(request, f"{error.code} {error}")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            entry = acceptance.enter(
                by=actor, on=on, application_id=application_id, atena_no=given["atena_no"], reason=given["reason"],
                identity=form.identity(),
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, f"{error.code} {error}")
        else:
            messages.success(request, "照合を入力しました。別の職員の確認を待ちます。")
            return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
    with page(actor, "exchange.application", application=application_id):
        row = queries.application(actor, application)
        told = opened(actor, application) if application.state == ReceivedApplication.ACCEPTED else None
    context = {"row": row, "told": told, "form": form, "four": four}
    return render(request, "exchange/application.html", context, status=422 if form.errors else 200)


@screen("application.take")
def picture(request: StaffRequest, application_id: int, part: int, number: int) -> HttpResponse:
    """A page of an attachment as a picture."""
    application = get_object_or_404(ReceivedApplication, pk=application_id)
    with page(request.actor, "exchange.application_picture", application=application_id, part=part):
        queries.application(request.actor, application)
        try:
            content = drawn(request.actor, application, part, number)
        except IntakeError as error:
            raise Http404 from error
    return HttpResponse(content, content_type="image/png")

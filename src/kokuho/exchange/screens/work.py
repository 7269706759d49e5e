"""要処理: records that could not be applied, worked off with a reason."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.reads import page
from kokuho.core.screens.forms import ReasonForm
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import queries
from kokuho.exchange.models import WorkItem
from kokuho.exchange.work import WorkError, decide_work, note_contact


class ContactForm(forms.Form):
    """What was said with the sender about a record."""

    counterpart = forms.CharField(label="相手", max_length=60, help_text="国保連合会の担当者、電話・文書など")
    text = forms.CharField(label="内容", max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


@screen("exchange.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The records that wait."""
    with page(request.actor, "exchange.work"):
        found = queries.work(request.actor, request.GET, on=request.business_date)
    return render(request, "exchange/work.html", {"list": found})


@screen("exchange.work")
def item(request: StaffRequest, item_id: int) -> HttpResponse:
    """One record: what was said with its sender; done, or nothing to be done, with a reason."""
    actor = request.actor
    talking = request.POST.get("act") == "contact"
    form = ReasonForm(None if talking else request.POST or None)
    contact = ContactForm(request.POST if talking else None)
    if talking and contact.is_valid():
        try:
            note_contact(by=actor, on=request.business_date, item_id=item_id, **contact.cleaned_data)
        except WorkError as error:
            contact.add_error(None, str(error))
        except WorkItem.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, "連絡を記録しました。")
            return HttpResponseRedirect(reverse("exchange:work_item", args=[item_id]))
    if not talking and request.method == "POST" and form.is_valid():
        try:
            decide_work(
                by=actor, item_id=item_id, done=request.POST.get("act") == "done", reason=form.cleaned_data["reason"]
            )
        except WorkError as error:
            form.add_error(None, str(error))
        except WorkItem.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, "要処理を片付けました。")
            return HttpResponseRedirect(reverse("exchange:work"))
    with page(actor, "exchange.work_item", item=item_id):
        try:
            row = queries.work_item(actor, item_id, on=request.business_date)
        except WorkItem.DoesNotExist as error:
            raise Http404 from error
        said = queries.contacts(actor, item_id)
    context = {"row": row, "form": form, "contact": contact, "contacts": said}
    return render(request, "exchange/work_item.html", context, status=422 if form.errors or contact.errors else 200)

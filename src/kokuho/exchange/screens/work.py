"""要処理: records that could not be applied, worked off with a reason."""

from __future__ import annotations

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
from kokuho.exchange.work import WorkError, decide_work


@screen("exchange.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The records that wait."""
    with page(request.actor, "exchange.work"):
        found = queries.work(request.actor, request.GET, on=request.business_date)
    return render(request, "exchange/work.html", {"list": found})


@screen("exchange.work")
def item(request: StaffRequest, item_id: int) -> HttpResponse:
    """One record: done, or nothing to be done, with a reason."""
    actor = request.actor
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
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
    return render(request, "exchange/work_item.html", {"row": row, "form": form}, status=422 if form.errors else 200)

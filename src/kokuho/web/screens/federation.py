"""Ordering the report to 国保情報集約システム: the action writes the order, a worker of the queue carries it out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange.federation import report
from kokuho.jobs import queue


@screen("exchange.prepare")
@require_POST
def order(request: StaffRequest) -> HttpResponse:
    """Order a report of the differences."""
    try:
        run = report.order(by=request.actor, on=request.business_date)
    except CodedError as error:
        messages.error(request, f"{error.code} {error}")
        return HttpResponseRedirect(reverse("exchange:federation"))
    queue.start_federation(run.pk, by=request.actor)
    messages.success(request, "報告の作成を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("batch", args=[run.pk]))
